//! Edits by hand in corners: named by `plan` and `status` with their field, mended by one `up`.

use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::support::harness::Aws;

const REGION: &str = "us-east-1";
const FUNCTION: &str = "mrbackup-default-validator";
const RULE: &str = "mrbackup-default-jobs";

/// An edit, the kind of resource that it is found on, and the field.
struct Drift {
    what: &'static str,
    edit: fn(&Aws),
    kind: &'static str,
    field: &'static str,
}

const DRIFTS: &[Drift] = &[
    Drift {
        what: "a region's tag on a vault",
        edit: |aws| {
            let arn = aws.arn("backup", "us-west-2", "backup-vault:mrbackup-default");
            let tags = json!({"mrbackup:region:us-west-2": "primary"});
            aws.call(
                "backup",
                "us-west-2",
                "tag_resource",
                json!({"ResourceArn": arn, "Tags": tags}),
            );
        },
        kind: "vault",
        field: "tags.mrbackup:region:us-west-2",
    },
    Drift {
        what: "a region that is none on the service role",
        edit: |aws| {
            let tag = json!({"Key": "mrbackup:region:ap-south-1", "Value": "tertiary"});
            let role = json!({"RoleName": "mrbackup-default-AWSBackupServiceRole", "Tags": [tag]});
            aws.call("iam", REGION, "tag_role", role);
        },
        kind: "service role",
        field: "tags.mrbackup:region:ap-south-1",
    },
    Drift {
        what: "a second rule of the same name",
        edit: |aws| {
            edit_plan(aws, |document| {
                let rules = document["Rules"].as_array_mut().unwrap();
                let daily = rules.iter().find(|rule| rule["RuleName"] == "daily").unwrap().clone();
                rules.push(daily);
            });
        },
        kind: "backup plan",
        field: "rules.daily (2)",
    },
    Drift {
        what: "advanced settings of the plan",
        edit: |aws| {
            edit_plan(aws, |document| {
                document["AdvancedBackupSettings"] =
                    json!([{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}]);
            });
        },
        kind: "backup plan",
        field: "advanced_backup_settings.EC2",
    },
    Drift {
        what: "index of a rule",
        edit: |aws| {
            edit_plan(aws, |document| {
                document["Rules"][0]["IndexActions"] = json!([{"ResourceTypes": ["EBS"]}]);
            });
        },
        kind: "backup plan",
        field: "rules.daily.index_actions",
    },
    Drift {
        what: "no executions for the function",
        edit: |aws| {
            let none = json!({"FunctionName": FUNCTION, "ReservedConcurrentExecutions": 0});
            aws.call("lambda", REGION, "put_function_concurrency", none);
        },
        kind: "validator function",
        field: "reserved_concurrency",
    },
    Drift {
        what: "no retries of the target",
        edit: |aws| {
            let list = aws.call("events", REGION, "list_targets_by_rule", json!({"Rule": RULE}));
            let mut target = list["Targets"][0].clone();
            target["RetryPolicy"] =
                json!({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60});
            aws.call("events", REGION, "put_targets", json!({"Rule": RULE, "Targets": [target]}));
        },
        kind: "event target",
        field: "retry_attempts",
    },
];

fn edit_plan(aws: &Aws, edit: fn(&mut Value)) {
    let plans = aws.call("backup", REGION, "list_backup_plans", json!({}));
    let id = plans["BackupPlansList"][0]["BackupPlanId"].clone();
    let plan = aws.call("backup", REGION, "get_backup_plan", json!({"BackupPlanId": id}));
    let mut document = plan["BackupPlan"].clone();
    for rule in document["Rules"].as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("RuleId");
    }
    edit(&mut document);
    let update = json!({"BackupPlanId": id, "BackupPlan": document});
    aws.call("backup", REGION, "update_backup_plan", update);
}

fn names(report: &Value, drift: &Drift) -> bool {
    let rows = report["resources"].as_array().unwrap();
    let of_kind = rows.iter().filter(|row| row["kind"] == drift.kind);
    let mut changes = of_kind.filter_map(|row| row["changes"].as_array()).flatten();
    changes.any(|change| change["field"] == drift.field)
}

#[test]
fn each_hidden_drift_is_named_and_mended() {
    let aws = deployed();
    for drift in DRIFTS {
        let what = drift.what;
        (drift.edit)(&aws);
        let status = aws.mrbackup(["status", "-o", "json"]).code(3);
        assert!(names(&status.json(), drift), "{what}: {status:?}");
        let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3);
        assert!(names(&plan.json(), drift), "{what}: {plan:?}");
        let up = aws.mrbackup(["up"]);
        assert_eq!(up.exit_code(), Some(0), "{what}: {up:?}");
        let plan = aws.mrbackup(["plan", "--exit-code"]);
        assert_eq!(plan.exit_code(), Some(0), "{what}: {plan:?}");
        let status = aws.mrbackup(["status"]);
        assert_eq!(status.exit_code(), Some(0), "{what}: {status:?}");
    }
}
