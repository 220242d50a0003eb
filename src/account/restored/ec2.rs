//! Volumes and instances, as EC2 says it.

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads};
use crate::account::restored::thing::filled;
use crate::aws::raw::{EC2, List, Request};
use crate::failure::Failure;
use crate::recovery::restored::Restored;

#[derive(Debug, Deserialize)]
struct FoundVolume {
    status: String,
}

pub(super) async fn volume(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("ec2:DescribeVolumes", id, volume_of(id)).await?;
    let found = page.list.into_iter().next().filter(|volume| !volume.status.starts_with("delet"));
    Ok(found.map(|volume| Restored {
        usable: ["available", "in-use"].contains(&volume.status.as_str()),
        state: volume.status,
        ..Restored::default()
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservation {
    #[serde(default)]
    instances_set: List<FoundInstance>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundInstance {
    instance_state: InstanceState,
    /// Empty without a public address.
    dns_name: Option<String>,
    private_ip_address: Option<String>,
}

#[derive(Debug, Deserialize)]
struct InstanceState {
    name: String,
}

/// A terminated instance is still listed for about an hour (EC2 user guide, "Terminate your instance").
pub(super) async fn instance(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("ec2:DescribeInstances", id, instance_of(id)).await?;
    let found = page.list.into_iter().flat_map(|reservation| reservation.instances_set).next();
    let gone = ["terminated", "shutting-down"];
    let found = found.filter(|instance| !gone.contains(&instance.instance_state.name.as_str()));
    Ok(found.map(|instance| Restored {
        usable: instance.instance_state.name == "running",
        state: instance.instance_state.name,
        endpoint: filled(instance.dns_name).or(filled(instance.private_ip_address)),
        ..Restored::default()
    }))
}

/// The state of an instance, also of one that has ended; `None` where EC2 does not know it any more.
pub(super) async fn instance_state(
    reads: &RawReads<'_>,
    id: &str,
) -> Result<Option<String>, Failure> {
    let page = reads.one("ec2:DescribeInstances", id, instance_of(id)).await?;
    let found = page.list.into_iter().flat_map(|reservation| reservation.instances_set).next();
    Ok(found.map(|instance| instance.instance_state.name))
}

fn volume_of(id: &str) -> Request<Page<FoundVolume>> {
    Request::of(&EC2, "DescribeVolumes", json!({"VolumeId": [id]}))
}

fn instance_of(id: &str) -> Request<Page<Reservation>> {
    Request::of(&EC2, "DescribeInstances", json!({"InstanceId": [id]}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_and_instances_are_asked_for_in_ec2s_words() {
        let start = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        assert_eq!(volume_of("vol-1").wire().2, start("DescribeVolumes") + "&VolumeId.1=vol-1");
        assert_eq!(instance_of("i-1").wire().2, start("DescribeInstances") + "&InstanceId.1=i-1");
    }

    #[test]
    fn an_instance_without_a_public_name_is_found_by_its_private_address() {
        let page = instance_of("i-1").answered(
            "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><dnsName/><privateIpAddress>10.0.0.5</privateIpAddress></item></instancesSet></item></reservationSet></DescribeInstancesResponse>",
        );
        let found = page.list.into_iter().next().unwrap().instances_set.into_iter().next().unwrap();
        assert_eq!(found.instance_state.name, "running");
        assert_eq!(
            filled(found.dns_name).or(found.private_ip_address).as_deref(),
            Some("10.0.0.5")
        );
    }
}
