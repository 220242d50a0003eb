//! Legal holds and backup access points: lists of what keeps recovery points where they are.

use serde_json::{Value, json};

use super::{Case, page};
use crate::account::now;
use crate::answer::Answer;
use crate::backup_store::Point;

/// All points that a test holds in a region are under one hold.
const HOLD: &str = "11111111-2222-4333-8444-555555555555";

pub(crate) fn list(case: Case<'_>) -> Answer {
    let hold = json!({
        "Title": "audit",
        "Status": "ACTIVE",
        "Description": "what a test holds",
        "LegalHoldId": HOLD,
        "LegalHoldArn": case.request.arn(&format!("legal-hold:{HOLD}")),
        "CreationDate": now(),
    });
    let held = points(case, |point| point.legal_hold.then(|| hold.clone()));
    let holds: Vec<Value> = held.into_iter().take(1).collect();
    page(case, "LegalHolds", &holds)
}

pub(crate) fn points_under(case: Case<'_>) -> Answer {
    let held = points(case, |point| {
        point.legal_hold.then(|| {
            let mut item = json!({});
            for member in ["RecoveryPointArn", "ResourceArn", "ResourceType", "BackupVaultName"] {
                item[member] = point.members[member].clone();
            }
            item
        })
    });
    page(case, "RecoveryPoints", &held)
}

pub(crate) fn access_points(case: Case<'_>) -> Answer {
    let all = points(case, |point| {
        let name = point.access_point.as_ref()?;
        Some(json!({
            "AccessPointArn": case.request.arn(&format!("accesspoint/{name}")),
            "AccessPointMetadata": {},
            "BackupVaultName": point.members["BackupVaultName"],
            "CreationTime": now(),
            "Name": name,
            "RecoveryPointArn": point.members["RecoveryPointArn"],
            "ResourceArn": point.members["ResourceArn"],
            "ResourceType": point.members["ResourceType"],
            "Status": "AVAILABLE",
        }))
    });
    page(case, "BackupAccessPoints", &all)
}

/// What there is to list of the points of the region.
fn points(case: Case<'_>, item: impl Fn(&Point) -> Option<Value>) -> Vec<Value> {
    let state = case.proxied.state();
    let vaults =
        state.store.vaults.iter().filter(|((region, _), _)| *region == case.request.region);
    vaults.flat_map(|(_, vault)| vault.points.iter()).filter_map(item).collect()
}
