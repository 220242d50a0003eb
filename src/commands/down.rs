//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::aws::Caller;
use crate::backups::count_selected;
use crate::commands::full_vaults::{Purpose, VaultsSeen, decide, vaults_seen};
use crate::commands::removal_record::{Mark, mark};
use crate::commands::unread_regions::{check_left_out, keep_the_record, leave_out, refuse_unread};
use crate::commands::{
    context, context_without_record, record_tags, rows, steps_anywhere, with_others,
};
use crate::config::Config;
use crate::deployment::record::Record;
use crate::deployment::session::Session;
use crate::engine::removal::{plan_removal, remove};
use crate::engine::{Desired, DesiredStep, Live, Observation, StepId, StepOutcome, observe, told};
use crate::failure::Failure;
use crate::model::manifest::State;
use crate::model::names;
use crate::model::region::Region;
use crate::model::settings::{Settings, VaultId};
use crate::protection::deletion::{DeletionChoice, DeletionPolicy};
use crate::report::{
    Deployment, DownDryRun, DownOutcome, DownReport, Emptied, FullVault, PlanReport, Row,
};
use crate::restores::drill::{self, Leftover};
use crate::steps;
use crate::steps::subscriptions::{ADDRESSES, addresses};
use crate::steps::topic;
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
#[derive(Debug, Default)]
pub(crate) enum Backups {
    /// Nothing is removed while there are any.
    #[default]
    Refuse,
    /// Full vaults stay, with the service role that AWS Backup needs to expire what they hold.
    Keep,
    /// They go: said in so many words, with the deployment's name.
    Delete { confirm: String, choice: DeletionChoice },
}

impl Backups {
    fn purpose(&self) -> Purpose {
        match self {
            Self::Refuse => Purpose::Refuse,
            Self::Keep => Purpose::Keep,
            Self::Delete { .. } => Purpose::Delete,
        }
    }
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
    let session = Session::open_to_observe(config, caller, options.named.clone()).await?;
    let settings = match &session.record {
        Record::Found { manifest, .. } => Some(&manifest.settings),
        Record::Torn { .. } | Record::None(_) => None,
    };
    session.introduce("down", settings);
    check_left_out(&session, &options.without)?;
    let looked = session.record.searched().filter(|_| options.without.is_empty());
    let deployment = Deployment::new(&session.names, settings);
    let emptying = emptying(&session, &options.backups)?;
    let (context, mut observations) = look(&session, emptying, &options.without).await?;
    session.caller.interrupt.check()?;

    let present = |observation: &Observation| observation.live.observed().is_some();
    if !observations.iter().any(present) {
        return Ok(nothing_there(&session, options, settings, &unread(observations)).await);
    }
    refuse_unread(&session, &observations)?;
    keep_the_record(&session.record, &mut observations, &options.without);
    let purpose = options.backups.purpose();
    let (seen, ()) = tokio::try_join!(
        vaults_seen(&context, &observations, purpose, &options.without),
        refuse_drills(&context, &observations, &options.without)
    )?;
    if matches!(options.backups, Backups::Refuse) && !seen.full.is_empty() {
        return Ok(refused(deployment, options, seen.full));
    }
    if matches!(options.backups, Backups::Keep) {
        let holds = seen.full.iter().map(|vault| (vault.id(), vault.keep_reason()));
        keep(&mut observations, holds);
    }
    let emptied = match context.emptying.as_deref() {
        Some(policy) => decide(&context, policy, &seen).await?,
        None => Vec::new(),
    };
    if options.dry_run {
        let report =
            planned_report(&context, deployment, observations, &seen.full, emptied).await?;
        let report = report.with_searched(looked).with_exit_code(options.exit_code);
        return Ok(DownOutcome::DryRun(DownDryRun::new(report)));
    }
    let untouched = stays(&seen.full, &emptied).filter(|(.., emptied)| emptied.is_untouched());
    keep(&mut observations, untouched.map(|(vault, why, _)| (vault, why)));
    let report = removed(&session, &context, deployment, observations, seen).await?;
    Ok(DownOutcome::Down(report.with_searched(looked).with_left_out(&options.without)))
}

fn refused(deployment: Deployment, options: &DownOptions, full: Vec<FullVault>) -> DownOutcome {
    if options.dry_run {
        let report = PlanReport::of_refused_removal(deployment, full);
        DownOutcome::DryRun(DownDryRun::new(report.with_exit_code(options.exit_code)))
    } else {
        DownOutcome::Down(DownReport::refused(deployment, full))
    }
}

/// Removes what goes, and writes into the record what is going on.
async fn removed(
    session: &Session,
    context: &Context,
    deployment: Deployment,
    observations: Vec<Observation>,
    seen: VaultsSeen,
) -> Result<DownReport, Failure> {
    let plans = seen.our_plans();
    mark(session, context, &observations, Mark { state: State::Removing, after: 1, plans: &plans })
        .await?;
    // Who takes the backups away has to hear what is without them now; it costs the removal no time.
    let still_tagged = still_tagged(session, context);
    let (outcomes, still_tagged) =
        tokio::join!(remove(&session.caller, &observations), still_tagged);
    let outcomes = outcomes?;
    let left = still_there(&observations, &outcomes);
    let kept = still_full(context, seen, &left).await;
    let mut unsubscribed = BTreeSet::new();
    if !kept.is_empty() || only_the_role_stays(&outcomes) {
        unsubscribed = unsubscribed_of(context, &left);
        mark(session, context, &left, Mark { state: State::Kept, after: 2, plans: &plans }).await?;
    }
    let report = DownReport::removed(deployment, rows(&relevant(observations), outcomes));
    let released = context.emptying.as_deref().map(DeletionPolicy::released).unwrap_or_default();
    let report = report.with_still_tagged(still_tagged, &context.settings);
    Ok(report.with_kept(kept).with_unsubscribed(unsubscribed).with_disassociated(&released))
}

/// Whether all is gone but the service role, which AWS Backup needs for what it made in a given vault.
fn only_the_role_stays(outcomes: &BTreeMap<StepId, StepOutcome>) -> bool {
    let stays =
        |(id, done): &(&StepId, &StepOutcome)| id.is_root() && matches!(done, StepOutcome::Kept(_));
    let (role, rest): (Vec<_>, Vec<_>) = outcomes.iter().partition(stays);
    !role.is_empty() && rest.iter().all(|(_, done)| done.is_well())
}

/// How many resources are selected, where a record names them and they can be read.
async fn still_tagged(session: &Session, context: &Context) -> Option<usize> {
    let Record::Found { manifest, .. } = &session.record else { return None };
    let settings = &manifest.settings;
    count_selected(context, &settings.regions.primary, &settings.selected()).await.ok()
}

/// The recorded subscribers whose topics are gone: the record that stays knows their hashes alone.
fn unsubscribed_of(context: &Context, left: &[Observation]) -> BTreeSet<String> {
    let is_topic = |observation: &Observation| {
        observation.id().kind == &topic::KIND && observation.live.observed().is_some()
    };
    if left.iter().any(is_topic) {
        return BTreeSet::new();
    }
    let addresses = addresses(context, told(left).everywhere(&ADDRESSES));
    let recorded = context.settings.subscribers.iter();
    recorded.filter_map(|hash| addresses.get(hash)).cloned().collect()
}

/// The vaults that stay though they are emptied, and why.
fn stays<'a>(
    full: &'a [FullVault],
    emptied: &'a [Emptied],
) -> impl Iterator<Item = (&'a VaultId, String, &'a Emptied)> {
    let of_each = full.iter().zip(emptied);
    of_each.filter_map(|(vault, emptied)| Some((vault.id(), emptied.kept_because()?, emptied)))
}

/// What the removal would come to; nothing is written.
async fn planned_report(
    context: &Context,
    deployment: Deployment,
    mut observations: Vec<Observation>,
    full: &[FullVault],
    emptied: Vec<Emptied>,
) -> Result<PlanReport, Failure> {
    keep(&mut observations, stays(full, &emptied).map(|(vault, why, _)| (vault, why)));
    let outcomes = plan_removal(&context.caller, &observations).await?;
    let mut rows = rows(&relevant(observations), outcomes);
    rows.iter_mut().for_each(Row::show_as_planned);
    Ok(PlanReport::of_removal(deployment, rows).with_emptied(emptied))
}

/// The vaults that still hold something, and what, as far as it can be read again.
async fn still_full(context: &Context, seen: VaultsSeen, left: &[Observation]) -> Vec<FullVault> {
    let is_left = |vault: &FullVault| left.iter().any(|observation| is_it(observation, vault.id()));
    let before: Vec<FullVault> = seen.full.into_iter().filter(is_left).collect();
    if before.is_empty() || context.emptying.is_none() {
        return before;
    }
    let seen = vaults_seen(context, left, Purpose::Keep, &seen.without).await;
    seen.map_or(before, |seen| seen.full)
}

/// The report where nothing is, but for what could not be read.
async fn nothing_there(
    session: &Session,
    options: &DownOptions,
    settings: Option<&Settings>,
    unread: &[Observation],
) -> DownOutcome {
    let deployment = || Deployment::new(&session.names, settings);
    let looked = match session.record.searched().filter(|_| options.without.is_empty()) {
        Some(looked) => Some(with_others(session, looked).await),
        None => None,
    };
    let looked = looked.as_ref();
    let nothing = DownReport::removed(deployment(), rows(unread, BTreeMap::new()));
    let nothing = nothing.with_left_out(&options.without).with_searched(looked);
    if !options.dry_run {
        return DownOutcome::Down(nothing);
    }
    let plan = PlanReport::of_nothing(deployment(), rows(unread, BTreeMap::new()));
    DownOutcome::DryRun(DownDryRun::of_nothing(plan.with_searched(looked), nothing))
}

/// Refuses while drills have left something: without the deployment nobody would find it, and it costs.
async fn refuse_drills(
    context: &Context,
    observations: &[Observation],
    left_out: &[Region],
) -> Result<(), Failure> {
    let there = observations.iter().filter(|observation| observation.live.observed().is_some());
    let regions: BTreeSet<Region> = there.filter_map(|there| there.id().region).collect();
    let regions: Vec<Region> =
        regions.into_iter().filter(|region| !left_out.contains(region)).collect();
    let found = join_all(regions.iter().map(|region| drill::find_once(context, region))).await;
    context.caller.interrupt.check()?;
    let found = found.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    if found.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = found.iter().map(Leftover::name).collect();
    let deployment = context.names.deployment.as_str();
    Err(Failure::refused(
        format!("drills have left what only this deployment finds again\n  {}", names.join("\n  ")),
        format!("delete it: {}", names::command(deployment, "drill restore --clean-up")),
    ))
}

/// Refuses to delete without the deployment's own name, before anything is called.
fn check_confirmation(name: &str, backups: &Backups) -> Result<(), Failure> {
    match backups {
        Backups::Delete { confirm, .. } if confirm != name => Err(Failure::Usage(format!(
            "--confirm {confirm}: this deployment is called {name}; its backups would be deleted permanently"
        ))),
        Backups::Refuse | Backups::Keep | Backups::Delete { .. } => Ok(()),
    }
}

/// How vaults are to be emptied, where that was said.
fn emptying(session: &Session, backups: &Backups) -> Result<Option<DeletionPolicy>, Failure> {
    let Backups::Delete { choice, .. } = backups else { return Ok(None) };
    let Record::Found { .. } = &session.record else {
        return Err(Failure::refused(
            "without the record of the deployment it is unknown whose recovery points these are",
            "take it up again with `mrbackup up`, then delete",
        ));
    };
    Ok(Some(DeletionPolicy::new(choice.clone())))
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
    vault_of(&observation.id()).as_ref() == Some(vault)
}

fn still_there(
    observations: &[Observation],
    outcomes: &BTreeMap<StepId, StepOutcome>,
) -> Vec<Observation> {
    let gone = |observation: &&Observation| {
        !matches!(outcomes.get(&observation.id()), Some(StepOutcome::Removed))
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
        !matches!(observation.live, Live::Absent) && !observation.step.may_be_absent()
    });
    observations
}
