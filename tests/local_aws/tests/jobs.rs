//! Jobs: those that were put or started, and what they leave in a vault.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, refused, role, send};

#[test]
fn jobs_are_those_that_were_put_or_started() {
    let aws = TestAccount::new();
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
    let aws = TestAccount::new();
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

/// Starts a backup of the resource and returns the job's id.
#[track_caller]
fn start(aws: &TestAccount, role: &str, resource: &str, token: &str) -> Value {
    let arguments = json!({
        "BackupVaultName": "va", "ResourceArn": resource, "IamRoleArn": role, "IdempotencyToken": token,
    });
    send(aws, "backup", "start_backup_job", arguments).expect("a job")["BackupJobId"].clone()
}

#[track_caller]
fn job(aws: &TestAccount, id: &Value) -> Value {
    send(aws, "backup", "describe_backup_job", json!({ "BackupJobId": id })).expect("a job")
}

#[test]
fn a_slow_job_goes_on_while_it_is_looked_at() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let table = aws.arn("dynamodb", REGION, "table/orders");
    aws.slow_jobs(3);
    let id = start(&aws, &role, &table, "one");
    let count = || aws.recovery_points(REGION, "va").len();
    assert_eq!(job(&aws, &id)["State"], "CREATED");
    let list = json!({ "ByState": "RUNNING", "ByBackupVaultName": "va" });
    let list = send(&aws, "backup", "list_backup_jobs", list).expect("a list");
    assert_eq!(list["BackupJobs"][0]["BackupJobId"], id);
    assert_eq!(count(), 0);
    assert_eq!(job(&aws, &id)["State"], "RUNNING");
    let ended = job(&aws, &id);
    assert_eq!(
        (&ended["State"], &ended["MessageCategory"]),
        (&json!("COMPLETED"), &json!("SUCCESS"))
    );
    assert_eq!(
        (&ended["ResourceType"], &ended["PercentDone"]),
        (&json!("DynamoDB"), &json!("100.0"))
    );
    // The same token is the same job.
    assert_eq!(start(&aws, &role, &table, "one"), id);
    let second = start(&aws, &role, &table, "two");
    assert_ne!(second, id);
    assert_eq!(job(&aws, &second)["State"], "CREATED");
    aws.end_jobs(REGION);
    assert_eq!((job(&aws, &second)["State"].clone(), count()), (json!("COMPLETED"), 2));
}

#[test]
fn a_job_fails_as_the_test_says() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let (bad, good) =
        (aws.arn("dynamodb", REGION, "table/bad"), aws.arn("dynamodb", REGION, "table/good"));
    aws.fail_jobs("table/bad", "Access denied by the table");
    let failed = job(&aws, &start(&aws, &role, &bad, "one"));
    let text = json!("Access denied by the table");
    assert_eq!((&failed["State"], &failed["StatusMessage"]), (&json!("FAILED"), &text));
    assert_eq!(job(&aws, &start(&aws, &role, &good, "two"))["State"], "COMPLETED");
    aws.let_jobs_end_well();
    assert_eq!(job(&aws, &start(&aws, &role, &bad, "three"))["State"], "COMPLETED");
    let list = json!({ "ByMessageCategory": "SUCCESS" });
    let list = send(&aws, "backup", "list_backup_jobs", list).expect("a list");
    assert_eq!(list["BackupJobs"].as_array().map(Vec::len), Some(2));
    let arguments = json!({ "BackupVaultName": "va", "ResourceArn": good, "IamRoleArn": "arn:aws:iam::123456789012:role/none" });
    let answer = send(&aws, "backup", "start_backup_job", arguments);
    refused(answer, 400, "InvalidParameterValueException", "cannot be assumed by AWS Backup");
}

#[test]
fn only_some_types_of_backups_can_be_stopped() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let role = role(&aws, "backup", "backup.amazonaws.com");
    aws.slow_jobs(100);
    let table = start(&aws, &role, &aws.arn("dynamodb", REGION, "table/orders"), "one");
    let database = start(&aws, &role, &aws.arn("rds", REGION, "db:orders"), "two");
    let stop = |id: &Value| send(&aws, "backup", "stop_backup_job", json!({ "BackupJobId": id }));
    refused(stop(&database), 400, "InvalidRequestException", "not supported for RDS");
    stop(&table).expect("a job that can be stopped");
    assert_eq!(job(&aws, &table)["State"], "ABORTING");
    assert_eq!(job(&aws, &table)["State"], "ABORTED");
    refused(stop(&table), 400, "InvalidRequestException", "cannot be stopped");
    assert_eq!(job(&aws, &database)["State"], "CREATED");
    assert_eq!(aws.recovery_points(REGION, "va"), [] as [Value; 0]);
}

#[test]
fn a_copy_expires_by_its_own_lifecycle() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    aws.call("backup", "us-west-2", "create_backup_vault", json!({ "BackupVaultName": "vb" }));
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let destination = aws.arn("backup", "us-west-2", "backup-vault:vb");
    let copy = |source: &str| {
        let arguments = json!({
            "RecoveryPointArn": source,
            "SourceBackupVaultName": "va",
            "DestinationBackupVaultArn": destination,
            "IamRoleArn": role,
            "IdempotencyToken": source,
            "Lifecycle": { "DeleteAfterDays": 30 },
        });
        send(&aws, "backup", "start_copy_job", arguments)
    };
    let put = |more: Value| aws.put_recovery_point(REGION, "va", more);
    refused(copy(&put(json!({ "StorageClass": "COLD" }))), 400, "InvalidRequestException", "cold");
    let continuous = put(json!({ "Status": "AVAILABLE" }));
    refused(copy(&continuous), 400, "InvalidRequestException", "continuous");
    let source = put(json!({
        "CreationDate": 86_400,
        "Lifecycle": { "DeleteAfterDays": 365 },
        "CreatedBy": { "BackupPlanId": "plan" },
    }));
    let id = copy(&source).expect("a copy")["CopyJobId"].clone();
    assert_eq!(copy(&source).expect("the same")["CopyJobId"], id);
    let list = json!({ "BySourceRecoveryPointArn": source, "ByDestinationVaultArn": destination });
    let jobs = send(&aws, "backup", "list_copy_jobs", list).expect("a list");
    assert_eq!(jobs["CopyJobs"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&jobs["CopyJobs"][0]["State"], &jobs["CopyJobs"][0]["CopyJobId"]),
        (&json!("COMPLETED"), &id)
    );
    assert_eq!(aws.copy_jobs(REGION).len(), 1);
    let point = &aws.recovery_points("us-west-2", "vb")[0];
    assert_eq!(point["CreationDate"], 86_400);
    assert_eq!(point["CalculatedLifecycle"]["DeleteAt"], 31 * 86_400);
    assert_eq!((&point["IamRoleArn"], &point["CreatedBy"]), (&json!(role), &Value::Null));
}
