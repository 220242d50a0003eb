//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use crate::aws::Caller;
use crate::commands::removal::{foresee, remove};
use crate::commands::{context, context_without_record, record_tags, rows, vaults_there};
use crate::config::Config;
use crate::context::Context;
use crate::engine::{Aim, Done, Goal, Kind, Live, Sight, StepId, observe};
use crate::failure::Failure;
use crate::holdings::Holdings;
use crate::manifest::{Manifest, Revision, State};
use crate::record::{self, Record, Role};
use crate::region::Region;
use crate::report::{Deployment, DownReport, FullVault, PlanReport, Row};
use crate::session::Session;
use crate::steps;
use crate::steps::emptying::{Emptying, Origin, our_vaults, running_backups, running_copies};

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
    let full = full_vaults(&context, &sights).await?;
    match &wish.backups {
        Backups::Refuse if !full.is_empty() => {
            return Ok(Outcome::Down(DownReport::refused(deployment, full)));
        }
        Backups::Keep => keep(&mut sights, &full),
        Backups::Refuse | Backups::Delete { .. } => (),
    }
    if wish.dry_run {
        let outcomes = foresee(&session.caller, &sights).await?;
        let mut rows = rows(&relevant(sights), outcomes);
        rows.iter_mut().for_each(Row::foresee);
        return Ok(Outcome::Plan(PlanReport::of_removal(deployment, rows)));
    }
    mark(&session, &context, &sights, State::Removing, 1).await?;
    let outcomes = remove(&session.caller, &sights).await?;
    let kept = full.iter().any(|vault| !is_removed(&outcomes, vault));
    if kept {
        let left: Vec<Sight> = still_there(&sights, &outcomes);
        mark(&session, &context, &left, State::Kept, 2).await?;
    }
    let kept = if kept { full } else { Vec::new() };
    let rows = rows(&relevant(sights), outcomes);
    Ok(Outcome::Down(DownReport::removed(deployment, rows).with_kept(kept)))
}

/// Refuses to delete without the deployment's own name, and learns whose points are ours.
async fn emptying(session: &Session, backups: &Backups) -> Result<Option<Emptying>, Failure> {
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
    let our_plans = steps::plans_ever_ours(&context, &manifest.settings.regions.primary).await?;
    Ok(Some(Emptying { foreign: *foreign, stop_pitr: *stop_pitr, our_plans }))
}

/// Full vaults stay.
fn keep(sights: &mut [Sight], full: &[FullVault]) {
    for sight in sights {
        let id = sight.step.id();
        let is_it = |vault: &&FullVault| {
            id.kind == Kind::Vault
                && id.region.as_ref() == Some(&vault.region)
                && sight.step.name() == vault.vault
        };
        let Some(vault) = full.iter().find(is_it) else { continue };
        if let Live::Ours(observed) | Live::Settling(observed, _) = &mut sight.live {
            observed.stays = Some(format!("it holds {}", vault.holdings));
        }
    }
}

fn is_removed(outcomes: &BTreeMap<StepId, Done>, vault: &FullVault) -> bool {
    outcomes.iter().any(|(id, done)| {
        id.kind == Kind::Vault
            && id.region.as_ref() == Some(&vault.region)
            && matches!(done, Done::Removed)
    })
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
    emptying: Option<Emptying>,
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

/// Vaults of ours that hold recovery points, by the list and not by AWS's approximate counter.
async fn full_vaults(context: &Context, sights: &[Sight]) -> Result<Vec<FullVault>, Failure> {
    let (plans, vaults) = if context.id.is_empty() {
        (BTreeSet::new(), BTreeSet::new())
    } else {
        let primary = &context.settings.regions.primary;
        (steps::plans_ever_ours(context, primary).await?, our_vaults(context))
    };
    let (plans, vaults) = (&plans, &vaults);
    let read = join_all(vaults_there(sights).into_iter().map(|vault| async move {
        let points = steps::recovery_points(context, &vault).await?;
        let Some(holdings) = Holdings::of(&points) else { return Ok(None) };
        let mut origins: BTreeMap<Origin, usize> = BTreeMap::new();
        for point in &points {
            *origins.entry(Origin::of(point, plans, vaults)).or_default() += 1;
        }
        let (backups, copies) =
            tokio::try_join!(running_backups(context, &vault), running_copies(context, &vault))?;
        let name = context.names.vault(&vault);
        Ok::<_, Failure>(Some(FullVault {
            vault: name,
            region: vault.region.clone(),
            holdings,
            origins,
            running_jobs: backups.len() + copies,
        }))
    }));
    read.await.into_iter().filter_map(Result::transpose).collect()
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
