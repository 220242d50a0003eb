//! What the watchdog finds is told once, and once that it is over.

use local_aws::Fault;
use serde_json::json;

use super::{Watched, ago, alarm, ok};
use crate::alarms::keep_clear_of_the_hour;
use crate::support::{PRIMARY, REGIONS, SECONDARY, SELECT_TAGS, TERTIARY, VAULT};

#[test]
fn what_is_fresh_is_silence() {
    let watched = Watched::new();
    watched.age();
    for _ in 0..3 {
        watched.is_silent();
    }
    assert_eq!(watched.take(0), [""; 0]);
    watched.aws.mrbackup(["status"]).success();
}

#[test]
fn a_late_copy_is_told_once_and_once_that_it_is_over() {
    let watched = Watched::new();
    watched.age();
    let late = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &late, &SELECT_TAGS);
    let put = |region: &str, hours: u64| {
        let point = json!({ "ResourceArn": late, "CreationDate": ago(hours) });
        watched.aws.put_recovery_point(region, VAULT, point);
    };
    put(PRIMARY, 10);
    put(TERTIARY, 100);
    put(SECONDARY, 50);
    watched.is_told_once("1 late in us-west-2", || put(SECONDARY, 1));
}

#[test]
fn a_copy_that_never_came_is_told_once_and_once_that_it_is_over() {
    let watched = Watched::new();
    watched.age();
    let never = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &never, &SELECT_TAGS);
    let put = |region: &str, hours: u64| {
        let point = json!({ "ResourceArn": never, "CreationDate": ago(hours) });
        watched.aws.put_recovery_point(region, VAULT, point);
    };
    put(PRIMARY, 10);
    put(PRIMARY, 100);
    put(SECONDARY, 10);
    // Due in the second region since its backup of four days ago, in the third not before a week.
    watched.is_silent();
    put(PRIMARY, 200);
    watched.is_told_once("1 never in eu-west-1", || put(TERTIARY, 1));
}

/// Tagged and not backed up yet, and gone or untagged since.
#[test]
fn the_pending_and_the_retired_are_silence() {
    let watched = Watched::new();
    let pending = watched.aws.arn("ec2", PRIMARY, "volume/vol-2");
    watched.aws.put_tagged_resource(PRIMARY, &pending, &SELECT_TAGS);
    watched.is_silent();
    watched.age();
    // The plan runs, if not for this one.
    let plans = watched.aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let plan = plans["BackupPlansList"][0]["BackupPlanId"].clone();
    let job = json!({ "BackupVaultName": VAULT, "CreationDate": ago(10), "CreatedBy": { "BackupPlanId": plan } });
    watched.aws.put_backup_job(PRIMARY, job);
    watched.is_silent();
    let retired = watched.aws.arn("ec2", PRIMARY, "volume/vol-3");
    for region in REGIONS {
        let point = json!({ "ResourceArn": retired, "CreationDate": ago(300) });
        watched.aws.put_recovery_point(region, VAULT, point);
    }
    watched.is_silent();
    watched.aws.put_tagged_resource(PRIMARY, &retired, &[("Environment", "Test")]);
    watched.is_silent();
    assert_eq!(watched.take(0), [""; 0]);
}

#[test]
fn a_vault_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let vault = json!({ "BackupVaultName": VAULT });
    let points =
        watched.aws.call("backup", TERTIARY, "list_recovery_points_by_backup_vault", vault.clone());
    let point = &points["RecoveryPoints"][0]["RecoveryPointArn"];
    let point = json!({ "BackupVaultName": VAULT, "RecoveryPointArn": point });
    watched.aws.call("backup", TERTIARY, "delete_recovery_point", point);
    // That is the validator's news: AWS Backup's event has come to the secondary.
    assert_eq!(watched.take(1), [DELETED]);
    watched.aws.call("backup", TERTIARY, "delete_backup_vault", vault);
    watched.is_told_once("1 vault gone in eu-west-1", || {
        watched.aws.mrbackup(["up"]).success();
    });
}

const DELETED: &str = "mrbackup default: recovery point in eu-west-1 is being DELETED (EBS)";

/// The third region has no alarms of its own, and none of its newest points is missing. The validator tells of the first
/// at once, by AWS Backup's event; the watchdog of what the number shows.
#[test]
fn points_that_are_gone_are_told_once_and_once_that_a_day_has_passed() {
    let watched = Watched::new();
    watched.aws.vaults_made(ago(1000));
    let old: Vec<String> = (0..8).map(|day| watched.put_point(TERTIARY, 20 + 24 * day)).collect();
    watched.is_silent();
    let delete = |point: &String| {
        let point = json!({ "BackupVaultName": VAULT, "RecoveryPointArn": point });
        watched.aws.call("backup", TERTIARY, "delete_recovery_point", point);
    };
    keep_clear_of_the_hour();
    old[..5].iter().for_each(delete);
    assert_eq!(watched.take(1), [DELETED], "and no more of this hour");
    watched.is_silent();
    old[5..].iter().for_each(delete);
    watched.is_told_once("1 points gone in eu-west-1", || {
        for region in REGIONS {
            watched.put_point(region, 1);
        }
        for _ in 0..19 {
            assert_eq!(watched.tick()["findings"], 1);
        }
        assert_eq!(watched.take(0), [""; 0]);
        watched.tick(); // a day and some seconds after they were last seen
    });
}

#[test]
fn a_vault_lock_that_is_gone_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    watched.aws.vaults_made(ago(1000));
    watched.aws.lock_vault(TERTIARY, VAULT, json!({ "MinRetentionDays": 7 }));
    watched.is_silent();
    watched.aws.unlock_vault(TERTIARY, VAULT);
    watched.is_told_once("1 unlocked in eu-west-1", || {
        watched.aws.lock_vault(TERTIARY, VAULT, json!({ "MinRetentionDays": 7 }));
    });
}

/// The primary is away, and IAM and STS with it: the second region stands on its own.
#[test]
fn a_primary_that_is_unreachable_three_times_is_told_once_and_once_that_it_is_back() {
    let watched = Watched::new();
    let away = [
        Fault::reset().region(PRIMARY).in_functions(),
        Fault::reset().service("iam").in_functions(),
        Fault::reset().service("sts").in_functions(),
    ]
    .map(|fault| watched.aws.fault(fault));
    for _ in 0..2 {
        let answer = watched.tick();
        let unknown = json!({ "outcome": "silent", "findings": 0, "unknown": [PRIMARY] });
        assert_eq!(answer, unknown);
    }
    assert_eq!(watched.take(0), [""; 0], "it may be back the next time");
    let answer = watched.tick();
    assert_eq!(answer, json!({ "outcome": "told", "findings": 1, "unknown": [PRIMARY] }));
    let ours = "mrbackup default: 1 finding: 1 unreachable in us-east-1".to_owned();
    assert_eq!(watched.take(2), [alarm("findings"), ours]);
    watched.tick();
    assert_eq!(watched.take(0), [""; 0]);
    assert!(away[0].fired() > 0);
    assert_eq!((away[1].fired(), away[2].fired()), (0, 0), "it needs neither IAM nor STS");
    watched.aws.clear_faults();
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("findings")]);
}
