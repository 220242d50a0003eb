//! `status`: is everything in place, and are the backups and copies really there and fresh. Reads only.

mod backups;
mod options;
mod restore_tests;
mod restores_proved;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use options::StatusOptions;

use crate::account::context::Context;
use crate::aws::Caller;
use crate::backups::PlansInForce;
use crate::commands::desired::prove;
use crate::commands::status::restores_proved::Memory;
use crate::commands::{
    context, context_without_record, record_tags, rows, steps_anywhere, with_others,
};
use crate::config::Config;
use crate::deployment::record::{Record, Role};
use crate::deployment::search::Looked;
use crate::deployment::session::Session;
use crate::engine::{self, Desired, Kind, Live, Observation, observe};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, State};
use crate::model::names;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::protection::schedule::Proof;
use crate::report::{
    Deployment, Finding, RestoreTestsRow, RestoresProvedRow, Searched, Severity, StatusReport,
    Verdict,
};
use crate::steps::plan::{self, PLAN};
use crate::steps::selection::{self, SELECTIONS};
use crate::steps::{self, subscriptions};

/// Compares the account with the record, and the backups with what the rules promise.
///
/// # Errors
/// Where the account cannot be read at all.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    look: &StatusOptions,
) -> Result<StatusReport, Failure> {
    let session = Session::open_to_observe(config, caller, look.named.clone()).await?;
    match &session.record {
        Record::Found { manifest, role, agreed } => {
            recorded(&session, config, look, manifest, role, *agreed).await
        }
        Record::Torn { why, regions, looked, .. } => {
            session.introduce("status", None);
            let observations = survivors(&session, &looked.with(regions)).await;
            let verdict =
                Verdict::RecordLost { reason: format!("its record cannot be read: {why}") };
            Ok(unrecorded(&session, verdict, &observations))
        }
        Record::None(looked) => {
            session.introduce("status", None);
            let observations = survivors(&session, &looked.regions).await;
            let verdict = without_record(&session, looked, &observations).await;
            Ok(unrecorded(&session, verdict, &observations))
        }
    }
}

async fn recorded(
    session: &Session,
    config: &Config,
    look: &StatusOptions,
    manifest: &Manifest,
    role: &Role,
    agreed: bool,
) -> Result<StatusReport, Failure> {
    check_regions(look, session, manifest)?;
    session.introduce("status", Some(&manifest.settings));
    let addresses = config.file.as_ref().map(|file| file.subscribers.clone()).unwrap_or_default();
    let context = context(session, manifest, record_tags(manifest)?, &addresses);
    let regions = manifest.settings.regions.names();
    let read = regions.iter().filter(|region| look.takes(region)).map(Region::as_str);
    session.caller.progress.reads(read);
    let (mut observations, mut backups, memory) = tokio::join!(
        observed(&context, look),
        backups::read(&context, look),
        memory(&context, look, manifest.state)
    );
    let runs = runs(&observations);
    if manifest.state == State::Kept {
        // What was removed on purpose is not missing; what cannot be read may be there.
        observations.retain(|observation| match observation.live {
            Live::Absent | Live::NotOurs(_) => false,
            Live::Ours(_)
            | Live::Given(_)
            | Live::Unfit(_)
            | Live::InProgress(..)
            | Live::Unknown(_) => true,
        });
        // No rule writes to the vaults, so that a lock that does not allow it is no matter.
        observations.iter_mut().for_each(Observation::needs_no_attention);
        backups.retain(&observations);
    }
    // What was removed but for its vaults makes no copies that could be denied.
    let denials = if manifest.state == State::Kept { Vec::new() } else { backups.denials() };
    let tests = match manifest.state {
        State::Kept => Vec::new(),
        State::Building | State::Ready | State::Removing => {
            restore_tests::read(&context, look, &observations, &backups).await
        }
    };
    let (now, kinds) = (backups.now(), backups.kinds());
    let restores_proved = memory.rows(&manifest.settings, look, &backups.silent());
    let secondary = &manifest.settings.regions.secondary;
    let drill = backups.holds_points(secondary).then(|| {
        let command = format!("drill restore --all --region {secondary}");
        names::command(session.names.deployment.as_str(), &command)
    });
    let backups =
        backups.complete(&context, look, runs, in_force(&observations, &manifest.settings)).await;
    session.caller.interrupt.check()?;
    // Where no rule runs any more nothing is missed.
    let mut proof = prove(&manifest.settings).ok().filter(|_| runs == Some(true));
    if let Some(proof) = &mut proof {
        proof.regions.retain(|region| look.takes(&region.region));
    }
    let certain = proof.as_ref().map(Proof::certain_lapses).unwrap_or_default();
    let mut findings: Vec<Finding> =
        certain.into_iter().map(|line| Finding::new(Severity::Unprotected, line)).collect();
    findings.extend(denials.into_iter().map(|line| Finding::new(Severity::Stopped, line)));
    findings.extend(tests.iter().flat_map(RestoreTestsRow::findings));
    findings
        .extend(restores_proved.iter().flat_map(|row| row.findings(&judged_wrong(&tests, row))));
    findings.extend(troubles_of_record(manifest.state, role, agreed));
    let deployment = Deployment::new(&session.names, Some(&manifest.settings));
    observations.retain(|observation| !observation.is_gone());
    let rows = rows(&observations, BTreeMap::new());
    let mut warnings = proof.as_ref().map(Proof::possible_lapses).unwrap_or_default();
    warnings.extend(tests.iter().filter_map(RestoreTestsRow::warning));
    warnings.extend(memory.warning(&manifest.settings, look, &kinds, drill.as_deref()));
    let report = StatusReport::recorded(deployment, manifest.state, findings, backups, rows)
        .with_told(told(&observations))
        .with_warnings(warnings)
        .with_restore_tests(tests)
        .with_memory(restores_proved, memory.watchdog_seen(), drill, now);
    Ok(if look.resources.is_empty() { report } else { report.without_what_is_well() })
}

/// What the metrics have kept; nothing of what was removed except for its vaults.
async fn memory(context: &Context, look: &StatusOptions, state: State) -> Memory {
    match state {
        State::Kept => Memory::default(),
        State::Building | State::Ready | State::Removing => {
            restores_proved::read(context, look).await
        }
    }
}

/// The types of which a test of AWS's in the region is named as wrong already.
fn judged_wrong<'a>(tests: &'a [RestoreTestsRow], row: &RestoresProvedRow) -> Vec<&'a str> {
    let of_region = tests.iter().filter(|tests| tests.region == row.region);
    of_region.flat_map(RestoreTestsRow::judged_wrong).collect()
}

/// The regions in which a subscriber of ours has confirmed, and nothing keeps alarms from reaching one.
fn told(observations: &[Observation]) -> Vec<Region> {
    let is_told = |observation: &&Observation| {
        observation.id().kind == &subscriptions::KIND
            && observation.desired == Desired::Present
            && !observation.step.may_be_absent()
            && matches!(&observation.live, Live::Ours(observed) | Live::Given(observed) if observed.attention.is_empty())
    };
    observations.iter().filter(is_told).filter_map(|observation| observation.id().region).collect()
}

/// What the record itself needs attention for, or its places.
fn troubles_of_record(state: State, role: &Role, agreed: bool) -> Vec<Finding> {
    let mut attention = Vec::new();
    match state {
        State::Ready => (),
        State::Building => attention.push("an `up` is running or was interrupted: run `mrbackup up`".to_owned()),
        State::Kept => attention.push(
            "it was removed, except for vaults with backups: `mrbackup up` manages them again, `mrbackup down` removes them when they are empty".to_owned(),
        ),
        State::Removing => attention
            .push("a `down` is running or was interrupted: run `mrbackup down`, or `mrbackup up` to keep it".to_owned()),
    }
    match role {
        Role::Present | Role::Given if agreed => (),
        Role::Present | Role::Given => attention.push(
            "the record on the service role and on the vaults differs: run `mrbackup up`".to_owned(),
        ),
        Role::Missing => attention.push(
            "the service role is gone, and with it AWS Backup's access; its vaults keep the record: run `mrbackup up`".to_owned(),
        ),
        // The service role's own row says the same of IAM's silence.
        Role::Unread(failure) if failure.is_silence() => (),
        Role::Unread(failure) => attention.push(format!("IAM cannot be read: {failure}")),
    }
    attention.into_iter().map(|line| Finding::new(Severity::Stopped, line)).collect()
}

/// Refuses a region of which there is nothing to say: silence there would be taken for health.
fn check_regions(
    look: &StatusOptions,
    session: &Session,
    manifest: &Manifest,
) -> Result<(), Failure> {
    let settings = &manifest.settings;
    let mut known = settings.regions.names();
    known.extend(settings.former.vaults.iter().map(|vault| vault.region.clone()));
    let Some(other) = look.only.iter().find(|region| !known.contains(region)) else {
        return Ok(());
    };
    let known: Vec<&str> = known.iter().map(Region::as_str).collect();
    Err(Failure::refused(
        format!("{other} is no region of deployment {}", session.names.deployment),
        format!("look in one of its own: {}", known.join(", ")),
    ))
}

/// Plans and selections of the primary; `None` where one of them could not be read.
fn in_force(observations: &[Observation], settings: &Settings) -> Option<PlansInForce> {
    let (facts, primary) = (engine::told(observations), &settings.regions.primary);
    let names = settings.plan_names();
    let plans = names.iter().map(|name| {
        let variant = plan::variant(name);
        let id = facts.of_variant(&PLAN, primary, variant)?.id.clone();
        Some((id, facts.of_variant(&SELECTIONS, primary, variant)?.since?))
    });
    let plans: Vec<(String, i64)> = plans.collect::<Option<_>>()?;
    let selected_since = plans.iter().map(|(_, since)| *since).max()?;
    Some(PlansInForce { ids: plans.into_iter().map(|(id, _)| id).collect(), selected_since })
}

/// Whether there is a plan with a selection, so that a run is to be expected; `None` where that was
/// not looked at, or could not be read.
fn runs(observations: &[Observation]) -> Option<bool> {
    let wanted = observations.iter().filter(|one| one.desired == Desired::Present);
    let plans: BTreeSet<String> =
        wanted.filter_map(|one| plan::plan_of(&one.id()).map(str::to_owned)).collect();
    let runs: Vec<Option<bool>> = plans.iter().map(|plan| plan_runs(observations, plan)).collect();
    if runs.contains(&Some(true)) {
        return Some(true);
    }
    let are_known = !runs.is_empty() && !runs.contains(&None);
    are_known.then_some(false)
}

/// The same of one plan.
fn plan_runs(observations: &[Observation], plan: &str) -> Option<bool> {
    let is_there = |kind: &Kind| {
        let mut found = observations.iter().filter(|observation| {
            let id = observation.id();
            observation.desired == Desired::Present
                && id.kind == kind
                && plan::plan_of(&id) == Some(plan)
        });
        found.next().and_then(|observation| match observation.live {
            Live::Ours(_) | Live::Given(_) | Live::InProgress(..) => Some(true),
            Live::Absent | Live::NotOurs(_) | Live::Unfit(_) => Some(false),
            Live::Unknown(_) => None,
        })
    };
    match (is_there(&plan::KIND), is_there(&selection::KIND)) {
        (Some(true), Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    }
}

/// The steps of the regions that were asked for, and the global ones.
async fn observed(context: &Context, look: &StatusOptions) -> Vec<Observation> {
    let mut desired_steps = steps::all(context);
    desired_steps.retain(|desired_step| {
        desired_step.step.id().region.is_none_or(|region| look.takes(&region))
    });
    observe(&desired_steps).await
}

/// What carries our tag although there is no record.
async fn survivors(session: &Session, regions: &[Region]) -> Vec<Observation> {
    let context = context_without_record(session, &session.iam_region);
    let mut desired_steps = steps_anywhere(&context, regions).await;
    for desired_step in &mut desired_steps {
        desired_step.desired = Desired::Present;
    }
    let mut observations = observe(&desired_steps).await;
    observations.retain(|observation| observation.live.observed().is_some());
    observations
}

async fn without_record(
    session: &Session,
    looked: &Looked,
    observations: &[Observation],
) -> Verdict {
    if observations.is_empty() {
        return Verdict::Nothing { searched: Searched::new(&with_others(session, looked).await) };
    }
    let extent = looked.extent();
    Verdict::RecordLost {
        reason: format!("its service role is gone, and no vault has the record {extent}"),
    }
}

fn unrecorded(session: &Session, verdict: Verdict, observations: &[Observation]) -> StatusReport {
    let deployment = Deployment::new(&session.names, None);
    StatusReport::unrecorded(deployment, verdict, rows(observations, BTreeMap::new()))
}
