//! Removal of what is not wanted any more: all that a `down` finds, and what an `up` leaves behind.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::{Caller, Poll};
use crate::engine::{
    Action, Kind, Live, Node, Observation, Observed, Removal, StepId, StepOutcome, announced,
    interrupted, run_in_dependency_order,
};
use crate::failure::Failure;

/// How long a deleted resource may still be shown by AWS's reads.
const GONE: Duration = Duration::from_secs(30);

/// Removes in three stages: everything that makes backups or tells of them, the vaults, the role.
///
/// A resource goes when all that need it are gone; the service role only when nothing at all is
/// left, because AWS Backup needs it to expire what a vault holds.
pub(crate) async fn remove(
    caller: &Caller,
    observations: &[Observation],
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    let removes = |observation: &&Observation| {
        decide(observation, observations) == Action::Remove
            && !observation.step.deleted_with_parent()
    };
    let todo = observations.iter().filter(removes).count();
    caller.progress.expect(todo);
    in_stages(caller, observations, Mode::Remove).await
}

/// What a removal would come to: the same stages and reasons, and nothing is written.
pub(crate) async fn plan_removal(
    caller: &Caller,
    observations: &[Observation],
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    in_stages(caller, observations, Mode::DryRun).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Remove,
    DryRun,
}

async fn in_stages(
    caller: &Caller,
    observations: &[Observation],
    mode: Mode,
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    let mut outcomes = BTreeMap::new();
    let stages: [fn(Kind) -> bool; 3] = [
        |kind| kind != Kind::Vault && kind != Kind::ServiceRole,
        |kind| kind == Kind::Vault,
        |kind| kind == Kind::ServiceRole,
    ];
    for stage in stages {
        let mut nodes = Vec::new();
        let of_stage = |observation: &&Observation| {
            stage(observation.step.id().kind) && !observation.step.deleted_with_parent()
        };
        for observation in observations.iter().filter(of_stage) {
            let id = observation.step.id();
            let needed_by = needed_by(&id, observations);
            let blocked = needed_by
                .iter()
                .find(|need| outcomes.get(*need).is_some_and(|done: &StepOutcome| !done.is_well()));
            match blocked {
                Some(need) if observation.live.observed().is_some() => {
                    outcomes.insert(id, stays_until_gone(need));
                }
                _ => nodes.push(Node {
                    id,
                    depends_on: needed_by,
                    work: (caller.clone(), observation.clone(), decide(observation, observations)),
                }),
            }
        }
        let removed =
            run_in_dependency_order(nodes, move |(caller, observation, action)| async move {
                remove_one(&caller, &observation, action, mode).await
            });
        outcomes.extend(removed.await.into_iter().map(|(id, done)| match done {
            StepOutcome::Skipped(need) => (id, stays_until_gone(&need)),
            done => (id, done),
        }));
        interrupted(&outcomes)?;
        follow_parents(observations, &mut outcomes);
    }
    Ok(outcomes)
}

/// What others of ours still need is not removed before them.
fn stays_until_gone(need: &StepId) -> StepOutcome {
    StepOutcome::Kept(format!("it stays until the {need} is gone"))
}

/// What goes with its parent has gone or stayed with it.
fn follow_parents(observations: &[Observation], outcomes: &mut BTreeMap<StepId, StepOutcome>) {
    for observation in
        observations.iter().filter(|observation| observation.step.deleted_with_parent())
    {
        let parent = observation.step.parent();
        let Some((parent, done)) = parent.and_then(|id| outcomes.get_key_value(&id)) else {
            continue;
        };
        let done = match done {
            StepOutcome::Removed if observation.live.observed().is_some() => StepOutcome::Removed,
            StepOutcome::Unchanged | StepOutcome::Removed => StepOutcome::Unchanged,
            StepOutcome::Left(why) => StepOutcome::Left(why.clone()),
            _ => stays_until_gone(parent),
        };
        outcomes.insert(observation.step.id(), done);
    }
}

/// The steps that have to be gone before this one.
fn needed_by(id: &StepId, observations: &[Observation]) -> Vec<StepId> {
    let others = observations.iter().map(|observation| &observation.step);
    let others = others.filter(|step| step.id() != *id && !step.deleted_with_parent());
    others
        .filter(|step| id.kind == Kind::ServiceRole || step.depends_on().contains(id))
        .map(|step| step.id())
        .collect()
}

/// What is inside of somebody else's resource is not ours to remove.
pub(crate) fn decide(observation: &Observation, observations: &[Observation]) -> Action {
    let parent = observation.step.parent();
    let parent = observations.iter().find(|other| Some(other.step.id()) == parent);
    match parent.map(Observation::action) {
        Some(Action::Keep) if observation.live.observed().is_some() => Action::Keep,
        _ => observation.action(),
    }
}

async fn remove_one(
    caller: &Caller,
    observation: &Observation,
    action: Action,
    mode: Mode,
) -> StepOutcome {
    let why = match (&observation.live, action) {
        (_, Action::Remove) => None,
        (Live::NotOurs(why), _) => Some(why.clone()),
        (Live::Unknown(failure), _) => return StepOutcome::Failed(failure.clone()),
        (Live::Ours(Observed { keep_reason: Some(why), .. }), Action::Keep) => {
            return StepOutcome::Kept(why.clone());
        }
        (_, Action::Keep) => Some("what it lives in is not ours".to_owned()),
        _ => return StepOutcome::Unchanged,
    };
    if let Some(why) = why {
        return StepOutcome::Left(why);
    }
    if mode == Mode::DryRun {
        return match observation.step.removal_blocker().await {
            Ok(None) => StepOutcome::Removed,
            Ok(Some(why)) => StepOutcome::Kept(why),
            Err(failure) => StepOutcome::Failed(failure),
        };
    }
    let work = async {
        match observation.step.remove().await {
            Ok(Removal::Gone) => confirm_gone(caller, observation).await,
            Ok(Removal::Kept(why)) => StepOutcome::Kept(why),
            Err(failure) => StepOutcome::Failed(failure),
        }
    };
    announced(caller, observation.step.as_ref(), "removing", work).await
}

/// A thing is removed when AWS no longer shows it.
async fn confirm_gone(caller: &Caller, observation: &Observation) -> StepOutcome {
    let caller = caller.on_behalf_of(&observation.step.id().to_string());
    let absent = || async {
        Ok(match observation.step.observe().await? {
            Live::Absent => Poll::Ready(()),
            _ => Poll::Waiting("AWS still shows it".to_owned()),
        })
    };
    match caller.poll(&observation.step.name(), GONE, absent).await {
        Ok(()) => StepOutcome::Removed,
        Err(failure) => StepOutcome::Failed(failure),
    }
}
