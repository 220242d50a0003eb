//! From a plan of the account to a deployment that stands beside it.

use std::fs;

use local_aws::Fault;
use serde_json::json;

use super::fresh;
use crate::support::{Aws, GIVEN_VAULT, PRIMARY, SECONDARY, account};

/// A plan of another tool, with two selections; its id and theirs.
fn plan(aws: &Aws) -> (String, Vec<String>) {
    aws.make_given_role("backup.amazonaws.com", 4);
    aws.make_given_vault(PRIMARY);
    aws.make_given_vault(SECONDARY);
    let copy = aws.arn("backup", SECONDARY, &format!("backup-vault:{GIVEN_VAULT}"));
    let rule = json!({
        "RuleName": "nightly", "TargetBackupVaultName": GIVEN_VAULT, "ScheduleExpression": "cron(0 3 ? * * *)",
        "StartWindowMinutes": 60, "CompletionWindowMinutes": 240, "Lifecycle": {"DeleteAfterDays": 40},
        "RecoveryPointTags": {"Made": "nightly"},
        "CopyActions": [{"DestinationBackupVaultArn": copy, "Lifecycle": {"DeleteAfterDays": 80}}],
    });
    let plan = json!({"BackupPlan": {"BackupPlanName": "company", "Rules": [rule]}});
    let id = aws.call("backup", PRIMARY, "create_backup_plan", plan)["BackupPlanId"].clone();
    let condition = json!({"ConditionKey": "aws:ResourceTag/Backup", "ConditionValue": "yes"});
    let selections = [
        json!({"SelectionName": "tagged", "IamRoleArn": aws.given_role_arn(), "Resources": ["*"],
            "Conditions": {"StringEquals": [condition], "StringNotEquals": [], "StringLike": [], "StringNotLike": []}}),
        json!({"SelectionName": "tables", "IamRoleArn": aws.given_role_arn(), "Resources": ["arn:aws:dynamodb:*:*:table/*"]}),
    ];
    let selections = selections.into_iter().map(|selection| {
        let wanted = json!({"BackupPlanId": id, "BackupSelection": selection});
        let made = aws.call("backup", PRIMARY, "create_backup_selection", wanted);
        made["SelectionId"].as_str().unwrap().to_owned()
    });
    let selections = selections.collect();
    (id.as_str().unwrap().to_owned(), selections)
}

#[test]
fn a_plan_is_written_and_a_deployment_stands_beside_it() {
    let aws = account();
    let (id, selections) = plan(&aws);
    aws.clear_log();
    let written = fresh(&aws, "written");
    let words = ["config", "from-plan", &id, &written, "--region", PRIMARY];
    let run = aws.mrbackup(words.iter().chain(&["--keep-vaults"])).success();
    run.stdout_has(format!("✔ Wrote plan company to {written}, with no loss.\n"));
    let of_plan = format!("--region us-east-1 --backup-plan-id {id}");
    for selection in &selections {
        run.stdout_has(format!(
            "    aws backup delete-backup-selection {of_plan} --selection-id {selection}\n"
        ));
    }
    run.stdout_has(format!("    aws backup delete-backup-plan {of_plan}\n"));
    aws.assert_nothing_written();
    let text = fs::read_to_string(&written).unwrap();
    for line in [
        format!("expected_account = \"{}\"", aws.id()),
        format!("us-west-2 = \"{GIVEN_VAULT}\""),
        "name = \"tables\"".to_owned(),
        "resources = [\"arn:aws:dynamodb:*:*:table/*\"]".to_owned(),
        "recovery_point_tags = { Made = \"nightly\" }".to_owned(),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    aws.mrbackup(["plan", "--config", &written]).success();
    aws.mrbackup(["up", "--config", &written, "--alerts", "none"]).success();
    // Nothing has the tags yet: all that is missing is what to back up.
    let status = aws.mrbackup(["status", "--config", &written, "-o", "json"]).json();
    assert_eq!(
        (&status["state"], &status["attention"]),
        (&json!("ready"), &json!([])),
        "{status:#}"
    );
    let again =
        aws.mrbackup(["plan", "--exit-code", "--config", &written, "--alerts", "none"]).success();
    again.stdout_has(": no changes, ");
    let found = aws.call("backup", PRIMARY, "get_backup_plan", json!({"BackupPlanId": id}));
    assert_eq!(found["BackupPlan"]["BackupPlanName"], "company");
}

#[test]
fn vaults_keys_and_role_are_replaced_unless_they_are_kept() {
    let aws = account();
    let (id, _) = plan(&aws);
    let arn = aws.arn("backup", PRIMARY, &format!("backup-plan:{id}"));
    let run = aws.mrbackup(["config", "from-plan", &arn, "--stdout"]).success();
    let text = &run.stdout;
    assert!(
        !text.contains("\nservice_role") && text.contains("us-west-2 = \"arn:aws:kms:us-west-2:"),
        "{text}"
    );
    assert!(
        run.stderr.contains(
            "Not used, and replaced by mrbackup's own: vault company-vault in us-east-1,"
        ),
        "{run:?}"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let aws = account();
    let missing = "8f81f553-3a74-4a3f-b93d-b3360dc80c50";
    let words =
        |id: &str| ["config", "from-plan", id, "--stdout", "--region", PRIMARY].map(str::to_owned);
    let none = aws.mrbackup(words(missing)).code(1);
    assert!(none.stderr.contains(&format!("no backup plan {missing} is in us-east-1")), "{none:?}");
    let (id, _) = plan(&aws);
    let denied = || Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied().on("backup", "ListBackupVaults"));
    let run = aws.mrbackup(words(&id)).success();
    assert!(run.stdout.contains("# Loss: the vaults of us-east-1 could not be read"), "{run:?}");
    for operation in ["GetBackupPlan", "ListBackupSelections", "GetBackupSelection"] {
        aws.clear_faults();
        aws.fault(denied().on("backup", operation));
        let refused = aws.mrbackup(words(&id)).code(1);
        assert!(refused.stderr.contains("AccessDeniedException"), "{operation}: {refused:?}");
        assert!(refused.stdout.is_empty(), "{refused:?}");
    }
}
