//! Access policies of vaults, which the emulator does not keep.

use serde_json::{Value, json};

use super::points::key;
use super::{Case, vaults};
use crate::answer::Answer;

pub(crate) async fn put(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let policy: Value = serde_json::from_str(case.text("Policy")).unwrap_or_default();
    if policy["Statement"].is_null() {
        return case.invalid("Provided policy is not valid");
    }
    let policy = case.text("Policy").to_owned();
    case.proxied.state().store.vaults.entry(key(case)).or_default().policy = Some(policy);
    Answer::new(200, "application/json", "")
}

pub(crate) async fn get(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let name = case.text("BackupVaultName");
    let policy = {
        let state = case.proxied.state();
        state.store.vaults.get(&key(case)).and_then(|vault| vault.policy.clone())
    };
    let Some(policy) = policy else {
        let message = format!("Backup vault {name} does not have an access policy");
        return case.refuse(400, "ResourceNotFoundException", &message);
    };
    let (region, account) = (&case.request.region, &case.request.account);
    let arn = format!("arn:aws:backup:{region}:{account}:backup-vault:{name}");
    let answer = json!({ "BackupVaultName": name, "BackupVaultArn": arn, "Policy": policy });
    Answer::new(200, "application/json", answer.to_string())
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    case.proxied.state().store.vaults.entry(key(case)).or_default().policy = None;
    Answer::new(200, "application/json", "")
}
