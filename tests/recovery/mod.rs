//! `restore` and `recover`: what a region's vault holds comes back there, without a call to any other region.

mod again;
mod choices;
mod day;
mod obstacles;
mod pace;
mod unreachable;

use std::collections::{BTreeMap, BTreeSet};

use local_aws::now;
use serde_json::{Map, Value, json};

use crate::support::{Aws, HOUR, PRIMARY, SECONDARY, VAULT, deployed_without_alerts};

/// One resource of each type that comes back, by its type and its name in the primary.
pub(crate) const LOST: [(&str, &str); 8] = [
    ("EBS", "vol-0a1b2c3d4e5f60718"),
    ("EC2", "i-0123456789abcdef0"),
    ("RDS", "orders"),
    ("Aurora", "shop"),
    ("DocumentDB", "carts"),
    ("DynamoDB", "customers"),
    ("EFS", "fs-0123456789abcdef0"),
    ("S3", "acme-invoices"),
];

/// A deployment whose secondary holds a recovery point of each type, and the bucket for the one that needs one.
pub(crate) fn lost() -> Aws {
    lost_but_for(&LOST)
}

/// The same with these.
pub(crate) fn lost_but_for(lost: &[(&str, &str)]) -> Aws {
    let aws = deployed_without_alerts();
    land(&aws, 5, lost);
    aws.put_bucket(SECONDARY, &bucket(&aws), true);
    aws
}

/// Copies land in the secondary, of backups of this age in hours. Their sources had the select tags and one more.
pub(crate) fn land(aws: &Aws, age: u64, lost: &[(&str, &str)]) -> Vec<String> {
    let points = lost.iter().map(|(kind, name)| point_of(aws, age, kind, name)).collect();
    aws.put_restorable_points(SECONDARY, VAULT, points)
}

/// A copy of a resource of the primary.
pub(crate) fn point_of(aws: &Aws, age: u64, kind: &str, name: &str) -> Value {
    json!({
        "ResourceType": kind,
        "ResourceArn": aws.restore_source(PRIMARY, kind, name),
        "SourceBackupVaultArn": aws.arn("backup", PRIMARY, &format!("backup-vault:{VAULT}")),
        "CreationDate": now() - age * HOUR,
        "SourceTags": {"Environment": "Production", "BackupEnabled": "true", "team": "shop"},
    })
}

/// What `acme-invoices` comes back into: names of buckets are every account's.
pub(crate) fn bucket(aws: &Aws) -> String {
    format!("acme-invoices-{}", aws.id())
}

/// The path of a file that says of restores into the secondary what nobody can guess.
pub(crate) fn settings(aws: &Aws) -> String {
    settings_with(aws, "", "")
}

/// The same with more lines, and more tables.
pub(crate) fn settings_with(aws: &Aws, lines: &str, tables: &str) -> String {
    let bucket = bucket(aws);
    let key = aws.put_key(SECONDARY);
    let text = format!(
        "[regions]
primary = \"us-east-1\"
secondary = \"us-west-2\"
tertiary = \"eu-west-1\"

[restore.us-west-2]
kms_key = \"{key}\"
cluster_instance_class = \"db.r6g.large\"
{lines}
[restore.us-west-2.buckets]
acme-invoices = \"{bucket}\"
{tables}"
    );
    aws.file("mrbackup.toml", &text)
}

/// What restores have made in the secondary and is there, by ARN.
pub(crate) fn made(aws: &Aws) -> Map<String, Value> {
    aws.inventory()["restored"][SECONDARY].as_object().cloned().unwrap_or_default()
}

/// The names of the sources of all that was sent to `StartRestoreJob`, in the order of the calls.
pub(crate) fn started(aws: &Aws) -> Vec<String> {
    let jobs = aws.restore_jobs(SECONDARY);
    let sources: BTreeMap<&str, &str> = jobs
        .iter()
        .filter_map(|job| {
            Some((job["RecoveryPointArn"].as_str()?, job["SourceResourceArn"].as_str()?))
        })
        .collect();
    let requests = aws.restore_requests();
    let points = requests.iter().filter_map(|request| request["RecoveryPointArn"].as_str());
    points.map(|point| name(sources.get(point).copied().unwrap_or(point))).collect()
}

/// How many jobs there were for each source.
pub(crate) fn jobs(aws: &Aws) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for job in aws.restore_jobs(SECONDARY) {
        let source = job["SourceResourceArn"].as_str().unwrap_or_default();
        *found.entry(name(source)).or_default() += 1;
    }
    found
}

/// One job for each of these.
pub(crate) fn once(lost: &[(&str, &str)]) -> BTreeMap<String, usize> {
    lost.iter().map(|(_, name)| ((*name).to_owned(), 1)).collect()
}

/// The last part of an ARN.
pub(crate) fn name(arn: &str) -> String {
    arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
}

/// The rows of a report by the source's name.
pub(crate) fn rows(report: &Value) -> BTreeMap<String, Value> {
    let rows = report["resources"].as_array().into_iter().flatten();
    rows.map(|row| (name(row["resource"].as_str().unwrap_or_default()), row.clone())).collect()
}

/// Asserts that no call went anywhere but to the secondary, and none to IAM.
#[track_caller]
pub(crate) fn only_the_secondary_was_asked(aws: &Aws) {
    let log = aws.log();
    let elsewhere =
        log.iter().filter(|call| call.request.region != SECONDARY || call.request.service == "iam");
    assert_eq!(elsewhere.map(local_aws::Call::name).collect::<BTreeSet<_>>(), BTreeSet::new());
}

/// Asserts that something has all that makes it whole: where it comes from, the tags of its source, members and mount
/// targets, and never the deployment's tag.
#[track_caller]
pub(crate) fn is_whole(aws: &Aws, arn: &str, thing: &Value, select: bool) {
    let kind = thing["type"].as_str().unwrap_or_default();
    let (_, source) = LOST.iter().find(|(of, _)| *of == kind).expect("a type that was lost");
    let from = aws.restore_source(PRIMARY, kind, source);
    let tags = &thing["tags"];
    assert_eq!(tags["mrbackup:recovered-from"], from, "{arn}: {thing}");
    assert!(tags["mrbackup:deployment"].is_null(), "{arn}: {thing}");
    let wanted = if select { json!("true") } else { Value::Null };
    assert_eq!(tags["BackupEnabled"], wanted, "{arn}: {thing}");
    match kind {
        "Aurora" | "DocumentDB" => assert_eq!(thing["members"], json!([format!("{source}-1")])),
        "EFS" => assert_eq!(thing["mount targets"].as_array().map(Vec::len), Some(3), "{thing}"),
        "S3" => assert_eq!(thing["objects"].as_array().map(Vec::len), Some(2), "{thing}"),
        _ => (),
    }
}
