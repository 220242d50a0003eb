//! What a drill has proved is remembered: `status` shows it beside the RTO, and `recover --dry-run` estimates by it.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::recovery::{lost_but_for, settings_with};
use crate::support::{Aws, PRIMARY, SECONDARY, WATCHDOG};

const TABLE: (&str, &str) = ("DynamoDB", "customers");
const NOTHING_PROVED: &str = "No restore was proved in the last 60 days. Prove one: mrbackup drill restore --all --region us-west-2";

/// Puts on record in the secondary what the restore of a table came to; `None` of what was not judged.
fn put(aws: &Aws, kind: &str, verdict: Option<f64>, minutes: f64) {
    let dimensions = json!([
        { "Name": "Deployment", "Value": "default" },
        { "Name": "Region", "Value": SECONDARY },
        { "Name": "ResourceType", "Value": kind },
    ]);
    let values = [("RestoreProved", verdict), ("RestoreMinutes", Some(minutes))];
    let data: Vec<Value> = values
        .iter()
        .filter_map(|(name, value)| {
            Some(json!({ "MetricName": name, "Dimensions": dimensions, "Value": (*value)? }))
        })
        .collect();
    let data = json!({ "Namespace": "mrbackup", "MetricData": data });
    aws.call("cloudwatch", SECONDARY, "put_metric_data", data);
}

/// The row of a type in the secondary, in the document.
#[track_caller]
fn remembered(aws: &Aws, kind: &str) -> Value {
    let json = aws.mrbackup(["status", "-o", "json"]).json();
    let regions = json["restores_proved"].as_array().unwrap().iter();
    let mut here = regions.filter(|row| row["region"] == SECONDARY);
    let types = here.next().unwrap()["types"].as_array().cloned().unwrap_or_default();
    let mut of_kind = types.into_iter().filter(|row| row["resource_type"] == kind);
    of_kind.next().unwrap_or_default()
}

#[track_caller]
fn set(aws: &Aws, rto: &str) {
    aws.mrbackup(["up", "--set", rto, "--alerts", "none"]).success();
}

fn day(at: &Value) -> String {
    at.as_str().unwrap().split('T').next().unwrap().to_owned()
}

#[test]
fn a_drill_is_seen_by_status_and_lets_a_recovery_be_estimated() {
    let aws = lost_but_for(&[TABLE, ("EBS", "vol-0a1b2c3d4e5f60718")]);
    let file = settings_with(&aws, "", "");
    let dry_run = ["recover", "--region", SECONDARY, "--dry-run", "--config", &file];
    let before = aws.mrbackup(["status"]);
    before.stdout_has(NOTHING_PROVED);
    let before = aws.mrbackup(dry_run).success();
    before.stdout_has("Estimate: none.");
    before.stdout_has("DynamoDB (1): no estimate: never drilled, in the last 60 days");

    let table = aws.restore_source(PRIMARY, TABLE.0, TABLE.1);
    aws.mrbackup(["drill", "restore", &table, "--region", SECONDARY, "--config", &file]).success();

    let row = remembered(&aws, "DynamoDB");
    assert_eq!(row["verdict"], "proved", "{row:#}");
    assert!(row["minutes"].is_number() && row["data_age_minutes"].is_number(), "{row:#}");
    assert_eq!((&row["rto_minutes"], &row["within_rto"]), (&Value::Null, &Value::Null));
    let status = aws.mrbackup(["status"]);
    status.stdout_has("restores proved in the last 60 days, by the hour");
    status.stdout_lacks(NOTHING_PROVED);
    let after = aws.mrbackup(dry_run).success();
    let day = day(&row["proved_at"]);
    after.stdout_has(format!("(last drill or restore test, {day})"));
    after.stdout_has(", without 1 resource.");
    after.stdout_has("EBS (1): no estimate: never drilled, in the last 60 days");
    let json = aws.mrbackup([&dry_run[..], &["-o", "json"]].concat()).json();
    let estimate = &json["estimate"];
    assert_eq!((&estimate["without"], &estimate["error"]), (&json!(1), &Value::Null));
    assert_eq!(estimate["types"][0]["basis"], "drill-or-restore-test");
    assert_eq!(estimate["types"][0]["minutes_each"], row["minutes"]);
}

#[test]
fn a_restore_that_took_longer_than_its_rto_needs_attention() {
    let aws = lost_but_for(&[TABLE]);
    put(&aws, "DynamoDB", Some(1.0), 74.2);
    let longer =
        "us-west-2: the last proved restore of DynamoDB took 1 h 15 min, and its RTO is 1 h";
    aws.mrbackup(["status"]).stdout_lacks("RTO is");
    set(&aws, "recovery.rto_minutes=60");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("✘ {longer}"));
    let row = remembered(&aws, "DynamoDB");
    assert_eq!((&row["minutes"], &row["within_rto"]), (&json!(75), &json!(false)));
    let file = settings_with(&aws, "", "");
    let dry_run = ["recover", "--region", SECONDARY, "--dry-run", "--config", &file];
    let dry_run = aws.mrbackup(dry_run).success();
    dry_run.stdout_has("Estimate: about 1 h 15 min in all.");
    dry_run.stdout_has("! DynamoDB would be back in about 1 h 15 min, and the RTO is 1 h");
    set(&aws, "recovery.rto_minutes_by_type.DynamoDB=90");
    aws.mrbackup(["status"]).stdout_lacks("RTO is");
    assert_eq!(remembered(&aws, "DynamoDB")["within_rto"], true);
}

#[test]
fn a_verdict_that_failed_needs_attention_until_a_later_one_is_good() {
    let aws = lost_but_for(&[TABLE]);
    put(&aws, "DynamoDB", Some(1.0), 5.0);
    aws.advance(std::time::Duration::from_hours(2));
    put(&aws, "DynamoDB", Some(0.0), 7.0);
    let failed = "✘ us-west-2: a restore of DynamoDB failed validation, in the hour from ";
    aws.mrbackup(["status"]).code(3).stdout_has(failed);
    let row = remembered(&aws, "DynamoDB");
    assert_eq!((&row["verdict"], &row["minutes"]), (&json!("failed"), &json!(5)));
    aws.advance(std::time::Duration::from_hours(2));
    put(&aws, "DynamoDB", Some(1.0), 6.0);
    aws.mrbackup(["status"]).stdout_lacks(failed);
    assert_eq!(remembered(&aws, "DynamoDB")["verdict"], "proved");
}

/// An RTO of which nothing is known is a note: that a drill is due breaks nothing.
#[test]
fn an_rto_without_a_proof_is_a_note_and_names_the_types_that_are_backed_up() {
    let aws = lost_but_for(&[TABLE]);
    let volume = crate::support::volume(&aws, "vol-1");
    crate::support::fresh_everywhere(&aws, &volume);
    put(&aws, "DynamoDB", None, 5.0);
    set(&aws, "recovery.rto_minutes=60");
    let status = aws.mrbackup(["status"]).success();
    status.stdout_has("! no restore was proved in the last 60 days of EBS (RTO 1 h), so whether the RTO is kept is unknown: `mrbackup drill restore --all --region us-west-2`");
    status.stdout_has("not judged");
    assert_eq!(remembered(&aws, "DynamoDB")["verdict"], "not-judged");
    // Older than 60 days is as if it had not been.
    put(&aws, "EBS", Some(1.0), 5.0);
    aws.mrbackup(["status"]).stdout_lacks("so whether the RTO is kept");
    aws.advance(std::time::Duration::from_hours(61 * 24));
    aws.mrbackup(["status"]).stdout_has("so whether the RTO is kept");
}

#[test]
fn what_cannot_be_read_is_unknown_and_names_the_permission() {
    let aws = lost_but_for(&[TABLE]);
    put(&aws, "DynamoDB", Some(1.0), 5.0);
    let text = "User: u is not authorized to perform: cloudwatch:GetMetricData";
    let armed = aws.fault(
        Fault::error(403, "AccessDenied", text).on("monitoring", "GetMetricData").region(SECONDARY),
    );
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("? us-west-2: what restores have proved there is unknown: ");
    status.stdout_has(r#""Action":"cloudwatch:GetMetricData""#);
    status.stdout_lacks("No restore was proved");
    let file = settings_with(&aws, "", "");
    let dry_run = ["recover", "--region", SECONDARY, "--dry-run", "--config", &file];
    let dry_run = aws.mrbackup(dry_run).success();
    dry_run.stdout_has("! What drills and restore tests took is unknown: ");
    dry_run.stdout_lacks("never drilled");
    assert_eq!(armed.fired(), 2);
}

#[test]
fn the_headline_says_when_the_watchdog_ran() {
    let aws = lost_but_for(&[TABLE]);
    aws.mrbackup(["status"]).stdout_lacks("watchdog at most");
    aws.run_schedule(SECONDARY, WATCHDOG).unwrap();
    let status = aws.mrbackup(["status"]);
    let headline = status.stdout.lines().next().unwrap();
    assert!(headline.contains("; watchdog at most "), "{headline}");
    aws.advance(std::time::Duration::from_hours(2));
    let json = aws.mrbackup(["status", "-o", "json"]).json();
    assert!(json["watchdog_seen_at"].is_string(), "{json:#}");
    aws.mrbackup(["status"]).stdout_has("watchdog at most 2 h ");
    // Its region was not asked.
    let json = aws.mrbackup(["status", "--region", PRIMARY, "-o", "json"]).json();
    assert_eq!(json["watchdog_seen_at"], Value::Null);
}
