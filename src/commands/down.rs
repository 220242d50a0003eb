//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::account::context::Context;
use crate::account::plans;
use crate::aws::Caller;
use crate::commands::full_vaults::{full_vaults, plan_emptying};
use crate::commands::unread_regions::{check_left_out, keep_the_record, leave_out, refuse_unread};
use crate::commands::{
    context, context_without_record, record_tags, rows, steps_anywhere, vaults_there,
};
use crate::config::Config;
use crate::deployment::record::{self, Record, Role};
use crate::deployment::session::Session;
use crate::engine::removal::{plan_removal, remove};
use crate::engine::{Desired, DesiredStep, Live, Observation, StepId, StepOutcome, observe};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Revision, State};
use crate::model::region::Region;
use crate::model::settings::{Settings, VaultId};
use crate::protection::deletion::DeletionPolicy;
use crate::report::{Deployment, DownDryRun, DownOutcome, DownReport, FullVault, PlanReport, Row};
use crate::steps;
use crate::steps::vault::vault_of;

/// What is meant by a `down`.
#[derive(Default)]
pub(crate) struct DownOptions {
    /// Where a record that is lost is searched besides the usual regions.
    pub(crate) named: Vec<Region>,
    /// Regions of the deployment that are left as they are.
    pub(crate) without: Vec<Region>,
    pub(crate) dry_run: bool,
    /// With `dry_run`: end with [`Exit::NeedsAttention`](crate::report::Exit) where there is something to remove.
    pub(crate) exit_code: bool,
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
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &DownOptions,
) -> Result<DownOutcome, Failure> {
    check_confirmation(config.deployment.as_str(), &options.backups)?;
    let session = Session::open(config, caller, options.named.clone()).await?;
    let settings = match &session.record {
        Record::Found { manifest, .. } => Some(&manifest.settings),
        Record::Torn { .. } | Record::None(_) => None,
    };
    session.introduce("down", settings);
    check_left_out(&session, &options.without)?;
    let looked = session.record.searched().filter(|_| options.without.is_empty());
    let deployment = Deployment::new(&session.names, settings);
    let emptying = emptying(&session, &options.backups).await?;
    let (context, mut observations) = look(&session, emptying, &options.without).await?;
    session.caller.interrupt.check()?;

    let present = |observation: &Observation| observation.live.observed().is_some();
    if !observations.iter().any(present) {
        return Ok(nothing_there(&session, options, settings, &unread(observations)));
    }
    refuse_unread(&session, &observations)?;
    keep_the_record(&session.record, &mut observations, &options.without);
    let full = full_vaults(&context, &observations).await?;
    match &options.backups {
        Backups::Refuse if !full.is_empty() => {
            return Ok(if options.dry_run {
                let report = PlanReport::of_refused_removal(deployment, full);
                DownOutcome::DryRun(DownDryRun::new(report.with_exit_code(options.exit_code)))
            } else {
                DownOutcome::Down(DownReport::refused(deployment, full))
            });
        }
        Backups::Keep => {
            let holds = |vault: &FullVault| format!("it holds {}", vault.contents);
            keep(&mut observations, full.iter().map(|vault| (&vault.id, holds(vault))));
        }
        Backups::Refuse | Backups::Delete { .. } => (),
    }
    if options.dry_run {
        let report = planned_report(&context, deployment, observations, &full).await?;
        let report = report.with_searched(looked).with_exit_code(options.exit_code);
        return Ok(DownOutcome::DryRun(DownDryRun::new(report)));
    }
    mark(&session, &context, &observations, State::Removing, 1).await?;
    let outcomes = remove(&session.caller, &observations).await?;
    let left = still_there(&observations, &outcomes);
    let kept = still_full(&context, full, &left).await;
    if !kept.is_empty() {
        mark(&session, &context, &left, State::Kept, 2).await?;
    }
    let report = DownReport::removed(deployment, rows(&relevant(observations), outcomes));
    let released = context.emptying.as_deref().map(DeletionPolicy::released).unwrap_or_default();
    let report = report.with_kept(kept).with_disassociated(&released);
    Ok(DownOutcome::Down(report.with_searched(looked).with_left_out(&options.without)))
}

/// What the removal would come to; nothing is written.
async fn planned_report(
    context: &Context,
    deployment: Deployment,
    mut observations: Vec<Observation>,
    full: &[FullVault],
) -> Result<PlanReport, Failure> {
    let emptied = plan_emptying(context, full).await?;
    let stays = full.iter().zip(&emptied);
    keep(
        &mut observations,
        stays.filter_map(|(vault, emptied)| Some((&vault.id, emptied.kept_because()?))),
    );
    let outcomes = plan_removal(&context.caller, &observations).await?;
    let mut rows = rows(&relevant(observations), outcomes);
    rows.iter_mut().for_each(Row::show_as_planned);
    Ok(PlanReport::of_removal(deployment, rows).with_emptied(emptied))
}

/// The vaults that still hold something, and what, as far as it can be read again.
async fn still_full(
    context: &Context,
    full: Vec<FullVault>,
    left: &[Observation],
) -> Vec<FullVault> {
    let is_left = |vault: &FullVault| left.iter().any(|observation| is_it(observation, &vault.id));
    let before: Vec<FullVault> = full.into_iter().filter(is_left).collect();
    if before.is_empty() || context.emptying.is_none() {
        return before;
    }
    full_vaults(context, left).await.unwrap_or(before)
}

/// The report where nothing is, but for what could not be read.
fn nothing_there(
    session: &Session,
    options: &DownOptions,
    settings: Option<&Settings>,
    unread: &[Observation],
) -> DownOutcome {
    let deployment = || Deployment::new(&session.names, settings);
    let looked = session.record.searched().filter(|_| options.without.is_empty());
    let nothing = DownReport::removed(deployment(), rows(unread, BTreeMap::new()));
    let nothing = nothing.with_left_out(&options.without).with_searched(looked);
    if !options.dry_run {
        return DownOutcome::Down(nothing);
    }
    let plan = PlanReport::of_nothing(deployment(), rows(unread, BTreeMap::new()));
    DownOutcome::DryRun(DownDryRun::of_nothing(plan.with_searched(looked), nothing))
}

/// Refuses to delete without the deployment's own name, before anything is called.
fn check_confirmation(name: &str, backups: &Backups) -> Result<(), Failure> {
    match backups {
        Backups::Delete { confirm, .. } if confirm != name => Err(Failure::Usage(format!(
            "--confirm {confirm}: this deployment is called {name}; its backups would be deleted for ever"
        ))),
        Backups::Refuse | Backups::Keep | Backups::Delete { .. } => Ok(()),
    }
}

/// How vaults are to be emptied, where that was said: learns whose points are ours.
async fn emptying(session: &Session, backups: &Backups) -> Result<Option<DeletionPolicy>, Failure> {
    let Backups::Delete { foreign, stop_pitr, .. } = backups else { return Ok(None) };
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
fn keep<'a>(observations: &mut [Observation], vaults: impl Iterator<Item = (&'a VaultId, String)>) {
    for (vault, why) in vaults {
        for observation in observations.iter_mut().filter(|observation| is_it(observation, vault)) {
            if let Live::Ours(observed) | Live::InProgress(observed, _) = &mut observation.live {
                observed.keep_reason = Some(why.clone());
            }
        }
    }
}

fn is_it(observation: &Observation, vault: &VaultId) -> bool {
    vault_of(&observation.step.id()).as_ref() == Some(vault)
}

fn still_there(
    observations: &[Observation],
    outcomes: &BTreeMap<StepId, StepOutcome>,
) -> Vec<Observation> {
    let gone = |observation: &&Observation| {
        !matches!(outcomes.get(&observation.step.id()), Some(StepOutcome::Removed))
    };
    observations.iter().filter(gone).cloned().collect()
}

/// What there is, by the record, or by name and tag where the record is lost.
async fn look(
    session: &Session,
    emptying: Option<DeletionPolicy>,
    left_out: &[Region],
) -> Result<(Context, Vec<Observation>), Failure> {
    let (context, mut desired_steps) = match &session.record {
        Record::Found { manifest, .. } => {
            let tags = record_tags(manifest)?;
            let mut context = context(session, manifest, tags, &BTreeSet::new());
            context.emptying = emptying.map(Arc::new);
            let desired_steps = steps::all(&context);
            (context, desired_steps)
        }
        Record::Torn { regions, looked, .. } => anywhere(session, &looked.with(regions)).await,
        Record::None(looked) => anywhere(session, &looked.regions).await,
    };
    leave_out(&mut desired_steps, left_out);
    for desired_step in &mut desired_steps {
        desired_step.desired = Desired::Absent;
    }
    let observations = observe(&desired_steps).await;
    Ok((context, observations))
}

async fn anywhere(session: &Session, regions: &[Region]) -> (Context, Vec<DesiredStep>) {
    let context = context_without_record(session, &session.iam_region);
    let desired_steps = steps_anywhere(&context, regions).await;
    (context, desired_steps)
}

fn unread(mut observations: Vec<Observation>) -> Vec<Observation> {
    observations.retain(|observation| matches!(observation.live, Live::Unknown(_)));
    observations
}

/// What is worth a row: not what was never there.
fn relevant(mut observations: Vec<Observation>) -> Vec<Observation> {
    observations.retain(|observation| {
        !matches!(observation.live, Live::Absent) && !observation.step.is_optional()
    });
    observations
}

/// Writes the state into the record of what is there, so that any other run sees it. `after` counts
/// the revisions since the record that was read.
async fn mark(
    session: &Session,
    context: &Context,
    observations: &[Observation],
    state: State,
    after: u64,
) -> Result<(), Failure> {
    let Record::Found { manifest, role, .. } = &session.record else { return Ok(()) };
    let mut revision = Revision::after(Some(&manifest.revision));
    revision.counter = manifest.revision.counter + after;
    let marked = Manifest { state, revision, ..manifest.clone() };
    let is_role = |observation: &Observation| {
        observation.step.id().is_root() && observation.live.observed().is_some()
    };
    let role = matches!(role, Role::Present) && observations.iter().any(is_role);
    let vaults = vaults_there(observations);
    record::write(context, &record_tags(&marked)?, role, &vaults, &BTreeSet::new()).await
}
