//! How many calls are made of much: by pages, and never one a resource. Times and sizes are the benchmark's (`benches/scale.rs`).

use local_aws::{Call, Fault, now};
use serde_json::{Value, json};

use crate::support::{Aws, DAY, DELETE, HOUR, REGIONS, VAULT, deployed, points};

fn volume(aws: &Aws, index: usize) -> String {
    aws.arn("ec2", "us-east-1", &format!("volume/vol-{index}"))
}

/// A deployment that is not young, with so many resources, each with points of these ages everywhere.
fn stocked(resources: usize, ages: &[u64]) -> Aws {
    let aws = deployed();
    aws.vaults_made(now() - 60 * DAY);
    for index in 0..resources {
        let tags = [("Environment", "Production"), ("BackupEnabled", "true")];
        aws.put_tagged_resource("us-east-1", &volume(&aws, index), &tags);
    }
    let plan = &aws.plan_id();
    for region in REGIONS {
        let point = |index: usize, age: u64| {
            json!({
                "ResourceArn": volume(&aws, index), "CreationDate": now() - age,
                "CreatedBy": {"BackupPlanId": plan},
            })
        };
        let all = (0..resources).flat_map(|index| ages.iter().map(move |age| point(index, *age)));
        aws.put_recovery_points(region, VAULT, all.collect());
    }
    aws.clear_log();
    aws
}

fn calls(aws: &Aws, service: &str, operation: &str) -> Vec<Call> {
    aws.log().into_iter().filter(|call| call.is(service, operation)).collect()
}

fn is_of_one(call: &Call) -> bool {
    call.input()["ByResourceArn"].is_string()
}

fn status(aws: &Aws) -> Value {
    let report = aws.mrbackup(["status", "-o", "json"]).json();
    report["backups"].clone()
}

/// A page of tagged resources is a hundred, one of points a thousand.
#[test]
fn status_makes_as_many_calls_as_there_are_pages() {
    let count = |resources: usize| {
        let aws = stocked(resources, &[5 * HOUR]);
        let backups = status(&aws);
        assert_eq!(backups["regions"][1]["fresh"], resources);
        assert!(!aws.log().iter().any(is_of_one));
        let tagged = calls(&aws, "tagging", "GetResources").len();
        (tagged, aws.log().len() - tagged)
    };
    let (few, some, many) = (count(1), count(100), count(300));
    assert_eq!(few, some);
    assert_eq!((some.0 + 2, some.1), many);
}

#[test]
fn a_second_look_at_many_is_one_at_the_whole_vault() {
    let aws = stocked(300, &[20 * DAY]);
    let backups = status(&aws);
    for region in backups["regions"].as_array().unwrap() {
        assert_eq!((&region["late"], &region["never"]), (&json!(300), &json!(0)));
    }
    assert!(!aws.log().iter().any(is_of_one));
    assert!(backups["regions"][1]["resources"][0]["newest"].is_number(), "{backups}");

    let aws = stocked(3, &[20 * DAY]);
    assert_eq!(status(&aws)["regions"][1]["late"], 3);
    assert_eq!(aws.log().iter().filter(|call| is_of_one(call)).count(), 9);
}

/// Each point once, but for what was throttled.
#[test]
fn a_throttled_deletion_asks_for_each_point_once_and_reads_little() {
    let aws = stocked(200, &[5 * HOUR]);
    let limit = aws.fault(Fault::throttle().on("backup", "DeleteRecoveryPoint").beyond(100));
    aws.mrbackup(DELETE).success();
    assert_eq!(points(&aws), 0);
    assert_eq!(limit.seen() - limit.fired(), 600);
    let lists = calls(&aws, "backup", "ListRecoveryPointsByBackupVault").len();
    // To look, to delete, and to see that all are gone: in three vaults.
    assert_eq!(lists, 9);
}

#[test]
fn a_repair_of_many_reads_vaults_and_jobs_by_pages() {
    let aws = stocked(250, &[5 * HOUR]);
    for region in ["us-west-2", "eu-west-1"] {
        let vault = json!({"BackupVaultName": VAULT});
        let held = aws.recovery_points(region, VAULT);
        for point in held {
            let mut delete = vault.clone();
            delete["RecoveryPointArn"] = point["RecoveryPointArn"].clone();
            aws.call("backup", region, "delete_recovery_point", delete);
        }
    }
    aws.mrbackup(["repair", "--dry-run"]).success();
    assert!(!aws.log().iter().any(is_of_one));
    aws.mrbackup(["repair"]).success();
    assert_eq!(aws.copy_jobs("us-east-1").len(), 500);
    assert!(!aws.log().iter().any(is_of_one));
}
