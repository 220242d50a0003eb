//! Vaults of ours that hold recovery points, by the list and not by AWS's approximate counter.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::emptying::{our_vaults, running_backups, running_copies};
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::{plans, vaults};
use crate::commands::vaults_there;
use crate::engine::Observation;
use crate::failure::Failure;
use crate::model::settings::VaultId;
use crate::protection::deletion::Released;
use crate::protection::point_origin::PointOrigin;
use crate::protection::vault_contents::ContentsTally;
use crate::report::{Emptied, FullVault};

/// What each full vault holds.
pub(super) async fn full_vaults(
    context: &Context,
    observations: &[Observation],
) -> Result<Vec<FullVault>, Failure> {
    let (plans, vaults) = if context.id.is_empty() {
        (BTreeSet::new(), BTreeSet::new())
    } else {
        let primary = &context.settings.regions.primary;
        (plans::ever_ours(context, primary).await?, our_vaults(context))
    };
    let (plans, vaults) = (&plans, &vaults);
    let read = vaults_there(observations).into_iter().map(|id| read(context, id, plans, vaults));
    join_all(read).await.into_iter().filter_map(Result::transpose).collect()
}

async fn read(
    context: &Context,
    id: VaultId,
    our_plans: &BTreeSet<String>,
    our_vaults: &BTreeSet<String>,
) -> Result<Option<FullVault>, Failure> {
    let mut held = ContentsTally::default();
    let mut origins: BTreeMap<PointOrigin, usize> = BTreeMap::new();
    let mut bytes: BTreeMap<PointOrigin, i64> = BTreeMap::new();
    let mut released = Released::new();
    let policy = context.emptying.as_deref();
    each_page(context, &id, PointFilter::default(), |page| {
        for point in &page {
            let origin = PointOrigin::new(point, our_plans, our_vaults);
            held.add(point);
            *origins.entry(origin).or_default() += 1;
            *bytes.entry(origin).or_default() += point.bytes;
            let policy = policy.filter(|policy| !policy.spares(origin));
            if let Some(disassociated) =
                policy.and_then(|policy| policy.disassociates(&id.region, point))
            {
                disassociated.add_to(&mut released);
            }
        }
    })
    .await?;
    let Some(contents) = held.contents() else { return Ok(None) };
    let (backups, copies) =
        tokio::try_join!(running_backups(context, &id), running_copies(context, &id))?;
    Ok(Some(FullVault {
        vault: context.names.vault(&id),
        region: id.region.clone(),
        contents,
        origins,
        bytes,
        running_jobs: backups.len() + copies,
        released,
        id,
    }))
}

/// What would become of these where they are emptied.
pub(super) async fn plan_emptying(
    context: &Context,
    full: &[FullVault],
) -> Result<Vec<Emptied>, Failure> {
    let Some(policy) = context.emptying.as_deref() else { return Ok(Vec::new()) };
    let of_each = full.iter().map(|vault| async move {
        let listed = vaults::listed(context, &vault.id).await?;
        let locked = listed.and_then(|vault| vault.locked) == Some(true);
        let why = locked.then(|| "its vault lock lets nobody delete from it".to_owned());
        Ok(Emptied::new(vault, policy, why))
    });
    join_all(of_each).await.into_iter().collect()
}
