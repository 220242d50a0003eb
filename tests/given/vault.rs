//! A vault of the user's own, in a region of copies or in the primary.

use local_aws::now;
use serde_json::{Value, json};

use crate::support::{
    Aws, GIVEN_ROLE, GIVEN_VAULT as NAME, PRIMARY, SECONDARY, TERTIARY, UP, VAULT, account,
};

const TAGS: [(&str, &str); 2] = [("Environment", "Production"), ("BackupEnabled", "true")];

/// A vault as a company has it, with a recovery point of another plan in it.
#[track_caller]
fn make_vault(aws: &Aws, region: &str) {
    aws.make_given_vault(region);
    let volume = aws.arn("ec2", PRIMARY, "volume/vol-theirs");
    let theirs = json!({
        "ResourceArn": volume, "CreationDate": now(), "IamRoleArn": "arn:aws:iam::111122223333:role/x",
        "CreatedBy": {"BackupPlanId": "theirs", "BackupPlanName": "theirs"},
    });
    aws.put_recovery_point(region, NAME, theirs);
}

/// A point of the deployment's plan there, made with its own role.
fn put_ours(aws: &Aws, region: &str, resource: &str) {
    let ours = json!({
        "ResourceArn": resource, "CreationDate": now(), "IamRoleArn": aws.service_role_arn(),
        "CreatedBy": {"BackupPlanId": aws.plan_id(), "BackupPlanName": "mrbackup-default"},
        "Lifecycle": {"DeleteAfterDays": 30},
    });
    aws.put_recovery_point(region, NAME, ours);
}

fn up(regions: &[&str]) -> Vec<String> {
    let sets =
        regions.iter().flat_map(|region| ["--set".to_owned(), format!("vault.{region}={NAME}")]);
    UP.into_iter().map(str::to_owned).chain(sets).collect()
}

#[track_caller]
fn vaults(aws: &Aws, region: &str) -> Vec<String> {
    let listed = aws.call("backup", region, "list_backup_vaults", json!({}));
    let listed = listed["BackupVaultList"].as_array().unwrap().clone();
    listed.iter().map(|vault| vault["BackupVaultName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn given_vaults_are_used_and_left_as_they_were() {
    let aws = account();
    for region in [PRIMARY, SECONDARY] {
        make_vault(&aws, region);
    }
    let before = aws.inventory();
    aws.mrbackup(up(&[PRIMARY, SECONDARY])).success();
    for region in [PRIMARY, SECONDARY] {
        assert_eq!(vaults(&aws, region), [NAME]);
    }
    let rule: &Value = &aws.plan()["Rules"][0];
    assert_eq!(rule["TargetBackupVaultName"], NAME);
    let copy = rule["CopyActions"][0]["DestinationBackupVaultArn"].as_str().unwrap().to_owned();
    assert!(copy.ends_with(&format!("{SECONDARY}:{}:backup-vault:{NAME}", aws.id())), "{copy}");

    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    let report = status.report();
    assert_eq!(report.row("vault", SECONDARY).condition(), "given");
    assert_eq!(report.vault_in(SECONDARY)["recovery_points"], 0, "theirs is not counted");
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
    aws.mrbackup(["list"]).success();

    aws.mrbackup(["down"]).success().stdout_has("only what was given is left, as it was");
    assert_eq!(aws.inventory(), before);
    for region in [PRIMARY, SECONDARY] {
        assert_eq!(aws.recovery_points(region, NAME).len(), 1);
    }
}

#[test]
fn backups_in_a_given_vault_count_and_are_never_deleted() {
    let aws = account();
    make_vault(&aws, SECONDARY);
    aws.mrbackup(up(&[SECONDARY])).success();
    let volume = aws.arn("ec2", PRIMARY, "volume/vol-1");
    aws.put_tagged_resource(PRIMARY, &volume, &TAGS);
    put_ours(&aws, SECONDARY, &volume);
    let report = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    assert_eq!(report.vault_in(SECONDARY)["recovery_points"], 1);
    let plan = aws.mrbackup(["recover", "--region", SECONDARY, "--dry-run", "-o", "json"]);
    assert!(plan.stdout.contains("vol-1") && !plan.stdout.contains("vol-theirs"), "{plan:?}");

    // AWS Backup needs the own role for what it made with it, wherever that is.
    let dry =
        aws.mrbackup(["down", "--delete-backups", "--confirm", "default", "--dry-run"]).code(3);
    dry.stdout_has("needs it to delete them");
    let down = aws.mrbackup(["down", "--delete-backups", "--confirm", "default"]).code(3);
    down.stdout_has("needs it to delete them").stdout_has("it stays, with what is in it");
    assert_eq!(aws.recovery_points(SECONDARY, NAME).len(), 2);
    assert_eq!(vaults(&aws, PRIMARY), [""; 0]);
    aws.mrbackup(["status"]).code(3).stdout_has("it was removed");

    aws.expire_recovery_points(SECONDARY, NAME);
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.recovery_points(SECONDARY, NAME).len(), 1, "theirs is there");
}

#[test]
fn an_unfit_vault_is_refused_and_later_a_finding() {
    let aws = account();
    let refused = aws.mrbackup(up(&[SECONDARY])).code(1);
    refused.stderr_has("AWS Backup has no such vault in us-west-2");
    let name = ["--set", "vault.us-west-2=mrbackup-other"];
    aws.mrbackup(UP.into_iter().chain(name)).code(2).stderr_has("a vault of mrbackup's own");
    let role = format!("arn:aws:iam::{}:role/x", aws.id());
    let all = up(&[PRIMARY, SECONDARY, TERTIARY]);
    let all = all.into_iter().chain(["--service-role".to_owned(), role]);
    aws.mrbackup(all).code(2).stderr_has("nothing of this deployment could hold its record");
    assert_eq!(aws.writes().len(), 0);

    make_vault(&aws, SECONDARY);
    aws.mrbackup(up(&[SECONDARY])).success();
    let lock = json!({"BackupVaultName": NAME, "MaxRetentionDays": 5});
    aws.call("backup", SECONDARY, "put_backup_vault_lock_configuration", lock);
    let denied = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*",
    }]});
    let policy = json!({"BackupVaultName": NAME, "Policy": denied.to_string()});
    aws.call("backup", SECONDARY, "put_backup_vault_access_policy", policy);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("shut").stdout_has("CopyIntoBackupVault").stdout_has("lock");
    let listed = aws.call("backup", SECONDARY, "list_backup_vaults", json!({}));
    let key = listed["BackupVaultList"][0]["EncryptionKeyArn"].clone();
    aws.call("kms", SECONDARY, "disable_key", json!({"KeyId": key}));
    aws.mrbackup(["status"]).code(3).stdout_has("of the given vault company-vault is Disabled");
}

#[test]
fn from_the_own_vault_to_a_given_one_and_back() {
    let aws = account();
    aws.mrbackup(UP).success();
    make_vault(&aws, SECONDARY);
    let to = ["up", "--set", &format!("vault.{SECONDARY}={NAME}")];
    aws.put_recovery_point(SECONDARY, VAULT, json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(to).success().stdout_has("it holds 1 recovery point");
    assert_eq!(vaults(&aws, SECONDARY).len(), 2);
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    aws.expire_recovery_points(SECONDARY, VAULT);
    aws.mrbackup(["up"]).success();
    assert_eq!(vaults(&aws, SECONDARY), [NAME]);

    put_ours(&aws, SECONDARY, &aws.arn("ec2", PRIMARY, "volume/vol-1"));
    aws.mrbackup(["up", "--set", "vault={}"]).success();
    assert_eq!(vaults(&aws, SECONDARY).len(), 2);
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    // What the own role made is remembered until AWS Backup has deleted it.
    aws.mrbackup(["down"]).code(3).stdout_has("needs it to delete them");
    aws.expire_recovery_points(SECONDARY, NAME);
    aws.mrbackup(["down"]).success();
    assert_eq!(vaults(&aws, SECONDARY), [NAME]);
}

/// What is not ours is named where it is in the way, and here nothing is: others may have our names, and edit what is theirs.
#[test]
fn edits_of_what_is_given_are_nobodys_drift_and_our_names_are_free() {
    let aws = account();
    let taken = json!({"BackupVaultName": VAULT});
    aws.call("backup", SECONDARY, "create_backup_vault", taken);
    let up = aws.with_given();
    aws.mrbackup(&up).success();
    let arn = aws.arn("backup", SECONDARY, &format!("backup-vault:{NAME}"));
    let tags = json!({"ResourceArn": arn, "Tags": {"Team": "tape"}});
    aws.call("backup", SECONDARY, "tag_resource", tags);
    let tags = json!({"RoleName": GIVEN_ROLE, "Tags": [{"Key": "Team", "Value": "tape"}]});
    aws.call("iam", PRIMARY, "tag_role", tags);
    let before = aws.inventory();
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["up"]).success();
    assert_eq!(aws.inventory(), before);
    aws.mrbackup(["down"]).success();
    assert_eq!(vaults(&aws, SECONDARY).len(), 2);
}
