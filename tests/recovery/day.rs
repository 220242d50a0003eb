//! The whole day: a region is lost, what it held comes back in another and is protected there, and goes home again.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::recovery::{LOST, jobs, lost, made, once, settings};
use crate::support::{Aws, PRIMARY, REGIONS, SECONDARY, TERTIARY, UP, VAULT, point};

/// `up` with these regions, where it is intended that the old primary's resources are no longer selected.
fn up(aws: &Aws, arguments: &[&str]) {
    let intended = ["--allow-less-protection", "--alerts", "none"];
    aws.mrbackup(arguments.iter().chain(&intended)).success();
}

/// What `status` says of resources.
fn covered(aws: &Aws) -> Value {
    aws.mrbackup(["status", "-o", "json"]).success().json()["backups"].clone()
}

#[test]
fn a_region_is_lost_and_comes_home_again() {
    let aws = lost();
    let file = settings(&aws);
    let away = aws.region_down(PRIMARY);
    let iam = aws.fault(Fault::hold_before().service("iam"));
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    aws.mrbackup(recover).success();
    assert_eq!((away.fired(), iam.fired()), (0, 0));
    assert_eq!(jobs(&aws), once(&LOST));
    aws.clear_faults();

    // Protected where it is now: an instance has its volume's tags beside its own.
    up(&aws, &["up", "--primary", SECONDARY, "--secondary", PRIMARY, "--tertiary", TERTIARY]);
    let things = made(&aws);
    let backups = covered(&aws);
    assert_eq!(backups["resources"], LOST.len() + 1, "{backups:#}");
    for arn in things.keys() {
        for region in REGIONS {
            point(&aws, region, arn, 1, &json!({}));
        }
    }
    // The volume of the instance has not had its first backup.
    let status = aws.mrbackup(["status"]).success();
    status.stdout_starts_with("✔ default: 8 of 9 resources have fresh backups in 3 regions");

    // Home again: what the old region's vault holds of the things that were made in the meantime.
    let table = aws.arn("dynamodb", SECONDARY, "table/customers");
    let database = aws.arn("rds", SECONDARY, "db:orders");
    let copy = |kind: &str, arn: &str, hours: u64| {
        json!({
            "ResourceType": kind, "ResourceArn": arn, "CreationDate": local_aws::now() - hours * 3600,
            "SourceTags": {"Environment": "Production", "BackupEnabled": "true"},
        })
    };
    // And the vault still holds what the region had before.
    let old = aws.restore_source(PRIMARY, "RDS", "orders");
    let points =
        vec![copy("DynamoDB", &table, 0), copy("RDS", &database, 0), copy("RDS", &old, 30)];
    aws.put_restorable_points(PRIMARY, VAULT, points);
    let home = ["recover", "--region", PRIMARY, "--only-type", "DynamoDB", "--only-type", "RDS"];
    let both = aws.mrbackup(home.iter().chain(&["--dry-run"])).code(3);
    both.stdout_has(format!("{old} would come back as orders too: choose one with --resource"));
    both.stdout_has(format!("{database} would come back as orders too: choose one"));
    let chosen = ["--resource", &table, "--resource", &database];
    aws.mrbackup(home.iter().chain(&chosen)).success();
    let inventory = aws.inventory();
    let back = inventory["restored"][PRIMARY].as_object().expect("what was made").clone();
    assert_eq!(back.len(), 2, "{back:#?}");
    let tags = &back[&aws.arn("rds", PRIMARY, "db:orders")]["tags"];
    assert_eq!(
        (&tags["mrbackup:recovered-from"], &tags["BackupEnabled"]),
        (&json!(database), &json!("true"))
    );
    up(&aws, &UP);
    assert_eq!(covered(&aws)["resources"], 2);
}
