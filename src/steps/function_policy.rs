//! What each function may do: the least, and pure.

use serde_json::{Value, json};

use crate::account::context::Context;
use crate::model::lambda::Lambda;
use crate::model::names::METRICS;
use crate::model::region::Region;

/// The inline policy of a function's role.
///
/// Jobs, plans and recovery points cannot be named ahead (AWS service authorization reference),
/// hence `*` for the reads; everything else is one resource, one namespace, or what drills make.
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
    let alarms = [
        reads(&[
            "backup:DescribeBackupJob",
            "backup:DescribeCopyJob",
            "backup:DescribeRecoveryPoint",
            "backup:DescribeRestoreJob",
            "backup:ListBackupJobs",
            "backup:ListCopyJobs",
            "backup:ListRestoreJobs",
        ]),
        alarm(&json!(context.names.topic_in_use(&context.settings, region))),
    ];
    alarms.into_iter().chain(judge(context, region)).chain([measure()]).collect()
}

/// What the validator may do besides, to judge what a restore made.
///
/// A role of its own would be narrower by two sentences: who judges would not publish, and who
/// publishes not judge. Lambda gives a function one role, so that would take a second function with
/// its log group, failure destination, permission and drift, while all that it could read is here
/// either metadata of the region or named by what drills and restore tests make: no data of anyone.
fn judge(context: &Context, region: &Region) -> Vec<Value> {
    let names = &context.names;
    let buckets = names.restored_bucket_arns();
    let objects: Vec<String> = buckets.iter().map(|bucket| format!("{bucket}/*")).collect();
    let tables = names.restored_arns("dynamodb", region, "table/");
    let primary = names.table_arns(&context.settings.regions.primary);
    let compared: Vec<&String> = tables.iter().chain([&primary]).collect();
    let databases =
        ["db:", "cluster:"].map(|kind| names.restored_arns("rds", region, kind)).concat();
    let in_region = json!({"StringEquals": {"aws:RequestedRegion": region}});
    // Names of buckets are everyone's: the next account's are none of ours.
    let in_account = json!({"StringEquals": {"aws:ResourceAccount": names.account}});
    let allow = |sid: &str, actions: &[&str], resources: Value| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources});
    let only = |mut statement: Value, condition: &Value| {
        statement["Condition"] = condition.clone();
        statement
    };
    vec![
        only(allow("ReadRestored", &METADATA, json!("*")), &in_region),
        allow(
            "ReadRestoredDatabases",
            &["rds:DescribeDBClusters", "rds:DescribeDBInstances"],
            json!(databases),
        ),
        allow("CompareTables", &["dynamodb:DescribeTable"], json!(compared)),
        allow("ReadRestoredTables", &["dynamodb:Scan"], json!(tables)),
        only(
            allow(
                "ListRestoredBuckets",
                &["s3:GetEncryptionConfiguration", "s3:ListBucket"],
                json!(buckets),
            ),
            &in_account,
        ),
        only(allow("ReadRestoredObjects", &["s3:GetObject"], json!(objects)), &in_account),
        // AWS Backup knows no resource for it.
        allow("Stamp", &["backup:PutRestoreValidationResult"], json!("*")),
    ]
}

/// Reads of what AWS gives an id, or whose snapshot has the id of a job: no name is known ahead.
const METADATA: [&str; 7] = [
    "ec2:DescribeImages",
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "elasticfilesystem:DescribeFileSystems",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
];

fn watchdog(context: &Context) -> Vec<Value> {
    let topics = context.settings.regions.with_alarms();
    let topics: Vec<String> =
        topics.iter().map(|region| context.names.topic_in_use(&context.settings, region)).collect();
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
        measure(),
    ]
}

fn measure() -> Value {
    json!({
        "Sid": "Measure",
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": METRICS}},
    })
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
                let free = ["Read", "Stamp", "ReadRestored", "Measure"];
                let free = free.iter().any(|sid| statement["Sid"] == *sid);
                assert_eq!(statement["Resource"] == "*", free, "{statement}");
            }
        }
        let policy = document(&context(), Lambda::Validator, &region);
        assert_eq!(
            policy["Statement"][1]["Resource"],
            "arn:aws:sns:us-west-2:111122223333:mrbackup-default-alerts"
        );
    }

    fn statements(region: &str) -> Vec<Value> {
        let policy = document(&context(), Lambda::Validator, &Region::parse(region).unwrap());
        policy["Statement"].as_array().unwrap().clone()
    }

    fn texts(value: &Value) -> Vec<&str> {
        let list = value.as_array().into_iter().flatten();
        list.chain([value]).filter_map(Value::as_str).collect()
    }

    /// The judge's own tests use each action of that list, and no other.
    #[test]
    fn what_the_judge_calls_is_allowed_and_nothing_besides() {
        let called: Vec<String> =
            serde_json::from_str(include_str!("../../tests/validator/judge_actions.json")).unwrap();
        let statements = statements("us-west-2");
        let of = |sid: &str| statements.iter().find(|each| each["Sid"] == sid).unwrap();
        let of_the_alarms = [texts(&of("Read")["Action"]), vec!["sns:Publish"]].concat();
        let of_the_log = ["logs:CreateLogStream", "logs:PutLogEvents"];
        let mut allowed: Vec<&str> =
            statements.iter().flat_map(|each| texts(&each["Action"])).collect();
        for action in &called {
            assert!(allowed.contains(&action.as_str()), "{action} is called");
        }
        allowed.retain(|action| !of_the_alarms.contains(action) && !of_the_log.contains(action));
        for action in allowed {
            assert!(called.iter().any(|each| each == action), "{action} is not called");
        }
    }

    #[test]
    fn data_is_read_of_what_drills_and_tests_made_alone() {
        let statements = statements("us-west-2");
        let of = |action: &str| -> Vec<&Value> {
            statements.iter().filter(|each| texts(&each["Action"]).contains(&action)).collect()
        };
        let resources = |action: &str| match of(action)[..] {
            [statement] => texts(&statement["Resource"]),
            _ => panic!("{action} is not in one statement"),
        };
        let table = "arn:aws:dynamodb:us-west-2:111122223333:table/";
        let tables = [format!("{table}mrb-drill-*"), format!("{table}awsbackup-restore-test-*")];
        assert_eq!(resources("dynamodb:Scan"), tables);
        let primary = "arn:aws:dynamodb:us-east-1:111122223333:table/*";
        assert_eq!(resources("dynamodb:DescribeTable"), [&*tables[0], &tables[1], primary]);
        let buckets = ["arn:aws:s3:::mrb-drill-*", "arn:aws:s3:::awsbackup-restore-test-*"];
        assert_eq!(resources("s3:ListBucket"), buckets);
        assert_eq!(resources("s3:GetObject"), buckets.map(|bucket| format!("{bucket}/*")));
        for action in ["s3:ListBucket", "s3:GetObject", "s3:GetEncryptionConfiguration"] {
            let condition = json!({"StringEquals": {"aws:ResourceAccount": "111122223333"}});
            assert_eq!(of(action)[0]["Condition"], condition, "{action}");
        }
    }
}
