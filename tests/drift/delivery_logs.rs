//! Edits of the log of deliveries that `delivery_log` asks for, of its groups and of its role.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended_in};
use crate::support::{Aws, PRIMARY, SECONDARY, TOPIC, deployed_with_choices};

const ROLE: &str = "mrbackup-default-delivery-log-us-east-1";
const LOG: &str = "delivery log";
const GROUP: &str = "delivery log group";

pub(super) const DRIFTS: &[Drift] = &[
    drift("deliveries not logged", PRIMARY, LOG, Some("logged.HTTP.success_role"), |aws| {
        set(aws, PRIMARY, "HTTPSuccessFeedbackRoleArn", "");
    }),
    drift("one in ten logged", SECONDARY, LOG, Some("logged.HTTP.success_percent"), |aws| {
        set(aws, SECONDARY, "HTTPSuccessFeedbackSampleRate", "10");
    }),
    drift("failures by another role", PRIMARY, LOG, Some("logged.HTTP.failure_role"), |aws| {
        let role = format!("arn:aws:iam::{}:role/theirs", aws.id());
        set(aws, PRIMARY, "HTTPFailureFeedbackRoleArn", &role);
    }),
    drift("all of it off", SECONDARY, LOG, Some("logged.HTTP"), |aws| {
        set(aws, SECONDARY, "HTTPSuccessFeedbackRoleArn", "");
        set(aws, SECONDARY, "HTTPFailureFeedbackRoleArn", "");
    }),
    drift("a protocol that nobody has", PRIMARY, LOG, Some("logged.SQS"), |aws| {
        let role = format!("arn:aws:iam::{}:role/mrbackup/{ROLE}", aws.id());
        set(aws, PRIMARY, "SQSFailureFeedbackRoleArn", &role);
    }),
    drift("kept for ever", PRIMARY, GROUP, Some("retention_days"), |aws| {
        aws.call("logs", PRIMARY, "delete_retention_policy", group(aws, PRIMARY, ""));
    }),
    drift("group deleted", SECONDARY, GROUP, None, |aws| {
        aws.call("logs", SECONDARY, "delete_log_group", group(aws, SECONDARY, ""));
    }),
    drift("group of failures deleted", PRIMARY, "failure log group", None, |aws| {
        aws.call("logs", PRIMARY, "delete_log_group", group(aws, PRIMARY, "/Failure"));
    }),
    drift("may write anywhere", PRIMARY, "delivery log role", Some("policy.Statement"), |aws| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        ]});
        aws.put_inline_policy(ROLE, "log", &policy.to_string());
    }),
    drift("role deleted", PRIMARY, "delivery log role", None, |aws| aws.delete_role(ROLE)),
];

const fn drift(
    what: &'static str,
    region: &'static str,
    kind: &'static str,
    field: Option<&'static str>,
    edit: fn(&Aws),
) -> Drift {
    Drift { what, edit, region: Some(region), kind, field }
}

fn set(aws: &Aws, region: &str, name: &str, value: &str) {
    let attribute = json!({
        "TopicArn": aws.topic_arn(region), "AttributeName": name, "AttributeValue": value,
    });
    aws.call("sns", region, "set_topic_attributes", attribute);
}

fn group(aws: &Aws, region: &str, end: &str) -> Value {
    json!({"logGroupName": format!("sns/{region}/{}/{TOPIC}{end}", aws.id())})
}

#[test]
fn each_edit_of_a_delivery_log_is_named_and_mended() {
    assert_each_named_and_mended_in(deployed_with_choices, DRIFTS);
}
