//! Points that AWS Backup deletes for nobody, or only with others: said before anything is written, and never waited for in vain.

use std::time::Duration;

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, PRIMARY, SECONDARY, VAULT, deployed, point_of_plan, points, with_points,
};

fn dry() -> impl Iterator<Item = &'static str> {
    DELETE.into_iter().chain(["--dry-run"])
}

/// ARNs that the program asked AWS to delete or to let go of.
fn asked_for(aws: &Aws) -> Vec<String> {
    let log = aws.log();
    let asked = log.iter().filter(|call| {
        let operations = ["DeleteRecoveryPoint", "DisassociateRecoveryPoint"];
        operations.iter().any(|operation| call.is("backup", operation))
    });
    let arn = |call: &Value| call["RecoveryPointArn"].as_str().unwrap().to_owned();
    asked.map(|call| arn(call.input())).collect()
}

/// Why rows are kept, by kind and region.
fn kept(document: &Value) -> Vec<(String, String)> {
    let rows = document["resources"].as_array().unwrap().iter();
    let kept = rows.filter(|row| row["condition"] == "kept");
    kept.map(|row| (format!("{} {}", row["kind"], row["region"]), row["reason"].to_string()))
        .collect()
}

type Scene = fn(&Aws);

/// What keeps a vault, each made by itself.
const SCENES: [Scene; 7] = [
    |aws| {
        let held = point_of_plan(aws, PRIMARY, &json!({}));
        aws.hold_recovery_point(PRIMARY, VAULT, &held, true);
    },
    |aws| {
        let held = point_of_plan(aws, SECONDARY, &json!({"Status": "AVAILABLE"}));
        aws.hold_recovery_point(SECONDARY, VAULT, &held, true);
    },
    |aws| {
        let read = point_of_plan(aws, SECONDARY, &json!({"ResourceArn": "arn:aws:s3:::b"}));
        aws.put_backup_access_point(SECONDARY, VAULT, &read, "reader");
    },
    |aws| aws.lock_vault(SECONDARY, VAULT, json!({"MinRetentionDays": 7})),
    |aws| {
        point_of_plan(aws, PRIMARY, &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    },
    |aws| {
        let by = json!({"BackupPlanId": "theirs"});
        let job = json!({"State": "RUNNING", "BackupVaultName": VAULT, "CreatedBy": by});
        aws.put_backup_job(PRIMARY, job);
    },
    |aws| {
        let parent = point_of_plan(aws, PRIMARY, &json!({"IsParent": true}));
        point_of_plan(aws, PRIMARY, &json!({"ParentRecoveryPointArn": parent}));
        aws.hold_recovery_point(PRIMARY, VAULT, &parent, true);
    },
];

#[test]
fn the_dry_run_and_the_run_keep_the_same_for_the_same_reasons() {
    for scene in SCENES {
        let aws = with_points();
        scene(&aws);
        let before = points(&aws);
        let told = aws.mrbackup(dry().chain(["-o", "json"])).code(3).json();
        let goes = told["emptied_vaults"].as_array().unwrap().iter();
        let goes: u64 = goes.map(|vault| vault["recovery_points"].as_u64().unwrap()).sum();
        let done = aws.mrbackup(DELETE.into_iter().chain(["-o", "json"])).code(3).json();
        assert!(!kept(&told).is_empty());
        assert_eq!(kept(&told), kept(&done));
        assert_eq!(points(&aws), before - usize::try_from(goes).unwrap(), "{told}");
    }
}

#[test]
fn what_is_under_a_legal_hold_is_said_beforehand_and_not_asked_for() {
    let aws = with_points();
    let held = point_of_plan(&aws, PRIMARY, &json!({}));
    aws.hold_recovery_point(PRIMARY, VAULT, &held, true);
    let words = "1 recovery point cannot be deleted, nor expire: the legal hold audit (";
    aws.mrbackup(["down"]).code(3).stdout_has(words);
    let told = aws.mrbackup(dry()).code(3);
    told.stdout_has(
        "1 recovery point would be deleted permanently (1 of this deployment's plan); ",
    );
    told.stdout_has(words);
    aws.clear_log();
    let done = aws.mrbackup(DELETE).code(3);
    done.stdout_has(words);
    done.stdout_has("aws backup get-legal-hold --legal-hold-id ");
    assert_eq!(asked_for(&aws).len(), 2);
    assert!(!asked_for(&aws).contains(&held));
    aws.hold_recovery_point(PRIMARY, VAULT, &held, false);
    aws.mrbackup(DELETE).success().stdout_has("nothing is left");
}

#[test]
fn where_legal_holds_cannot_be_read_nothing_is_promised_and_nothing_written() {
    for operation in ["ListLegalHolds", "ListRecoveryPointsByLegalHold"] {
        let aws = with_points();
        let held = point_of_plan(&aws, PRIMARY, &json!({}));
        aws.hold_recovery_point(PRIMARY, VAULT, &held, true);
        let text = format!("User: u is not authorized to perform: backup:{operation}");
        aws.fault(Fault::error(403, "AccessDeniedException", &text).on("backup", operation));
        aws.clear_log();
        aws.mrbackup(dry()).code(1).stderr_has(operation);
        aws.mrbackup(DELETE).code(1).stderr_has(operation);
        aws.assert_nothing_written();
        aws.mrbackup(["down"]).code(3);
        aws.mrbackup(["down", "--keep-backups"]).code(3);
    }
}

#[test]
fn a_point_with_a_backup_access_point_is_said_to_stay_and_is_not_asked_for() {
    let aws = with_points();
    let read = point_of_plan(&aws, PRIMARY, &json!({"ResourceArn": "arn:aws:s3:::bucket"}));
    aws.put_backup_access_point(PRIMARY, VAULT, &read, "reader");
    let words =
        "1 recovery point cannot be deleted, nor expire: the backup access point reader reads it";
    for arguments in [&["down"][..], &["down", "--dry-run"]] {
        let down = aws.mrbackup(arguments).code(3);
        down.stdout_has(words);
        down.stdout_has("aws backup list-backup-access-points --region us-east-1");
    }
    let told = aws.mrbackup(dry().chain(["-o", "json"])).code(3).json();
    assert_eq!(
        told["emptied_vaults"][0]["held"],
        json!([{"kind": "access-point", "name": "reader", "recovery_points": 1}])
    );
    aws.mrbackup(dry()).code(3).stdout_has(words);
    aws.clear_log();
    aws.mrbackup(DELETE).code(3).stdout_has(words);
    assert!(!asked_for(&aws).contains(&read));
    assert_eq!(points(&aws), 1);
}

/// AWS has them since August 2026, and not everywhere: what is not known of them stops nothing.
#[test]
fn access_points_that_cannot_be_read_are_unknown() {
    let aws = with_points();
    let read = point_of_plan(&aws, PRIMARY, &json!({"ResourceArn": "arn:aws:s3:::bucket"}));
    aws.put_backup_access_point(PRIMARY, VAULT, &read, "reader");
    let denied = Fault::error(403, "AccessDeniedException", "not authorized");
    aws.fault(denied.on("backup", "ListBackupAccessPoints"));
    let told = aws.mrbackup(dry()).success();
    told.stdout_has("whether backup access points keep some of it is unknown: us-east-1");
    let done = aws.mrbackup(DELETE).code(3);
    done.stdout_has("1 recovery point cannot be deleted: ");
    done.stdout_has("it has a backup access point");
}

#[test]
fn a_member_goes_with_its_composite_or_leaves_one_that_is_gone() {
    let aws = deployed();
    let parent = point_of_plan(&aws, PRIMARY, &json!({"IsParent": true}));
    let member =
        |parent: &str| point_of_plan(&aws, PRIMARY, &json!({"ParentRecoveryPointArn": parent}));
    let with_it = member(&parent);
    let gone = aws.arn("backup", PRIMARY, "recovery-point:composite:gone");
    let (alone, other) = (member(&gone), member(&gone));
    aws.clear_log();
    let down = aws.mrbackup(DELETE).success();
    down.stdout_has("nothing is left");
    assert!(down.took < Duration::from_mins(1), "{down:?}");
    let asked = asked_for(&aws);
    assert!(!asked.contains(&with_it));
    assert!([parent, alone, other].iter().all(|arn| asked.contains(arn)), "{asked:?}");
    let left = aws.log();
    let left = left.iter().filter(|call| call.is("backup", "DisassociateRecoveryPointFromParent"));
    assert_eq!(left.count(), 2);
}

#[test]
fn a_member_is_deleted_once_its_tie_is_cut_whatever_became_of_the_answer() {
    let aws = deployed();
    let gone = aws.arn("backup", PRIMARY, "recovery-point:composite:gone");
    point_of_plan(&aws, PRIMARY, &json!({"ParentRecoveryPointArn": gone}));
    aws.fault(Fault::cut().on("backup", "DisassociateRecoveryPointFromParent").first(1));
    aws.mrbackup(DELETE).success().stdout_has("nothing is left");
}

const IN_USE: &str = "The snapshot is in use by ami-0123456789abcdef0";

/// AWS Backup takes the deletion, tries it, and cannot.
#[test]
fn what_aws_could_not_delete_is_not_waited_for_and_its_reason_is_said() {
    let aws = with_points();
    let used = point_of_plan(&aws, PRIMARY, &json!({}));
    aws.use_recovery_point(PRIMARY, VAULT, &used, IN_USE);
    let reason = format!("1 recovery point cannot be deleted (EXPIRED): {IN_USE}");
    // It is tried once, then once again by a second run, to which it is EXPIRED from the beginning.
    for _ in 0..2 {
        aws.clear_log();
        let down = aws.mrbackup(DELETE.into_iter().chain(["-o", "json"])).code(3);
        assert!(down.took < Duration::from_mins(1), "{down:?}");
        assert_eq!(asked_for(&aws).iter().filter(|arn| **arn == used).count(), 1);
        let document = down.json();
        assert!(kept(&document).iter().any(|(_, why)| why.contains(&reason)), "{document}");
    }
    aws.mrbackup(["up"]).success();
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has(
        "1 recovery point past the end of its life, not deleted (EXPIRED) and still paid for",
    );
    status.stdout_has(format!("AWS Backup's reason for 1: {IN_USE}"));
    status.stdout_lacks("gives AWS Backup its role back");
    let vault =
        aws.mrbackup(["status", "-o", "json"]).all_as_recorded().report().vault_in(PRIMARY).clone();
    assert_eq!(vault["expired"]["reasons"], json!({IN_USE: 1}));
}

/// A composite that could not be deleted keeps its members, and nobody waits for these.
#[test]
fn members_of_what_aws_could_not_delete_are_not_waited_for() {
    let aws = deployed();
    let parent = point_of_plan(&aws, PRIMARY, &json!({"IsParent": true}));
    let member = point_of_plan(&aws, PRIMARY, &json!({"ParentRecoveryPointArn": parent}));
    for arn in [&parent, &member] {
        aws.use_recovery_point(PRIMARY, VAULT, arn, IN_USE);
    }
    let down = aws.mrbackup(DELETE).code(3);
    down.stdout_has(format!("2 recovery points cannot be deleted (EXPIRED): {IN_USE}"));
    assert!(down.took < Duration::from_mins(1), "{down:?}");
}

/// It refuses each point by itself: a vault of many is not to be asked for each.
#[test]
fn a_lock_is_looked_at_once_and_no_point_is_asked_for() {
    let aws = with_points();
    for _ in 0..20 {
        point_of_plan(&aws, SECONDARY, &json!({}));
    }
    aws.lock_vault(SECONDARY, VAULT, json!({"MinRetentionDays": 7}));
    aws.clear_log();
    let down = aws.mrbackup(DELETE).code(3);
    down.stdout_has_times(1, "its vault lock lets no one delete from it");
    assert_eq!(asked_for(&aws).len(), 1, "the other vault's");

    // The same where it comes in between.
    let aws = with_points();
    for _ in 0..20 {
        point_of_plan(&aws, SECONDARY, &json!({}));
    }
    let held = Fault::hold_before().region(SECONDARY).on("backup", "DeleteRecoveryPoint");
    let held = aws.fault(held);
    let running = aws.command().args(DELETE).start();
    held.wait_held();
    aws.lock_vault(SECONDARY, VAULT, json!({"MinRetentionDays": 7}));
    aws.clear_log();
    held.release();
    let down = running.wait().code(3);
    down.stdout_has_times(
        1,
        "21 recovery points cannot be deleted: its vault lock lets no one delete from it",
    );
    let log = aws.log();
    let asked = log.iter().filter(|call| call.is("backup", "DeleteRecoveryPoint")).count();
    assert!(asked <= 6, "{asked}: those that were under way");
}
