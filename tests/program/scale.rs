//! How many calls are made of much: by pages, and never one a resource. Times and sizes are the benchmark's (`benches/scale.rs`).

use local_aws::{Call, Crowd, Fault, now};
use serde_json::{Value, json};

use crate::support::{
    Aws, DAY, DELETE, HOUR, REGIONS, SELECT_TAGS, VAULT, deployed, deployed_without_alerts, points,
};

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

/// Vaults, plans, event rules and roles of others are pages of lists, and none is looked at.
#[test]
fn what_others_have_costs_no_call() {
    let count = |crowd: Crowd| {
        let aws = deployed_without_alerts();
        aws.put_tagged_resource("us-east-1", &volume(&aws, 0), &SELECT_TAGS);
        for region in REGIONS {
            aws.put_crowd(region, crowd);
        }
        aws.put_crowd("us-east-1", Crowd { roles: crowd.vaults, ..Crowd::default() });
        let run = |arguments: &[&str]| {
            aws.clear_log();
            aws.mrbackup(arguments).success();
            let mut names: Vec<String> = aws.log().iter().map(Call::name).collect();
            names.sort();
            names
        };
        let commands: [&[&str]; 4] = [&["plan"], &["status"], &["list"], &["down", "--dry-run"]];
        commands.map(run)
    };
    let many = Crowd { vaults: 40, plans: 40, event_rules: 40, ..Crowd::default() };
    assert_eq!(count(Crowd::default()), count(many));
}

/// A page of tagged resources is a hundred, one of points a thousand.
#[test]
fn status_makes_as_many_calls_as_there_are_pages() {
    let count = |resources: usize| {
        let aws = stocked(resources, &[5 * HOUR]);
        let backups = status(&aws);
        assert_eq!(backups["regions"][1]["fresh"], resources);
        assert!(!aws.log().iter().any(is_of_one));
        // One look at the list of a region does for the record, the step, and what it holds.
        assert_eq!(calls(&aws, "backup", "ListBackupVaults").len(), REGIONS.len());
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
    assert!(backups["regions"][1]["resources"][0]["newest_at"].is_string(), "{backups}");

    let aws = stocked(3, &[20 * DAY]);
    assert_eq!(status(&aws)["regions"][1]["late"], 3);
    assert_eq!(aws.log().iter().filter(|call| is_of_one(call)).count(), 9);
}

/// A backup job of each but every fourth resource: too long ago for any region, for all but the last, and not long ago.
fn put_jobs(aws: &Aws, resources: usize) {
    for index in (0..resources).filter(|index| index % 4 != 3) {
        let age = [20 * DAY, 5 * DAY, HOUR][index % 4];
        let job = json!({
            "ResourceArn": volume(aws, index), "BackupVaultName": VAULT, "CreationDate": now() - age,
        });
        aws.put_backup_job("us-east-1", job);
    }
}

/// Of a resource by its number: how well each region has it, in the report's words.
fn judged(report: &Value, aws: &Aws, index: usize) -> Vec<Value> {
    let resource = volume(aws, index);
    let regions = report["regions"].as_array().unwrap().iter();
    let rows = regions.map(|region| region["resources"].as_array().unwrap());
    let mut found = rows.map(|rows| rows.iter().find(|row| row["resource"] == resource.as_str()));
    let said = |row: &Value| json!([row["freshness"], row["reason"], row["first_run"]]);
    found.by_ref().map(|row| said(row.unwrap())).collect()
}

#[test]
fn resources_without_a_point_are_judged_alike_whether_few_or_many() {
    let whole_pages = |resources: usize| {
        let aws = stocked(resources, &[]);
        put_jobs(&aws, resources);
        let all = status(&aws);
        let log = aws.log();
        for index in [0, 1, 2, 3, resources - 4, resources - 3, resources - 2, resources - 1] {
            let one = aws.mrbackup(["status", "--resource", &volume(&aws, index), "-o", "json"]);
            let one = &one.json()["backups"];
            assert_eq!(judged(&all, &aws, index), judged(one, &aws, index), "{index}");
        }
        let judgement = |index| {
            let words = judged(&all, &aws, index);
            words.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(judgement(0), ["never", "never", "never"]);
        assert_eq!(judgement(1), ["never", "never", "pending"]);
        assert_eq!(judgement(2), ["pending", "pending", "pending"]);
        assert_eq!(judgement(3), ["pending", "pending", "pending"]);
        for (region, never) in [(0, 2), (1, 2), (2, 1)] {
            let region = &all["regions"][region];
            assert_eq!((&region["late"], &region["fresh"]), (&json!(0), &json!(0)));
            assert_eq!(region["never"], never * resources / 4, "{region}");
        }
        assert!(!log.iter().any(is_of_one));
        let count =
            |service, operation| log.iter().filter(|call| call.is(service, operation)).count();
        // CloudWatch takes 500 metrics in a call (API reference, `GetMetricData`), and each region is asked what was proved.
        let metrics = count("monitoring", "GetMetricData");
        assert_eq!(metrics, REGIONS.len() + resources.div_ceil(500), "{log:#?}");
        log.len() - count("tagging", "GetResources") - metrics
    };
    assert_eq!(whole_pages(196), whole_pages(1000));
}

#[test]
fn a_list_of_jobs_with_more_pages_than_resources_is_given_up_for_looks() {
    const FEW: usize = 24;
    let aws = stocked(FEW, &[]);
    for other in FEW..10 * FEW {
        let job = json!({
            "ResourceArn": volume(&aws, other), "BackupVaultName": VAULT,
            "CreationDate": now() - (2 + other as u64 % 20) * DAY,
        });
        aws.put_backup_job("us-east-1", job);
    }
    put_jobs(&aws, FEW);
    aws.small_pages(2);
    let backups = status(&aws);
    assert_eq!(backups["regions"][0]["never"], FEW / 2, "{backups}");
    assert_eq!(backups["regions"][2]["never"], FEW / 4, "{backups}");
    let of_jobs: Vec<Call> = calls(&aws, "backup", "ListBackupJobs");
    // Four of them are for jobs that failed; slices are asked for side by side.
    assert!(of_jobs.len() <= 2 * FEW + 4 + 4, "{}", of_jobs.len());
    assert!(of_jobs.iter().any(is_of_one));
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
    aws.clear_log();
    aws.mrbackup(["repair", "--dry-run"]).success();
    assert_eq!(calls(&aws, "backup", "ListBackupVaults").len(), REGIONS.len());
    assert!(!aws.log().iter().any(is_of_one));
    aws.mrbackup(["repair"]).success();
    assert_eq!(aws.copy_jobs("us-east-1").len(), 500);
    assert!(!aws.log().iter().any(is_of_one));
}
