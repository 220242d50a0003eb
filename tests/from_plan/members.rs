//! Every member that AWS's model has of a plan is written, or is a loss.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::account;

/// A member of AWS's model, a value of it, and what of the value stands in the file or among the losses.
const MEMBERS: &[(&str, &str, &str, &str)] = &[
    ("BackupPlan", "BackupPlanName", r#""company""#, "backup plan company"),
    ("BackupPlan", "Rules", "[]", "name = \"everything\""),
    (
        "BackupPlan",
        "AdvancedBackupSettings",
        r#"[{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": "enabled"}}]"#,
        "AdvancedBackupSettings = ",
    ),
    (
        "BackupPlan",
        "ScanSettings",
        r#"[{"MalwareScanner": "GUARDDUTY", "ResourceTypes": ["S3"]}]"#,
        "ScanSettings = ",
    ),
    ("BackupRule", "RuleName", r#""everything""#, "name = \"everything\""),
    ("BackupRule", "TargetBackupVaultName", r#""main""#, "us-east-1 = \"main\""),
    (
        "BackupRule",
        "TargetLogicallyAirGappedBackupVaultArn",
        r#""arn:aws:backup:us-east-1:111122223333:backup-vault:gapped""#,
        "TargetLogicallyAirGappedBackupVaultArn = ",
    ),
    (
        "BackupRule",
        "ScheduleExpression",
        r#""cron(0 4 1 * ? *)""#,
        "schedule = \"cron(0 4 1 * ? *)\"",
    ),
    ("BackupRule", "StartWindowMinutes", "61", "start_window_minutes = 61"),
    ("BackupRule", "CompletionWindowMinutes", "122", "completion_window_minutes = 122"),
    ("BackupRule", "Lifecycle", "{}", "delete_after_days = 200"),
    (
        "BackupRule",
        "RecoveryPointTags",
        r#"{"Made": "here"}"#,
        "recovery_point_tags = { Made = \"here\" }",
    ),
    ("BackupRule", "RuleId", r#""r-1""#, "name = \"everything\""),
    ("BackupRule", "CopyActions", "[]", "[[rules.copies]]"),
    ("BackupRule", "EnableContinuousBackup", "true", "it makes snapshots"),
    (
        "BackupRule",
        "ScheduleExpressionTimezone",
        r#""Europe/Berlin""#,
        "timezone = \"Europe/Berlin\"",
    ),
    ("BackupRule", "IndexActions", r#"[{"ResourceTypes": ["S3"]}]"#, "IndexActions = "),
    (
        "BackupRule",
        "ScanActions",
        r#"[{"MalwareScanner": "GUARDDUTY", "ScanMode": "FULL_SCAN"}]"#,
        "ScanActions = ",
    ),
    ("Lifecycle", "MoveToColdStorageAfterDays", "33", "cold_after_days = 33"),
    ("Lifecycle", "DeleteAfterDays", "200", "delete_after_days = 200"),
    ("Lifecycle", "OptInToArchiveForSupportedResources", "true", "archive = true"),
    (
        "Lifecycle",
        "DeleteAfterEvent",
        r#""DELETE_AFTER_COPY""#,
        "DeleteAfterEvent = DELETE_AFTER_COPY",
    ),
    ("CopyAction", "Lifecycle", "{}", "delete_after_days = 200"),
    (
        "CopyAction",
        "DestinationBackupVaultArn",
        r#""arn:aws:backup:us-west-2:111122223333:backup-vault:dr""#,
        "us-west-2 = \"dr\"",
    ),
    ("BackupSelection", "SelectionName", r#""chosen""#, "name = \"chosen\""),
    (
        "BackupSelection",
        "IamRoleArn",
        r#""arn:aws:iam::111122223333:role/backup""#,
        "the role is mrbackup's own, in place of arn:aws:iam::111122223333:role/backup",
    ),
    (
        "BackupSelection",
        "Resources",
        r#"["arn:aws:s3:::invoices"]"#,
        "resources = [\"arn:aws:s3:::invoices\"]",
    ),
    (
        "BackupSelection",
        "ListOfTags",
        r#"[{"ConditionType": "STRINGEQUALS", "ConditionKey": "Tier", "ConditionValue": "gold"}]"#,
        "Tier = \"gold\"",
    ),
    (
        "BackupSelection",
        "NotResources",
        r#"["arn:aws:s3:::scratch"]"#,
        "not_resources = [\"arn:aws:s3:::scratch\"]",
    ),
    ("BackupSelection", "Conditions", "{}", "Stage = \"prod\""),
    (
        "Conditions",
        "StringEquals",
        r#"[{"ConditionKey": "aws:ResourceTag/Stage", "ConditionValue": "prod"}]"#,
        "Stage = \"prod\"",
    ),
    (
        "Conditions",
        "StringNotEquals",
        r#"[{"ConditionKey": "aws:ResourceTag/Kept", "ConditionValue": "no"}]"#,
        "not_tags = { Kept = [\"no\"] }",
    ),
    (
        "Conditions",
        "StringLike",
        r#"[{"ConditionKey": "aws:ResourceTag/Team", "ConditionValue": "web*"}]"#,
        "like = { Team = \"web*\" }",
    ),
    (
        "Conditions",
        "StringNotLike",
        r#"[{"ConditionKey": "aws:ResourceTag/Owner", "ConditionValue": "x*"}]"#,
        "its condition StringNotLike aws:ResourceTag/Owner x*",
    ),
];

/// A value of a shape with all of its members.
fn whole(shape: &str) -> Value {
    let members = MEMBERS.iter().filter(|(of, ..)| *of == shape);
    let member = |(_, name, value, _): &(&str, &str, &str, &str)| {
        let value = match *name {
            "Rules" => json!([whole("BackupRule")]),
            "Lifecycle" => whole("Lifecycle"),
            "CopyActions" => json!([whole("CopyAction")]),
            "Conditions" => whole("Conditions"),
            _ => serde_json::from_str(value).unwrap(),
        };
        ((*name).to_owned(), value)
    };
    Value::Object(members.map(member).collect())
}

/// The members of a shape in AWS's newest model.
fn members(shape: &str) -> Vec<String> {
    let program = "import json, sys, botocore.loaders\n\
        model = botocore.loaders.Loader().load_service_model('backup', 'service-2')\n\
        print(json.dumps(list(model['shapes'][sys.argv[1]]['members'])))";
    let python = local_aws::python(&|_| {}).unwrap();
    let output = Command::new(python).args(["-c", program, shape]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_member_of_awss_model_is_decided() {
    for shape in
        ["BackupPlan", "BackupRule", "Lifecycle", "CopyAction", "BackupSelection", "Conditions"]
    {
        let of_model = members(shape);
        assert!(!of_model.is_empty(), "{shape}");
        for member in of_model {
            let is_it =
                |(of, name, ..): &&(&str, &str, &str, &str)| *of == shape && *name == member;
            assert!(MEMBERS.iter().any(|entry| is_it(&entry)), "{shape}.{member} is not decided");
        }
    }
}

#[test]
fn every_member_is_written_or_is_a_loss() {
    let aws = account();
    let document = json!({
        "BackupPlanId": "p1", "BackupPlanArn": "arn:aws:backup:us-east-1:111122223333:backup-plan:p1",
        "BackupPlan": whole("BackupPlan"), "BackupSelection": whole("BackupSelection"),
    });
    let file = aws.file("plan.json", &document.to_string());
    let words = ["config", "from-plan", &file, "--stdout", "--keep-vaults", "--keep-role"];
    let run = aws.mrbackup(words).success();
    let joined = run.stdout.replace("\n#  ", "");
    for (shape, member, _, evidence) in MEMBERS {
        assert!(joined.contains(evidence), "{shape}.{member}: {evidence} is not in {joined}");
    }
}
