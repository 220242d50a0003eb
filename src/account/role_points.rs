//! Recovery points that AWS Backup made with the deployment's own role: it deletes each with the role that made it.

use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::vaults;
use crate::failure::Failure;
use crate::model::settings::VaultId;
use crate::terminal::wrap::plural;

/// Why the deployment's own role has to stay though nothing else needs it: points in these of its vaults that were made with
/// it ("AWS Backup lacks permission or is otherwise unable to delete it", API reference, `DescribeRecoveryPoint`, `EXPIRED`).
///
/// # Errors
/// Where a vault cannot be read.
pub(crate) async fn held_with(
    context: &Context,
    of: impl Fn(&VaultId) -> bool,
) -> Result<Option<String>, Failure> {
    let settings = &context.settings;
    let vaults = settings.vaults().into_iter().chain(settings.former.vaults.iter().cloned());
    let counts = try_join_all(vaults.filter(of).map(|vault| count(context, vault))).await?;
    let held = counts.into_iter().filter(|(_, points)| *points > 0);
    let held = held
        .map(|(vault, points)| format!("{} in {}", plural(points, "recovery point"), vault.region));
    let held = held.collect::<Vec<_>>().join(", ");
    Ok((!held.is_empty())
        .then(|| format!("AWS Backup made {held} with it, and needs it to delete them")))
}

async fn count(context: &Context, vault: VaultId) -> Result<(VaultId, usize), Failure> {
    // Everything about a vault that is not there is denied.
    if vaults::listed(context, &vault).await?.is_none() {
        return Ok((vault, 0));
    }
    let (role, mut points) = (context.names.service_role_arn(), 0);
    each_page(context, &vault, PointFilter::default(), |page| {
        points += page.iter().filter(|point| point.role.as_ref() == Some(&role)).count();
    })
    .await?;
    Ok((vault, points))
}
