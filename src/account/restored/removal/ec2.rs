//! Instances and volumes. What an instance leaves behind is found by its tags, so that they go onto its volumes too.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::account::restored::ec2;
use crate::account::restored::removal::{Removal, delete_if};
use crate::aws::raw::{EC2, Request};
use crate::aws::{Caller, Clients};
use crate::failure::Failure;
use crate::model::region::Region;

/// Terminates an instance, and waits until it has ended: only then its network interface and volumes are gone.
pub(super) async fn instance(reads: &RawReads<'_>, id: &str) -> Result<Removal, Failure> {
    match ec2::instance_state(reads, id).await?.as_deref() {
        None | Some("terminated") => return Ok(Removal::Gone),
        Some("shutting-down") => (),
        Some(_) => {
            reads.one("ec2:TerminateInstances", id, termination_of(id)).await?;
        }
    }
    Ok(Removal::Going("it is shutting down"))
}

/// A volume that is attached is its instance's: it goes when that has gone.
pub(super) async fn volume(reads: &RawReads<'_>, id: &str) -> Result<Removal, Failure> {
    let found = ec2::volume(reads, id).await;
    if matches!(&found, Ok(Some(found)) if found.state == "in-use") {
        return Ok(Removal::Going("it is attached to an instance"));
    }
    delete_if(reads, found, "ec2:DeleteVolume", id, deletion_of(id)).await
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attached {
    volume_id: String,
}

/// Ids of the volumes that are attached to an instance.
///
/// # Errors
/// As [`Caller::pages`].
pub(crate) async fn volumes_of(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    instance: &str,
) -> Result<Vec<String>, Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let found = reads.pages("volumes", "ec2:DescribeVolumes", |token| attached_to(instance, token));
    Ok(found.await?.into_iter().map(|volume| volume.volume_id).collect())
}

fn attached_to(instance: &str, token: Option<&str>) -> Request<Page<Attached>> {
    let filter = filter("attachment.instance-id", [instance]);
    let params = json!({"Filter": [filter], "MaxResults": 500, "NextToken": token});
    Request::of(&EC2, "DescribeVolumes", params)
}

fn termination_of(id: &str) -> Request<IgnoredAny> {
    Request::change(&EC2, "TerminateInstances", json!({"InstanceId": [id]}))
}

fn deletion_of(id: &str) -> Request<IgnoredAny> {
    Request::change(&EC2, "DeleteVolume", json!({"VolumeId": id}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_and_volumes_go_in_ec2s_words() {
        let start = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        let terminated = termination_of("i-1");
        assert_eq!(terminated.wire().2, start("TerminateInstances") + "&InstanceId.1=i-1");
        assert_eq!(deletion_of("vol-1").wire().2, start("DeleteVolume") + "&VolumeId=vol-1");
        assert_eq!(
            attached_to("i-1", None).wire().2,
            start("DescribeVolumes")
                + "&Filter.1.Name=attachment.instance-id&Filter.1.Value.1=i-1&MaxResults=500"
        );
    }
}
