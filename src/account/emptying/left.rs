//! What is still in a vault that is being emptied: what goes, what has to be asked for, and what stays.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::requests::{PendingDeletion, is_gone};
use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::failure::Failure;
use crate::model::recovery_point::{PointStatus, RecoveryPoint};
use crate::model::settings::VaultId;
use crate::protection::deletion::DeletionPolicy;
use crate::protection::staying::{Stay, Staying};
use crate::terminal::wrap::plural;

/// How long a point that was EXPIRED before may show as that after AWS Backup said that it deletes it.
/// AWS gives no figure.
const EXPIRED_SETTLES: Duration = Duration::from_secs(10);

/// What one emptying knows of the points that it has asked for.
#[derive(Default)]
pub(super) struct Asked {
    /// When they were first asked for.
    pub(super) at: Option<Instant>,
    /// Those that were EXPIRED before that.
    expired_before: HashSet<String>,
}

impl Asked {
    /// Why AWS Backup could not delete a point that it has tried to delete in this run: asked again
    /// it would only end so again. `None` of one that may still go.
    fn failed(&self, point: &RecoveryPoint) -> Option<String> {
        let asked = self.at.filter(|_| point.status == PointStatus::Expired)?;
        let is_settled =
            !self.expired_before.contains(&point.arn) || asked.elapsed() >= EXPIRED_SETTLES;
        is_settled
            .then(|| point.message.clone().unwrap_or_else(|| "AWS gives no reason".to_owned()))
    }
}

/// What is still in a vault.
#[derive(Default)]
pub(super) struct Left {
    pub(super) staying: Staying,
    /// How many points are to go and are still there.
    pub(super) going: usize,
    /// Those of them that are to be asked for.
    pub(super) pending: Vec<PendingDeletion>,
    /// AWS's words of one of them.
    pub(super) words: Option<String>,
    /// Those of them that AWS Backup could not delete, by its words.
    expired: BTreeMap<String, usize>,
}

impl Left {
    /// Whether nothing goes any more.
    pub(super) fn has_ended(&self) -> bool {
        self.going == self.expired.values().sum::<usize>()
    }

    /// Why the vault stays, after the end; `None` where nothing keeps it.
    pub(super) fn because(&self) -> Option<String> {
        let expired = self.expired.iter().map(|(words, count)| {
            let points = plural(*count, "recovery point");
            format!("{points} cannot be deleted (EXPIRED): {words}")
        });
        let lines: Vec<String> = expired.chain(self.staying.because()).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    /// Counts a point that AWS Backup could not delete.
    fn add_expired(&mut self, words: &str) {
        self.going += 1;
        *self.expired.entry(words.to_owned()).or_default() += 1;
    }

    fn add(
        &mut self,
        vault: &VaultId,
        policy: &DeletionPolicy,
        asked: &mut Asked,
        point: RecoveryPoint,
    ) {
        if let Some(words) = asked.failed(&point) {
            self.add_expired(&words);
            return;
        }
        self.going += 1;
        let is_expired = point.status == PointStatus::Expired;
        if is_expired && asked.at.is_none() {
            asked.expired_before.insert(point.arn.clone());
        }
        // Of an EXPIRED one that was asked for already AWS has yet to show what becomes of it.
        let is_on_its_way = is_expired && asked.at.is_some();
        self.words = point.message.clone().or(self.words.take());
        if point.status != PointStatus::Deleting && !is_on_its_way {
            let disassociated = policy.disassociates(&vault.region, &point);
            let is_nested = point.parent.is_some();
            self.pending.push(PendingDeletion { arn: point.arn, disassociated, is_nested });
        }
    }
}

/// What becomes of a composite point, and of its members with it.
enum Composite {
    Stays(Stay),
    Goes,
    /// AWS Backup could not delete it, in its words.
    Expired(String),
}

/// Looks at all that is in a vault.
pub(super) async fn look(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
    asked: &mut Asked,
) -> Result<Left, Failure> {
    let mut left = Left::default();
    let mut composites: HashMap<String, Composite> = HashMap::new();
    let mut nested = Vec::new();
    each_page(context, vault, PointFilter::default(), |page| {
        for point in page {
            let stay = policy.stays(vault, &point);
            if point.is_parent {
                let expired = || asked.failed(&point).map(Composite::Expired);
                let fate = stay.clone().map(Composite::Stays).or_else(expired);
                composites.insert(point.arn.clone(), fate.unwrap_or(Composite::Goes));
            }
            match stay {
                Some(why) => left.staying.add(why, 1),
                None if point.parent.is_some() => nested.push(point),
                None => left.add(vault, policy, asked, point),
            }
        }
    })
    .await?;
    add_missing(context, vault, &nested, &mut composites).await?;
    for point in nested {
        match point.parent.as_ref().and_then(|parent| composites.get(parent)) {
            // AWS Backup deletes it with its composite point, and refuses to do so before.
            Some(Composite::Goes) => left.going += 1,
            Some(Composite::Stays(why)) => left.staying.add(why.clone(), 1),
            Some(Composite::Expired(words)) => left.add_expired(words),
            None => left.add(vault, policy, asked, point),
        }
    }
    Ok(left)
}

/// Composite points that the list left out, although they are there: a list may lag.
async fn add_missing(
    context: &Context,
    vault: &VaultId,
    nested: &[RecoveryPoint],
    composites: &mut HashMap<String, Composite>,
) -> Result<(), Failure> {
    let parents = nested.iter().filter_map(|point| point.parent.clone());
    let mut missing: Vec<String> =
        parents.filter(|parent| !composites.contains_key(parent)).collect();
    missing.sort();
    missing.dedup();
    let gone = missing.iter().map(|parent| is_gone(context, vault, parent));
    let gone = try_join_all(gone).await?;
    let there = missing.into_iter().zip(gone).filter(|(_, gone)| gone.is_none());
    composites.extend(there.map(|(parent, _)| (parent, Composite::Goes)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_expired_point_is_final_once_aws_has_tried_it() {
        let mut asked = Asked { expired_before: ["old".to_owned()].into(), ..Asked::default() };
        let point = |arn: &str, status| {
            let message = Some("in use".to_owned());
            RecoveryPoint { arn: arn.to_owned(), status, message, ..RecoveryPoint::default() }
        };
        let [new, old] = ["new", "old"].map(|arn| point(arn, PointStatus::Expired));
        assert_eq!((asked.failed(&new), asked.failed(&old)), (None, None));
        asked.at = Some(Instant::now());
        assert_eq!((asked.failed(&new).as_deref(), asked.failed(&old)), (Some("in use"), None));
        assert_eq!(asked.failed(&point("new", PointStatus::Deleting)), None);
        tokio::time::advance(EXPIRED_SETTLES).await;
        assert_eq!(asked.failed(&old).as_deref(), Some("in use"));
    }
}
