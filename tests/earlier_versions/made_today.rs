//! What `up` makes today, recorded as a fixture, so that none is missing when the record or the calls change.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use local_aws::now;
use serde_json::{Value, json};

use super::fixture::{self, Fixture};
use crate::support::{Aws, UP, account_numbered};

const MUCH_SET: &str = include_str!("much_set.toml");

/// The recipe with a subscriber.
pub(super) fn defaults() -> (Fixture, Aws) {
    let aws = fresh();
    aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    (record(&aws, "default", &json!([])), aws)
}

#[test]
fn the_defaults_have_a_fixture() {
    has_a_fixture(&defaults().0, "defaults.json");
}

#[test]
fn everything_that_can_be_set_has_a_fixture() {
    let aws = fresh();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("much-set-{}.toml", aws.id()));
    fs::write(&file, MUCH_SET.replace("111122223333", aws.id())).unwrap();
    aws.mrbackup(["up", "--config", file.to_str().unwrap()]).success();
    fs::remove_file(file).unwrap();
    has_a_fixture(&record(&aws, "prod-2", &json!([])), "much-set.json");
}

/// What a deployment left behind is in its record too.
#[test]
fn a_region_dropped_has_a_fixture() {
    let aws = fresh();
    aws.mrbackup(UP).success();
    let plans = aws.call("backup", "us-east-1", "list_backup_plans", json!({}));
    let plan = &plans["BackupPlansList"][0]["BackupPlanId"];
    let volume = aws.arn("ec2", "us-east-1", "volume/vol-0a1b2c3d4e5f60718");
    let point = json!({
        "ResourceArn": volume, "CreatedBy": { "BackupPlanId": plan }, "Lifecycle": { "DeleteAfterDays": 2555 },
    });
    aws.put_recovery_point("eu-west-1", "mrbackup-default", point.clone());
    let points = json!([{ "region": "eu-west-1", "vault": "mrbackup-default", "point": point }]);
    let drop = ["up", "--drop-region", "eu-west-1", "--allow-less-protection", "--allow-gaps"];
    aws.mrbackup(drop).success();
    has_a_fixture(&record(&aws, "default", &points), "region-dropped.json");
}

/// An account that no fixture has: its number is the time, and counted on.
fn fresh() -> Aws {
    static MADE: AtomicU64 = AtomicU64::new(0);
    account_numbered(&format!("2{}{}", now(), MADE.fetch_add(1, Ordering::Relaxed)))
}

/// Where what was made today is put, to be copied from.
fn directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deployments");
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn record(aws: &Aws, name: &str, points: &Value) -> Fixture {
    let mut calls = aws.recording();
    as_aws_names_queues(&mut calls);
    let show = aws.mrbackup(["config", "show", "-o", "json", "--name", name]).success();
    Fixture(json!({
        "account": aws.id(),
        "name": name,
        "settings": fixture::settings(&show.json()),
        "points": points,
        "calls": calls,
    }))
}

/// The local AWS has queues at a port that is another each time.
fn as_aws_names_queues(calls: &mut [Value]) {
    for call in calls {
        let Some(url) = call["args"].get("QueueUrl").and_then(Value::as_str) else { continue };
        let (_, path) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).unwrap();
        let host = format!("https://sqs.{}.amazonaws.com", call["region"].as_str().unwrap());
        call["args"]["QueueUrl"] = format!("{host}/{path}").into();
    }
}

/// Who made it, the members of its record, and the operations that made it.
fn shape(fixture: &Fixture) -> BTreeSet<String> {
    let record = fixture.record();
    let mut shape = BTreeSet::from([format!("schema {} of {}", record.schema, record.writer)]);
    members(&record.settings, "settings", &mut shape);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    shape.extend(
        fixture.0["calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| format!("{} {}", text(&call["service"]), text(&call["operation"]))),
    );
    shape
}

fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, each)| members(each, &format!("{path}.{key}"), found));
        }
        Value::Array(list) => list.iter().for_each(|each| members(each, path, found)),
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// A fixture of this name has the shape of what was made today, which is left to be copied otherwise.
#[track_caller]
fn has_a_fixture(today: &Fixture, name: &str) {
    let record = today.record();
    today.write(&directory(), &format!("{}-schema{}", record.writer, record.schema), name);
    let shape_today = shape(today);
    let paths = fixture::paths();
    let same_name = paths.iter().filter(|path| path.ends_with(&format!("/{name}")));
    let shapes: Vec<BTreeSet<String>> = same_name.map(|path| shape(&Fixture::read(path))).collect();
    let differs = |kept: &BTreeSet<String>| -> Vec<String> {
        kept.symmetric_difference(&shape_today).cloned().collect()
    };
    let nearest = shapes.iter().map(differs).min_by_key(Vec::len);
    assert_eq!(
        nearest,
        Some(Vec::new()),
        "no fixture in tests/deployments is as {name} of today, which is in {}: add it as the README.md there says",
        directory().display()
    );
}
