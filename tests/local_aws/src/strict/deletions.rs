//! How recovery points go: deleted in a while, given back to their source, or let go by their parent.

use serde_json::{Value, json};

use super::points::{key, not_found};
use super::{Case, iam, vaults};
use crate::answer::Answer;
use crate::backup_store::{Pace, Point, Vault};
use crate::point_events;

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let role = look(case, |point, _, _| point.text("IamRoleArn").to_owned());
    let has_role = match role.as_deref() {
        None => return not_found(case),
        Some("") => true,
        Some(role) => iam::exists(case, role).await,
    };
    let refusal = look(case, |point, vault, pace| refusal(case, point, vault, pace));
    match refusal {
        None => return not_found(case),
        Some(Some(refusal)) => return refusal,
        Some(None) => {}
    }
    let Some(going) = begin(case, has_role) else { return not_found(case) };
    for members in going {
        let entries =
            json!({ "Entries": [point_events::entry(&point_events::deleting(&members))] });
        case.emulator.events(case.request, "PutEvents", &entries).await;
    }
    Answer::new(200, "application/json", "")
}

/// Marks the point and its children, or takes them away. The members of those that go; none if there is no such point.
fn begin(case: Case<'_>, has_role: bool) -> Option<Vec<Value>> {
    let (key, arn) = (key(case), case.text("RecoveryPointArn"));
    let mut state = case.proxied.state();
    let reads = state.store.pace.deletion_reads;
    let vault = state.store.vaults.get_mut(&key)?;
    let continuous = vault.points.get(arn).filter(|point| point.is_continuous());
    let source = continuous.map(|point| point.text("ResourceArn").to_owned());
    let mut going = vec![arn.to_owned()];
    if vault.points.get(arn).is_some_and(|point| point.members["IsParent"] == true) {
        // Its children go with it.
        let children =
            vault.points.iter().filter(|child| child.text("ParentRecoveryPointArn") == arn);
        going.extend(children.map(|child| child.text("RecoveryPointArn").to_owned()));
    }
    for arn in &going {
        let Some(point) = vault.points.get_mut(arn) else { continue };
        if let Some(words) = point.in_use.clone().filter(|_| has_role) {
            point.members["Status"] = "EXPIRED".into();
            point.members["StatusMessage"] = words.into();
        } else if has_role {
            point.members["Status"] = "DELETING".into();
            point.reads_left = Some(reads);
        } else {
            // AWS says that it will delete the point, and then cannot.
            point.members["Status"] = "EXPIRED".into();
            point.members["StatusMessage"] = "The role cannot be assumed by AWS Backup".into();
        }
    }
    going.retain(|arn| vault.points.get(arn).is_some_and(|point| point.reads_left.is_some()));
    let points = going.iter().filter_map(|arn| Some(vault.points.get(arn)?.members.clone()));
    let points: Vec<Value> = points.collect();
    if let Some(source) = source.filter(|_| has_role) {
        state.store.released.insert((key.0.clone(), source), false);
    }
    if has_role && reads == 0 {
        state.store.remove_points(&key, &going);
    }
    Some(points)
}

/// The source service keeps its own continuous backups and AWS Backup knows no more of them.
pub(crate) async fn disassociate(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let held = look(case, |point, _, _| held(case, point)).flatten();
    let found = look(case, |point, vault, _| {
        let source = point.is_continuous().then(|| point.text("ResourceArn").to_owned());
        (source, point.reads_left, vault.lock.is_some())
    });
    match (found, held) {
        (None, _) => not_found(case),
        (Some((_, Some(_), _)), _) => busy(case),
        (Some((_, _, true)), _) => locked(case),
        (Some(_), Some(held)) => held,
        (Some((None, ..)), None) => invalid(case, "it is not of a continuous backup"),
        (Some((Some(source), None, false)), None) => {
            let (key, arn) = (key(case), case.text("RecoveryPointArn").to_owned());
            let mut state = case.proxied.state();
            state.store.remove_points(&key, [&arn]);
            state.store.released.insert((key.0, source), true);
            Answer::new(200, "application/json", "")
        }
    }
}

/// The child becomes a point like any other.
pub(crate) async fn leave_parent(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let mut state = case.proxied.state();
    let vault = state.store.vaults.get_mut(&key(case));
    let Some(point) = vault.and_then(|vault| vault.points.get_mut(case.text("RecoveryPointArn")))
    else {
        return not_found(case);
    };
    if !point.is_child() {
        return invalid(case, "it has no parent");
    }
    if let Some(members) = point.members.as_object_mut() {
        members.remove("ParentRecoveryPointArn");
    }
    Answer::new(204, "application/json", "")
}

/// Why a point cannot be deleted.
fn refusal(case: Case<'_>, point: &Point, vault: &Vault, pace: &Pace) -> Option<Answer> {
    if point.reads_left.is_some() {
        Some(busy(case))
    } else if vault.lock.is_some() {
        Some(locked(case))
    } else if point.is_held() {
        held(case, point)
    } else if point.is_child() {
        Some(invalid(case, "it is nested in a composite recovery point"))
    } else if point.is_continuous() && !pace.deletes_continuous {
        Some(invalid(case, "it is of a continuous backup and must be disassociated first"))
    } else {
        None
    }
}

/// The refusal of a point that is held, deleted or disassociated. AWS gives no words for it.
fn held(case: Case<'_>, point: &Point) -> Option<Answer> {
    if point.legal_hold {
        return Some(invalid(case, "it is under a legal hold"));
    }
    point.access_point.as_ref().map(|_| invalid(case, "it has a backup access point"))
}

/// Looks at the point of the request.
fn look<T>(case: Case<'_>, read: impl FnOnce(&Point, &Vault, &Pace) -> T) -> Option<T> {
    let state = case.proxied.state();
    let vault = state.store.vaults.get(&key(case))?;
    let point = vault.points.get(case.text("RecoveryPointArn"))?;
    Some(read(point, vault, &state.store.pace))
}

fn busy(case: Case<'_>) -> Answer {
    let message = "Backup is already performing an action on this recovery point. It can't perform the action you \
                   requested until the first action finishes. Try again later.";
    case.refuse(400, "InvalidResourceStateException", message)
}

fn locked(case: Case<'_>) -> Answer {
    invalid(case, "its vault is locked")
}

fn invalid(case: Case<'_>, why: &str) -> Answer {
    let message = format!("Recovery point {} cannot go: {why}", case.text("RecoveryPointArn"));
    case.refuse(400, "InvalidRequestException", &message)
}
