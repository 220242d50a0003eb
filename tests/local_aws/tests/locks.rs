//! Locked vaults and legal holds: their points stay.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, refused, role, send};

#[test]
fn a_locked_vault_gives_up_no_point() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let arn =
        aws.put_recovery_point(REGION, "va", json!({ "Lifecycle": { "DeleteAfterDays": 9 } }));
    let lock = json!({ "BackupVaultName": "va", "MinRetentionDays": 7, "MaxRetentionDays": 30 });
    send(&aws, "backup", "put_backup_vault_lock_configuration", lock).expect("a lock");
    let describe = || {
        send(&aws, "backup", "describe_backup_vault", json!({ "BackupVaultName": "va" }))
            .expect("a vault")
    };
    let list = send(&aws, "backup", "list_backup_vaults", json!({})).expect("a list");
    for vault in [&describe(), &list["BackupVaultList"][0]] {
        let days = (&vault["MinRetentionDays"], &vault["MaxRetentionDays"]);
        assert_eq!((&vault["Locked"], days), (&json!(true), (&json!(7), &json!(30))));
        assert_eq!(vault["LockDate"], Value::Null);
    }
    let point = json!({ "BackupVaultName": "va", "RecoveryPointArn": arn });
    let delete = || send(&aws, "backup", "delete_recovery_point", point.clone());
    refused(delete(), 400, "InvalidRequestException", "locked");
    let mut update = point.clone();
    update["Lifecycle"] = json!({ "DeleteAfterDays": 1 });
    let answer = send(&aws, "backup", "update_recovery_point_lifecycle", update);
    refused(answer, 400, "InvalidRequestException", "locked");
    let unlock = || {
        let vault = json!({ "BackupVaultName": "va" });
        send(&aws, "backup", "delete_backup_vault_lock_configuration", vault)
    };
    unlock().expect("a lock that can be lifted");
    assert_eq!(describe()["Locked"], false);
    // A lock whose date has come stays, whoever asks.
    aws.lock_vault(REGION, "va", json!({ "MinRetentionDays": 7, "LockDate": 1000 }));
    assert_eq!(describe()["LockDate"], "1970-01-01T00:16:40+00:00");
    refused(unlock(), 400, "InvalidRequestException", "cannot be changed");
    refused(delete(), 400, "InvalidRequestException", "locked");
}

#[test]
fn a_locked_vault_takes_only_what_it_may_keep() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    aws.lock_vault(REGION, "va", json!({ "MinRetentionDays": 7 }));
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let state = |days: u64| {
        let start = json!({
            "BackupVaultName": "va",
            "ResourceArn": aws.arn("dynamodb", REGION, "table/orders"),
            "IamRoleArn": role,
            "Lifecycle": { "DeleteAfterDays": days },
        });
        let job = send(&aws, "backup", "start_backup_job", start).expect("a job");
        let job = json!({ "BackupJobId": job["BackupJobId"] });
        send(&aws, "backup", "describe_backup_job", job).expect("a job")["State"].clone()
    };
    assert_eq!((state(6), state(7)), (json!("FAILED"), json!("COMPLETED")));
}

#[test]
fn a_legal_hold_holds_until_it_is_lifted() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let arn = aws.put_recovery_point(REGION, "va", json!({}));
    let delete = || {
        let point = json!({ "BackupVaultName": "va", "RecoveryPointArn": arn });
        send(&aws, "backup", "delete_recovery_point", point)
    };
    aws.hold_recovery_point(REGION, "va", &arn, true);
    refused(delete(), 400, "InvalidRequestException", "legal hold");
    aws.hold_recovery_point(REGION, "va", &arn, false);
    delete().expect("a free point");
}
