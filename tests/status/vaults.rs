//! What `status` says of each vault: what it holds, its lock, its last restore test.

use local_aws::now;
use serde_json::{Value, json};

use crate::support::{HOUR, VAULT, deployed, fresh_everywhere, long_deployed, point, volume};

#[test]
fn each_vault_is_shown_with_what_it_holds_and_its_lock() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let in_use = "The snapshot is in use by ami-0123456789abcdef0";
    let expired = json!({"Status": "EXPIRED", "StatusMessage": in_use});
    point(&aws, "us-west-2", &resource, 40, &expired);
    point(&aws, "us-west-2", &resource, 50, &json!({"Status": "EXPIRED"}));
    aws.lock_vault("eu-west-1", VAULT, json!({"MinRetentionDays": 7, "LockDate": 1_700_000_000}));
    let status = aws.mrbackup(["status", "--all"]).success();
    for line in [
        "  us-east-1: 1 recovery point; not locked; AWS's own key\n    next runs: ",
        "  us-west-2: 3 recovery points; not locked; AWS's own key\n",
        "! us-west-2: 2 recovery points past the end of their life, not deleted (EXPIRED) and still paid for\n\
         \x20   AWS Backup's reason for 1: The snapshot is in use by ami-0123456789abcdef0\n\
         \x20   AWS Backup gives no reason for 1\n",
        "  eu-west-1: 1 recovery point; locked for at least 7 d, for good from 2023-11-14 on; ",
    ] {
        status.stdout_has(line);
    }
    let report = aws.mrbackup(["status", "-o", "json"]).success().report();
    let second = report.vault_in("us-west-2");
    assert_eq!(second["recovery_points"], 3);
    // No sum of AWS's numbers is what is stored.
    assert_eq!(second["bytes"], Value::Null);
    assert_eq!(second["expired"], json!({"recovery_points": 2, "reasons": {in_use: 1}}));
    assert!(second["next_runs"][0]["rule"] == "daily", "{second}");
}

#[test]
fn the_last_restore_test_of_each_vault_is_told() {
    let aws = deployed();
    let arn = aws.arn("backup", "us-west-2", &format!("backup-vault:{VAULT}"));
    let restore = |age: u64, by: Value, status: &str| {
        aws.put_restore_job("us-west-2", json!({
            "BackupVaultArn": arn, "SourceResourceArn": "arn:r", "Status": status,
            "CreationDate": now() - age * HOUR, "CreatedBy": by, "ValidationStatus": "SUCCESSFUL",
        }));
    };
    let plan =
        json!({"RestoreTestingPlanArn": "arn:aws:backup:us-west-2:1:restore-testing-plan:p"});
    restore(50, plan.clone(), "FAILED");
    restore(20, plan, "COMPLETED");
    // Somebody's own restore proves nothing of the tests.
    restore(1, json!({}), "COMPLETED");
    let status = aws.mrbackup(["status", "--all"]).all_as_recorded();
    let said = "    last restore test: COMPLETED, validation SUCCESSFUL, 20 h ago, of arn:r\n";
    status.stdout_has(said);
    let never = "    last restore test: never in the last 30 days\n";
    status.stdout_has_times(2, never);
}

#[test]
fn what_a_vault_holds_is_unknown_where_it_cannot_be_read() {
    let aws = deployed();
    let text = "User: u is not authorized to perform: backup:ListRestoreJobs";
    let fault = local_aws::Fault::error(403, "AccessDeniedException", text);
    aws.fault(fault.on("backup", "ListRestoreJobs").region("us-west-2"));
    let status = aws.mrbackup(["status", "--all"]).code(3);
    status.stdout_has("? us-west-2: what its vault holds is unknown: ");
    status.stdout_has("  us-east-1: 0 recovery points; not locked; ");
}

/// A type that AWS Backup does not fully manage is copied, in a vault on AWS's own key, under the key of its service there.
#[test]
fn the_keys_of_points_that_are_not_the_vaults_are_told() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    let [ebs, own] =
        ["aws-ebs", "vault"].map(|name| aws.arn("kms", "us-west-2", &format!("key/{name}")));
    for (age, key) in [(8, &ebs), (9, &ebs)] {
        point(&aws, "us-west-2", &resource, age, &json!({"EncryptionKeyArn": key}));
    }
    let plain = json!({"IsEncrypted": false, "EncryptionKeyArn": own});
    point(&aws, "us-east-1", &resource, 9, &plain);
    let status = aws.mrbackup(["status", "--all"]).success();
    status.stdout_has(format!("    2 recovery points under another key than the vault's: {ebs}\n"));
    status.stdout_has("    1 recovery point not encrypted\n");
    let report = aws.mrbackup(["status", "-o", "json"]).success().report();
    assert_eq!(report.vault_in("us-west-2")["keys"], json!({"others": {ebs: 2}, "unencrypted": 0}));
    assert_eq!(report.vault_in("us-east-1")["keys"], json!({"others": {}, "unencrypted": 1}));
}
