//! Vault locks: a locked vault gives up no point, and a lock whose date has come stays for ever.

use serde_json::json;

use super::points::key;
use super::{Case, vaults};
use crate::account::now;
use crate::answer::Answer;

pub(crate) async fn put(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let days = |member: &str| case.request.input[member].as_u64();
    if days("ChangeableForDays").is_some_and(|days| days < 3) {
        return case.invalid("ChangeableForDays must be 3 or greater");
    }
    if is_for_ever(case) {
        return fixed(case);
    }
    let mut lock = json!({});
    for member in ["MinRetentionDays", "MaxRetentionDays"] {
        if let Some(days) = days(member) {
            lock[member] = days.into();
        }
    }
    if let Some(days) = days("ChangeableForDays") {
        lock["LockDate"] = (now() + days * 86_400).into();
    }
    case.proxied.state().store.vaults.entry(key(case)).or_default().lock = Some(lock);
    Answer::new(200, "application/json", "")
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    if is_for_ever(case) {
        return fixed(case);
    }
    case.proxied.state().store.vaults.entry(key(case)).or_default().lock = None;
    Answer::new(200, "application/json", "")
}

fn is_for_ever(case: Case<'_>) -> bool {
    let state = case.proxied.state();
    let lock = state.store.vaults.get(&key(case)).and_then(|vault| vault.lock.as_ref());
    lock.is_some_and(|lock| lock["LockDate"].as_u64().is_some_and(|date| date <= now()))
}

fn fixed(case: Case<'_>) -> Answer {
    let message = "The lock of this vault has come into force and cannot be changed";
    case.refuse(400, "InvalidRequestException", message)
}
