//! Edits of what hands the third region's events to the second.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended_in};
use crate::support::{
    Aws, FORWARD_ROLE, FORWARD_RULE, PRIMARY, SECONDARY, TERTIARY, deployed_with_given,
};

const ROLE: &str = "forwarding role";
const RULE: &str = "forwarding rule";
const TARGET: &str = "forwarding target";

pub(super) const DRIFTS: &[Drift] = &[
    drift("role deleted", ROLE, None, |aws| {
        no_policy(aws);
        aws.call("iam", PRIMARY, "delete_role", json!({"RoleName": FORWARD_ROLE}));
    }),
    drift("role trusts another service", ROLE, Some("trust.Statement"), |aws| {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let policy = json!({"RoleName": FORWARD_ROLE, "PolicyDocument": document});
        aws.call("iam", PRIMARY, "update_assume_role_policy", policy);
    }),
    drift("role may not put events any more", ROLE, Some("policy"), no_policy),
    drift("role may put events on another bus", ROLE, Some("policy.Statement"), |aws| {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Forward","Effect":"Allow","Action":"events:PutEvents","Resource":"*"}]}"#;
        aws.put_inline_policy(FORWARD_ROLE, "forward", document);
    }),
    drift("rule disabled", RULE, Some("state"), |aws| {
        aws.call("events", TERTIARY, "disable_rule", json!({"Name": FORWARD_RULE}));
    }),
    drift("rule's pattern", RULE, Some("pattern.source"), |aws| {
        let rule = json!({"Name": FORWARD_RULE, "EventPattern": r#"{"source":["aws.ec2"]}"#});
        aws.call("events", TERTIARY, "put_rule", rule);
    }),
    drift("a tag of ours on the rule", RULE, Some("tags.mrbackup:id"), |aws| {
        let arn = aws.arn("events", TERTIARY, &format!("rule/{FORWARD_RULE}"));
        let tags = json!({"ResourceARN": arn, "Tags": [{"Key": "mrbackup:id", "Value": "0000"}]});
        aws.call("events", TERTIARY, "tag_resource", tags);
    }),
    drift("target removed", TARGET, None, no_target),
    drift("rule and target deleted", RULE, None, |aws| {
        no_target(aws);
        aws.call("events", TERTIARY, "delete_rule", json!({"Name": FORWARD_RULE}));
    }),
    // AWS takes no bus elsewhere without a role.
    drift("target without a role", TARGET, Some("role"), |aws| {
        let bus = aws.arn("events", TERTIARY, "event-bus/default");
        target(aws, json!({"Arn": bus}));
    }),
    drift("target with another role", TARGET, Some("role"), |aws| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = json!({"RoleName": "theirs", "AssumeRolePolicyDocument": trust});
        let role = aws.call("iam", PRIMARY, "create_role", role)["Role"]["Arn"].take();
        let bus = aws.arn("events", SECONDARY, "event-bus/default");
        target(aws, json!({"Arn": bus, "RoleArn": role}));
    }),
    drift("target is another bus", TARGET, Some("arn"), |aws| {
        let bus = aws.arn("events", PRIMARY, "event-bus/default");
        target(aws, json!({"Arn": bus, "RoleArn": forwarding_role(aws)}));
    }),
    drift("target sends something else", TARGET, Some("input"), |aws| {
        let bus = aws.arn("events", SECONDARY, "event-bus/default");
        target(aws, json!({"Arn": bus, "RoleArn": forwarding_role(aws), "Input": "{}"}));
    }),
];

const fn drift(
    what: &'static str,
    kind: &'static str,
    field: Option<&'static str>,
    edit: fn(&Aws),
) -> Drift {
    Drift { what, edit, region: Some(TERTIARY), kind, field }
}

fn forwarding_role(aws: &Aws) -> String {
    format!("arn:aws:iam::{}:role/mrbackup/{FORWARD_ROLE}", aws.id())
}

fn no_policy(aws: &Aws) {
    let policy = json!({"RoleName": FORWARD_ROLE, "PolicyName": "forward"});
    aws.call("iam", PRIMARY, "delete_role_policy", policy);
}

fn no_target(aws: &Aws) {
    let targets = json!({"Rule": FORWARD_RULE, "Ids": ["secondary"]});
    aws.call("events", TERTIARY, "remove_targets", targets);
}

fn target(aws: &Aws, mut target: Value) {
    target["Id"] = "secondary".into();
    let targets = json!({"Rule": FORWARD_RULE, "Targets": [target]});
    aws.call("events", TERTIARY, "put_targets", targets);
}

#[test]
fn each_edit_of_what_forwards_is_named_and_mended() {
    assert_each_named_and_mended_in(deployed_with_given, DRIFTS);
}
