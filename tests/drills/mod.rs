//! `drill restore`: proves that a copy can be restored, and leaves the account as it was.

mod killed;
mod remembered;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::recovery::{LOST, lost, lost_but_for, made, name, settings_with};
use crate::support::{Aws, PRIMARY, SECONDARY, SELECT_TAGS};

/// The same file as recoveries have, with a subnet whose instances get no public address.
pub(crate) fn settings(aws: &Aws) -> String {
    let vpcs = aws.call("ec2", SECONDARY, "describe_vpcs", json!({}));
    let vpc = vpcs["Vpcs"][0]["VpcId"].clone();
    let wanted =
        json!({"VpcId": vpc, "CidrBlock": "172.31.240.0/24", "AvailabilityZone": "us-west-2a"});
    let made = aws.call("ec2", SECONDARY, "create_subnet", wanted);
    let subnet = made["Subnet"]["SubnetId"].as_str().unwrap();
    settings_with(aws, &format!("drill_subnet = \"{subnet}\""), "")
}

/// All that a drill may make, besides what restores have made by AWS Backup's own record.
pub(crate) fn things(aws: &Aws) -> Value {
    let of = |service: &str, operation: &str, member: &str, id: &str| {
        let answer = aws.call(service, SECONDARY, operation, json!({}));
        let list = answer[member].as_array().cloned().unwrap_or_default();
        list.iter().map(|thing| thing[id].to_string()).collect::<BTreeSet<String>>()
    };
    json!({
        "restored": made(aws),
        "volumes": of("ec2", "describe_volumes", "Volumes", "VolumeId"),
        "groups": of("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
        "buckets": of("s3", "list_buckets", "Buckets", "Name"),
        "databases": of("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
        "clusters": of("rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
        "snapshots": of("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
        "account": aws.inventory(),
    })
}

/// Asserts that the account holds what it held; else says what is new and what is lacking.
#[track_caller]
pub(crate) fn is_as_before(aws: &Aws, before: &Value, when: &str) {
    let lines = |things: &Value| {
        let text = serde_json::to_string_pretty(things).unwrap();
        text.lines().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let (before, now) = (lines(before), lines(&things(aws)));
    let more: Vec<&String> = now.difference(&before).collect();
    let less: Vec<&String> = before.difference(&now).collect();
    assert!(more.is_empty() && less.is_empty(), "{when}: more {more:#?}, less {less:#?}");
}

/// The rows of a report by the source's name.
fn rows(report: &Value) -> std::collections::BTreeMap<String, Value> {
    let rows = report["drills"].as_array().into_iter().flatten();
    rows.map(|row| (name(row["resource"].as_str().unwrap_or_default()), row.clone())).collect()
}

/// One of each type comes back set apart, is judged, and is gone again.
#[test]
fn one_of_each_type_is_proved_and_nothing_is_left() {
    let aws = lost();
    let file = settings(&aws);
    let before = things(&aws);
    let drill = ["drill", "restore", "--all", "--region", SECONDARY, "--config", &file];
    let run = aws.mrbackup([&drill[..], &["-o", "json"]].concat());
    let report = run.json();
    assert_eq!(report["left"], json!([]), "{report:#}");
    let rows = rows(&report);
    assert_eq!(rows.len(), LOST.len());
    for (kind, name) in LOST {
        let row = &rows[name];
        assert_eq!(row["verdict"], "SUCCESSFUL", "{kind}: {row:#}");
        assert!(row["minutes"].is_number(), "{row:#}");
    }
    run.success();
    is_as_before(&aws, &before, "");
    for request in aws.restore_requests() {
        let map = request["Metadata"].as_object().unwrap();
        let named = [
            "DBInstanceIdentifier",
            "dbClusterIdentifier",
            "targetTableName",
            "DestinationBucketName",
        ];
        for name in named.iter().filter_map(|key| map.get(*key)?.as_str()) {
            assert!(name.starts_with("mrb-drill-"), "{map:#?}");
        }
        assert!(!map.contains_key("IamInstanceProfileName"), "{map:#?}");
        assert_ne!(request["CopySourceTagsToRestoredResource"], json!(true));
    }
    // No call ever puts a select tag or the deployment's own on anything.
    for call in aws.log().iter().filter(|call| call.is("tagging", "TagResources")) {
        let tags = call.input()["Tags"].as_object().unwrap();
        assert!(SELECT_TAGS.iter().all(|(key, _)| !tags.contains_key(*key)), "{tags:?}");
        assert!(!tags.contains_key("mrbackup:deployment"), "{tags:?}");
        assert_eq!(tags["mrbackup:drill"], "default");
    }
    assert_eq!(aws.violations(), Vec::<String>::new());
}

/// What is to stay is named with what deletes it, and is set apart while it is there.
#[test]
fn what_is_kept_is_named_and_cleaned_up_later() {
    let lost = [("RDS", "orders"), ("EC2", "i-0123456789abcdef0")];
    let aws = lost_but_for(&lost);
    let file = settings(&aws);
    let before = things(&aws);
    for (kind, name) in lost {
        let arn = aws.restore_source(PRIMARY, kind, name);
        let drill = ["drill", "restore", &arn, "--region", SECONDARY, "--keep", "--config", &file];
        let run = aws.mrbackup(drill).success();
        run.stdout_has("kept, and it costs while it is there");
        run.stdout_has("Delete it: mrbackup drill restore --clean-up --region us-west-2");
    }
    let kept = made(&aws);
    assert_eq!(kept.len(), 2, "{kept:#?}");
    let instances = aws.call("ec2", SECONDARY, "describe_instances", json!({}));
    let instance = &instances["Reservations"][0]["Instances"][0];
    assert_eq!(instance["IamInstanceProfile"], Value::Null, "{instance:#}");
    let group = instance["SecurityGroups"][0]["GroupId"].clone();
    let groups =
        aws.call("ec2", SECONDARY, "describe_security_groups", json!({"GroupIds": [group]}));
    let group = &groups["SecurityGroups"][0];
    assert_eq!(group["IpPermissions"], json!([]), "{group:#}");
    assert_eq!(group["IpPermissionsEgress"], json!([]), "{group:#}");
    let databases = aws.call("rds", SECONDARY, "describe_db_instances", json!({}));
    let database = &databases["DBInstances"][0];
    assert_eq!(database["PubliclyAccessible"], json!(false));
    let tags = database["TagList"].as_array().unwrap();
    assert!(tags.iter().all(|tag| tag["Key"] != "BackupEnabled"), "{tags:?}");

    let run = aws.mrbackup(["status"]);
    run.stdout_has("us-west-2: 4 things of drills are still there, and cost: `mrbackup drill restore --clean-up --region us-west-2`");
    let run = aws.mrbackup(["list"]);
    run.stdout_has("4 things of drills still there");
    let down = aws.mrbackup(["down", "--keep-backups"]);
    down.stderr_has("drills have left what only this deployment finds again");
    down.stderr_has("delete it: mrbackup drill restore --clean-up");
    down.code(1);

    let run = aws.mrbackup(["drill", "restore", "--clean-up"]).success();
    run.stdout_starts_with("✔ ");
    is_as_before(&aws, &before, "");
    let run = aws.mrbackup(["drill", "restore", "--clean-up"]).success();
    run.stdout_starts_with("✔ No drill has left anything");
}

/// What is wrong with an instance's network is said before anything is made.
#[test]
fn an_instance_that_would_be_public_is_not_made() {
    let lost = [("EC2", "i-0123456789abcdef0")];
    let aws = lost_but_for(&lost);
    let file = settings_with(&aws, "", "");
    let before = things(&aws);
    let arn = aws.restore_source(PRIMARY, "EC2", lost[0].1);
    let drill = ["drill", "restore", &arn, "--region", SECONDARY, "--config", &file];
    let run = aws.mrbackup(drill).code(3);
    run.stdout_has("a drill takes no subnet that gives public addresses");
    run.stdout_has("set drill_subnet in [restore.us-west-2]");
    assert_eq!(aws.restore_requests(), Vec::<Value>::new());
    is_as_before(&aws, &before, "");
}

/// Somebody else's things with the same names or tags are theirs.
#[test]
fn what_is_not_of_this_deployments_drills_stays() {
    let aws = lost_but_for(&[("DynamoDB", "customers")]);
    let table = json!({
        "TableName": "mrb-drill-theirs",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Tags": [{"Key": "mrbackup:drill", "Value": "another"}],
    });
    aws.call("dynamodb", SECONDARY, "create_table", table);
    let before = things(&aws);
    aws.mrbackup(["drill", "restore", "--clean-up"]).success();
    let table = aws.restore_source(PRIMARY, "DynamoDB", "customers");
    aws.mrbackup(["drill", "restore", &table, "--region", SECONDARY]).success();
    is_as_before(&aws, &before, "");
    let tables = aws.call("dynamodb", SECONDARY, "list_tables", json!({}));
    assert_eq!(tables["TableNames"], json!(["mrb-drill-theirs"]));
}
