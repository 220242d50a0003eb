//! Vaults, what is in them, and the jobs that put it there.

use serde_json::{Value, json};

use super::{REGION, refused, role, send};
use crate::harness::{self, Aws};

#[track_caller]
fn make_vault(aws: &Aws, name: &str) {
    send(aws, "backup", "create_backup_vault", json!({ "BackupVaultName": name }))
        .expect("a valid vault");
}

#[test]
fn a_vault_is_made_once() {
    let aws = harness::account();
    let vault = json!({ "BackupVaultName": "va", "CreatorRequestId": "first" });
    send(&aws, "backup", "create_backup_vault", vault.clone()).expect("a valid vault");
    let error = refused(
        send(&aws, "backup", "create_backup_vault", vault),
        400,
        "AlreadyExistsException",
        "",
    );
    assert_eq!(error.response["CreatorRequestId"], "first");
    assert_eq!(
        error.response["Arn"],
        format!("arn:aws:backup:{REGION}:{}:backup-vault:va", aws.id())
    );
    let alias = json!({ "BackupVaultName": "vb", "EncryptionKeyArn": "alias/aws/backup" });
    let text = "KMS key Alias is not supported by AWS Backup";
    refused(
        send(&aws, "backup", "create_backup_vault", alias),
        400,
        "InvalidParameterValueException",
        text,
    );
}

#[test]
fn a_missing_vault_is_a_matter_of_privileges() {
    let aws = harness::account();
    for operation in
        ["describe_backup_vault", "delete_backup_vault", "list_recovery_points_by_backup_vault"]
    {
        let answer = send(&aws, "backup", operation, json!({ "BackupVaultName": "none" }));
        refused(
            answer,
            403,
            "AccessDeniedException",
            "Insufficient privileges to perform this action.",
        );
    }
}

#[test]
fn a_vault_with_points_stays_and_lists_them_in_pages() {
    let aws = harness::account();
    make_vault(&aws, "va");
    let arns: Vec<String> = (0..5)
        .map(|number| {
            let resource = format!("arn:aws:ec2:{REGION}:{}:volume/vol-{}", aws.id(), number % 2);
            aws.put_recovery_point(
                REGION,
                "va",
                json!({ "ResourceArn": resource, "CreationDate": 1000 + number }),
            )
        })
        .collect();
    let vault = send(&aws, "backup", "describe_backup_vault", json!({ "BackupVaultName": "va" }))
        .expect("a vault");
    assert_eq!(vault["NumberOfRecoveryPoints"], 5);
    let list = |more: Value| {
        let mut arguments = json!({ "BackupVaultName": "va" });
        arguments
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        send(&aws, "backup", "list_recovery_points_by_backup_vault", arguments).expect("a page")
    };
    let count = |page: &Value| page["RecoveryPoints"].as_array().expect("a list").len();
    let page = list(json!({ "MaxResults": 3 }));
    assert_eq!((count(&page), page["NextToken"].as_str()), (3, Some("3")));
    let page = list(json!({ "MaxResults": 3, "NextToken": "3" }));
    assert_eq!((count(&page), page["NextToken"].as_str()), (2, None));
    let filter = format!("arn:aws:ec2:{REGION}:{}:volume/vol-0", aws.id());
    assert_eq!(count(&list(json!({ "ByResourceArn": filter }))), 3);
    assert_eq!(count(&list(json!({ "ByCreatedAfter": "1970-01-01T00:16:42Z" }))), 2);
    let message = "Backup vault cannot be deleted because it contains recovery points.";
    let delete = || send(&aws, "backup", "delete_backup_vault", json!({ "BackupVaultName": "va" }));
    refused(delete(), 400, "InvalidRequestException", message);
    for arn in &arns {
        let point = json!({ "BackupVaultName": "va", "RecoveryPointArn": arn });
        let found =
            send(&aws, "backup", "describe_recovery_point", point.clone()).expect("a point");
        assert_eq!(found["RecoveryPointArn"], **arn);
        send(&aws, "backup", "delete_recovery_point", point.clone()).expect("a point");
        refused(
            send(&aws, "backup", "describe_recovery_point", point),
            400,
            "ResourceNotFoundException",
            "",
        );
    }
    delete().expect("an empty vault");
}

#[test]
fn jobs_are_those_that_were_put_or_started() {
    let aws = harness::account();
    make_vault(&aws, "va");
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let failed = aws.put_backup_job(REGION, json!({ "State": "FAILED", "StatusMessage": "no" }));
    let copied = aws.put_copy_job(REGION, json!({ "State": "RUNNING" }));
    let resource = format!("arn:aws:ec2:{REGION}:{}:volume/vol-0123456789abcdef0", aws.id());
    let start = json!({ "BackupVaultName": "va", "ResourceArn": resource, "IamRoleArn": role });
    let started = send(&aws, "backup", "start_backup_job", start).expect("a job");
    let job = send(&aws, "backup", "describe_backup_job", json!({ "BackupJobId": failed }))
        .expect("a job");
    assert_eq!((&job["State"], &job["StatusMessage"]), (&json!("FAILED"), &json!("no")));
    let job =
        send(&aws, "backup", "describe_copy_job", json!({ "CopyJobId": copied })).expect("a job");
    assert_eq!(job["CopyJob"]["State"], "RUNNING");
    let list = send(&aws, "backup", "list_backup_jobs", json!({ "ByState": "COMPLETED" }))
        .expect("a list");
    assert_eq!(list["BackupJobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["BackupJobs"][0]["BackupJobId"], started["BackupJobId"]);
    let list = send(&aws, "backup", "list_copy_jobs", json!({})).expect("a list");
    assert_eq!(list["CopyJobs"].as_array().map(Vec::len), Some(1));
    let point = json!({ "BackupVaultName": "va", "RecoveryPointArn": started["RecoveryPointArn"] });
    send(&aws, "backup", "describe_recovery_point", point).expect("the job's point");
    let none = send(&aws, "backup", "describe_backup_job", json!({ "BackupJobId": "none" }));
    refused(none, 400, "ResourceNotFoundException", "");
}

#[test]
fn a_copy_job_puts_the_point_into_the_other_vault() {
    let aws = harness::account();
    make_vault(&aws, "va");
    aws.call("backup", "us-west-2", "create_backup_vault", json!({ "BackupVaultName": "vb" }));
    let source = aws.put_recovery_point(REGION, "va", json!({ "CreationDate": 1000 }));
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let copy = |point: &str| {
        let destination = format!("arn:aws:backup:us-west-2:{}:backup-vault:vb", aws.id());
        let arguments = json!({
            "RecoveryPointArn": point,
            "SourceBackupVaultName": "va",
            "DestinationBackupVaultArn": destination,
            "IamRoleArn": role,
        });
        send(&aws, "backup", "start_copy_job", arguments)
    };
    refused(
        copy("arn:aws:ec2:us-east-1::snapshot/none"),
        400,
        "InvalidParameterValueException",
        "",
    );
    let job = copy(&source).expect("a copy");
    let job = send(&aws, "backup", "describe_copy_job", json!({ "CopyJobId": job["CopyJobId"] }));
    let arn = job.expect("a job")["CopyJob"]["DestinationRecoveryPointArn"].clone();
    let list = json!({ "BackupVaultName": "vb" });
    let points = aws.call("backup", "us-west-2", "list_recovery_points_by_backup_vault", list);
    assert_eq!(points["RecoveryPoints"][0]["RecoveryPointArn"], arn);
    assert_eq!(points["RecoveryPoints"][0]["CreationDate"], "1970-01-01T00:16:40+00:00");
}

#[test]
fn a_region_remembers_which_types_are_switched_off() {
    let aws = harness::account();
    let read = || {
        let settings =
            send(&aws, "backup", "describe_region_settings", json!({})).expect("settings");
        settings["ResourceTypeOptInPreference"].clone()
    };
    assert_eq!((&read()["EBS"], &read()["Redshift Serverless"]), (&json!(true), &json!(true)));
    let off = json!({ "ResourceTypeOptInPreference": { "Redshift Serverless": false } });
    send(&aws, "backup", "update_region_settings", off).expect("settings");
    assert_eq!((&read()["EBS"], &read()["Redshift Serverless"]), (&json!(true), &json!(false)));
}
