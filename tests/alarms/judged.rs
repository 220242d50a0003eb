//! The deployed validator is asked what a restore in its region is worth, as a drill asks it.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use local_aws::{Call, Origin};
use serde_json::{Value, json};

use super::wiring::{decision_in, permission};
use crate::support::{Aws, SECONDARY, VALIDATOR, VAULT, deployed};

/// What the function answers to this job's id.
#[track_caller]
fn judge(aws: &Aws, job: &str) -> Value {
    let payload = json!({ "mrbackup-judge": { "job": job } }).to_string();
    let payload = json!({ "$base64": BASE64.encode(payload) });
    let arguments = json!({ "FunctionName": VALIDATOR, "Payload": payload });
    let answer = aws.call("lambda", SECONDARY, "invoke", arguments);
    assert!(answer["FunctionError"].is_null(), "{answer}");
    let text = answer["Payload"].as_str().expect("the function's answer");
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {answer}"))
}

/// Restores a point of this type in the secondary, by the map; the job's id.
#[track_caller]
fn restore(aws: &Aws, kind: &str, map: &Value) -> String {
    let point = aws.put_restorable_point(SECONDARY, VAULT, kind, "original");
    let role = "role/mrbackup/mrbackup-default-AWSBackupServiceRole";
    let role = format!("arn:aws:iam::{}:{role}", aws.id());
    let arguments = json!({ "RecoveryPointArn": point, "IamRoleArn": role, "Metadata": map });
    let started = aws.call("backup", SECONDARY, "start_restore_job", arguments);
    let id = started["RestoreJobId"].as_str().expect("an id").to_owned();
    let job = json!({ "RestoreJobId": id });
    for _ in 0..5 {
        let found = aws.call("backup", SECONDARY, "describe_restore_job", job.clone());
        if found["Status"] == "COMPLETED" {
            return id;
        }
    }
    panic!("the job of {kind} does not complete");
}

fn put_item(aws: &Aws, table: &str) {
    let item = json!({ "TableName": table, "Item": { "id": { "S": "1" } } });
    aws.call("dynamodb", SECONDARY, "put_item", item);
}

/// IAM lets any role do anything here, so each call of the judge is held against its policy.
#[track_caller]
fn asks_only_what_it_may(aws: &Aws) {
    let log = aws.log();
    let asked = log.iter().filter(|call| call.request.origin == Origin::Function);
    let asked: BTreeSet<(String, String)> = asked.map(action).collect();
    assert!(asked.len() > 10, "{asked:?}");
    for (action, resource) in &asked {
        let decision = decision_in(aws, SECONDARY, action, resource);
        assert_eq!(decision, "allowed", "{action} on {resource}");
    }
}

/// The action and resource that IAM looks up; `permission` knows those of AWS Backup.
fn action(call: &Call) -> (String, String) {
    let text = |member: &str| call.input()[member].as_str().map(str::to_owned);
    let (action, resource) = permission(call);
    let arn = |rest: &str| {
        let region = &call.request.region;
        format!("arn:aws:{}:{region}:{}:{rest}", call.request.service, call.request.account)
    };
    if let Some(table) = text("TableName") {
        return (action, arn(&format!("table/{table}")));
    }
    let named = text("DBInstanceIdentifier").map(|name| format!("db:{name}"));
    let named = named.or_else(|| text("DBClusterIdentifier").map(|name| format!("cluster:{name}")));
    (action, named.map_or(resource, |rest| arn(&rest)))
}

#[test]
fn what_a_drill_restored_is_judged_by_its_type() {
    let aws = deployed();
    let table = restore(&aws, "DynamoDB", &json!({ "targetTableName": "mrb-drill-users-1" }));
    let volume =
        restore(&aws, "EBS", &json!({ "availabilityZone": "us-west-2a", "encrypted": "true" }));
    let database = json!({ "DBInstanceIdentifier": "mrb-drill-orders-1" });
    let database = restore(&aws, "RDS", &database);
    let cluster = |name: &str, engine: &str| json!({ "dbClusterIdentifier": format!("mrb-drill-{name}"), "engine": engine });
    let aurora = restore(&aws, "Aurora", &cluster("shop", "aurora-postgresql"));
    let documents = restore(&aws, "DocumentDB", &cluster("docs", "docdb"));
    aws.clear_log();
    let jobs = [
        (table, "data", "and a read found an item"),
        (volume, "existence", "with 8 GiB of snap-"),
        (database, "existence", "with the engine postgres and "),
        (aurora, "existence", "with the engine aurora-postgresql; no instance was started"),
        (documents, "existence", "with the engine docdb; no instance was started"),
    ];
    for (job, proves, words) in &jobs {
        let answer = judge(&aws, job);
        assert_eq!(
            (&answer["verdict"], &answer["proves"]),
            (&json!("SUCCESSFUL"), &json!(proves)),
            "{answer}"
        );
        assert!(answer["found"].as_str().is_some_and(|found| found.contains(words)), "{answer}");
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(3), "{answer}");
    }
    asks_only_what_it_may(&aws);
    let writes = aws.writes().iter().map(Call::name).collect::<Vec<_>>();
    assert!(!writes.iter().any(|call| call.starts_with("backup.")), "{writes:?}");
}

#[test]
fn a_restore_that_completed_with_wrong_data_is_failed() {
    let aws = deployed();
    aws.lose_objects(SECONDARY, "mrb-drill-users-2", "all");
    let table = restore(&aws, "DynamoDB", &json!({ "targetTableName": "mrb-drill-users-2" }));
    let answer = judge(&aws, &table);
    assert_eq!(answer["verdict"], "FAILED", "{answer}");
    let found = "The table mrb-drill-users-2 is empty, the backup has 1073741824 bytes.";
    assert_eq!(answer["found"], found);
    put_item(&aws, "mrb-drill-users-2");
    assert_eq!(judge(&aws, &table)["verdict"], "SUCCESSFUL", "a drill's verdict is not kept");
    let live = restore(&aws, "DynamoDB", &json!({ "targetTableName": "users" }));
    let answer = judge(&aws, &live);
    assert_eq!(answer["verdict"], "UNKNOWN", "what no drill made is not read: {answer}");
}

#[test]
fn the_judge_may_read_no_data_of_anyone() {
    let aws = deployed();
    let decision = |action: &str, resource: &str| decision_in(&aws, SECONDARY, action, resource);
    let table = |name: &str| aws.arn("dynamodb", SECONDARY, &format!("table/{name}"));
    assert_eq!(decision("dynamodb:Scan", &table("mrb-drill-users-1")), "allowed");
    assert_eq!(decision("dynamodb:Scan", &table("awsbackup-restore-test-1")), "allowed");
    for (action, resource) in [
        ("dynamodb:Scan", table("users")),
        ("dynamodb:Query", table("mrb-drill-users-1")),
        ("dynamodb:DescribeTable", table("users")),
        ("s3:GetObject", "arn:aws:s3:::acme-invoices/1".to_owned()),
        ("s3:ListBucket", "arn:aws:s3:::acme-invoices".to_owned()),
        ("s3:PutObject", "arn:aws:s3:::mrb-drill-invoices/1".to_owned()),
        ("rds:DescribeDBInstances", aws.arn("rds", SECONDARY, "db:orders")),
        ("backup:StartRestoreJob", "*".to_owned()),
    ] {
        assert_eq!(decision(action, &resource), "implicitDeny", "{action} on {resource}");
    }
}
