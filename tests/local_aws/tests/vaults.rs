//! Vaults, and what they hold.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, refused, send};

#[test]
fn a_vault_is_made_once() {
    let aws = TestAccount::new();
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
    let aws = TestAccount::new();
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
    let aws = TestAccount::new();
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
fn a_region_remembers_which_types_are_switched_off() {
    let aws = TestAccount::new();
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

/// API reference, `UpdateRegionSettings`: without AWS Backup's advanced features tables are not fully managed.
#[test]
fn a_region_remembers_which_types_are_fully_managed() {
    let aws = TestAccount::new();
    let read = || {
        let settings =
            send(&aws, "backup", "describe_region_settings", json!({})).expect("settings");
        settings["ResourceTypeManagementPreference"].clone()
    };
    assert_eq!(read(), json!({ "DynamoDB": true, "EFS": true }));
    let off = json!({ "ResourceTypeManagementPreference": { "DynamoDB": false } });
    send(&aws, "backup", "update_region_settings", off).expect("settings");
    assert_eq!(read(), json!({ "DynamoDB": false, "EFS": true }));
}

#[test]
fn a_vault_keeps_its_access_policy_until_it_is_taken_off() {
    let aws = TestAccount::new();
    let vault = json!({ "BackupVaultName": "va" });
    let get = || send(&aws, "backup", "get_backup_vault_access_policy", vault.clone());
    refused(get(), 403, "AccessDeniedException", "Insufficient privileges");
    make_vault(&aws, "va");
    refused(get(), 400, "ResourceNotFoundException", "access policy");
    let put = |policy: &str| {
        let arguments = json!({ "BackupVaultName": "va", "Policy": policy });
        send(&aws, "backup", "put_backup_vault_access_policy", arguments)
    };
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    put(policy).expect("a policy");
    refused(put("{}"), 400, "InvalidParameterValueException", "policy");
    assert_eq!(get().expect("a policy")["Policy"], policy);
    send(&aws, "backup", "delete_backup_vault_access_policy", vault.clone()).expect("a policy");
    refused(get(), 400, "ResourceNotFoundException", "access policy");
}
