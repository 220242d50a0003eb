//! Edits by hand in corners: named by `plan` and `status` with their field, mended by one `up`.

use serde_json::json;

use super::Drift;
use crate::support::{JOBS_RULE, PRIMARY, SECONDARY, SERVICE_ROLE, VALIDATOR, deployed};

pub(super) const DRIFTS: &[Drift] = &[
    Drift {
        what: "a region's tag on a vault",
        edit: |aws| {
            let arn = aws.vault_arn("us-west-2");
            let tags = json!({"mrbackup:region:us-west-2": "primary"});
            aws.call(
                "backup",
                "us-west-2",
                "tag_resource",
                json!({"ResourceArn": arn, "Tags": tags}),
            );
        },
        region: Some(SECONDARY),
        kind: "vault",
        field: Some("tags.mrbackup:region:us-west-2"),
    },
    Drift {
        what: "a region that is none on the service role",
        edit: |aws| {
            let tag = json!({"Key": "mrbackup:region:ap-south-1", "Value": "tertiary"});
            let role = json!({"RoleName": SERVICE_ROLE, "Tags": [tag]});
            aws.call("iam", PRIMARY, "tag_role", role);
        },
        region: None,
        kind: "service role",
        field: Some("tags.mrbackup:region:ap-south-1"),
    },
    Drift {
        what: "a second rule of the same name",
        edit: |aws| {
            aws.edit_plan(|document| {
                let rules = document["Rules"].as_array_mut().unwrap();
                let daily = rules.iter().find(|rule| rule["RuleName"] == "daily").unwrap().clone();
                rules.push(daily);
            });
        },
        region: Some(PRIMARY),
        kind: "backup plan",
        field: Some("rules.daily (2)"),
    },
    Drift {
        what: "advanced settings of the plan",
        edit: |aws| {
            aws.edit_plan(|document| {
                document["AdvancedBackupSettings"] =
                    json!([{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}]);
            });
        },
        region: Some(PRIMARY),
        kind: "backup plan",
        field: Some("advanced_backup_settings.EC2"),
    },
    Drift {
        what: "index of a rule",
        edit: |aws| {
            aws.edit_plan(|document| {
                document["Rules"][0]["IndexActions"] = json!([{"ResourceTypes": ["EBS"]}]);
            });
        },
        region: Some(PRIMARY),
        kind: "backup plan",
        field: Some("rules.daily.index_actions"),
    },
    Drift {
        what: "no executions for the function",
        edit: |aws| {
            let none = json!({"FunctionName": VALIDATOR, "ReservedConcurrentExecutions": 0});
            aws.call("lambda", PRIMARY, "put_function_concurrency", none);
        },
        region: Some(PRIMARY),
        kind: "validator function",
        field: Some("reserved_concurrency"),
    },
    Drift {
        what: "no retries of the target",
        edit: |aws| {
            let list =
                aws.call("events", PRIMARY, "list_targets_by_rule", json!({"Rule": JOBS_RULE}));
            let mut target = list["Targets"][0].clone();
            target["RetryPolicy"] =
                json!({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60});
            aws.call(
                "events",
                PRIMARY,
                "put_targets",
                json!({"Rule": JOBS_RULE, "Targets": [target]}),
            );
        },
        region: Some(PRIMARY),
        kind: "event target",
        field: Some("retry_attempts"),
    },
];

#[test]
fn each_hidden_drift_is_named_and_mended() {
    let aws = deployed();
    for drift in DRIFTS {
        drift.assert_named(&aws);
        drift.assert_mended(&aws);
    }
}
