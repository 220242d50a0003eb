//! What keeps AWS Backup from deleting recovery points: legal holds, and the backup access points of S3 points.

use std::collections::HashMap;

use aws_sdk_backup::types::{AccessPointStatus, LegalHold, LegalHoldStatus};
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::settings::VaultId;
use crate::protection::staying::{Obstacle, Obstacles};

/// The points of a vault that cannot be deleted.
///
/// # Errors
/// Where the legal holds cannot be read. Access points that cannot be read are unknown: AWS has them
/// since August 2026, and not in every partition.
pub(crate) async fn of_vault(context: &Context, vault: &VaultId) -> Result<Obstacles, Failure> {
    let (holds, access) = tokio::join!(legal_holds(context, vault), access_points(context, vault));
    let (access, unread) = match access {
        Ok(access) => (access, None),
        Err(failure @ Failure::Interrupted) => return Err(failure),
        Err(failure) => (HashMap::new(), Some(failure.to_string())),
    };
    let mut by_point = access;
    by_point.extend(holds?);
    Ok(Obstacles { by_point, unread })
}

/// The points of a vault that are under a legal hold. AWS lists the holds of the region, ended ones
/// too, and the points of each.
async fn legal_holds(
    context: &Context,
    vault: &VaultId,
) -> Result<HashMap<String, Obstacle>, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = |token| backup.list_legal_holds().max_results(1000).set_next_token(token).send();
    let site = CallSite::new("backup:ListLegalHolds", &vault.region, "");
    let holds = context.caller.pages("legal holds", site, send, |page| {
        (page.legal_holds.unwrap_or_default(), page.next_token)
    });
    let holds = holds.await?.into_iter();
    let in_force = holds.filter(|hold| hold.status() != Some(&LegalHoldStatus::Canceled));
    let held = try_join_all(in_force.map(|hold| under(context, vault, hold))).await?;
    Ok(held.into_iter().flatten().collect())
}

async fn under(
    context: &Context,
    vault: &VaultId,
    hold: LegalHold,
) -> Result<Vec<(String, Obstacle)>, Failure> {
    let backup = context.region(&vault.region).backup;
    let id = hold.legal_hold_id.unwrap_or_default();
    let name = context.names.vault(vault);
    let send = |token| {
        let list = backup.list_recovery_points_by_legal_hold().legal_hold_id(&id);
        list.max_results(1000).set_next_token(token).send()
    };
    let obstacle = Obstacle::LegalHold { title: hold.title.unwrap_or_default(), id: id.clone() };
    let site = CallSite::new("backup:ListRecoveryPointsByLegalHold", &vault.region, &id);
    let mut held = Vec::new();
    let read = context.caller.each_page("recovery points", site, send, |page| {
        let points = page.recovery_points.unwrap_or_default().into_iter();
        // A region may have vaults by the hundred, and the member that names the vault is optional.
        let here = points.filter(|point| point.backup_vault_name().is_none_or(|v| v == name));
        let arns = here.filter_map(|point| point.recovery_point_arn);
        held.extend(arns.map(|arn| (arn, obstacle.clone())));
        page.next_token
    });
    read.await?;
    Ok(held)
}

/// The points of a vault that backup access points of this account read. One of another account, to
/// which a point was shared, shows only when AWS refuses the deletion.
async fn access_points(
    context: &Context,
    vault: &VaultId,
) -> Result<HashMap<String, Obstacle>, Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    // No more at once (API reference, `ListBackupAccessPoints`).
    let send =
        |token| backup.list_backup_access_points().max_results(100).set_next_token(token).send();
    let site = CallSite::new("backup:ListBackupAccessPoints", &vault.region, "");
    let read = context.caller.pages("backup access points", site, send, |page| {
        (page.backup_access_points, page.next_token)
    });
    let all = read.await?.into_iter();
    let here = all.filter(|access| access.backup_vault_name == name && blocks(&access.status));
    Ok(here
        .map(|access| (access.recovery_point_arn, Obstacle::AccessPoint { name: access.name }))
        .collect())
}

/// Whether an access point is there. AWS does not say from when to when it blocks: what is being made
/// or taken away counts too.
fn blocks(status: &AccessPointStatus) -> bool {
    !matches!(
        status,
        AccessPointStatus::Failed | AccessPointStatus::Expired | AccessPointStatus::Disassociated
    )
}
