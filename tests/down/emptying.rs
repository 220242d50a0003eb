//! What `down --delete-backups` says of what it deletes and of what it only lets go of, before and after.

use local_aws::{Fault, now};
use serde_json::{Value, json};

use crate::support::{Aws, DELETE, VAULT, deployed, point_of_plan, points, with_points};

fn delete(more: &[&'static str]) -> Vec<&'static str> {
    DELETE.into_iter().chain(more.iter().copied()).collect()
}

/// A database and a bucket with continuous backups, and a bucket whose have stopped.
fn continuous(aws: &Aws) -> [String; 3] {
    let database = aws.arn("rds", "us-east-1", "db:orders");
    let [bucket, stopped] = ["bucket", "stopped"].map(|name| format!("arn:aws:s3:::{name}"));
    for (resource, status) in [
        (&database, "AVAILABLE"),
        (&bucket, "AVAILABLE"),
        (&bucket, "STOPPED"),
        (&stopped, "STOPPED"),
    ] {
        point_of_plan(aws, "us-east-1", &json!({"Status": status, "ResourceArn": resource}));
    }
    [database, bucket, stopped]
}

/// What is said to be let go of, and whether it goes on.
fn let_go(report: &Value) -> Vec<(&str, bool)> {
    let rows = report["disassociated"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .map(|row| (row["resource"].as_str().unwrap(), row["continues"].as_bool().unwrap()))
        .collect()
}

#[test]
fn each_resource_that_keeps_its_own_recovery_is_named() {
    let aws = with_points();
    let [database, bucket, stopped] = continuous(&aws);
    let dry = aws.mrbackup(delete(&["--dry-run"])).success();
    let line = |resource: &str, was: &str| {
        format!("! us-east-1 {resource}: its continuous backup {was} disassociated, not deleted: ")
    };
    for resource in [&database, &bucket, &stopped] {
        assert!(dry.stdout.contains(&line(resource, "would be")), "{resource}: {dry:?}");
    }
    dry.stdout_has("`--stop-pitr` deletes these instead");
    assert_eq!(points(&aws), 6);

    let down = aws.mrbackup(DELETE).success();
    for (resource, then) in [
        (&database, "its own service keeps its point-in-time recovery"),
        (&bucket, "its own service keeps its point-in-time recovery"),
        (&stopped, "it had stopped; its own service may keep what there is"),
    ] {
        let line = line(resource, "was") + then;
        down.stdout_has(&line);
    }
    down.stdout_has("`--stop-pitr` deletes them instead");
    // A killed run cannot report, so each is said when it happens.
    let said = format!("us-east-1: the continuous backup of {database} was disassociated");
    down.stderr_has(&said);
    assert_eq!(aws.released_resources("us-east-1").len(), 3);
}

#[test]
fn the_documents_name_them_too() {
    let aws = with_points();
    let [database, bucket, stopped] = continuous(&aws);
    let wanted = [(database.as_str(), true), (bucket.as_str(), true), (stopped.as_str(), false)];
    let dry = aws.mrbackup(delete(&["--dry-run", "-o", "json"])).success().json();
    let mut told = let_go(&dry["emptied_vaults"][0]);
    told.sort_by_key(|(resource, _)| wanted.iter().position(|(known, _)| known == resource));
    assert_eq!(told, wanted);
    let down = aws.mrbackup(delete(&["-o", "json"])).success().json();
    let mut told = let_go(&down);
    told.sort_by_key(|(resource, _)| wanted.iter().position(|(known, _)| known == resource));
    assert_eq!(told, wanted);
}

#[test]
fn what_is_deleted_with_its_source_or_not_let_go_at_all_is_not_named() {
    let aws = with_points();
    aws.delete_continuous_points();
    continuous(&aws);
    let dry = aws.mrbackup(delete(&["--stop-pitr", "--dry-run"])).success();
    dry.stdout_lacks("disassociated");
    let down = aws.mrbackup(delete(&["--stop-pitr", "-o", "json"])).success().json();
    assert!(let_go(&down).is_empty(), "{down}");
    assert!(aws.released_resources("us-east-1").values().all(|kept| !kept));

    let aws = with_points();
    let [database, ..] = continuous(&aws);
    let text = "User: u is not authorized to perform: backup:DisassociateRecoveryPoint";
    let denied = Fault::error(403, "AccessDeniedException", text);
    aws.fault(denied.on("backup", "DisassociateRecoveryPoint"));
    let down = aws.mrbackup(delete(&["-o", "json"])).code(3).json();
    assert!(let_go(&down).is_empty(), "{down}");
    assert_eq!(down["kept_vaults"][0]["recovery_points"], 4, "{down}");
    assert!(!aws.released_resources("us-east-1").contains_key(&database));
}

/// AWS let go and the answer is lost: it was us all the same.
#[test]
fn a_lost_answer_is_looked_for_before_a_resource_is_named() {
    let aws = deployed();
    let [database, ..] = continuous(&aws);
    let fired = aws.fault(Fault::cut().on("backup", "DisassociateRecoveryPoint"));
    let down = aws.mrbackup(delete(&["-o", "json"])).success().json();
    assert_eq!(fired.fired(), 4);
    assert!(let_go(&down).contains(&(&database, true)), "{down}");
}

#[test]
fn what_went_otherwise_was_not_let_go() {
    let aws = deployed();
    let database = aws.arn("rds", "us-east-1", "db:orders");
    let lifecycle = json!({"DeleteAfterDays": 1});
    let members = json!({"Status": "AVAILABLE", "ResourceArn": database, "Lifecycle": lifecycle});
    point_of_plan(&aws, "us-east-1", &members);
    let held = aws.fault(Fault::hold_before().on("backup", "DisassociateRecoveryPoint"));
    let running = aws.command().args(delete(&["-o", "json"])).start();
    held.wait_held();
    aws.expire_recovery_points("us-east-1", VAULT);
    held.release();
    let down = running.wait().success().json();
    assert!(let_go(&down).is_empty(), "{down}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_finishes_the_calls_in_flight_and_tells_what_was_let_go() {
    let aws = deployed();
    let resources = continuous(&aws);
    let held = aws.fault(Fault::hold().on("backup", "DisassociateRecoveryPoint"));
    let running = aws.command().args(DELETE).start();
    held.wait_held();
    running.interrupt("Interrupted: finishing the calls in flight");
    held.release();
    let down = running.wait().code(130);
    let released = aws.released_resources("us-east-1");
    for resource in &resources {
        let said = format!("the continuous backup of {resource} was disassociated");
        assert_eq!(down.stderr.contains(&said), released.contains_key(resource), "{down:?}");
    }
    aws.clear_faults();
    aws.mrbackup(DELETE).success();
    assert_eq!(aws.released_resources("us-east-1").len(), resources.len());
}

/// AWS is at work on a point, be it for us: asked again, it refuses until it is done.
#[test]
fn a_point_that_is_busy_is_waited_for() {
    for lost in [Fault::cut, Fault::truncate] {
        let aws = with_points();
        aws.slow_deletions(2);
        let fired = aws.fault(lost().on("backup", "DeleteRecoveryPoint").first(2));
        let down = aws.mrbackup(DELETE).success();
        down.stdout_has("nothing is left");
        assert_eq!(fired.fired(), 2);
        assert_eq!(points(&aws), 0);
    }
}

#[test]
fn a_dry_run_says_what_would_be_deleted_in_each_vault_and_writes_nothing() {
    let aws = with_points();
    point_of_plan(&aws, "us-east-1", &json!({"CreatedBy": null}));
    point_of_plan(&aws, "us-west-2", &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    aws.put_backup_job("us-east-1", json!({"State": "RUNNING", "BackupVaultName": VAULT}));
    let before = aws.inventory();
    aws.clear_log();
    let dry = aws.mrbackup(delete(&["--dry-run"])).code(3);
    for line in [
        "- us-east-1 vault mrbackup-default: 2 recovery points would be deleted permanently \
         (1 of this deployment's plan, 1 on demand); 1 running job would be stopped or waited for\n",
        "- us-west-2 vault mrbackup-default: 1 recovery point would be deleted permanently \
         (1 of this deployment's plan); 1 recovery point not of this deployment would stay\n",
        "kept: it holds 1 recovery point not of this deployment\n",
    ] {
        dry.stdout_has(line);
    }
    dry.stdout_lacks("--include-foreign-points");
    let all = delete(&["--include-foreign-points", "--dry-run"]);
    let dry = aws.mrbackup(&all).success();
    let line = "2 recovery points would be deleted permanently \
                (1 of this deployment's plan, 1 of other plans)\n";
    dry.stdout_has(line);
    aws.mrbackup(all.into_iter().chain(["--exit-code"])).code(3);
    let json = aws.mrbackup(delete(&["--dry-run", "-o", "json"])).code(3).json();
    assert_eq!(
        json["emptied_vaults"][1],
        json!({
            "region": "us-west-2", "vault": VAULT, "recovery_points": 1,
            "origins": {"our-plan": 1}, "spared": 1, "held": [], "disassociated": [],
            "running_jobs": 0, "running_jobs_of_others": 0,
            "kept_reason": null, "unknown_reason": null,
        }),
    );
    aws.assert_nothing_written();
    assert_eq!((points(&aws), aws.inventory()), (4, before));
}

#[test]
fn a_dry_run_needs_the_right_name_too_and_sees_a_lock() {
    let aws = with_points();
    aws.mrbackup(["down", "--delete-backups", "--confirm", "prod", "--dry-run"]).code(2);
    aws.lock_vault("us-west-2", VAULT, json!({"MinRetentionDays": 7, "LockDate": now() - 1000}));
    let dry = aws.mrbackup(delete(&["--dry-run"])).code(3);
    let line = "us-west-2 vault mrbackup-default: nothing would be deleted: its vault lock";
    dry.stdout_has(line);
    assert!(aws.mrbackup(DELETE).code(3).stdout.contains("kept: us-west-2 vault"));
    assert_eq!(points(&aws), 1);
}

#[test]
fn a_dry_run_on_full_vaults_says_that_down_refuses() {
    let aws = with_points();
    aws.clear_log();
    let dry = aws.mrbackup(["down", "--dry-run"]).code(3);
    for text in [
        "✘ `mrbackup down` refuses: deployment default holds backups.\n",
        "us-east-1 vault mrbackup-default: 1 recovery point, the last one until ",
        "mrbackup down --delete-backups --confirm default",
    ] {
        dry.stdout_has(text);
    }
    let json = aws.mrbackup(["down", "--dry-run", "-o", "json"]).code(3).json();
    assert_eq!((&json["schema"], &json["delete"]), (&json!("mrbackup.down-dry-run/1"), &json!(0)));
    assert_eq!(json["full_vaults"].as_array().unwrap().len(), 2);
    aws.assert_nothing_written();
}

#[test]
fn what_is_kept_in_the_end_is_told_as_it_then_is() {
    let aws = with_points();
    let held = point_of_plan(&aws, "us-east-1", &json!({"BackupSizeInBytes": 5}));
    aws.hold_recovery_point("us-east-1", VAULT, &held, true);
    let down = aws.mrbackup(DELETE).code(3);
    let line = "! kept: us-east-1 vault mrbackup-default: 1 recovery point, ";
    down.stdout_has(line);
    down.stdout_lacks("kept: us-west-2");
}
