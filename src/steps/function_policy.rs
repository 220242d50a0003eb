//! What each function may do: the least, and pure.

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::model::lambda::Lambda;
use crate::model::names::METRICS;
use crate::model::region::Region;

/// The inline policy of a function's role.
///
/// Jobs, plans and recovery points cannot be named ahead (AWS service authorization reference),
/// hence `*` for the reads; everything else is one resource, or one namespace.
pub(super) fn document(context: &Context, lambda: Lambda, region: &Region) -> Value {
    let statements = match lambda {
        Lambda::Validator => validator(context, region),
        Lambda::Watchdog => watchdog(context),
    };
    let log = json!({
        "Sid": "Log",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": format!("{}:*", context.names.log_group_arn(lambda, region)),
    });
    let keys = topic_keys(context, lambda, region);
    let statements: Vec<Value> = statements.into_iter().chain([log]).chain(keys).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn validator(context: &Context, region: &Region) -> Vec<Value> {
    vec![
        reads(&[
            "backup:DescribeBackupJob",
            "backup:DescribeCopyJob",
            "backup:DescribeRecoveryPoint",
            "backup:DescribeRestoreJob",
            "backup:ListBackupJobs",
            "backup:ListCopyJobs",
            "backup:ListRestoreJobs",
        ]),
        alarm(&json!(context.names.topic_arn(region))),
    ]
}

fn watchdog(context: &Context) -> Vec<Value> {
    let topics = context.settings.regions.with_alarms();
    let topics: Vec<String> = topics.iter().map(|region| context.names.topic_arn(region)).collect();
    vec![
        reads(&[
            "backup:DescribeRegionSettings",
            "backup:GetBackupPlan",
            "backup:ListBackupJobs",
            "backup:ListBackupPlans",
            "backup:ListBackupSelections",
            "backup:ListBackupVaults",
            "backup:ListRecoveryPointsByBackupVault",
            "cloudwatch:GetMetricData",
            "tag:GetResources",
        ]),
        json!({
            "Sid": "ReadSubscribers",
            "Effect": "Allow",
            "Action": "sns:ListSubscriptionsByTopic",
            "Resource": topics,
        }),
        alarm(&json!(topics)),
        json!({
            "Sid": "Measure",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": METRICS}},
        }),
    ]
}

fn reads(actions: &[&str]) -> Value {
    json!({"Sid": "Read", "Effect": "Allow", "Action": actions, "Resource": "*"})
}

fn alarm(topics: &Value) -> Value {
    json!({"Sid": "Alarm", "Effect": "Allow", "Action": "sns:Publish", "Resource": topics})
}

/// Who publishes to an encrypted topic needs its key (SNS developer guide, "Key management").
fn topic_keys(context: &Context, lambda: Lambda, region: &Region) -> Option<Value> {
    let published_to = |of: &Region| lambda == Lambda::Watchdog || of == region;
    let keys = context.settings.topic_keys.iter().filter(|(of, _)| published_to(of));
    let keys: Vec<&String> = keys.map(|(_, key)| key).collect();
    (!keys.is_empty()).then(|| {
        json!({
            "Sid": "EncryptAlarms",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": keys,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;

    #[test]
    fn no_action_is_a_wildcard_and_writes_name_their_resource() {
        let region = Region::parse("us-west-2").unwrap();
        for lambda in [Lambda::Validator, Lambda::Watchdog] {
            let policy = document(&context(), lambda, &region);
            for statement in policy["Statement"].as_array().unwrap() {
                assert!(!statement["Action"].to_string().contains('*'), "{statement}");
                let free = statement["Sid"] == "Read" || !statement["Condition"].is_null();
                assert_eq!(statement["Resource"] == "*", free, "{statement}");
            }
        }
        let policy = document(&context(), Lambda::Validator, &region);
        assert_eq!(
            policy["Statement"][1]["Resource"],
            "arn:aws:sns:us-west-2:111122223333:mrbackup-default-alerts"
        );
    }
}
