//! Recovery points of a vault, page by page: nobody holds a hundred thousand of them whole.

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::RecoveryPointByBackupVault;

use crate::account::context::Context;
use crate::failure::{Failure, Site};
use crate::model::settings::VaultId;

/// Which points of a vault are wanted; seconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) resource: Option<&'a str>,
    pub(crate) created_after: Option<i64>,
    pub(crate) created_before: Option<i64>,
}

/// Reads the points of a vault of ours, and hands them on as they come.
///
/// # Errors
/// A page that fails fails the whole list.
pub(crate) async fn each_page(
    context: &Context,
    vault: &VaultId,
    wanted: Wanted<'_>,
    mut take: impl FnMut(Vec<RecoveryPointByBackupVault>) + Send,
) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let taken = std::sync::Mutex::new(&mut take);
    let fetch = |token: Option<String>| {
        let (backup, name, taken) = (backup.clone(), name.clone(), &taken);
        async move {
            let send = || {
                backup
                    .list_recovery_points_by_backup_vault()
                    .backup_vault_name(&name)
                    .set_by_resource_arn(wanted.resource.map(str::to_owned))
                    .set_by_created_after(wanted.created_after.map(DateTime::from_secs))
                    .set_by_created_before(wanted.created_before.map(DateTime::from_secs))
                    .max_results(1000)
                    .set_next_token(token.clone())
                    .send()
            };
            let action = "backup:ListRecoveryPointsByBackupVault";
            let site = Site::new(action, &vault.region, context.names.vault_arn(vault));
            let page = context.caller.call(site, send).await?;
            let mut take = taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            (*take)(page.recovery_points.unwrap_or_default());
            Ok((Vec::<()>::new(), page.next_token))
        }
    };
    context.caller.pages("recovery points", fetch).await?;
    Ok(())
}
