//! What `status` says beside freshness: the vaults, single resources, and again and again.

use local_aws::{Call, now};
use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::status::backups::{
    HOUR, REGIONS, VAULT, fresh_everywhere, long_deployed, point, volume,
};
use crate::support::harness::Aws;

fn vault<'a>(report: &'a Value, name: &str) -> &'a Value {
    let vaults = report["backups"]["vaults"].as_array().unwrap();
    vaults.iter().find(|vault| vault["region"] == name).unwrap()
}

#[test]
fn each_vault_is_shown_with_what_it_holds_and_its_lock() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    point(&aws, "us-west-2", &resource, 40, &json!({"Status": "EXPIRED"}));
    aws.lock_vault("eu-west-1", VAULT, json!({"MinRetentionDays": 7, "LockDate": 1_700_000_000}));
    let status = aws.mrbackup(["status"]).success();
    for line in [
        "  us-east-1: 1 recovery point, 1.0 GiB; not locked; AWS's own key\n    next run ",
        "  us-west-2: 2 recovery points, 2.0 GiB; not locked; AWS's own key\n",
        "    ! 1 recovery point past the end of its life, not deleted (EXPIRED) and still paid for, 1.0 GiB",
        "  eu-west-1: 1 recovery point, 1.0 GiB; locked for at least 7 d, for good from 2023-11-14 on; ",
    ] {
        assert!(status.stdout.contains(line), "{line}: {status:?}");
    }
    let report = aws.mrbackup(["status", "-o", "json"]).success().json();
    let second = vault(&report, "us-west-2");
    assert_eq!(second["bytes"], 2_u64 << 30);
    assert_eq!(second["expired"], json!({"recovery_points": 1, "bytes": 1_u64 << 30}));
    assert!(second["next_runs"][0].as_str().unwrap().ends_with("(daily)"), "{second}");
}

#[test]
fn the_last_restore_test_of_each_vault_is_told() {
    let aws = deployed();
    let arn = aws.arn("backup", "us-west-2", &format!("backup-vault:{VAULT}"));
    let restore = |age: u64, by: Value, status: &str| {
        aws.put_restore_job("us-west-2", json!({
            "BackupVaultArn": arn, "SourceResourceArn": "arn:r", "Status": status,
            "CreationDate": now() - age * HOUR, "CreatedBy": by, "ValidationStatus": "SUCCESSFUL",
        }));
    };
    let plan =
        json!({"RestoreTestingPlanArn": "arn:aws:backup:us-west-2:1:restore-testing-plan:p"});
    restore(50, plan.clone(), "FAILED");
    restore(20, plan, "COMPLETED");
    // Somebody's own restore proves nothing of the tests.
    restore(1, json!({}), "COMPLETED");
    let status = aws.mrbackup(["status"]).success();
    let said = "    last restore test: COMPLETED, validation SUCCESSFUL, 20 h ago, of arn:r\n";
    assert!(status.stdout.contains(said), "{status:?}");
    let never = "    last restore test: never in the last 30 days\n";
    assert_eq!(status.stdout.matches(never).count(), 2, "{status:?}");
}

#[test]
fn a_resource_is_looked_at_alone() {
    let aws = long_deployed(30);
    let (good, late) = (volume(&aws, "vol-good"), volume(&aws, "vol-late"));
    fresh_everywhere(&aws, &good);
    for region in REGIONS {
        point(&aws, region, &late, 300, &json!({}));
    }
    aws.mrbackup(["status"]).code(3);
    let status = aws.mrbackup(["status", "--resource", &good]).success();
    assert!(
        status.stdout.contains(&format!("{good} (EBS)  fresh, the newest good point is 5 h old"))
    );
    assert!(
        !status.stdout.contains("vol-late") && !status.stdout.contains("alert topic"),
        "{status:?}"
    );
    let status = aws.mrbackup(["status", "--resource", &late]).code(3);
    assert!(
        status.stdout.contains("✘ 0 of 1 resource has a fresh copy in us-west-2, 1 late"),
        "{status:?}"
    );
    let unknown = aws.arn("ec2", "us-east-1", "volume/vol-other");
    let status = aws.mrbackup(["status", "--resource", &unknown]).code(3);
    assert!(
        status.stdout.contains(&format!("✘ {unknown} is not among the resources of us-east-1"))
    );
    assert!(status.stdout.contains("no vault that could be read holds a good point of it"));
    // Of what was deleted it is told what is left.
    aws.remove_tagged_resource("us-east-1", &late);
    let status = aws.mrbackup(["status", "--resource", &late]).code(3);
    let left = "its newest good points: eu-west-1 (300 h old), us-east-1 (300 h old), us-west-2 (300 h old)";
    assert!(status.stdout.contains(left), "{status:?}");
}

#[test]
fn what_is_no_arn_is_refused_before_any_call() {
    let aws = deployed();
    aws.clear_log();
    let status = aws.mrbackup(["status", "--resource", "vol-1"]).code(2);
    assert!(status.stderr.contains("--resource vol-1: that is no ARN"), "{status:?}");
}

#[test]
fn a_region_that_is_none_of_its_own_is_refused() {
    let aws = deployed();
    let status = aws.mrbackup(["status", "--region", "ap-south-1"]).code(1);
    assert!(status.stderr.contains("ap-south-1 is no region of deployment default"), "{status:?}");
}

#[test]
fn what_a_vault_holds_is_unknown_where_it_cannot_be_read() {
    let aws = deployed();
    let text = "User: u is not authorized to perform: backup:ListRestoreJobs";
    let fault = local_aws::Fault::error(403, "AccessDeniedException", text);
    aws.fault(fault.on("backup", "ListRestoreJobs").region("us-west-2"));
    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains("? us-west-2: what its vault holds is unknown: "), "{status:?}");
    assert!(status.stdout.contains("  us-east-1: 0 recovery points, 0 B; "), "{status:?}");
}

#[test]
#[cfg(unix)]
fn watching_looks_again_until_ctrl_c() {
    let aws = deployed();
    let second = aws.fault(local_aws::Fault::hold().on("sts", "GetCallerIdentity").nth(2));
    let running = aws.command().args(["status", "--watch", "1"]).start();
    second.wait_held();
    running.interrupt("Interrupted");
    second.release();
    // The first look was well, and the second came to nothing.
    let watched = running.wait().success();
    assert_eq!(watched.stdout.matches("✔ Deployment default").count(), 1, "{watched:?}");
}

/// The lists of a region that several parts of a command need.
fn lists(aws: &Aws, command: &[&str]) -> Vec<String> {
    aws.clear_log();
    aws.mrbackup(command.iter().copied()).success();
    let is_list = |name: &String| {
        ["ListBackupVaults", "ListBackupPlans", "ListSubscriptionsByTopic"]
            .iter()
            .any(|list| name.contains(list))
    };
    let mut lists: Vec<String> = aws.log().iter().map(Call::name).filter(is_list).collect();
    lists.sort();
    lists
}

#[test]
fn each_list_of_a_region_is_asked_for_once() {
    let aws = deployed();
    let vaults = REGIONS.map(|region| format!("backup.ListBackupVaults {region}"));
    let mut vaults = vaults.to_vec();
    vaults.sort();
    let mut all = vec!["backup.ListBackupPlans us-east-1".to_owned()];
    all.extend(vaults.clone());
    all.extend(["us-east-1", "us-west-2"].map(|r| format!("sns.ListSubscriptionsByTopic {r}")));
    assert_eq!(lists(&aws, &["status"]), all);
    assert_eq!(lists(&aws, &["up"]), all);
    assert_eq!(lists(&aws, &["plan"]), all);
    assert_eq!(lists(&aws, &["down", "--dry-run"]), all);
    assert_eq!(lists(&aws, &["list", "--region", "us-west-2", "--region", "eu-west-1"]), vaults);
}
