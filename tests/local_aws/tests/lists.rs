//! Lists of AWS Backup: they come in pages, and are filtered.

use local_aws::TestAccount;
use local_aws::now;
use serde_json::{Value, json};

use super::{REGION, make_vault, new_plan, plan, send};

/// How many items a list has, over all its pages, and how many pages there are.
#[track_caller]
fn read(aws: &TestAccount, operation: &str, key: &str, arguments: Value) -> (usize, usize) {
    let mut arguments = arguments;
    let (mut items, mut pages) = (0, 0);
    loop {
        let page = send(aws, "backup", operation, arguments.clone()).expect("a page");
        items += page[key].as_array().expect("a list").len();
        pages += 1;
        if page["NextToken"].is_null() {
            return (items, pages);
        }
        arguments["NextToken"] = page["NextToken"].clone();
    }
}

#[test]
fn every_list_comes_in_pages() {
    let aws = TestAccount::new();
    for number in 0..3 {
        make_vault(&aws, &format!("va{number}"));
        new_plan(&aws, &number.to_string(), &plan(&format!("rule{number}")));
        let table = aws.arn("dynamodb", REGION, &format!("table/{number}"));
        aws.put_recovery_point(REGION, "va0", json!({ "ResourceArn": table }));
        aws.put_recovery_point(REGION, "va0", json!({}));
        aws.put_backup_job(REGION, json!({}));
        aws.put_copy_job(REGION, json!({}));
        aws.put_restore_job(REGION, json!({}));
    }
    let vault = || json!({ "BackupVaultName": "va0" });
    let volume = aws.arn("ec2", REGION, "volume/vol-0123456789abcdef0");
    let resource = || json!({ "ResourceArn": volume });
    let lists = [
        ("list_backup_vaults", "BackupVaultList", json!({}), 3),
        ("list_backup_plans", "BackupPlansList", json!({}), 3),
        ("list_backup_jobs", "BackupJobs", json!({}), 3),
        ("list_copy_jobs", "CopyJobs", json!({}), 3),
        ("list_restore_jobs", "RestoreJobs", json!({}), 3),
        ("list_restore_jobs_by_protected_resource", "RestoreJobs", resource(), 3),
        ("list_recovery_points_by_backup_vault", "RecoveryPoints", vault(), 6),
        ("list_recovery_points_by_resource", "RecoveryPoints", resource(), 3),
        ("list_protected_resources", "Results", json!({}), 4),
        ("list_protected_resources_by_backup_vault", "Results", vault(), 4),
    ];
    for (operation, key, arguments, count) in &lists {
        assert_eq!(read(&aws, operation, key, arguments.clone()), (*count, 1), "{operation}");
        let mut paged = arguments.clone();
        paged["MaxResults"] = 2.into();
        assert_eq!(read(&aws, operation, key, paged).1, count.div_ceil(2), "{operation}");
    }
    // A list may give less than it is asked for.
    aws.small_pages(1);
    for (operation, key, arguments, count) in lists {
        let mut paged = arguments;
        paged["MaxResults"] = 1000.into();
        assert_eq!(read(&aws, operation, key, paged), (count, count), "{operation}");
    }
}

#[test]
fn a_list_gives_what_its_filters_let_through() {
    let aws = TestAccount::new();
    let hour = |number: u64| now() - number * 3600;
    let table = aws.arn("dynamodb", REGION, "table/orders");
    let (vault, source) = (
        aws.arn("backup", "us-west-2", "backup-vault:vb"),
        "arn:aws:ec2:us-east-1::snapshot/snap-1",
    );
    aws.put_backup_job(REGION, json!({
        "CreationDate": hour(5), "CompletionDate": hour(3), "BackupVaultName": "va", "ResourceArn": table,
    }));
    aws.put_backup_job(REGION, json!({ "State": "RUNNING", "CreationDate": hour(1) }));
    aws.put_backup_job(REGION, json!({ "CreationDate": hour(31 * 24), "CompletionDate": hour(1) }));
    aws.put_copy_job(
        REGION,
        json!({ "DestinationBackupVaultArn": vault, "SourceRecoveryPointArn": source }),
    );
    aws.put_copy_job(REGION, json!({ "State": "FAILED", "MessageCategory": "AccessDenied" }));
    aws.put_restore_job(REGION, json!({ "Status": "RUNNING", "ResourceType": "EFS" }));
    let count = |kind: &str, filter: Value| {
        let (operation, key) = match kind {
            "backup" => ("list_backup_jobs", "BackupJobs"),
            "copy" => ("list_copy_jobs", "CopyJobs"),
            _ => ("list_restore_jobs", "RestoreJobs"),
        };
        read(&aws, operation, key, filter).0
    };
    let at = |number: u64| json!(hour(number));
    assert_eq!(count("backup", json!({})), 2, "what is older than 30 days is not listed");
    assert_eq!(count("backup", json!({ "ByCreatedAfter": at(2) })), 1);
    assert_eq!(count("backup", json!({ "ByCreatedBefore": at(2) })), 1);
    assert_eq!(count("backup", json!({ "ByCompleteAfter": at(4), "ByCompleteBefore": at(2) })), 1);
    assert_eq!(count("backup", json!({ "ByCompleteAfter": at(2) })), 0, "one still runs");
    for filter in [
        json!({ "ByState": "RUNNING" }),
        json!({ "ByResourceArn": table }),
        json!({ "ByResourceType": "DynamoDB" }),
        json!({ "ByBackupVaultName": "va" }),
        json!({ "ByMessageCategory": "SUCCESS" }),
    ] {
        assert_eq!(count("backup", filter.clone()), 1, "{filter}");
    }
    for filter in [
        json!({ "ByState": "FAILED" }),
        json!({ "ByMessageCategory": "AccessDenied" }),
        json!({ "ByDestinationVaultArn": vault }),
        json!({ "BySourceRecoveryPointArn": source }),
    ] {
        assert_eq!(count("copy", filter.clone()), 1, "{filter}");
    }
    assert_eq!(count("restore", json!({ "ByStatus": "RUNNING", "ByResourceType": "EFS" })), 1);
    assert_eq!(count("restore", json!({ "ByStatus": "COMPLETED" })), 0);
}
