//! Edits of the restore tests that `restore_test` asks for.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended_in};
use crate::support::{Aws, SECONDARY, deployed_with_restore_tests};

const PLAN: &str = "restore testing plan";
const SELECTIONS: &str = "restore testing selections";
const NAME: &str = "mrbackup_default";

pub(super) const DRIFTS: &[Drift] = &[
    drift("another schedule", PLAN, Some("schedule"), |aws| {
        plan(aws, json!({"ScheduleExpression": "cron(0 6 1 1 ? *)"}));
    }),
    drift("another zone", PLAN, Some("timezone"), |aws| {
        plan(aws, json!({"ScheduleExpressionTimezone": "Europe/Berlin"}));
    }),
    drift("an hour to start in", PLAN, Some("start_window_hours"), |aws| {
        plan(aws, json!({"StartWindowHours": 1}));
    }),
    drift("the newest points only", PLAN, Some("algorithm"), |aws| {
        choice(aws, &json!({"Algorithm": "LATEST_WITHIN_WINDOW"}));
    }),
    drift("all vaults", PLAN, Some("include_vaults"), |aws| {
        choice(aws, &json!({"IncludeVaults": ["*"]}));
    }),
    drift("our vault excluded", PLAN, Some("exclude_vaults"), |aws| {
        let vault = aws.arn("backup", SECONDARY, "backup-vault:mrbackup-default");
        choice(aws, &json!({"ExcludeVaults": [vault]}));
    }),
    drift(
        "continuous points, of which a copy region has none",
        PLAN,
        Some("recovery_point_types"),
        |aws| {
            choice(aws, &json!({"RecoveryPointTypes": ["CONTINUOUS"]}));
        },
    ),
    drift("a window in which no copy lies", PLAN, Some("selection_window_days"), |aws| {
        choice(aws, &json!({"SelectionWindowDays": 1}));
    }),
    drift("a tag of ours on the plan", PLAN, Some("tags.mrbackup:id"), |aws| {
        let name = json!({"RestoreTestingPlanName": NAME});
        let plan = aws.call("backup", SECONDARY, "get_restore_testing_plan", name);
        let arn = &plan["RestoreTestingPlan"]["RestoreTestingPlanArn"];
        let tags = json!({"ResourceArn": arn, "Tags": {"mrbackup:id": "0000"}});
        aws.call("backup", SECONDARY, "tag_resource", tags);
    }),
    drift("plan deleted", PLAN, None, |aws| {
        for kind in ["DynamoDB", "EBS", "EFS", "S3"] {
            delete(aws, kind);
        }
        let name = json!({"RestoreTestingPlanName": NAME});
        aws.call("backup", SECONDARY, "delete_restore_testing_plan", name);
    }),
    drift("another role", SELECTIONS, Some("EBS.role"), |aws| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"backup.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = json!({"RoleName": "theirs", "AssumeRolePolicyDocument": trust});
        let role = aws.call("iam", SECONDARY, "create_role", role)["Role"]["Arn"].take();
        selection(aws, "EBS", json!({"IamRoleArn": role}));
    }),
    drift("one volume only", SELECTIONS, Some("EBS.resources"), |aws| {
        let volume = aws.arn("ec2", "us-east-1", "volume/vol-1");
        let change = json!({"ProtectedResourceArns": [volume], "ProtectedResourceConditions": {}});
        selection(aws, "EBS", change);
    }),
    drift(
        "other tags",
        SELECTIONS,
        Some("S3.conditions.StringEquals.aws:ResourceTag/BackupEnabled"),
        |aws| {
            let pairs = json!([{"Key": "aws:ResourceTag/Team", "Value": "shop"}]);
            selection(aws, "S3", json!({"ProtectedResourceConditions": {"StringEquals": pairs}}));
        },
    ),
    drift("all but some", SELECTIONS, Some("S3.conditions.StringNotEquals"), |aws| {
        let pairs = json!([{"Key": "aws:ResourceTag/Team", "Value": "shop"}]);
        selection(aws, "S3", json!({"ProtectedResourceConditions": {"StringNotEquals": pairs}}));
    }),
    drift("an override", SELECTIONS, Some("EBS.overrides.volumeType"), |aws| {
        selection(aws, "EBS", json!({"RestoreMetadataOverrides": {"volumeType": "io2"}}));
    }),
    drift("no time for a verdict", SELECTIONS, Some("EFS.validation_hours"), |aws| {
        selection(aws, "EFS", json!({"ValidationWindowHours": 0}));
    }),
    drift(
        "a selection of another type under the name of ours",
        SELECTIONS,
        Some("EFS.resource_type"),
        |aws| {
            delete(aws, "EFS");
            let selection = json!({
                "RestoreTestingSelectionName": "EFS", "ProtectedResourceType": "RDS",
                "IamRoleArn": aws.service_role_arn(), "ProtectedResourceArns": ["*"],
            });
            create(aws, selection);
        },
    ),
    drift("a type that nobody asked for", SELECTIONS, Some("RDS"), |aws| {
        let selection = json!({
            "RestoreTestingSelectionName": "RDS", "ProtectedResourceType": "RDS",
            "IamRoleArn": aws.service_role_arn(), "ProtectedResourceArns": ["*"],
        });
        create(aws, selection);
    }),
    drift("one selection deleted", SELECTIONS, Some("DynamoDB"), |aws| delete(aws, "DynamoDB")),
    drift("all selections deleted", SELECTIONS, None, |aws| {
        for kind in ["DynamoDB", "EBS", "EFS", "S3"] {
            delete(aws, kind);
        }
    }),
];

const fn drift(
    what: &'static str,
    kind: &'static str,
    field: Option<&'static str>,
    edit: fn(&Aws),
) -> Drift {
    Drift { what, edit, region: Some(SECONDARY), kind, field }
}

fn plan(aws: &Aws, change: Value) {
    let mut arguments = json!({"RestoreTestingPlanName": NAME});
    arguments["RestoreTestingPlan"] = change;
    aws.call("backup", SECONDARY, "update_restore_testing_plan", arguments);
}

fn choice(aws: &Aws, change: &Value) {
    let name = json!({"RestoreTestingPlanName": NAME});
    let there = aws.call("backup", SECONDARY, "get_restore_testing_plan", name);
    let mut choice = there["RestoreTestingPlan"]["RecoveryPointSelection"].clone();
    choice.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    plan(aws, json!({"RecoveryPointSelection": choice}));
}

fn selection(aws: &Aws, name: &str, change: Value) {
    let mut arguments =
        json!({"RestoreTestingPlanName": NAME, "RestoreTestingSelectionName": name});
    arguments["RestoreTestingSelection"] = change;
    aws.call("backup", SECONDARY, "update_restore_testing_selection", arguments);
}

fn create(aws: &Aws, selection: Value) {
    let mut arguments = json!({"RestoreTestingPlanName": NAME});
    arguments["RestoreTestingSelection"] = selection;
    aws.call("backup", SECONDARY, "create_restore_testing_selection", arguments);
}

fn delete(aws: &Aws, name: &str) {
    let arguments = json!({"RestoreTestingPlanName": NAME, "RestoreTestingSelectionName": name});
    aws.call("backup", SECONDARY, "delete_restore_testing_selection", arguments);
}

#[test]
fn each_drift_of_a_restore_test_is_named_and_mended() {
    assert_each_named_and_mended_in(deployed_with_restore_tests, DRIFTS);
}
