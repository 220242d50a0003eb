//! Vaults: existence is a matter of privileges, and a full one stays.

use serde_json::{Value, json};

use super::Case;
use super::points::key;
use crate::answer::Answer;

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
    let answer = case.forward_page("/backup-vaults/").await;
    let mut body = answer.value();
    for vault in body["BackupVaultList"].as_array_mut().into_iter().flatten() {
        complete(case, vault);
    }
    answer.with_body(body.to_string())
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    if is_full(case) {
        let message = "Backup vault cannot be deleted because it contains recovery points.";
        return case.refuse(400, "InvalidRequestException", message);
    }
    let answer = or_denied(case, case.forward().await);
    if answer.is_success() {
        case.proxied.state().store.vaults.remove(&key(case));
    }
    answer
}

/// Whether the vault has points, or seems to: for a while, AWS does not know that the last one is gone.
fn is_full(case: Case<'_>) -> bool {
    let key = key(case);
    let mut state = case.proxied.state();
    let Some(vault) = state.store.vaults.get_mut(&key) else { return false };
    if vault.points.len() > 0 {
        let arns: Vec<String> = vault
            .points
            .iter()
            .filter(|point| point.reads_left.is_some())
            .map(|point| point.text("RecoveryPointArn").to_owned())
            .collect();
        if case.counts() {
            state.store.read_points(&key, &arns);
        }
        return true;
    }
    if vault.refusals == 0 || !case.counts() {
        return false;
    }
    vault.refusals -= 1;
    true
}

/// The vault of the request as the emulator has it.
pub(crate) async fn read(case: Case<'_>) -> Answer {
    case.emulator
        .get(case.request, &format!("/backup-vaults/{}", case.text("BackupVaultName")))
        .await
}

/// The refusal for a vault that is not there. The emulator need not be asked about one that holds points.
pub(crate) async fn denied(case: Case<'_>) -> Option<Answer> {
    let has_points = {
        let state = case.proxied.state();
        state.store.vaults.get(&key(case)).is_some_and(|vault| vault.points.len() > 0)
    };
    if has_points {
        return None;
    }
    let answer = or_denied(case, read(case).await);
    if answer.is_success() { None } else { Some(answer) }
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
    let state = case.proxied.state();
    let holds = state.store.vaults.get(&(case.request.region.clone(), name));
    vault["NumberOfRecoveryPoints"] = holds.map_or(0, |holds| holds.points.len()).into();
    if let Some(Value::Object(lock)) = holds.and_then(|holds| holds.lock.as_ref()) {
        vault["Locked"] = true.into();
        for (member, value) in lock {
            vault[member] = value.clone();
        }
    }
    if let Some(made) = state.store.vaults_made {
        vault["CreationDate"] = made.into();
    }
    vault["VaultType"] = "BACKUP_VAULT".into();
    vault["VaultState"] = "AVAILABLE".into();
    if vault["EncryptionKeyArn"].as_str().unwrap_or_default().is_empty() {
        // The key behind alias/aws/backup, which nobody has asked for by name.
        let (region, account) = (&case.request.region, &case.request.account);
        let key =
            format!("arn:aws:kms:{region}:{account}:key/00000000-0000-4000-8000-000000000000");
        vault["EncryptionKeyArn"] = key.into();
    } else {
        vault["EncryptionKeyType"] = "CUSTOMER_MANAGED_KMS_KEY".into();
    }
    if let Some(members) = vault.as_object_mut() {
        members.remove("BackupVaultTags");
    }
}
