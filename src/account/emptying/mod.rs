//! Empties a vault, where that was said in so many words: jobs first, then its recovery points, and waits until they are gone.

mod asking;
mod jobs;
mod origin;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_backup::types::{RecoveryPointByBackupVault, RecoveryPointStatus};
use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::recovery_points::{Wanted, each_page};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::terminal::wrap::plural;

use asking::{Doomed, ask_all};
pub(crate) use jobs::{running_backups, running_copies};
pub(crate) use origin::Origin;

/// How long deleted points may take to go, without any of them going.
const PATIENCE: Duration = Duration::from_mins(10);
/// Between two looks at a vault: each reads all that is left in it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How a vault is emptied.
#[derive(Debug, Default)]
pub(crate) struct Emptying {
    /// Points of other plans, and those copied in from elsewhere, too.
    pub(crate) foreign: bool,
    /// Delete continuous points, which stops the source's own point-in-time recovery, in place of
    /// only letting go of them.
    pub(crate) stop_pitr: bool,
    /// Every plan that was ever this deployment's.
    pub(crate) our_plans: BTreeSet<String>,
    /// What AWS Backup has let go of.
    let_go: Mutex<Released>,
}

/// Resources whose continuous backups are their own service's again, and whether these go on.
pub(crate) type Released = BTreeMap<(Region, String), bool>;

/// A continuous backup of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LetGo {
    pub(crate) region: Region,
    pub(crate) resource: String,
    /// False of one that had stopped already.
    pub(crate) goes_on: bool,
}

impl Emptying {
    pub(crate) fn new(foreign: bool, stop_pitr: bool, our_plans: BTreeSet<String>) -> Self {
        Self { foreign, stop_pitr, our_plans, let_go: Mutex::default() }
    }

    /// What was let go of so far.
    pub(crate) fn released(&self) -> Released {
        self.let_go.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn was_let_go(&self, point: Option<LetGo>) {
        let Some(point) = point else { return };
        let mut released = self.let_go.lock().unwrap_or_else(PoisonError::into_inner);
        point.add_to(&mut released);
    }

    /// Whether a point of this origin stays.
    pub(crate) fn spares(&self, origin: Origin) -> bool {
        !self.foreign && origin.is_foreign()
    }

    /// What AWS Backup would only let go of; `None` of a point that is deleted.
    pub(crate) fn lets_go(
        &self,
        region: &Region,
        point: &RecoveryPointByBackupVault,
    ) -> Option<LetGo> {
        let goes_on = match point.status() {
            Some(RecoveryPointStatus::Available) => true,
            Some(RecoveryPointStatus::Stopped) => false,
            _ => return None,
        };
        let resource = point.resource_arn.clone().or_else(|| point.recovery_point_arn.clone());
        let let_go =
            LetGo { region: region.clone(), resource: resource.unwrap_or_default(), goes_on };
        (!self.stop_pitr).then_some(let_go)
    }
}

impl LetGo {
    /// A bucket may have one that stopped beside one that goes on.
    pub(crate) fn add_to(self, released: &mut Released) {
        *released.entry((self.region, self.resource)).or_default() |= self.goes_on;
    }
}

/// Empties a vault; says why where something has to stay in it.
pub(crate) async fn empty(
    context: &Context,
    vault: &VaultId,
    how: &Emptying,
) -> Result<Option<String>, Failure> {
    jobs::end_jobs(context, vault).await?;
    let begun = Instant::now();
    let (mut before, mut last_news, mut pause) = (usize::MAX, begun, FIRST_PAUSE);
    let mut busy = None;
    loop {
        let first = before == usize::MAX;
        let Left { foreign, ours, doomed, words } = look(context, vault, how, first).await?;
        if ours == 0 {
            return Ok((foreign > 0).then(|| foreign_stay(foreign)));
        }
        let points = plural(ours, "recovery point");
        let news = ours < before;
        if !news && last_news.elapsed() > PATIENCE {
            let words = busy.or(words).map(|words| format!(": {words}")).unwrap_or_default();
            let minutes = PATIENCE.as_secs() / 60;
            return Ok(Some(format!(
                "{points} still there after {minutes} min without progress{words}"
            )));
        }
        context.caller.talk.waiting(&format!("{points} to delete"), begun.elapsed());
        let asked = ask_all(context, vault, how, doomed).await?;
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

pub(crate) fn foreign_stay(foreign: usize) -> String {
    let them = if foreign == 1 { "it" } else { "them" };
    let points = plural(foreign, "recovery point");
    format!("it holds {points} of others: --include-foreign-points deletes {them} too")
}

/// What is still in a vault.
#[derive(Default)]
struct Left {
    foreign: usize,
    ours: usize,
    /// Those of ours that are to be asked for.
    doomed: Vec<Doomed>,
    /// AWS's words of one of ours.
    words: Option<String>,
}

async fn look(
    context: &Context,
    vault: &VaultId,
    how: &Emptying,
    first: bool,
) -> Result<Left, Failure> {
    let vaults = our_vaults(context);
    let mut left = Left::default();
    each_page(context, vault, Wanted::default(), |page| {
        for point in page {
            if how.spares(Origin::of(&point, &how.our_plans, &vaults)) {
                left.foreign += 1;
                continue;
            }
            left.ours += 1;
            let is_going = match point.status() {
                Some(RecoveryPointStatus::Deleting) => true,
                // So it ends where its role may not delete it: asked for again it only does so again.
                Some(RecoveryPointStatus::Expired) => !first,
                _ => false,
            };
            // With a parent go its children.
            if !is_going && point.parent_recovery_point_arn().is_none() {
                let let_go = how.lets_go(&vault.region, &point);
                left.doomed
                    .push(Doomed { arn: point.recovery_point_arn.unwrap_or_default(), let_go });
            }
            left.words = point.status_message.or(left.words.take());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_goes_on_if_any_of_its_continuous_backups_does() {
        let region = Region::parse("us-east-1").unwrap();
        let how = Emptying::default();
        let point = |status: &str| {
            let point = RecoveryPointByBackupVault::builder().resource_arn("bucket");
            how.lets_go(&region, &point.status(status.into()).build())
        };
        assert_eq!(point("COMPLETED"), None);
        how.was_let_go(point("STOPPED"));
        let key = (region.clone(), "bucket".to_owned());
        assert_eq!(how.released(), Released::from([(key.clone(), false)]));
        how.was_let_go(point("AVAILABLE"));
        how.was_let_go(point("STOPPED"));
        assert_eq!(how.released(), Released::from([(key, true)]));
    }
}
