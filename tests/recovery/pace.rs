//! How many restores run at once, in which order they begin, and what becomes of those for which there is no room.

use serde_json::{Value, json};

use crate::recovery::{
    LOST, bucket, jobs, land, lost_but_for, made, point_of, rows, settings, started,
};
use crate::support::{Aws, SECONDARY, VAULT};

/// Points with these sizes.
fn land_sized(aws: &Aws, points: &[(&str, &str, u64)]) {
    let points = points.iter().map(|(kind, name, bytes)| {
        let mut point = point_of(aws, 5, kind, name);
        point["BackupSizeInBytes"] = json!(bytes);
        point
    });
    aws.put_restorable_points(SECONDARY, VAULT, points.collect());
}

#[test]
fn databases_begin_first_the_larger_before_the_smaller_and_instances_last() {
    let aws = lost_but_for(&[]);
    let file = settings(&aws);
    land_sized(
        &aws,
        &[
            ("EC2", "i-00000000000000001", 900),
            ("EC2", "i-00000000000000002", 100),
            ("EBS", "vol-00000000000000001", 800),
            ("EBS", "vol-00000000000000002", 700),
            ("DynamoDB", "small", 1),
            ("DynamoDB", "large", 2),
            ("RDS", "orders", 10),
            ("RDS", "customers", 30),
            ("RDS", "invoices", 20),
            ("Aurora", "shop", 15),
        ],
    );
    aws.slow_jobs(1);
    let first = aws.restore_source("us-east-1", "EBS", "vol-00000000000000002");
    let run = aws.mrbackup([
        "recover",
        "--region",
        SECONDARY,
        "--config",
        &file,
        "--parallel",
        "2",
        "--first",
        &first,
    ]);
    run.success().stdout_starts_with("✔ 10 of 10 resources are restored");
    // Of databases two of a type at once, so that the third of RDS begins later.
    let order = started(&aws);
    assert_eq!(
        order[..8],
        [
            "vol-00000000000000002",
            "customers",
            "invoices",
            "shop",
            "large",
            "small",
            "vol-00000000000000001",
            "orders",
        ]
    );
    assert_eq!(order[8..], ["i-00000000000000001", "i-00000000000000002"]);
    let most = aws.most_restores_at_once(SECONDARY);
    assert!(most.values().all(|most| *most <= 2), "{most:?}");
}

/// A zone without room is no reason not to come back, objects that stay away are no success, and a job that fails twice
/// is tried no third time.
#[test]
fn without_room_in_a_zone_the_next_is_tried_and_a_part_of_the_objects_is_no_success() {
    let some = [LOST[1], LOST[7]];
    let aws = lost_but_for(&some);
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    aws.use_up_capacity(SECONDARY, "us-west-2a");
    aws.lose_objects(SECONDARY, &bucket(&aws), "some");
    let run = aws.mrbackup(recover).code(3);
    run.stdout_starts_with("✘ 1 of 2 resources are restored in us-west-2");
    run.stdout_has("restored in part\n    One or more objects failed to be restored from ");
    assert_eq!(jobs(&aws)["i-0123456789abcdef0"], 2);
    let subnets: Vec<Value> = aws
        .restore_requests()
        .into_iter()
        .map(|sent| sent["Metadata"]["SubnetId"].clone())
        .collect();
    let things = made(&aws);
    assert_eq!(things.len(), 2, "{things:#?}");
    assert_eq!(subnets.iter().filter(|subnet| !subnet.is_null()).count(), 2, "{subnets:?}");

    // What came back in part is said again, by a dry run too; it is not restored over.
    for more in [&[][..], &["--dry-run"]] {
        let again = aws.mrbackup(recover.iter().chain(more).chain(&["-o", "json"])).code(3).json();
        assert_eq!(rows(&again)["acme-invoices"]["state"], "partial", "{again:#}");
        assert_eq!(rows(&again)["i-0123456789abcdef0"]["state"], "restored", "{again:#}");
    }
    assert_eq!(jobs(&aws)["acme-invoices"], 1);

    // No zone has room: the last one's words.
    for zone in ["us-west-2b", "us-west-2c"] {
        aws.use_up_capacity(SECONDARY, zone);
    }
    land(&aws, 5, &[("EC2", "i-00000000000000009")]);
    let run = aws.mrbackup(recover).code(3);
    run.stdout_has("i-00000000000000009 (EC2): failed\n    We currently do not have sufficient t3.micro capacity in the Availability Zone you requested (us-west-2c).");
    assert_eq!(jobs(&aws)["i-00000000000000009"], 3);

    // Nothing that fits is a part too.
    aws.lose_objects(SECONDARY, &bucket(&aws), "none");
    let point = land(&aws, 2, &[("S3", "acme-logs")]);
    let restore = aws.mrbackup([
        "restore",
        "arn:aws:s3:::acme-logs",
        "--region",
        SECONDARY,
        "--as",
        &bucket(&aws),
        "--point",
        &point[0],
    ]);
    restore.code(3).stdout_has("There are no objects that match the restore request");
}
