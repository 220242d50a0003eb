//! What stands in the way of a restore is named before anything is started, and stops nothing else.

use serde_json::{Value, json};

use crate::recovery::{jobs, land, lost_but_for, made, point_of, rows, settings_with, started};
use crate::support::{Aws, DAY, SECONDARY, VAULT};

/// Each resource with something in its way, and what a person reads of it.
const IN_THE_WAY: [(&str, &str); 7] = [
    (
        "orders",
        "the DB subnet group narrow has subnets in fewer than two zones: set db_subnet_group in [restore.us-west-2]",
    ),
    ("invoices", " is Disabled"),
    (
        "customers",
        "the name customers is taken in us-west-2: set --as of `mrbackup restore`, or targetTableName in [restore.us-west-2.overrides.\"",
    ),
    ("acme-logs", " is not there, or is not this account's: set buckets in [restore.us-west-2]"),
    (
        "acme-drafts",
        " has no versioning, which AWS Backup wants: set buckets in [restore.us-west-2]",
    ),
    (
        "i-0123456789abcdef0",
        "us-west-2 does not offer t3.micro: set instance_types in [restore.us-west-2]",
    ),
    (
        "vol-0c01d000000000000",
        "its recovery points are in cold storage, from which a restore takes hours: --cold-too takes them",
    ),
];

/// What they are in the way of, and two resources that nothing is in the way of.
fn obstructed() -> (Aws, String) {
    let aws = lost_but_for(&[
        ("RDS", "orders"),
        ("DynamoDB", "customers"),
        ("S3", "acme-logs"),
        ("S3", "acme-drafts"),
        ("EC2", "i-0123456789abcdef0"),
        ("EBS", "vol-0a1b2c3d4e5f60718"),
        ("S3", "acme-invoices"),
    ]);
    aws.put_db_subnet_group(SECONDARY, "narrow", 1);
    let key = aws.put_key(SECONDARY);
    let mut encrypted = point_of(&aws, 5, "RDS", "invoices");
    encrypted["KmsKeyId"] = json!(key);
    let mut cold = point_of(&aws, 5, "EBS", "vol-0c01d000000000000");
    cold["CreationDate"] = json!(local_aws::now() - 40 * DAY);
    cold["Lifecycle"] = json!({"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 365});
    aws.put_restorable_points(SECONDARY, VAULT, vec![encrypted, cold]);
    aws.disable_key(SECONDARY, &key);
    let table = json!({
        "TableName": "customers", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    aws.call("dynamodb", SECONDARY, "create_table", table);
    let plain = format!("plain-{}", aws.id());
    aws.put_bucket(SECONDARY, &plain, false);
    aws.offer_not(SECONDARY, "t3.micro", None);
    let file = settings_with(
        &aws,
        "",
        &format!(
            "acme-logs = \"nowhere-{id}\"
acme-drafts = \"{plain}\"

[restore.us-west-2.overrides.\"{orders}\"]
DBSubnetGroupName = \"narrow\"
",
            id = aws.id(),
            orders = aws.restore_source("us-east-1", "RDS", "orders"),
        ),
    );
    (aws, file)
}

#[test]
fn eight_obstacles_are_named_and_the_others_come_back() {
    let (aws, file) = obstructed();
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    let dry = aws.mrbackup(recover.iter().chain(&["--dry-run"])).code(3);
    dry.stdout_starts_with("✘ 2 of 9 resources can be restored in us-west-2");
    let report = aws.mrbackup(recover.iter().chain(&["--dry-run", "-o", "json"])).code(3).json();
    let found = rows(&report);
    for (source, words) in IN_THE_WAY {
        dry.stdout_has(words);
        let row = &found[source];
        let state = row["state"].as_str().unwrap_or_default();
        assert!(["needs_setting", "cannot"].contains(&state), "{row:#}");
        assert_eq!(row["obstacles"].as_array().map(Vec::len), Some(1), "{row:#}");
    }
    assert_eq!(aws.restore_requests(), Vec::<Value>::new());

    let run = aws.mrbackup(recover).code(3);
    run.stdout_starts_with("✘ 2 of 9 resources are restored in us-west-2");
    for (_, words) in IN_THE_WAY {
        run.stdout_has(words);
    }
    assert_eq!(started(&aws), ["acme-invoices", "vol-0a1b2c3d4e5f60718"]);
    assert_eq!(made(&aws).len(), 2);

    // The eighth: without a default VPC nothing has a network, unless settings name one.
    aws.take_default_vpc(SECONDARY);
    land(&aws, 5, &[("EFS", "fs-0123456789abcdef0"), ("Aurora", "shop")]);
    aws.clear_log();
    let dry = aws.mrbackup(recover.iter().chain(&["--dry-run"])).code(3);
    dry.stdout_has("us-west-2 has no default VPC: set subnet in [restore.us-west-2]");
    dry.stdout_has("us-west-2 has no default VPC: set db_subnet_group in [restore.us-west-2]");
    let only = ["--only-type", "EFS", "--only-type", "aurora"];
    aws.mrbackup(recover.iter().chain(&only)).code(3);
    assert_eq!(aws.writes().len(), 0);
    assert_eq!(jobs(&aws).len(), 2);
    assert_eq!(aws.violations(), Vec::<String>::new());
}

/// An increase takes days, so a dry run says it while there is time.
/// A point of an instance holds its volumes, and says of none which it is.
#[test]
fn volumes_that_may_come_back_with_an_instance_too_are_said() {
    let aws = lost_but_for(&[("EC2", "i-0123456789abcdef0"), ("EBS", "vol-0a1b2c3d4e5f60718")]);
    let recover = ["recover", "--region", SECONDARY, "--dry-run"];
    let said = "Instances (1) come back with their volumes, and volumes (1) by themselves";
    aws.mrbackup(recover).success().stdout_has(said);
    let only = recover.into_iter().chain(["--only-type", "EC2"]);
    aws.mrbackup(only).success().stdout_lacks("by themselves");
}

#[test]
fn a_quota_that_leaves_no_room_is_named() {
    let aws = lost_but_for(&[("EC2", "i-0123456789abcdef0"), ("RDS", "orders")]);
    aws.set_quota(SECONDARY, "L-7B6409FD", 0.0);
    let recover = ["recover", "--region", SECONDARY, "--dry-run"];
    let dry = aws.mrbackup(recover).success();
    dry.stdout_has("The quota of 0 DB instances leaves 0, and the restores need at least 1");
    dry.stdout_lacks("vCPUs leaves");
    aws.set_quota(SECONDARY, "L-1216C47A", 0.0);
    aws.mrbackup(recover).success().stdout_has("The quota of 0 vCPUs leaves 0");
}
