//! Protected resources: what recovery points say of where they come from.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::points::key;
use super::{Case, page, vaults};
use crate::local_aws::answer::Answer;
use crate::local_aws::job::Kind;
use crate::local_aws::shelf::Shelf;
use crate::local_aws::stock::{Point, Stock};

/// Every resource that has a point in the region, whatever the state of its points.
pub(crate) fn list(case: Case<'_>) -> Answer {
    let state = case.world.state();
    let newest = newest(&state.stock, &case.request.region);
    let items: Vec<Value> = newest.values().map(|point| resource(point)).collect();
    page(case, "Results", &items)
}

/// Those that have a point in the vault. Their last one may lie in another.
pub(crate) async fn list_by_vault(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let state = case.world.state();
    let points =
        state.stock.vaults.get(&key(case)).into_iter().flat_map(|vault| vault.points.iter());
    let here: HashSet<&str> = points.map(|point| point.text("ResourceArn")).collect();
    let newest = newest(&state.stock, &case.request.region);
    let here = newest.iter().filter(|(arn, _)| here.contains(*arn));
    let items: Vec<Value> = here.map(|(_, point)| resource(point)).collect();
    page(case, "Results", &items)
}

pub(crate) fn describe(case: Case<'_>) -> Answer {
    let arn = case.text("ResourceArn");
    let state = case.world.state();
    let newest = newest(&state.stock, &case.request.region);
    let Some(point) = newest.get(arn) else {
        let message = format!("Cannot find protected resource {arn}");
        return case.refuse(400, "ResourceNotFoundException", &message);
    };
    let mut body = resource(point);
    let restores = state.stock.jobs.get(&(Kind::Restore, case.request.region.clone()));
    let restores = restores.into_iter().flat_map(Shelf::iter);
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
    let state = case.world.state();
    let points = all(&state.stock, &case.request.region)
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

/// The newest point of each resource in the region.
fn newest<'a>(stock: &'a Stock, region: &str) -> BTreeMap<&'a str, &'a Point> {
    let date = |point: &Point| point.members["CreationDate"].as_u64();
    let mut newest = BTreeMap::new();
    for point in all(stock, region) {
        let known = newest.entry(point.text("ResourceArn")).or_insert(point);
        if date(point) > date(known) {
            *known = point;
        }
    }
    newest
}

fn all<'a>(stock: &'a Stock, region: &str) -> impl Iterator<Item = &'a Point> {
    let vaults = stock.vaults.iter().filter(move |((there, _), _)| there == region);
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
