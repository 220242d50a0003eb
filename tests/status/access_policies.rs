//! What somebody's access policy on a vault denies to the service role: AWS Backup then fails every backup or copy.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, SECONDARY, VAULT, fresh_everywhere, long_deployed, volume};

/// The deployment with a fresh resource.
fn fresh() -> Aws {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    aws
}

fn put(aws: &Aws, region: &str, statements: &Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let arguments = json!({"BackupVaultName": VAULT, "Policy": policy});
    aws.call("backup", region, "put_backup_vault_access_policy", arguments);
}

fn deny(sid: &str, action: &str) -> Value {
    json!({"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"})
}

#[test]
fn a_vault_that_takes_no_copies_is_named() {
    let aws = fresh();
    aws.mrbackup(["status"]).success().stdout_lacks("access policy");
    put(&aws, SECONDARY, &json!([deny("shut", "backup:CopyIntoBackupVault")]));
    let said = "✘ us-west-2: statement shut of the vault's access policy denies backup:CopyIntoBackupVault to the service role: each copy to it fails.";
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(said).stdout_lacks("✘ us-east-1").stdout_lacks("✘ eu-west-1");
    let report = aws.mrbackup(["status", "-o", "json"]).code(3).json();
    assert_eq!(report["healthy"], false);
    // The primary takes none, so that there it is no matter.
    put(&aws, SECONDARY, &json!([deny("none", "backup:StartBackupJob")]));
    put(&aws, PRIMARY, &json!([deny("into", "backup:CopyIntoBackupVault")]));
    let status = aws.mrbackup(["status", "--all"]).success();
    status.stdout_has("    its access policy, which mrbackup does not set, has 1 statement");
    put(&aws, PRIMARY, &json!([deny("start", "backup:StartBackupJob")]));
    aws.mrbackup(["status"]).code(3).stdout_has(
        "✘ us-east-1: statement start of the vault's access policy denies backup:StartBackupJob to the service role: each backup to it fails.",
    );
}

#[test]
fn what_is_denied_to_others_or_only_at_times_is_noted() {
    let aws = fresh();
    let mut other = deny("bob", "backup:CopyIntoBackupVault");
    other["Principal"] = json!({"AWS": format!("arn:aws:iam::{}:user/bob", aws.id())});
    let mut at_times = deny("times", "backup:CopyIntoBackupVault");
    at_times["Condition"] = json!({"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}});
    let delete = deny("keep", "backup:DeleteRecoveryPoint");
    put(&aws, SECONDARY, &json!([other, at_times, delete]));
    let status = aws.mrbackup(["status", "--all"]).success();
    status.stdout_has("its access policy, which mrbackup does not set, has 3 statements");
    status.stdout_has(
        "statement times of the vault's access policy denies backup:CopyIntoBackupVault under a condition, which is not judged",
    );
    status.stdout_has("statement keep of the vault's access policy denies backup:DeleteRecoveryPoint, so that `mrbackup down --delete-backups` may fail");
    status.stdout_lacks("statement bob");
    let report = aws.mrbackup(["status", "-o", "json"]).success().json();
    let vaults = report["backups"]["vaults"].as_array().unwrap();
    let second = vaults.iter().find(|vault| vault["region"] == SECONDARY).unwrap();
    assert_eq!(second["access_policy"]["statements"], 3, "{second}");
    let first = vaults.iter().find(|vault| vault["region"] == PRIMARY).unwrap();
    assert_eq!(first["access_policy"], Value::Null);
}

#[test]
fn a_policy_that_cannot_be_read_is_not_taken_for_none() {
    let aws = fresh();
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("backup", "GetBackupVaultAccessPolicy").region(SECONDARY));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("? us-west-2: what its vault holds is unknown: ");
    status.stdout_has("backup:GetBackupVaultAccessPolicy");
}

/// Where no plan copies to the vaults, nothing fails.
#[test]
fn after_down_with_kept_backups_the_policy_is_no_matter() {
    let aws = fresh();
    put(&aws, SECONDARY, &json!([deny("shut", "backup:CopyIntoBackupVault")]));
    aws.mrbackup(["down", "--keep-backups"]);
    aws.mrbackup(["status"]).stdout_lacks("each copy to it fails");
}
