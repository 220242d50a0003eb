//! The primary and IAM take every call and never answer: what the vault of another region holds comes back all the same.

use local_aws::Fault;
use serde_json::json;

use crate::recovery::{
    LOST, bucket, is_whole, jobs, lost, made, once, only_the_secondary_was_asked, point_of, rows,
    settings, started,
};
use crate::support::{PRIMARY, SECONDARY, VAULT, deployed_without_alerts};

#[test]
fn everything_comes_back_from_the_vault_of_a_region() {
    let aws = lost();
    let file = settings(&aws);
    let primary = aws.fault(Fault::hold_before().region(PRIMARY));
    let iam = aws.fault(Fault::hold_before().service("iam"));
    aws.clear_log();
    let recover = ["recover", "--region", SECONDARY, "--config", &file];

    let dry = aws.mrbackup(recover.iter().chain(&["--dry-run"])).success();
    dry.stdout_starts_with(
        "✔ 8 of 8 resources can be restored in us-west-2; the oldest data would be 5 h old.",
    );
    dry.stdout_has("Nothing was started. To restore: mrbackup recover --region us-west-2");
    assert_eq!(aws.writes().len(), 0);

    let run = aws.mrbackup(recover).success();
    run.stdout_starts_with(
        "✔ 8 of 8 resources are restored in us-west-2; the oldest data is 5 h old.",
    );
    let things = made(&aws);
    assert_eq!(things.len(), LOST.len(), "{things:#?}");
    for (arn, thing) in &things {
        is_whole(&aws, arn, thing, true);
        assert_eq!(thing["tags"]["team"], "shop", "{arn}: {thing}");
    }
    assert!(things.contains_key(&aws.arn("rds", SECONDARY, "db:orders")));
    assert!(things.contains_key(&aws.arn("dynamodb", SECONDARY, "table/customers")));
    assert!(things.contains_key(&format!("arn:aws:s3:::{}", bucket(&aws))));
    assert_eq!(jobs(&aws), once(&LOST));
    assert_eq!(started(&aws).last().map(String::as_str), Some("i-0123456789abcdef0"));

    // All is there: nothing is started again, and each row says what its resource came back as.
    let again = aws.mrbackup(recover.iter().chain(&["-o", "json"])).success().json();
    assert_eq!(jobs(&aws), once(&LOST));
    assert_eq!((&again["ready"], &again["not_ready"]), (&json!(8), &json!(0)));
    for row in rows(&again).values() {
        let arn = row["restored_as"].as_str().unwrap_or_default();
        assert!(things.contains_key(arn), "{row}");
        assert_eq!((&row["state"], &row["data_age_hours"]), (&json!("restored"), &json!(5)));
    }
    assert_eq!(made(&aws), things);
    only_the_secondary_was_asked(&aws);
    assert_eq!(aws.violations(), Vec::<String>::new());
    assert_eq!((primary.fired(), iam.fired()), (0, 0));
}

/// 500 of eight types: one call a point, and a few for the region.
#[test]
fn five_hundred_resources_are_planned_with_one_call_each() {
    let aws = deployed_without_alerts();
    let file = settings(&aws);
    aws.put_bucket(SECONDARY, &bucket(&aws), true);
    let points = (0..500).map(|number| {
        let (kind, _) = LOST[number % LOST.len()];
        let name = match kind {
            "EBS" => format!("vol-{number:017x}"),
            "EC2" => format!("i-{number:017x}"),
            "EFS" => format!("fs-{number:017x}"),
            _ => format!("thing-{number}"),
        };
        point_of(&aws, 3, kind, &name)
    });
    aws.put_restorable_points(SECONDARY, VAULT, points.collect());
    aws.fault(Fault::hold_before().region(PRIMARY));
    aws.fault(Fault::hold_before().service("iam"));
    aws.clear_log();
    let dry = ["recover", "--region", SECONDARY, "--config", &file, "--dry-run", "-o", "json"];
    let report = aws.mrbackup(dry).code(3).json();
    // No bucket is known for those of S3.
    assert_eq!((&report["ready"], &report["not_ready"]), (&json!(438), &json!(62)));
    only_the_secondary_was_asked(&aws);
    assert_eq!(aws.writes().len(), 0);
    let calls = aws.log().len();
    assert!((500..560).contains(&calls), "{calls} calls");
}
