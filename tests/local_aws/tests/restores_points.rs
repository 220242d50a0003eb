//! Points that can be restored: of each type, copies, and many at once.

use super::refused;
use super::restores::{Lost, WEST, with};
use serde_json::{Value, json};

#[test]
fn the_other_types_restore_by_name_alone() {
    let lost = Lost::new();
    let types = [
        "Storage Gateway",
        "VirtualMachine",
        "Redshift",
        "Redshift Serverless",
        "Timestream",
        "CloudFormation",
        "EKS",
        "SAP HANA on Amazon EC2",
        "FSx",
        "DSQL",
    ];
    let mut made: Vec<String> =
        types.iter().map(|kind| lost.restored(kind, "thing", json!({}))).collect();
    made.sort();
    let inventory = lost.aws.inventory();
    let found: Vec<&String> =
        inventory["restored"][WEST].as_object().expect("what was made").keys().collect();
    assert_eq!(found, made.iter().collect::<Vec<_>>());
    let tags = json!({ "ResourceARNList": [made[0]], "Tags": { "a": "b" } });
    let answer = lost.send("resourcegroupstaggingapi", "tag_resources", tags).expect("an answer");
    assert_eq!(answer["FailedResourcesMap"], json!({}));
}

#[test]
fn a_copy_keeps_what_its_source_was_and_its_tags() {
    let lost = Lost::new();
    let aws = &lost.aws;
    let volume = aws.restore_source("us-east-1", "EBS", "vol-1");
    aws.put_tagged_resource("us-east-1", &volume, &[("team", "shop")]);
    let east =
        |operation: &str, arguments: Value| aws.call("backup", "us-east-1", operation, arguments);
    east("create_backup_vault", json!({ "BackupVaultName": "va" }));
    let role = lost.role.clone();
    let backup = json!({ "BackupVaultName": "va", "ResourceArn": volume, "IamRoleArn": role });
    let point = east("start_backup_job", backup)["RecoveryPointArn"].clone();
    let destination = aws.arn("backup", WEST, "backup-vault:va");
    let copy = json!({
        "RecoveryPointArn": point, "SourceBackupVaultName": "va", "IamRoleArn": role,
        "DestinationBackupVaultArn": destination,
    });
    east("start_copy_job", copy);
    let point = aws.recovery_points(WEST, "va")[0]["RecoveryPointArn"].clone();
    let point = point.as_str().expect("an ARN");
    let get = json!({ "BackupVaultName": "va", "RecoveryPointArn": point });
    let found = lost.send("backup", "get_recovery_point_restore_metadata", get).expect("a point");
    assert_eq!(found["RestoreMetadata"]["availabilityZone"], "us-east-1a");
    let copies = json!({ "CopySourceTagsToRestoredResource": true });
    let zone = json!({ "availabilityZone": "us-west-2a" });
    let id = lost.start_with(point, zone, copies).expect("a valid map");
    let made = lost.job(&id)["CreatedResourceArn"].clone();
    let inventory = aws.inventory();
    let made = &inventory["restored"][WEST][made.as_str().expect("an ARN")];
    assert_eq!(made["tags"], json!({ "team": "shop" }));
}

#[test]
fn many_points_are_planted_at_once_and_the_peak_of_jobs_is_known() {
    let lost = Lost::new();
    let kinds = ["EBS", "EC2", "RDS", "Aurora", "DocumentDB", "DynamoDB", "EFS", "S3"];
    let points = (0..200).map(|number| {
        let kind = kinds[number % kinds.len()];
        let source = lost.aws.restore_source("us-east-1", kind, &format!("thing-{number}"));
        json!({ "ResourceType": kind, "ResourceArn": source })
    });
    let arns = lost.aws.put_restorable_points(WEST, "va", points.collect());
    lost.aws.slow_jobs(100);
    for arn in arns.iter().step_by(kinds.len()).take(3) {
        lost.start(arn, json!({ "availabilityZone": "us-west-2a" })).expect("a valid map");
    }
    assert_eq!(lost.aws.most_restores_at_once(WEST), [("EBS".to_owned(), 3)].into());
    lost.aws.end_jobs(WEST);
    let jobs = lost.aws.restore_jobs(WEST);
    assert!(jobs.iter().all(|job| job["Status"] == "COMPLETED"), "{jobs:?}");
}

/// Developer guide, point-in-time-recovery and restoring-s3; section 2.6: copies restore to no other time.
#[test]
fn only_a_continuous_point_restores_to_a_time() {
    let lost = Lost::new();
    let continuous = |kind: &str| {
        let source = lost.aws.restore_source(WEST, kind, "orders");
        let members = json!({ "ResourceArn": source, "Status": "AVAILABLE" });
        lost.aws.put_restorable_points(WEST, "va", vec![members]).remove(0)
    };
    let database = |more: Value| with(json!({ "DBInstanceIdentifier": "orders" }), more);
    let refuse = |point: &str, map: Value, text: &str| {
        let answer = lost.start(point, map).map(Value::from);
        refused(answer, 400, "InvalidParameterValueException", text);
    };
    let latest = json!({ "UseLatestRestorableTime": "true" });
    refuse(&lost.point("RDS", "orders"), database(latest.clone()), "not of a continuous backup");
    let point = continuous("RDS");
    refuse(&point, database(json!({})), "either RestoreTime or UseLatestRestorableTime");
    refuse(&point, database(latest), "Engine");
    let bucket = json!({ "DestinationBucketName": "invoices", "EncryptionType": "SSE-S3" });
    refuse(&continuous("S3"), bucket, "RestoreTime");
    let at = json!({ "Engine": "postgres", "RestoreTime": "2026-11-27T01:00:00Z" });
    let id = lost.start(&point, database(at)).expect("a valid map");
    assert_eq!(lost.job(&id)["Status"], "COMPLETED");
}

/// API reference, `ListTags`: of what is not AWS Backup's own, AWS Backup does not tell them.
#[test]
fn tags_of_a_point_are_aws_backup_s_only_where_the_point_is() {
    let lost = Lost::new();
    let put = |kind: &str, name: &str| {
        let source = lost.aws.restore_source("us-east-1", kind, name);
        let tags = json!({ "team": "shop" });
        let members = json!({ "ResourceType": kind, "ResourceArn": source, "SourceTags": tags });
        lost.aws.put_restorable_points(WEST, "va", vec![members]).remove(0)
    };
    let tags = |arn: &str| lost.send("backup", "list_tags", json!({ "ResourceArn": arn }));
    for (kind, name) in [("DynamoDB", "customers"), ("EFS", "fs-1"), ("S3", "acme")] {
        assert_eq!(tags(&put(kind, name)).expect("tags")["Tags"], json!({ "team": "shop" }));
    }
    for (kind, name) in [("EBS", "vol-1"), ("RDS", "orders"), ("Aurora", "shop")] {
        refused(tags(&put(kind, name)), 400, "InvalidParameterValueException", "");
    }
    let gone = lost.aws.arn("backup", WEST, "recovery-point:11111111-2222-4333-8444-555555555555");
    refused(tags(&gone), 400, "ResourceNotFoundException", "");
    let vault = lost.aws.arn("backup", WEST, "backup-vault:va");
    tags(&vault).expect("those of a vault");
}
