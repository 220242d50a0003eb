//! A security group without rules: nothing comes in, nothing goes out.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads, filter};
use crate::aws::raw::{Creating, EC2, List, Request};
use crate::aws::{Caller, Clients, SendingOnce};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// What a group is to be.
#[derive(Clone, Debug)]
pub(crate) struct GroupWithoutRules<'a> {
    pub(crate) vpc: &'a str,
    pub(crate) name: &'a str,
    /// Without them, a group of this name is somebody else's.
    pub(crate) tags: &'a Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    group_id: String,
    #[serde(default)]
    tag_set: List<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    group_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    security_group_rule_id: String,
    is_egress: bool,
}

/// Makes the group, or takes the one that is there; then takes all rules off it. EC2 gives each new group a rule that lets
/// everything out.
///
/// # Errors
/// As [`Caller::create`], and a group of this name that is somebody else's.
pub(crate) async fn make(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    group: &GroupWithoutRules<'_>,
) -> Result<(), Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let id = if let Some(id) = find(reads, group).await? {
        id
    } else {
        let request = &creation_of(group);
        let site = CallSite::new("ec2:CreateSecurityGroup", region, group.name);
        let send = |once: &SendingOnce| once.send(request);
        let made = |made: Made| Some(made.group_id);
        caller.create(&clients.region(region), site, send, made, || find(reads, group)).await?
    };
    let action = "ec2:DescribeSecurityGroupRules";
    let rules = reads.pages("rules", action, |token| rules_of(&id, token)).await?;
    for rule in rules {
        let (operation, action) = if rule.is_egress {
            ("RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress")
        } else {
            ("RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress")
        };
        let params = json!({"GroupId": id, "SecurityGroupRuleId": [rule.security_group_rule_id]});
        let request = Request::<IgnoredAny>::change(&EC2, operation, params);
        if_found(reads.one(action, &id, request).await)?;
    }
    Ok(())
}

/// The id of the group, if it is there.
async fn find(
    reads: &RawReads<'_>,
    group: &GroupWithoutRules<'_>,
) -> Result<Option<String>, Failure> {
    let action = "ec2:DescribeSecurityGroups";
    let found = reads.pages("security groups", action, |token| named(group, token)).await?;
    let Some(found) = found.into_iter().next() else { return Ok(None) };
    let has = |(key, value): (&String, &String)| {
        found.tag_set.items.iter().any(|tag| tag.key == *key && tag.value == *value)
    };
    if group.tags.iter().all(has) {
        return Ok(Some(found.group_id));
    }
    Err(Failure::refused(
        format!("the security group {} in {} is not mrbackup's", group.name, group.vpc),
        "delete or rename it, or name another one as drill_security_group",
    ))
}

/// Deletes a group; `false` while something is still in it.
///
/// # Errors
/// As [`Caller::call`].
pub(crate) async fn delete(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    id: &str,
) -> Result<bool, Failure> {
    let reads = RawReads::new(caller, clients, region);
    let request =
        Request::<IgnoredAny>::change(&EC2, "DeleteSecurityGroup", json!({"GroupId": id}));
    match if_found(reads.one("ec2:DeleteSecurityGroup", id, request).await) {
        Ok(_) => Ok(true),
        Err(Failure::Aws(error)) if error.code.as_deref() == Some("DependencyViolation") => {
            Ok(false)
        }
        Err(failure) => Err(failure),
    }
}

/// Whether a group is there: the tagging API may show one that was deleted.
///
/// # Errors
/// As [`Caller::call`].
pub(crate) async fn is_there(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    id: &str,
) -> Result<bool, Failure> {
    let reads = RawReads::new(caller, clients, region);
    let request: Request<Page<Found>> =
        Request::of(&EC2, "DescribeSecurityGroups", json!({"GroupId": [id]}));
    // Its code is `InvalidGroup.NotFound`.
    Ok(if_found(reads.one("ec2:DescribeSecurityGroups", id, request).await)?.is_some())
}

fn named(group: &GroupWithoutRules<'_>, token: Option<&str>) -> Request<Page<Found>> {
    let filters = [filter("group-name", [group.name]), filter("vpc-id", [group.vpc])];
    let params = json!({"Filter": filters, "MaxResults": 1000, "NextToken": token});
    Request::of(&EC2, "DescribeSecurityGroups", params)
}

fn rules_of(id: &str, token: Option<&str>) -> Request<Page<Rule>> {
    let filter = filter("group-id", [id]);
    let params = json!({"Filter": [filter], "MaxResults": 1000, "NextToken": token});
    Request::of(&EC2, "DescribeSecurityGroupRules", params)
}

fn creation_of(group: &GroupWithoutRules<'_>) -> Creating<Made> {
    let tags = group.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
    let tags: Vec<_> = tags.collect();
    let params = json!({
        "GroupName": group.name,
        "GroupDescription": "Nothing in, nothing out: for what drills of mrbackup restore",
        "VpcId": group.vpc,
        "TagSpecification": [{"ResourceType": "security-group", "Tag": tags}],
    });
    Creating::of(&EC2, "CreateSecurityGroup", params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_asked_for_and_made_in_ec2s_words() {
        let tags = Tags::from([("k".to_owned(), "v".to_owned())]);
        let group = GroupWithoutRules { vpc: "vpc-1", name: "g", tags: &tags };
        let start = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        assert_eq!(
            named(&group, None).wire().2,
            start("DescribeSecurityGroups")
                + "&Filter.1.Name=group-name&Filter.1.Value.1=g&Filter.2.Name=vpc-id&Filter.2.Value.1=vpc-1&MaxResults=1000"
        );
        let creation = creation_of(&group);
        assert!(creation.wire().2.contains("&VpcId=vpc-1"), "{:?}", creation.wire());
        assert!(creation.wire().2.contains(
            "&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v"
        ));
        let page = rules_of("sg-1", None).answered(
            "<R><securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress></item></securityGroupRuleSet></R>",
        );
        assert!(page.list.items[0].is_egress);
    }
}
