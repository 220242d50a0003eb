use local_aws::{Crowd, TestAccount};
use serde_json::json;

use super::REGION;

#[test]
fn what_others_made_is_listed_by_pages_as_their_calls_would_have_made_it() {
    let aws = TestAccount::new();
    aws.put_crowd(REGION, Crowd { vaults: 3, plans: 3, event_rules: 2, roles: 2 });
    let listed = |service: &str, operation: &str, members, list: &str| {
        aws.call(service, REGION, operation, members)[list].as_array().unwrap().len()
    };
    assert_eq!(
        listed("backup", "list_backup_vaults", json!({"MaxResults": 2}), "BackupVaultList"),
        2
    );
    assert_eq!(listed("backup", "list_backup_vaults", json!({}), "BackupVaultList"), 3);
    assert_eq!(listed("backup", "list_backup_plans", json!({}), "BackupPlansList"), 3);
    assert_eq!(listed("events", "list_rules", json!({}), "Rules"), 2);
    assert_eq!(listed("iam", "list_roles", json!({}), "Roles"), 2);
    let vault =
        aws.call("backup", REGION, "describe_backup_vault", json!({"BackupVaultName": "team-2"}));
    assert_eq!(vault["NumberOfRecoveryPoints"], 0);
}
