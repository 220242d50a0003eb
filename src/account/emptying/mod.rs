//! Empties a vault, where that was said in so many words: jobs first, then its recovery points, and waits until they are gone.

mod jobs;
mod requests;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::failure::Failure;
use crate::model::recovery_point::PointStatus;
use crate::model::settings::VaultId;
use crate::protection::deletion::{DeletionPolicy, foreign_stay};
use crate::protection::point_origin::PointOrigin;
use crate::terminal::wrap::plural;

pub(crate) use jobs::{running_backups, running_copies};
use requests::{PendingDeletion, delete_all};

/// How long deleted points may take to go, without any of them going.
const NO_PROGRESS_LIMIT: Duration = Duration::from_mins(10);
/// Between two looks at a vault: each reads all that is left in it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Empties a vault; says why where something has to stay in it.
pub(crate) async fn empty(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
) -> Result<Option<String>, Failure> {
    jobs::end_jobs(context, vault).await?;
    let begun = Instant::now();
    let (mut before, mut last_news, mut pause) = (usize::MAX, begun, FIRST_PAUSE);
    let mut busy = None;
    loop {
        let first = before == usize::MAX;
        let Left { foreign, ours, pending, words } = look(context, vault, policy, first).await?;
        if ours == 0 {
            return Ok((foreign > 0).then(|| foreign_stay(foreign)));
        }
        let points = plural(ours, "recovery point");
        let news = ours < before;
        if !news && last_news.elapsed() > NO_PROGRESS_LIMIT {
            let words = busy.or(words).map(|words| format!(": {words}")).unwrap_or_default();
            let minutes = NO_PROGRESS_LIMIT.as_secs() / 60;
            return Ok(Some(format!(
                "{points} still there after {minutes} min without progress{words}"
            )));
        }
        context.caller.progress.waiting(&format!("{points} to delete"), begun.elapsed());
        let asked = delete_all(context, vault, policy, pending).await?;
        if let Some(why) = asked.why {
            return Ok(Some(format!(
                "{} cannot be deleted: {why}",
                plural(asked.refused, "recovery point")
            )));
        }
        busy = asked.busy;
        if news {
            // Counted from when they were asked for, which takes long where there are many.
            (before, last_news) = (ours, Instant::now());
        }
        context.caller.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What is still in a vault.
#[derive(Default)]
struct Left {
    foreign: usize,
    ours: usize,
    /// Those of ours that are to be asked for.
    pending: Vec<PendingDeletion>,
    /// AWS's words of one of ours.
    words: Option<String>,
}

async fn look(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
    first: bool,
) -> Result<Left, Failure> {
    let vaults = our_vaults(context);
    let mut left = Left::default();
    each_page(context, vault, PointFilter::default(), |page| {
        for point in page {
            if policy.spares(PointOrigin::new(&point, &policy.our_plans, &vaults)) {
                left.foreign += 1;
                continue;
            }
            left.ours += 1;
            let is_going = match point.status {
                PointStatus::Deleting => true,
                // So it ends where its role may not delete it: asked for again it only does so again.
                PointStatus::Expired => !first,
                _ => false,
            };
            // With a parent go its children.
            if !is_going && point.parent.is_none() {
                let disassociated = policy.disassociates(&vault.region, &point);
                left.pending.push(PendingDeletion { arn: point.arn, disassociated });
            }
            left.words = point.message.or(left.words.take());
        }
    })
    .await?;
    Ok(left)
}

/// ARNs of every vault of this deployment.
pub(crate) fn our_vaults(context: &Context) -> BTreeSet<String> {
    let settings = &context.settings;
    let vaults = settings.vaults().into_iter().chain(settings.former.vaults.iter().cloned());
    vaults.map(|vault| context.names.vault_arn(&vault)).collect()
}
