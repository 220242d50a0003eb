//! `lint --account`: every plan of the regions, read only, and what cannot be read.

use std::time::Duration;

use local_aws::{Crowd, Fault};
use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, REGIONS, SECONDARY, SERVICE_ROLE, account, deployed};

const LINT: [&str; 4] = ["lint", "--account", "--region", "us-east-1,us-west-2,eu-west-1"];

fn ids(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["id"].as_str().unwrap()).collect()
}

/// A plan of another tool, whose monthly rule takes daily copies, and whose vault in another region is not there.
fn plan(aws: &Aws) -> Value {
    aws.call("backup", PRIMARY, "create_backup_vault", json!({"BackupVaultName": "main"}));
    let copy = aws.arn("backup", SECONDARY, "backup-vault:dr");
    let rules = json!([
        {
            "RuleName": "daily", "TargetBackupVaultName": "main", "ScheduleExpression": "cron(0 5 ? * * *)",
            "StartWindowMinutes": 480, "CompletionWindowMinutes": 10080, "Lifecycle": {"DeleteAfterDays": 35},
            "CopyActions": [{"DestinationBackupVaultArn": copy, "Lifecycle": {"DeleteAfterDays": 35}}],
        },
        {
            "RuleName": "monthly", "TargetBackupVaultName": "main", "ScheduleExpression": "cron(0 7 1 * ? *)",
            "StartWindowMinutes": 480, "CompletionWindowMinutes": 10080, "Lifecycle": {"DeleteAfterDays": 365},
        },
    ]);
    let plan = json!({"BackupPlan": {"BackupPlanName": "nightly", "Rules": rules}});
    aws.call("backup", PRIMARY, "create_backup_plan", plan)["BackupPlanId"].clone()
}

#[test]
fn a_deployment_of_ours_has_no_finding_and_nothing_is_written() {
    let aws = deployed();
    aws.clear_log();
    let lint = aws.mrbackup(LINT).success();
    lint.stdout_has("✔ No finding: 1 plan in 3 places.\n");
    aws.assert_nothing_written();
    assert!(aws.log().iter().all(|call| call.name().contains("Get")
        || call.name().contains("List")
        || call.name().contains("Describe")));
}

#[test]
fn what_is_lost_and_what_is_not_there_is_found() {
    let aws = account();
    plan(&aws);
    let document = aws.mrbackup(LINT.into_iter().chain(["-o", "json"])).code(3).json();
    assert_eq!(ids(&document), ["L007", "L032", "L035"], "{document:#}");
    assert_eq!(document["lost_copies_per_year"], 12);
    assert_eq!(document["account"], aws.id());
    assert_eq!(document["findings"][0]["region"], PRIMARY);
    let text = aws.mrbackup(LINT).code(3);
    text.stdout_has("vault dr is not in us-west-2: each copy to it fails");
    text.stdout_has("aws backup create-backup-vault --region us-west-2 --backup-vault-name dr");
    aws.call("backup", SECONDARY, "create_backup_vault", json!({"BackupVaultName": "dr"}));
    let lock = json!({"BackupVaultName": "dr", "MinRetentionDays": 60});
    aws.call("backup", SECONDARY, "put_backup_vault_lock_configuration", lock);
    let document = aws.mrbackup(LINT.into_iter().chain(["-o", "json"])).code(3).json();
    assert_eq!(ids(&document), ["L007", "L035", "L029"], "{document:#}");
    aws.assert_nothing_written();
}

/// Without its key nothing can be written to a vault, and nothing in it can be restored.
#[test]
fn a_key_that_is_to_be_deleted_is_found() {
    let aws = account();
    let key = aws.call("kms", PRIMARY, "create_key", json!({}))["KeyMetadata"].clone();
    let vault = json!({"BackupVaultName": "main", "EncryptionKeyArn": key["Arn"]});
    aws.call("backup", PRIMARY, "create_backup_vault", vault);
    let rule = json!({
        "RuleName": "daily", "TargetBackupVaultName": "main", "ScheduleExpression": "cron(0 5 ? * * *)",
        "Lifecycle": {"DeleteAfterDays": 35},
    });
    let plan = json!({"BackupPlan": {"BackupPlanName": "nightly", "Rules": [rule]}});
    aws.call("backup", PRIMARY, "create_backup_plan", plan);
    let lint = || aws.mrbackup(LINT.into_iter().chain(["-o", "json"])).code(3).json();
    assert_eq!(ids(&lint()), ["L035"]);
    aws.call("kms", PRIMARY, "schedule_key_deletion", json!({"KeyId": key["KeyId"]}));
    let document = lint();
    assert_eq!(ids(&document), ["L034", "L035"], "{document:#}");
    let text = document["findings"][0]["text"].as_str().unwrap();
    assert!(text.contains("is in state PendingDeletion: each backup into it fails"), "{text}");
}

#[test]
fn a_role_that_is_gone_is_found() {
    let aws = deployed();
    aws.delete_role(SERVICE_ROLE);
    let document = aws.mrbackup(LINT.into_iter().chain(["-o", "json"])).code(3).json();
    assert_eq!(ids(&document), ["L033"], "{document:#}");
}

#[test]
fn a_plan_that_cannot_be_read_is_named_and_the_rest_is_checked() {
    let aws = deployed();
    let id = plan(&aws);
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    let id = id.as_str().unwrap();
    aws.fault(denied.on("backup", "GetBackupPlan").containing(id));
    let lint = aws.mrbackup(LINT).code(3);
    lint.stdout_has(format!("? plan nightly ({id}) in us-east-1: us-east-1: backup:GetBackupPlan on {id} failed: AccessDeniedException"));
    lint.stdout_has("No finding: 1 plan in 3 places; 1 could not be read.\n");
    lint.stdout_lacks("✔");
    aws.clear_faults();
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("backup", "ListBackupPlans").region(SECONDARY));
    let lint = aws.mrbackup(LINT).code(3);
    lint.stdout_has("? the plans of us-west-2: ").stdout_has("✘ L007 lost-copies ");
}

/// A few calls a plan, many at once: at 20 ms a call 300 plans take no 10 s.
#[test]
fn three_hundred_plans_are_read_side_by_side() {
    let aws = account();
    for region in REGIONS {
        aws.put_crowd(region, Crowd { plans: 100, ..Crowd::default() });
    }
    aws.clear_log();
    aws.fault(Fault::delay(Duration::from_millis(20)));
    let lint = aws.mrbackup(LINT.into_iter().chain(["-o", "json"])).code(3);
    let document = lint.json();
    let plans: u64 = document["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["plans"].as_u64().unwrap())
        .sum();
    assert_eq!(plans, 300, "{lint:?}");
    let calls = aws.log();
    let of = |operation: &str| calls.iter().filter(|call| call.is("backup", operation)).count();
    assert_eq!((of("GetBackupPlan"), of("ListBackupSelections")), (300, 300));
    assert!(calls.len() < 620, "{}", calls.len());
    aws.assert_nothing_written();
    assert!(lint.took < Duration::from_secs(10), "{:?}", lint.took);
}
