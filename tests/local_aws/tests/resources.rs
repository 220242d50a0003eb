//! Protected resources, and what summaries and restore jobs say.

use local_aws::TestAccount;
use local_aws::now;
use serde_json::{Value, json};

use super::{REGION, make_vault, refused, send};

#[test]
fn a_resource_is_protected_by_its_newest_point_in_any_vault() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    make_vault(&aws, "vb");
    let (orders, users) =
        (aws.arn("dynamodb", REGION, "table/orders"), aws.arn("rds", REGION, "db:users"));
    let put = |vault: &str, resource: &str, date: u64| {
        aws.put_recovery_point(
            REGION,
            vault,
            json!({ "ResourceArn": resource, "CreationDate": date, "Status": "EXPIRED" }),
        )
    };
    let first = put("va", &orders, 1000);
    let second = put("vb", &orders, 2000);
    put("vb", &users, 1000);
    let list = |operation: &str, arguments: Value| {
        let page = send(&aws, "backup", operation, arguments).expect("a page");
        let names = page["Results"].as_array().expect("a list").iter();
        let names: Vec<Value> = names.map(|resource| resource["ResourceArn"].clone()).collect();
        (names, page["NextToken"].clone(), page["Results"][0].clone())
    };
    let (names, token, resource) = list("list_protected_resources", json!({ "MaxResults": 1 }));
    assert_eq!((names, &token), (vec![json!(orders)], &json!("1")));
    assert_eq!(
        (&resource["ResourceType"], &resource["LastRecoveryPointArn"]),
        (&json!("DynamoDB"), &json!(second))
    );
    let (names, token, _) =
        list("list_protected_resources", json!({ "MaxResults": 1, "NextToken": token }));
    assert_eq!((names, token), (vec![json!(users)], Value::Null));
    let in_vault = json!({ "BackupVaultName": "va" });
    let (names, _, resource) = list("list_protected_resources_by_backup_vault", in_vault);
    assert_eq!(names, [json!(orders)]);
    assert_eq!(resource["LastBackupVaultArn"], aws.arn("backup", REGION, "backup-vault:vb"));
    let missing = json!({ "BackupVaultName": "none" });
    let answer = send(&aws, "backup", "list_protected_resources_by_backup_vault", missing);
    refused(answer, 403, "AccessDeniedException", "");
    let of_it = json!({ "ResourceArn": orders });
    let points = send(&aws, "backup", "list_recovery_points_by_resource", of_it).expect("a list");
    let mut arns = [first, second];
    arns.sort();
    for (point, arn) in points["RecoveryPoints"].as_array().expect("a list").iter().zip(&arns) {
        assert_eq!(
            (&point["RecoveryPointArn"], &point["Status"]),
            (&json!(arn), &json!("EXPIRED"))
        );
        assert_eq!(point["BackupSizeBytes"], 1_073_741_824);
    }
}

#[test]
fn a_resource_knows_its_last_restore() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let table = aws.arn("dynamodb", REGION, "table/orders");
    let describe =
        || send(&aws, "backup", "describe_protected_resource", json!({ "ResourceArn": table }));
    refused(describe(), 400, "ResourceNotFoundException", "");
    aws.put_recovery_point(REGION, "va", json!({ "ResourceArn": table }));
    assert_eq!(describe().expect("a resource")["LatestRestoreJobCreationDate"], Value::Null);
    let restored = |members: Value| {
        let mut members = members;
        members["SourceResourceArn"] = table.clone().into();
        aws.put_restore_job(REGION, members)
    };
    let last = now();
    let failed = restored(json!({ "Status": "FAILED", "CreationDate": last - 60 }));
    restored(json!({ "CreationDate": last, "RecoveryPointCreationDate": 1000 }));
    let resource = describe().expect("a resource");
    assert_eq!(resource["LatestRestoreRecoveryPointCreationDate"], "1970-01-01T00:16:40+00:00");
    let count = |operation: &str, arguments: Value| {
        let list = send(&aws, "backup", operation, arguments).expect("a list");
        list["RestoreJobs"].as_array().map(Vec::len)
    };
    assert_eq!(count("list_restore_jobs", json!({ "ByStatus": "COMPLETED" })), Some(1));
    let by_resource = "list_restore_jobs_by_protected_resource";
    assert_eq!(count(by_resource, json!({ "ResourceArn": table })), Some(2));
    assert_eq!(count(by_resource, json!({ "ResourceArn": format!("{table}s") })), Some(0));
    let job = send(&aws, "backup", "describe_restore_job", json!({ "RestoreJobId": failed }));
    assert_eq!(job.expect("a job")["Status"], "FAILED");
}

#[test]
fn summaries_count_jobs() {
    let aws = TestAccount::new();
    let put = |members: Value| aws.put_backup_job(REGION, members);
    let table = aws.arn("dynamodb", REGION, "table/orders");
    put(json!({}));
    put(json!({ "ResourceArn": table, "MessageCategory": "InvalidParameters" }));
    put(json!({ "State": "FAILED" }));
    put(json!({ "State": "FAILED", "CreationDate": now() - 10 * 86_400 }));
    put(json!({ "State": "FAILED", "CreationDate": now() - 20 * 86_400 }));
    let count = |arguments: Value| -> Vec<(String, u64)> {
        let answer =
            send(&aws, "backup", "list_backup_job_summaries", arguments).expect("summaries");
        let rows = answer["BackupJobSummaries"].as_array().expect("a list").iter();
        rows.map(|row| {
            let state = row["State"].as_str().unwrap_or_default().to_owned();
            (state, row["Count"].as_u64().unwrap_or_default())
        })
        .collect()
    };
    let row = |state: &str, count: u64| (state.to_owned(), count);
    assert_eq!(count(json!({})), [row("AGGREGATE_ALL", 4)]);
    let week = json!({ "AggregationPeriod": "SEVEN_DAYS", "State": "ANY" });
    assert_eq!(count(week), [row("COMPLETED", 2), row("FAILED", 1)]);
    let days = json!({ "AggregationPeriod": "ONE_DAY", "State": "FAILED" });
    assert_eq!(count(days), [row("FAILED", 1), row("FAILED", 1)]);
    let sound = json!({ "State": "COMPLETED", "MessageCategory": "SUCCESS" });
    assert_eq!(count(sound), [row("COMPLETED", 1)]);
    assert_eq!(count(json!({ "ResourceType": "DynamoDB" })), [row("AGGREGATE_ALL", 1)]);
    let page = json!({ "State": "ANY", "MaxResults": 1 });
    assert_eq!(count(page), [row("COMPLETED", 2)]);
    let copies = send(&aws, "backup", "list_copy_job_summaries", json!({})).expect("summaries");
    assert_eq!(copies["CopyJobSummaries"], json!([]));
}
