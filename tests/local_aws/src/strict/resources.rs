//! Protected resources: what recovery points say of where they come from.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{Case, page, vaults};
use crate::answer::Answer;
use crate::backup_store::{BackupStore, Point, VaultKey};
use crate::indexed_list::IndexedList;
use crate::job::Kind;

/// Every resource that has a point in the region, whatever the state of its points.
pub(crate) fn list(case: Case<'_>) -> Answer {
    protected(case, "")
}

/// Those that have a point in the vault. Their last one may lie in another.
pub(crate) async fn list_by_vault(case: Case<'_>) -> Answer {
    match vaults::denied(case).await {
        Some(refusal) => refusal,
        None => protected(case, case.text("BackupVaultName")),
    }
}

/// One page of the resources in a vault, or anywhere. They are looked for once, and kept until the points change.
fn protected(case: Case<'_>, vault: &str) -> Answer {
    let key = (case.request.region.clone(), vault.to_owned());
    let store = &mut case.proxied.state().store;
    if !store.protected.contains_key(&key) {
        let found = resources(store, &key);
        store.protected.insert(key.clone(), found);
    }
    page(case, "Results", &store.protected[&key])
}

pub(crate) fn describe(case: Case<'_>) -> Answer {
    let arn = case.text("ResourceArn");
    let state = case.proxied.state();
    let points = all(&state.store, &case.request.region);
    let Some(point) =
        points.filter(|point| point.text("ResourceArn") == arn).max_by_key(|point| date(point))
    else {
        let message = format!("Cannot find protected resource {arn}");
        return case.refuse(400, "ResourceNotFoundException", &message);
    };
    let mut body = resource(point);
    let restores = state.store.jobs.get(&(Kind::Restore, case.request.region.clone()));
    let restores = restores.into_iter().flat_map(IndexedList::iter);
    let of_it = restores.filter(|job| job.members["SourceResourceArn"] == arn);
    if let Some(last) = of_it.max_by_key(|job| job.members["CreationDate"].as_u64()) {
        body["LatestRestoreJobCreationDate"] = last.members["CreationDate"].clone();
        body["LatestRestoreRecoveryPointCreationDate"] =
            last.members["RecoveryPointCreationDate"].clone();
    }
    Answer::json(&body)
}

/// All points of a resource in the region, which have other members here than in a vault's list.
pub(crate) fn points(case: Case<'_>) -> Answer {
    let arn = case.text("ResourceArn");
    let state = case.proxied.state();
    let points = all(&state.store, &case.request.region)
        .filter(|point| point.text("ResourceArn") == arn)
        .map(|point| {
            let mut item = json!({ "BackupSizeBytes": point.members["BackupSizeInBytes"] });
            for member in [
                "RecoveryPointArn",
                "CreationDate",
                "Status",
                "StatusMessage",
                "BackupVaultName",
                "IsParent",
                "ParentRecoveryPointArn",
                "VaultType",
            ] {
                item[member] = point.members[member].clone();
            }
            item
        });
    // The vaults are in no order.
    let mut points: Vec<Value> = points.collect();
    points.sort_by_cached_key(|point| point["RecoveryPointArn"].to_string());
    page(case, "RecoveryPoints", &points)
}

/// The resources with points in a vault (or anywhere, where it has no name), by the newest point of each in the region.
fn resources(store: &BackupStore, key: &VaultKey) -> Vec<Value> {
    let vault = store.vaults.get(key).into_iter().flat_map(|vault| vault.points.iter());
    let here: HashSet<&str> = vault.map(|point| point.text("ResourceArn")).collect();
    let mut newest: HashMap<&str, &Point> = HashMap::new();
    for point in all(store, &key.0) {
        let known = newest.entry(point.text("ResourceArn")).or_insert(point);
        if date(point) > date(known) {
            *known = point;
        }
    }
    let mut newest: Vec<(&str, &Point)> = newest.into_iter().collect();
    newest.retain(|(arn, _)| key.1.is_empty() || here.contains(arn));
    newest.sort_by_key(|(arn, _)| *arn);
    newest.into_iter().map(|(_, point)| resource(point)).collect()
}

fn date(point: &Point) -> Option<u64> {
    point.members["CreationDate"].as_u64()
}

fn all<'a>(store: &'a BackupStore, region: &str) -> impl Iterator<Item = &'a Point> {
    let vaults = store.vaults.iter().filter(move |((there, _), _)| there == region);
    vaults.flat_map(|(_, vault)| vault.points.iter())
}

fn resource(point: &Point) -> Value {
    json!({
        "ResourceArn": point.members["ResourceArn"],
        "ResourceType": point.members["ResourceType"],
        "LastBackupTime": point.members["CreationDate"],
        "LastBackupVaultArn": point.members["BackupVaultArn"],
        "LastRecoveryPointArn": point.members["RecoveryPointArn"],
    })
}
