//! EC2's networks: the default VPC, and all subnets, security groups and zones.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::aws::raw::{EC2, List, Request};
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
    #[serde(default)]
    ip_permissions: List<IgnoredAny>,
    #[serde(default)]
    ip_permissions_egress: List<IgnoredAny>,
}

impl FoundGroup {
    fn has_rules(&self) -> bool {
        !self.ip_permissions.items.is_empty() || !self.ip_permissions_egress.items.is_empty()
    }
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
        let has_rules = found.has_rules();
        let vpc = found.vpc_id.unwrap_or_default();
        (found.group_id, SecurityGroup { vpc, name: found.group_name, has_rules })
    });
    Ok(Network {
        default_vpc: default.map(|vpc| vpc.vpc_id),
        subnets: subnets.collect(),
        security_groups: groups.collect(),
        zones,
    })
}

fn default_vpcs(token: Option<&str>) -> Request<Page<FoundVpc>> {
    let params = json!({
        "Filter": [filter("is-default", ["true"])], "MaxResults": 1000, "NextToken": token
    });
    Request::of(&EC2, "DescribeVpcs", params)
}

fn subnets(token: Option<&str>) -> Request<Page<FoundSubnet>> {
    Request::of(&EC2, "DescribeSubnets", json!({"MaxResults": 1000, "NextToken": token}))
}

fn groups(token: Option<&str>) -> Request<Page<FoundGroup>> {
    Request::of(&EC2, "DescribeSecurityGroups", json!({"MaxResults": 1000, "NextToken": token}))
}

/// One answer: the operation has no pages.
fn zones() -> Request<Page<FoundZone>> {
    let params = json!({"Filter": [filter("state", ["available"])]});
    Request::of(&EC2, "DescribeAvailabilityZones", params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_asked_for_in_ec2s_words() {
        let start = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        assert_eq!(
            default_vpcs(None).wire().2,
            start("DescribeVpcs")
                + "&Filter.1.Name=is-default&Filter.1.Value.1=true&MaxResults=1000"
        );
        let next = subnets(Some("t=1"));
        assert_eq!(next.wire().2, start("DescribeSubnets") + "&MaxResults=1000&NextToken=t%3D1");
        assert_eq!(groups(None).wire().2, start("DescribeSecurityGroups") + "&MaxResults=1000");
        assert_eq!(
            zones().wire().2,
            start("DescribeAvailabilityZones") + "&Filter.1.Name=state&Filter.1.Value.1=available"
        );
    }

    #[test]
    fn answers_as_ec2_gives_them_are_read() {
        let page = subnets(None).answered(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</requestId>
  <subnetSet>
    <item>
      <subnetId>subnet-9d4a7b6c</subnetId><state>available</state><vpcId>vpc-1a2b3c4d</vpcId>
      <cidrBlock>10.0.1.0/24</cidrBlock><ipv6CidrBlockAssociationSet/>
      <availableIpAddressCount>251</availableIpAddressCount>
      <availabilityZone>us-west-2a</availabilityZone><defaultForAz>true</defaultForAz>
      <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch><tagSet/>
    </item>
  </subnetSet>
  <nextToken>more</nextToken>
</DescribeSubnetsResponse>"#,
        );
        assert_eq!(page.next.as_deref(), Some("more"));
        let subnet = &page.list.items[0];
        assert_eq!(
            (subnet.subnet_id.as_str(), subnet.vpc_id.as_str()),
            ("subnet-9d4a7b6c", "vpc-1a2b3c4d")
        );
        assert_eq!(
            (subnet.default_for_az, subnet.map_public_ip_on_launch),
            (Some(true), Some(false))
        );

        let page = zones().answered(
            r#"<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>r</requestId>
  <availabilityZoneInfo>
    <item><optInStatus>opt-in-not-required</optInStatus><zoneName>us-west-2a</zoneName><zoneType>availability-zone</zoneType><zoneState>available</zoneState><messageSet/></item>
    <item><optInStatus>opted-in</optInStatus><zoneName>us-west-2-lax-1a</zoneName><zoneType>local-zone</zoneType><zoneState>available</zoneState></item>
  </availabilityZoneInfo>
</DescribeAvailabilityZonesResponse>"#,
        );
        let usable: Vec<bool> = page.list.items.iter().map(FoundZone::is_usable).collect();
        assert_eq!(usable, [true, false], "a Local Zone is not the region's own");
        let none = default_vpcs(None).answered(
            "<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>",
        );
        assert!(none.list.items.is_empty());
    }
}
