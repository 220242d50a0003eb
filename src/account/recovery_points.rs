//! Recovery points of a vault, page by page: nobody holds a hundred thousand of them whole.

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{
    RecoveryPointByBackupVault, RecoveryPointCreator, RecoveryPointStatus,
};

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::recovery_point::{CreatingPlan, PointStatus, RecoveryPoint};
use crate::model::settings::VaultId;
use crate::model::time::Time;

/// Which points of a vault are filter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PointFilter<'a> {
    pub(crate) resource: Option<&'a str>,
    pub(crate) created_after: Option<Time>,
    pub(crate) created_before: Option<Time>,
}

/// Reads the points of a vault of ours, and hands them on as they come.
///
/// # Errors
/// A page that fails fails the whole list.
pub(crate) async fn each_page(
    context: &Context,
    vault: &VaultId,
    filter: PointFilter<'_>,
    mut take: impl FnMut(Vec<RecoveryPoint>) + Send,
) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send = |token| {
        backup
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(&name)
            .set_by_resource_arn(filter.resource.map(str::to_owned))
            .set_by_created_after(filter.created_after.map(DateTime::from_secs))
            .set_by_created_before(filter.created_before.map(DateTime::from_secs))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let action = "backup:ListRecoveryPointsByBackupVault";
    let site = CallSite::new(action, &vault.region, context.names.vault_arn(vault));
    // What others made in a given vault is not read for any purpose.
    let makers = context.names.makers_in(vault, &context.settings);
    let is_shown = |point: &RecoveryPoint| makers.made(point.plan.as_ref(), point.role.as_deref());
    let read = context.caller.each_page("recovery points", site, send, |page| {
        let points = page.recovery_points.unwrap_or_default().into_iter().map(read);
        take(points.filter(is_shown).collect());
        page.next_token
    });
    read.await
}

/// A point as AWS lists it.
fn read(point: RecoveryPointByBackupVault) -> RecoveryPoint {
    let lifecycle = point.calculated_lifecycle.as_ref();
    let status = match point.status {
        Some(RecoveryPointStatus::Completed) => PointStatus::Completed,
        Some(RecoveryPointStatus::Available) => PointStatus::Available,
        Some(RecoveryPointStatus::Stopped) => PointStatus::Stopped,
        Some(RecoveryPointStatus::Expired) => PointStatus::Expired,
        Some(RecoveryPointStatus::Deleting) => PointStatus::Deleting,
        Some(RecoveryPointStatus::Partial) => PointStatus::Partial,
        _ => PointStatus::Other,
    };
    RecoveryPoint {
        cold_at: lifecycle.and_then(|l| l.move_to_cold_storage_at()).map(DateTime::secs),
        deletes_at: lifecycle.and_then(|l| l.delete_at()).map(DateTime::secs),
        arn: point.recovery_point_arn.unwrap_or_default(),
        resource: point.resource_arn,
        kind: point.resource_type,
        status,
        message: point.status_message,
        created: point.creation_date.map(|date| date.secs()),
        bytes: point.backup_size_in_bytes,
        key: point.encryption_key_arn,
        is_plain: !point.is_encrypted,
        role: point.iam_role_arn,
        plan: creating_plan(point.created_by.as_ref()),
        source_vault: point.source_backup_vault_arn,
        parent: point.parent_recovery_point_arn,
        is_parent: point.is_parent,
    }
}

/// The plan behind a recovery point or a job; `None` of what was made on demand.
pub(crate) fn creating_plan(by: Option<&RecoveryPointCreator>) -> Option<CreatingPlan> {
    let by = by?;
    CreatingPlan::new(by.backup_plan_id(), by.backup_plan_name(), by.backup_plan_arn())
}
