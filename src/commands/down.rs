//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::account::context::Context;
use crate::account::plans;
use crate::aws::Caller;
use crate::commands::full_vaults::{foresee_emptying, full_vaults};
use crate::commands::{context, context_without_record, record_tags, rows, vaults_there};
use crate::config::Config;
use crate::deployment::record::{self, Record, Role};
use crate::deployment::session::Session;
use crate::engine::removal::{foresee, remove};
use crate::engine::{Aim, Done, Goal, Kind, Live, Sight, StepId, observe};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::deletion::DeletionPolicy;
use crate::report::{Deployment, DownReport, FullVault, PlanReport, Row};
use crate::steps;

/// What is meant by a `down`.
#[derive(Default)]
pub(crate) struct Wish {
    /// Where to look for a record that is lost.
    pub(crate) hints: Vec<Region>,
    pub(crate) dry_run: bool,
    /// What is to become of the recovery points.
    pub(crate) backups: Backups,
}

/// What is to become of the recovery points in the vaults.
#[derive(Default)]
pub(crate) enum Backups {
    /// Nothing is removed while there are any.
    #[default]
    Refuse,
    /// Full vaults stay, with the service role that AWS Backup needs to expire what they hold.
    Keep,
    /// They go: said in so many words, with the deployment's name.
    Delete { confirm: String, foreign: bool, stop_pitr: bool },
}

/// Removes the deployment.
///
/// # Errors
/// Where the account cannot be read. Steps that fail are in the report.
pub(crate) async fn run(config: &Config, caller: Caller, wish: &Wish) -> Result<Outcome, Failure> {
    let session = Session::open(config, caller, wish.hints.clone()).await?;
    let settings = match &session.record {
        Record::Found { manifest, .. } => Some(&manifest.settings),
        Record::Torn { .. } | Record::None(_) => None,
    };
    session.introduce("down", settings);
    let deployment = Deployment::of(&session.names, settings);
    let emptying = emptying(&session, &wish.backups).await?;
    let (context, mut sights) = look(&session, emptying).await?;
    session.caller.interrupt.check()?;

    let present = |sight: &Sight| sight.live.observed().is_some();
    if !sights.iter().any(present) {
        let rows = rows(&unread(sights), BTreeMap::new());
        return Ok(Outcome::Down(DownReport::nothing(deployment, &session.record, rows)));
    }
    if !matches!(wish.backups, Backups::Keep) && matches!(session.record, Record::Found { .. }) {
        refuse_unseen(&sights)?;
    }
    let full = full_vaults(&context, &sights).await?;
    match &wish.backups {
        Backups::Refuse if !full.is_empty() => {
            return Ok(if wish.dry_run {
                Outcome::Plan(PlanReport::of_refused_removal(deployment, full))
            } else {
                Outcome::Down(DownReport::refused(deployment, full))
            });
        }
        Backups::Keep => {
            let holds = |vault: &FullVault| format!("it holds {}", vault.holdings);
            keep(&mut sights, full.iter().map(|vault| (&vault.id, holds(vault))));
        }
        Backups::Refuse | Backups::Delete { .. } => (),
    }
    if wish.dry_run {
        let report = foreseen(&context, deployment, sights, &full).await?;
        return Ok(Outcome::Plan(report));
    }
    mark(&session, &context, &sights, State::Removing, 1).await?;
    let outcomes = remove(&session.caller, &sights).await?;
    let left = still_there(&sights, &outcomes);
    let kept = still_full(&context, full, &left).await;
    if !kept.is_empty() {
        mark(&session, &context, &left, State::Kept, 2).await?;
    }
    let report = DownReport::removed(deployment, rows(&relevant(sights), outcomes));
    let released = context.emptying.as_deref().map(DeletionPolicy::released).unwrap_or_default();
    Ok(Outcome::Down(report.with_kept(kept).with_let_go(&released)))
}

/// Refuses while a vault cannot be looked at: what it holds would lose its plan and its alarms.
fn refuse_unseen(sights: &[Sight]) -> Result<(), Failure> {
    let unseen = sights.iter().filter(|sight| sight.step.id().kind == Kind::Vault);
    let unseen: Vec<String> = unseen
        .filter_map(|sight| match &sight.live {
            Live::Unknown(failure) => Some(format!("{}: {failure}", sight.step.id())),
            _ => None,
        })
        .collect();
    if unseen.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(
        format!(
            "nothing was removed: not every vault could be looked at\n  {}",
            unseen.join("\n  ")
        ),
        "run it again when it can be, or keep what may be full: mrbackup down --keep-backups",
    ))
}

/// What the removal would come to; nothing is written.
async fn foreseen(
    context: &Context,
    deployment: Deployment,
    mut sights: Vec<Sight>,
    full: &[FullVault],
) -> Result<PlanReport, Failure> {
    let emptied = foresee_emptying(context, full).await?;
    let stays = full.iter().zip(&emptied);
    keep(&mut sights, stays.filter_map(|(vault, emptied)| Some((&vault.id, emptied.stays()?))));
    let outcomes = foresee(&context.caller, &sights).await?;
    let mut rows = rows(&relevant(sights), outcomes);
    rows.iter_mut().for_each(Row::foresee);
    Ok(PlanReport::of_removal(deployment, rows).with_emptied(emptied))
}

/// The vaults that still hold something, and what, as far as it can be read again.
async fn still_full(context: &Context, full: Vec<FullVault>, left: &[Sight]) -> Vec<FullVault> {
    let is_left = |vault: &FullVault| left.iter().any(|sight| is_it(sight, &vault.id));
    let before: Vec<FullVault> = full.into_iter().filter(is_left).collect();
    if before.is_empty() || context.emptying.is_none() {
        return before;
    }
    full_vaults(context, left).await.unwrap_or(before)
}

/// Refuses to delete without the deployment's own name, and learns whose points are ours.
async fn emptying(session: &Session, backups: &Backups) -> Result<Option<DeletionPolicy>, Failure> {
    let Backups::Delete { confirm, foreign, stop_pitr } = backups else { return Ok(None) };
    let name = session.names.deployment.as_str();
    if confirm != name {
        return Err(Failure::Usage(format!(
            "--confirm {confirm}: this deployment is called {name}; its backups would be deleted for ever"
        )));
    }
    let Record::Found { manifest, .. } = &session.record else {
        return Err(Failure::refused(
            "without the record of the deployment nobody can tell whose recovery points these are",
            "take it up again with `mrbackup up`, then delete",
        ));
    };
    let context = context(session, manifest, record_tags(manifest)?, &BTreeSet::new());
    let our_plans = plans::ever_ours(&context, &manifest.settings.regions.primary).await?;
    Ok(Some(DeletionPolicy::new(*foreign, *stop_pitr, our_plans)))
}

/// These vaults stay, and why.
fn keep<'a>(sights: &mut [Sight], vaults: impl Iterator<Item = (&'a VaultId, String)>) {
    for (vault, why) in vaults {
        for sight in sights.iter_mut().filter(|sight| is_it(sight, vault)) {
            if let Live::Ours(observed) | Live::Settling(observed, _) = &mut sight.live {
                observed.stays = Some(why.clone());
            }
        }
    }
}

fn is_it(sight: &Sight, vault: &VaultId) -> bool {
    sight.step.id() == StepId::of_vault(vault)
}

fn still_there(sights: &[Sight], outcomes: &BTreeMap<StepId, Done>) -> Vec<Sight> {
    let gone = |sight: &&Sight| !matches!(outcomes.get(&sight.step.id()), Some(Done::Removed));
    sights.iter().filter(gone).cloned().collect()
}

/// What `down` did, or what it would do.
pub(crate) enum Outcome {
    Down(DownReport),
    Plan(PlanReport),
}

/// What there is, by the record, or by name and tag where the record is lost.
async fn look(
    session: &Session,
    emptying: Option<DeletionPolicy>,
) -> Result<(Context, Vec<Sight>), Failure> {
    let (context, mut aims) = match &session.record {
        Record::Found { manifest, .. } => {
            let tags = record_tags(manifest)?;
            let mut context = context(session, manifest, tags, &BTreeSet::new());
            context.emptying = emptying.map(Arc::new);
            let aims = steps::all(&context);
            (context, aims)
        }
        Record::Torn { regions, .. } => anywhere(session, regions).await,
        Record::None(looked) => anywhere(session, &looked.regions).await,
    };
    for aim in &mut aims {
        aim.goal = Goal::Gone;
    }
    let sights = observe(&aims).await;
    Ok((context, sights))
}

async fn anywhere(session: &Session, regions: &[Region]) -> (Context, Vec<Aim>) {
    let context = context_without_record(session, &session.through);
    let aims = steps::anywhere(&context, regions).await;
    (context, aims)
}

fn unread(mut sights: Vec<Sight>) -> Vec<Sight> {
    sights.retain(|sight| matches!(sight.live, Live::Unknown(_)));
    sights
}

/// What is worth a row: not what was never there.
fn relevant(mut sights: Vec<Sight>) -> Vec<Sight> {
    sights.retain(|sight| !matches!(sight.live, Live::Absent) && !sight.step.wants_nothing());
    sights
}

/// Writes the state into the record of what is there, so that any other run sees it. `after` counts
/// the revisions since the record that was read.
async fn mark(
    session: &Session,
    context: &Context,
    sights: &[Sight],
    state: State,
    after: u64,
) -> Result<(), Failure> {
    let Record::Found { manifest, role, .. } = &session.record else { return Ok(()) };
    let mut revision = Revision::after(Some(&manifest.revision));
    revision.counter = manifest.revision.counter + after;
    let marked = Manifest { state, revision, ..manifest.clone() };
    let is_role = |sight: &Sight| {
        sight.step.id().kind == Kind::ServiceRole && sight.live.observed().is_some()
    };
    let role = matches!(role, Role::Present) && sights.iter().any(is_role);
    let vaults = vaults_there(sights);
    record::write(context, &record_tags(&marked)?, role, &vaults, &BTreeSet::new()).await
}
