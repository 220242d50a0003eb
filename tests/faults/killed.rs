//! Killed around a writing call, before AWS acts and after it has, and run again: the same end as an undisturbed run.

use std::collections::BTreeMap;

use local_aws::{Fault, now};
use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, UP, VAULT, account, deployed, point_of_plan, points, two_points,
};

const KEEP: [&str; 2] = ["down", "--keep-backups"];
/// The record is written at the beginning, and where something is kept at the end.
const RECORD: [(&str, &str); 2] = [("iam", "TagRole"), ("backup", "TagResource")];

/// Runs the command and kills it at the n-th call of the operation, before AWS acts, then after.
///
/// Later calls are held too: those sent at the same time would leave nothing for the second run.
pub(crate) fn kill_around(
    aws: &Aws,
    command: &[&str],
    (service, operation): (&str, &str),
    n: usize,
) {
    for fault in [Fault::hold_before(), Fault::hold()] {
        let held = aws.fault(fault.on(service, operation).after(n - 1));
        let running = aws.command().args(command).start();
        held.wait_held();
        running.kill();
        // First: what is let go while nobody has noticed the caller's end would act.
        aws.settle();
        aws.clear_faults();
    }
}

/// Each in a thread and an account of its own.
fn for_each(calls: &[(&'static str, &'static str)], test: impl Fn((&str, &str)) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for call in calls {
            scope.spawn(move || test(*call));
        }
    });
}

/// A vault of others with a point of theirs.
fn others(aws: &Aws) {
    let vault = json!({"BackupVaultName": "theirs"});
    aws.call("backup", "us-west-2", "create_backup_vault", vault);
    aws.put_recovery_point("us-west-2", "theirs", json!({}));
}

fn others_are_whole(aws: &Aws) -> bool {
    aws.recovery_points("us-west-2", "theirs").len() == 1
}

#[test]
fn a_killed_deletion_of_backups_is_finished_by_the_next() {
    let calls = [
        ("backup", "StopBackupJob"),
        ("backup", "DeleteRecoveryPoint"),
        ("backup", "DisassociateRecoveryPoint"),
        ("backup", "DeleteBackupVault"),
        ("backup", "DeleteBackupPlan"),
    ];
    for_each(&[&calls[..], &RECORD].concat(), |call| {
        let aws = account();
        others(&aws);
        let before = aws.inventory();
        aws.mrbackup(UP).success();
        two_points(&aws);
        let database = aws.arn("rds", "us-east-1", "db:orders");
        let continuous = json!({"Status": "AVAILABLE", "ResourceArn": database});
        point_of_plan(&aws, "us-east-1", &continuous);
        start_backup(&aws);
        aws.slow_deletions(1);

        kill_around(&aws, &DELETE, call, 1);
        aws.mrbackup(DELETE).success();
        assert_eq!(points(&aws), 0, "{call:?}");
        assert_eq!(aws.inventory(), before, "{call:?}");
        let released = aws.released_resources("us-east-1");
        assert_eq!(released, BTreeMap::from([(database, true)]), "{call:?}");
        assert!(others_are_whole(&aws), "{call:?}");
        aws.mrbackup(UP).success();
        aws.mrbackup(["down"]).success();
        assert_eq!(aws.inventory(), before, "{call:?}");
    });
}

/// A backup job that goes on until it is stopped.
fn start_backup(aws: &Aws) {
    aws.slow_jobs(1_000_000);
    let role = "mrbackup/mrbackup-default-AWSBackupServiceRole";
    let job = json!({
        "BackupVaultName": VAULT, "ResourceArn": aws.arn("ec2", "us-east-1", "volume/vol-1"),
        "IamRoleArn": format!("arn:aws:iam::{}:role/{role}", aws.id()),
    });
    aws.call("backup", "us-east-1", "start_backup_job", job);
}

fn keeps_its_points(aws: &Aws, what: &str) {
    assert_eq!(points(aws), 2, "{what}");
    assert!(others_are_whole(aws), "{what}");
}

#[test]
fn a_killed_down_that_keeps_backups_loses_none_and_up_and_down_follow_it() {
    let [role, vault] = RECORD;
    // With the second, a run writes what it has kept.
    let stages = [(role, 1), (role, 2), (vault, 1), (vault, 4), (("iam", "DeleteRole"), 1)];
    std::thread::scope(|scope| {
        for (call, n) in stages {
            scope.spawn(move || {
                let what = format!("{call:?} {n}");
                let aws = account();
                others(&aws);
                let before = aws.inventory();
                aws.mrbackup(UP).success();
                two_points(&aws);
                kill_around(&aws, &KEEP, call, n);
                aws.mrbackup(KEEP).code(3);
                keeps_its_points(&aws, &what);
                let status = aws.mrbackup(["status"]).code(3);
                let kept = "removed, except for vaults with backups";
                assert!(status.stdout.contains(kept), "{what}: {status:?}");

                kill_around(&aws, &["up"], call_of_up(call), 1);
                aws.mrbackup(["up"]).success();
                aws.mrbackup(["status"]).all_as_recorded();
                keeps_its_points(&aws, &what);
                aws.mrbackup(["down"]).code(3);
                keeps_its_points(&aws, &what);
                for region in ["us-east-1", "us-west-2"] {
                    aws.expire_recovery_points(region, VAULT);
                }
                aws.mrbackup(["down"]).success();
                assert!(others_are_whole(&aws), "{what}");
                assert_eq!(aws.inventory(), before, "{what}");
            });
        }
    });
}

/// Where `up` is killed, for variety.
fn call_of_up<'a>(call: (&'a str, &'a str)) -> (&'a str, &'a str) {
    match call {
        ("iam", "DeleteRole") => ("backup", "CreateBackupPlan"),
        call => call,
    }
}

/// Two volumes with a fresh point in the primary alone, in a deployment that is not young.
fn uncopied() -> Aws {
    let aws = deployed();
    aws.vaults_made(now() - 30 * 86_400);
    for name in ["vol-1", "vol-2"] {
        let resource = aws.arn("ec2", "us-east-1", &format!("volume/{name}"));
        let tags = [("Environment", "Production"), ("BackupEnabled", "true")];
        aws.put_tagged_resource("us-east-1", &resource, &tags);
        for hours in [5, 30] {
            let point = json!({"ResourceArn": resource, "CreationDate": now() - hours * 3600});
            aws.put_recovery_point("us-east-1", VAULT, point);
        }
    }
    aws
}

/// How many copy jobs there are of each point and vault.
fn copies(aws: &Aws) -> Vec<usize> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for job in aws.copy_jobs("us-east-1") {
        let text = |member: &str| job[member].as_str().unwrap().to_owned();
        let pair = (text("SourceRecoveryPointArn"), text("DestinationBackupVaultArn"));
        *counts.entry(pair).or_default() += 1;
    }
    counts.into_values().collect()
}

const START: (&str, &str) = ("backup", "StartCopyJob");

/// Whether the copies are still going on, done, or in no list yet.
#[test]
fn a_killed_repair_copies_each_point_once() {
    let scenes: [fn(&Aws); 3] = [
        |_| (),
        |aws| aws.slow_jobs(1_000_000),
        |aws| {
            aws.slow_jobs(1_000_000);
            let empty = json!({"CopyJobs": []}).to_string();
            let stale = Fault::reply(200, "application/json", &empty);
            aws.fault(stale.on("backup", "ListCopyJobs"));
        },
    ];
    std::thread::scope(|scope| {
        for scene in scenes {
            scope.spawn(move || {
                let aws = uncopied();
                for fault in [Fault::hold_before(), Fault::hold()] {
                    scene(&aws);
                    let held = aws.fault(fault.on(START.0, START.1).first(1));
                    let running = aws.command().args(["repair"]).start();
                    held.wait_held();
                    running.kill();
                    aws.settle();
                    aws.clear_faults();
                }
                scene(&aws);
                let repair = aws.mrbackup(["repair"]);
                assert_eq!(copies(&aws), [1; 4], "{repair:?}");
                aws.clear_faults();
                aws.end_jobs("us-east-1");
                let again = aws.mrbackup(["repair"]).success();
                again.stdout_has("nothing to repair");
                for region in ["us-west-2", "eu-west-1"] {
                    assert_eq!(aws.recovery_points(region, VAULT).len(), 2);
                }
            });
        }
    });
}

#[test]
fn many_points_are_copied_once_each_too() {
    let aws = uncopied();
    let since = ["repair", "--since", "2020-01-01", "--confirm", "default"];
    kill_around(&aws, &since, START, 3);
    aws.mrbackup(since).success();
    assert_eq!(copies(&aws), [1; 8]);
    let again = aws.mrbackup(since).success();
    again.stdout_has("nothing to repair");
}

/// A point that is too old to be fresh is copied once all the same.
#[test]
fn a_copy_that_is_there_is_not_made_again_for_being_old() {
    let aws = uncopied();
    let resource = aws.arn("ec2", "us-east-1", "volume/vol-3");
    let tags = [("Environment", "Production"), ("BackupEnabled", "true")];
    aws.put_tagged_resource("us-east-1", &resource, &tags);
    let old = json!({"ResourceArn": resource, "CreationDate": now() - 20 * 86_400});
    aws.put_recovery_point("us-east-1", VAULT, old);
    aws.mrbackup(["repair"]).success();
    let again = aws.mrbackup(["repair"]).code(3);
    again.stdout_has("its newest point is copied, and no longer fresh");
    assert_eq!(copies(&aws), [1; 6]);
}

/// The token is another one then: AWS would answer the old one with the job that failed.
#[test]
fn a_copy_that_failed_or_was_deleted_is_made_again() {
    let aws = uncopied();
    aws.fail_jobs("us-west-2", "Access denied");
    aws.mrbackup(["repair"]).success();
    aws.let_jobs_end_well();
    let deleted: Value = aws.recovery_points("eu-west-1", VAULT).remove(0);
    let delete = json!({"BackupVaultName": VAULT, "RecoveryPointArn": deleted["RecoveryPointArn"]});
    aws.call("backup", "eu-west-1", "delete_recovery_point", delete);
    aws.mrbackup(["repair"]).success();
    let mut copies = copies(&aws);
    copies.sort_unstable();
    assert_eq!(copies, [1, 2, 2, 2]);
    let again = aws.mrbackup(["repair"]).success();
    again.stdout_has("nothing to repair");
}
