//! Recovery points, which the emulator does not have: the test puts them into a vault, or a job does.

use serde_json::{Value, json};

use super::filter::Filter;
use super::{Case, answer_page, vaults};
use crate::answer::Answer;
use crate::backup_store::{Point, VaultKey, calculate_lifecycle};

pub(crate) async fn list(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let filter = Filter::of(case);
    let key = key(case);
    let mut state = case.proxied.state();
    let Some(vault) = state.store.vaults.get(&key) else {
        return answer_page("RecoveryPoints", &[], None);
    };
    let (start, limit) = case.page();
    let page = vault
        .points
        .page(start, limit, |point| filter.may_want(point.created) && filter.wants(&point.members));
    let items: Vec<&Value> = page.items.iter().map(|point| &point.members).collect();
    let answer = answer_page("RecoveryPoints", &items, page.next);
    if case.counts() {
        let dying = page.items.iter().filter(|point| point.reads_left.is_some());
        let dying: Vec<String> = dying.map(|point| arn(point)).collect();
        state.store.read_points(&key, &dying);
    }
    answer
}

pub(crate) async fn describe(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let key = key(case);
    let mut state = case.proxied.state();
    let vault = state.store.vaults.get(&key);
    let Some(point) = vault.and_then(|vault| vault.points.get(case.text("RecoveryPointArn")))
    else {
        return not_found(case);
    };
    let mut members = point.members.clone();
    members["StorageClass"] = if point.is_cold() { "COLD" } else { "WARM" }.into();
    if case.counts() {
        let arn = arn(point);
        state.store.read_points(&key, &[arn]);
    }
    Answer::json(&members)
}

/// AWS Backup keeps tags of the points that are its own; those of snapshots and images are their service's (API reference,
/// `ListTags`). The emulator has those of vaults and plans.
pub(crate) async fn tags(case: Case<'_>) -> Answer {
    let arn = case.text("ResourceArn");
    if arn.split(':').nth(2) != Some("backup") {
        return case.invalid(&format!("Invalid ARN format: {arn}"));
    }
    if !arn.contains(":recovery-point:") {
        return case.forward().await;
    }
    let state = case.proxied.state();
    let mut vaults =
        state.store.vaults.iter().filter(|((region, _), _)| *region == case.request.region);
    let point = vaults.find_map(|(_, vault)| vault.points.get(arn));
    match point {
        Some(point) => Answer::json(&json!({ "Tags": point.source_tags })),
        None => case.refuse(400, "ResourceNotFoundException", "Recovery point not found"),
    }
}

pub(crate) async fn update_lifecycle(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let key = key(case);
    let mut state = case.proxied.state();
    let Some(vault) = state.store.vaults.get_mut(&key) else { return not_found(case) };
    let is_locked = vault.lock.is_some();
    let Some(point) = vault.points.get_mut(case.text("RecoveryPointArn")) else {
        return not_found(case);
    };
    if is_locked || point.is_continuous() {
        let why = if is_locked { "its vault is locked" } else { "it is of a continuous backup" };
        let message = format!("The lifecycle of the recovery point cannot be updated: {why}");
        return case.refuse(400, "InvalidRequestException", &message);
    }
    point.members["Lifecycle"] = case.request.input["Lifecycle"].clone();
    point.members["CalculatedLifecycle"] = Value::Null;
    calculate_lifecycle(&mut point.members);
    let mut body = json!({});
    for member in ["BackupVaultArn", "RecoveryPointArn", "Lifecycle", "CalculatedLifecycle"] {
        body[member] = point.members[member].clone();
    }
    Answer::json(&body)
}

/// The vault of the request.
pub(crate) fn key(case: Case<'_>) -> VaultKey {
    (case.request.region.clone(), case.text("BackupVaultName").to_owned())
}

pub(crate) fn not_found(case: Case<'_>) -> Answer {
    let message = format!("Cannot find recovery point {}", case.text("RecoveryPointArn"));
    case.refuse(400, "ResourceNotFoundException", &message)
}

fn arn(point: &Point) -> String {
    point.text("RecoveryPointArn").to_owned()
}
