//! EC2's networks: the default VPC, and all subnets, security groups and zones.

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::aws::raw::{EC2, Request};
use crate::failure::Failure;
use crate::recovery::region_facts::{Network, SecurityGroup, Subnet};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundVpc {
    vpc_id: String,
    is_default: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundSubnet {
    subnet_id: String,
    vpc_id: String,
    availability_zone: String,
    default_for_az: Option<bool>,
    map_public_ip_on_launch: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundGroup {
    group_id: String,
    group_name: String,
    vpc_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundZone {
    zone_name: String,
    zone_state: Option<String>,
    zone_type: Option<String>,
}

impl FoundZone {
    /// A zone of its own, not a Local Zone: restores go to the region's own zones.
    fn is_usable(&self) -> bool {
        self.zone_state.as_deref().is_none_or(|state| state == "available")
            && self.zone_type.as_deref().is_none_or(|kind| kind == "availability-zone")
    }
}

/// Reads the networks of a region.
///
/// # Errors
/// Any of the four lists.
pub(super) async fn read(reads: &RawReads<'_>) -> Result<Network, Failure> {
    let (vpcs, subnets, groups, zones) = tokio::try_join!(
        reads.pages("VPCs", "ec2:DescribeVpcs", default_vpcs),
        reads.pages("subnets", "ec2:DescribeSubnets", subnets),
        reads.pages("security groups", "ec2:DescribeSecurityGroups", groups),
        reads.one("ec2:DescribeAvailabilityZones", "", zones()),
    )?;
    let default = vpcs.into_iter().find(|vpc| vpc.is_default == Some(true));
    let usable = zones.list.into_iter().filter(FoundZone::is_usable);
    let mut zones: Vec<String> = usable.map(|zone| zone.zone_name).collect();
    zones.sort_unstable();
    let subnets = subnets.into_iter().map(|found: FoundSubnet| {
        let subnet = Subnet {
            vpc: found.vpc_id,
            zone: found.availability_zone,
            default_for_zone: found.default_for_az.unwrap_or_default(),
            public_address: found.map_public_ip_on_launch.unwrap_or_default(),
        };
        (found.subnet_id, subnet)
    });
    let groups = groups.into_iter().map(|found: FoundGroup| {
        let vpc = found.vpc_id.unwrap_or_default();
        (found.group_id, SecurityGroup { vpc, name: found.group_name })
    });
    Ok(Network {
        default_vpc: default.map(|vpc| vpc.vpc_id),
        subnets: subnets.collect(),
        security_groups: groups.collect(),
        zones,
    })
}

fn default_vpcs(token: Option<String>) -> Request<Page<FoundVpc>> {
    let params = json!({
        "Filter": [filter("is-default", ["true"])], "MaxResults": 1000, "NextToken": token
    });
    Request::of(&EC2, "DescribeVpcs", params)
}

fn subnets(token: Option<String>) -> Request<Page<FoundSubnet>> {
    Request::of(&EC2, "DescribeSubnets", json!({"MaxResults": 1000, "NextToken": token}))
}

fn groups(token: Option<String>) -> Request<Page<FoundGroup>> {
    Request::of(&EC2, "DescribeSecurityGroups", json!({"MaxResults": 1000, "NextToken": token}))
}

/// One answer: the operation has no pages.
fn zones() -> Request<Page<FoundZone>> {
    let params = json!({"Filter": [filter("state", ["available"])]});
    Request::of(&EC2, "DescribeAvailabilityZones", params)
}
