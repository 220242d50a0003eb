//! Recovery points, and the ways in which they go or stay.

use local_aws::AwsError;
use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, refused, role, send};

const FULL: &str = "Backup vault cannot be deleted because it contains recovery points.";

/// Does something to a point of the vault.
#[track_caller]
fn point(aws: &TestAccount, operation: &str, arn: &str) -> Result<Value, AwsError> {
    let arguments = json!({ "BackupVaultName": "va", "RecoveryPointArn": arn });
    send(aws, "backup", operation, arguments)
}

/// The ARN and status of each point that is listed.
#[track_caller]
fn listed(aws: &TestAccount, arguments: Value) -> Vec<(String, String)> {
    let mut arguments = arguments;
    arguments["BackupVaultName"] = "va".into();
    let page = send(aws, "backup", "list_recovery_points_by_backup_vault", arguments)
        .expect("a page of points");
    let text = |point: &Value, member: &str| point[member].as_str().unwrap_or_default().to_owned();
    let points = page["RecoveryPoints"].as_array().expect("a list");
    points.iter().map(|point| (text(point, "RecoveryPointArn"), text(point, "Status"))).collect()
}

#[track_caller]
fn delete_vault(aws: &TestAccount) -> Result<Value, AwsError> {
    send(aws, "backup", "delete_backup_vault", json!({ "BackupVaultName": "va" }))
}

#[test]
fn a_deleted_point_goes_in_a_while_and_its_vault_later() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    aws.slow_deletions(3);
    aws.slow_vaults(2);
    let arn = aws.put_recovery_point(REGION, "va", json!({}));
    point(&aws, "delete_recovery_point", &arn).expect("a point");
    refused(
        point(&aws, "delete_recovery_point", &arn),
        400,
        "InvalidResourceStateException",
        "Try again later",
    );
    // What the test itself looks at does not count.
    aws.call(
        "backup",
        REGION,
        "list_recovery_points_by_backup_vault",
        json!({ "BackupVaultName": "va" }),
    );
    assert_eq!(listed(&aws, json!({})), [(arn.clone(), "DELETING".to_owned())]);
    let found = point(&aws, "describe_recovery_point", &arn).expect("a point that goes");
    assert_eq!(found["Status"], "DELETING");
    refused(delete_vault(&aws), 400, "InvalidRequestException", FULL);
    assert_eq!(listed(&aws, json!({})), []);
    refused(point(&aws, "describe_recovery_point", &arn), 400, "ResourceNotFoundException", "");
    for _ in 0..2 {
        let error = refused(delete_vault(&aws), 400, "InvalidRequestException", FULL);
        assert_eq!(error.response["Code"], "ERROR_9101");
    }
    delete_vault(&aws).expect("an empty vault");
    refused(delete_vault(&aws), 403, "AccessDeniedException", "");
}

#[test]
fn a_continuous_point_is_given_back_to_its_source() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let table = aws.arn("rds", REGION, "db:orders");
    let continuous = || json!({ "Status": "AVAILABLE", "ResourceArn": table.clone() });
    let arn = aws.put_recovery_point(REGION, "va", continuous());
    let plain = aws.put_recovery_point(REGION, "va", json!({}));
    let text = "must be disassociated first";
    let answer = point(&aws, "delete_recovery_point", &arn);
    refused(answer, 400, "InvalidRequestException", text);
    let answer = point(&aws, "disassociate_recovery_point", &plain);
    refused(answer, 400, "InvalidRequestException", "not of a continuous backup");
    point(&aws, "disassociate_recovery_point", &arn).expect("a continuous point");
    assert_eq!(listed(&aws, json!({})), [(plain, "COMPLETED".to_owned())]);
    assert_eq!(aws.released_resources(REGION), [(table.clone(), true)].into());
    let arn = aws.put_recovery_point(REGION, "va", continuous());
    aws.delete_continuous_points();
    point(&aws, "delete_recovery_point", &arn).expect("a continuous point");
    assert_eq!(aws.released_resources(REGION), [(table, false)].into());
    refused(point(&aws, "describe_recovery_point", &arn), 400, "ResourceNotFoundException", "");
}

#[test]
fn a_child_goes_with_its_parent_or_leaves_it_first() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let parent = aws.put_recovery_point(REGION, "va", json!({ "IsParent": true }));
    let child =
        || aws.put_recovery_point(REGION, "va", json!({ "ParentRecoveryPointArn": parent }));
    let (first, second) = (child(), child());
    let filter = json!({ "ByParentRecoveryPointArn": parent });
    let children: Vec<String> =
        listed(&aws, filter.clone()).into_iter().map(|(arn, _)| arn).collect();
    assert_eq!(children, [first.clone(), second.clone()]);
    let answer = point(&aws, "delete_recovery_point", &first);
    refused(answer, 400, "InvalidRequestException", "nested");
    point(&aws, "disassociate_recovery_point_from_parent", &first).expect("a child");
    let answer = point(&aws, "disassociate_recovery_point_from_parent", &first);
    refused(answer, 400, "InvalidRequestException", "no parent");
    assert_eq!(listed(&aws, filter).len(), 1);
    point(&aws, "delete_recovery_point", &parent).expect("a parent");
    assert_eq!(listed(&aws, json!({})), [(first.clone(), "COMPLETED".to_owned())]);
    point(&aws, "delete_recovery_point", &first).expect("a point like any other");
}

#[test]
fn a_point_whose_role_is_gone_hangs() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let members = json!({ "IamRoleArn": role, "Lifecycle": { "DeleteAfterDays": 1 } });
    let first = aws.put_recovery_point(REGION, "va", members.clone());
    aws.put_recovery_point(REGION, "va", json!({ "IamRoleArn": role }));
    aws.expire_recovery_points(REGION, "va");
    refused(point(&aws, "describe_recovery_point", &first), 400, "ResourceNotFoundException", "");
    let (first, second) = (
        aws.put_recovery_point(REGION, "va", members.clone()),
        aws.put_recovery_point(REGION, "va", members),
    );
    send(&aws, "iam", "delete_role", json!({ "RoleName": "backup" })).expect("a role");
    point(&aws, "delete_recovery_point", &first).expect("what AWS says of it");
    let status =
        |arn: &str| point(&aws, "describe_recovery_point", arn).expect("a point")["Status"].clone();
    assert_eq!((status(&first), status(&second)), (json!("EXPIRED"), json!("COMPLETED")));
    aws.expire_recovery_points(REGION, "va");
    assert_eq!(status(&second), "EXPIRED");
    super::role(&aws, "backup", "backup.amazonaws.com");
    point(&aws, "delete_recovery_point", &first).expect("a point with a role");
    refused(point(&aws, "describe_recovery_point", &first), 400, "ResourceNotFoundException", "");
}

#[test]
fn a_lifecycle_says_when_a_point_moves_and_goes() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let lifecycle = json!({ "MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 365 });
    let arn = aws.put_recovery_point(
        REGION,
        "va",
        json!({ "CreationDate": 86_400, "Lifecycle": lifecycle }),
    );
    let found = point(&aws, "describe_recovery_point", &arn).expect("a point");
    let calculated = json!({
        "MoveToColdStorageAt": "1970-02-01T00:00:00+00:00",
        "DeleteAt": "1971-01-02T00:00:00+00:00",
    });
    assert_eq!(
        (&found["CalculatedLifecycle"], &found["StorageClass"]),
        (&calculated, &json!("COLD"))
    );
    let update = json!({
        "BackupVaultName": "va", "RecoveryPointArn": arn, "Lifecycle": { "DeleteAfterDays": 1 },
    });
    let answer = send(&aws, "backup", "update_recovery_point_lifecycle", update).expect("a point");
    let calculated = json!({ "DeleteAt": "1970-01-03T00:00:00+00:00" });
    assert_eq!(answer["CalculatedLifecycle"], calculated);
    let found = point(&aws, "describe_recovery_point", &arn).expect("a point");
    assert_eq!(
        (&found["CalculatedLifecycle"], &found["StorageClass"]),
        (&calculated, &json!("WARM"))
    );
}

#[test]
fn a_token_outlives_the_points_before_it() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let arns = aws.put_recovery_points(
        REGION,
        "va",
        (0..4)
            .map(
                |number| json!({ "CreatedBy": { "BackupPlanId": format!("plan-{}", number % 2) } }),
            )
            .collect(),
    );
    let list = |more: Value| {
        let names = listed(&aws, more).into_iter().map(|(arn, _)| arn);
        names.collect::<Vec<_>>()
    };
    assert_eq!(list(json!({ "MaxResults": 2 })), arns[..2]);
    point(&aws, "delete_recovery_point", &arns[0]).expect("a point");
    assert_eq!(list(json!({ "MaxResults": 2, "NextToken": "2" })), arns[2..]);
    assert_eq!(list(json!({ "ByBackupPlanId": "plan-1" })), [arns[1].clone(), arns[3].clone()]);
    assert_eq!(list(json!({ "ByResourceType": "RDS" })), [] as [String; 0]);
}

#[test]
fn a_point_in_no_vault_is_a_matter_of_privileges() {
    let aws = TestAccount::new();
    for operation in [
        "describe_recovery_point",
        "delete_recovery_point",
        "disassociate_recovery_point",
        "disassociate_recovery_point_from_parent",
    ] {
        let answer = point(&aws, operation, "arn:aws:ec2:us-east-1::snapshot/snap-1");
        refused(answer, 403, "AccessDeniedException", "Insufficient privileges");
    }
}

#[test]
fn a_point_that_is_held_is_listed_as_that_and_neither_goes_nor_expires() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let lifecycle = json!({ "DeleteAfterDays": 1 });
    let plain = || aws.put_recovery_point(REGION, "va", json!({ "Lifecycle": lifecycle }));
    let list = |operation: &str, arguments: Value, items: &str| {
        let answer = send(&aws, "backup", operation, arguments).expect("a list");
        answer[items].as_array().expect("items").clone()
    };
    let holds = || list("list_legal_holds", json!({}), "LegalHolds");
    let access = || list("list_backup_access_points", json!({}), "BackupAccessPoints");
    assert!(holds().is_empty() && access().is_empty());
    let (held, read) = (plain(), plain());
    aws.hold_recovery_point(REGION, "va", &held, true);
    aws.put_backup_access_point(REGION, "va", &read, "reader");
    let id = json!({ "LegalHoldId": holds()[0]["LegalHoldId"] });
    let under = list("list_recovery_points_by_legal_hold", id, "RecoveryPoints");
    assert_eq!((under.len(), &under[0]["RecoveryPointArn"]), (1, &json!(held)));
    assert_eq!(
        (&access()[0]["Name"], &access()[0]["RecoveryPointArn"]),
        (&json!("reader"), &json!(read))
    );
    for (arn, text) in [(&held, "under a legal hold"), (&read, "a backup access point")] {
        let answer = point(&aws, "delete_recovery_point", arn);
        refused(answer, 400, "InvalidRequestException", text);
    }
    aws.expire_recovery_points(REGION, "va");
    assert_eq!(listed(&aws, json!({})).len(), 2);
    aws.hold_recovery_point(REGION, "va", &held, false);
    point(&aws, "delete_recovery_point", &held).expect("a point that is held no more");
    assert!(holds().is_empty());
}

#[test]
fn a_point_that_is_in_use_is_taken_for_deletion_and_hangs() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let arn = aws.put_recovery_point(REGION, "va", json!({}));
    aws.use_recovery_point(REGION, "va", &arn, "in use by ami-1");
    point(&aws, "delete_recovery_point", &arn).expect("what AWS says of it");
    let found = point(&aws, "describe_recovery_point", &arn).expect("a point");
    assert_eq!(
        (&found["Status"], &found["StatusMessage"]),
        (&json!("EXPIRED"), &json!("in use by ami-1"))
    );
}
