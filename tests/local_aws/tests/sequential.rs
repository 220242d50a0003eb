use std::time::Duration;

use local_aws::{Fault, TestAccount};
use serde_json::json;

use super::send;

#[test]
fn reads_are_made_again_one_after_the_other() {
    let aws = TestAccount::new();
    for _ in 0..3 {
        send(&aws, "backup", "list_backup_vaults", json!({})).unwrap();
    }
    send(&aws, "iam", "get_role", json!({"RoleName": "nobody"})).unwrap_err();
    let calls = aws.log();
    let slow = aws.fault(Fault::delay(Duration::from_millis(20)));
    let took = aws.one_after_another(&calls).unwrap();
    assert_eq!((slow.fired(), aws.log().len()), (calls.len(), 2 * calls.len()));
    assert!(took >= Duration::from_millis(80), "{took:?}");
    assert!(calls.iter().all(|call| call.took().is_some()));
}

#[test]
fn what_changes_something_is_not_made_again() {
    let aws = TestAccount::new();
    send(&aws, "backup", "create_backup_vault", json!({"BackupVaultName": "one"})).unwrap();
    let refused = aws.one_after_another(&aws.log()).unwrap_err();
    assert!(refused.contains("CreateBackupVault"), "{refused}");
}
