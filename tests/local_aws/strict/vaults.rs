//! Vaults: existence is a matter of privileges, and a full one stays.

use serde_json::{Value, json};

use super::Case;
use crate::local_aws::answer::Answer;

pub(crate) async fn create(case: Case<'_>) -> Answer {
    let key = case.text("EncryptionKeyArn");
    if key.starts_with("alias/") || key.contains(":alias/") {
        return case.invalid("KMS key Alias is not supported by AWS Backup");
    }
    let answer = case.forward().await;
    if answer.status != 409 {
        return answer;
    }
    let vault = read(case).await.value();
    let members =
        json!({ "Arn": vault["BackupVaultArn"], "CreatorRequestId": vault["CreatorRequestId"] });
    let message = "Backup vault with the same name already exists";
    Answer::error_with(case.request, 400, "AlreadyExistsException", message, members)
}

pub(crate) async fn describe(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    if !answer.is_success() {
        return or_denied(case, answer);
    }
    let mut vault = answer.value();
    complete(case, &mut vault);
    answer.with_body(vault.to_string())
}

pub(crate) async fn list(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    let mut body = answer.value();
    for vault in body["BackupVaultList"].as_array_mut().into_iter().flatten() {
        complete(case, vault);
    }
    answer.with_body(body.to_string())
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    let name = case.text("BackupVaultName");
    if !case.points(name).is_empty() {
        let message = "Backup vault cannot be deleted because it contains recovery points.";
        return case.refuse(400, "InvalidRequestException", message);
    }
    or_denied(case, case.forward().await)
}

/// The vault of the request as the emulator has it.
pub(crate) async fn read(case: Case<'_>) -> Answer {
    case.emulator
        .get(case.request, &format!("/backup-vaults/{}", case.text("BackupVaultName")))
        .await
}

/// AWS asks the vault's access policy first, so a vault that is not there refuses access.
pub(crate) fn or_denied(case: Case<'_>, answer: Answer) -> Answer {
    if answer.is_success() {
        return answer;
    }
    case.refuse(403, "AccessDeniedException", "Insufficient privileges to perform this action.")
}

/// Adds what the emulator leaves out.
fn complete(case: Case<'_>, vault: &mut Value) {
    let name = vault["BackupVaultName"].as_str().unwrap_or_default().to_owned();
    vault["NumberOfRecoveryPoints"] = case.points(&name).len().into();
    vault["VaultType"] = "BACKUP_VAULT".into();
    vault["VaultState"] = "AVAILABLE".into();
    if vault["EncryptionKeyArn"].as_str().unwrap_or_default().is_empty() {
        // The key behind alias/aws/backup, which nobody has asked for by name.
        let (region, account) = (&case.request.region, &case.request.account);
        let key =
            format!("arn:aws:kms:{region}:{account}:key/00000000-0000-4000-8000-000000000000");
        vault["EncryptionKeyArn"] = key.into();
    }
    if let Some(members) = vault.as_object_mut() {
        members.remove("BackupVaultTags");
    }
}
