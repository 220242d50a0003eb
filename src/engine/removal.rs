//! Removal of what is not wanted any more: all that a `down` finds, and what an `up` leaves behind.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::{Caller, Poll};
use crate::engine::{
    Act, Done, Kind, Live, Node, Observed, Removal, Sight, StepId, announced, by_need, interrupted,
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
    sights: &[Sight],
) -> Result<BTreeMap<StepId, Done>, Failure> {
    let removes =
        |sight: &&Sight| decide(sight, sights) == Act::Remove && !sight.step.goes_with_it();
    let todo = sights.iter().filter(removes).count();
    caller.talk.expect(todo);
    in_stages(caller, sights, Mode::Remove).await
}

/// What a removal would come to: the same stages and reasons, and nothing is written.
pub(crate) async fn foresee(
    caller: &Caller,
    sights: &[Sight],
) -> Result<BTreeMap<StepId, Done>, Failure> {
    in_stages(caller, sights, Mode::Foresee).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Remove,
    Foresee,
}

async fn in_stages(
    caller: &Caller,
    sights: &[Sight],
    mode: Mode,
) -> Result<BTreeMap<StepId, Done>, Failure> {
    let mut outcomes = BTreeMap::new();
    let stages: [fn(Kind) -> bool; 3] = [
        |kind| kind != Kind::Vault && kind != Kind::ServiceRole,
        |kind| kind == Kind::Vault,
        |kind| kind == Kind::ServiceRole,
    ];
    for stage in stages {
        let mut nodes = Vec::new();
        let of_stage = |sight: &&Sight| stage(sight.step.id().kind) && !sight.step.goes_with_it();
        for sight in sights.iter().filter(of_stage) {
            let id = sight.step.id();
            let needed_by = needed_by(&id, sights);
            let blocked = needed_by
                .iter()
                .find(|need| outcomes.get(*need).is_some_and(|done: &Done| !done.is_well()));
            match blocked {
                Some(need) if sight.live.observed().is_some() => {
                    outcomes.insert(id, stays_until_gone(need));
                }
                _ => nodes.push(Node {
                    id,
                    needs: needed_by,
                    work: (caller.clone(), sight.clone(), decide(sight, sights)),
                }),
            }
        }
        let removed = by_need(nodes, move |(caller, sight, act)| async move {
            remove_one(&caller, &sight, act, mode).await
        });
        outcomes.extend(removed.await.into_iter().map(|(id, done)| match done {
            Done::Skipped(need) => (id, stays_until_gone(&need)),
            done => (id, done),
        }));
        interrupted(&outcomes)?;
        follow_parents(sights, &mut outcomes);
    }
    Ok(outcomes)
}

/// What others of ours still need is not removed before them.
fn stays_until_gone(need: &StepId) -> Done {
    Done::Kept(format!("it stays until the {need} is gone"))
}

/// What goes with its parent has gone or stayed with it.
fn follow_parents(sights: &[Sight], outcomes: &mut BTreeMap<StepId, Done>) {
    for sight in sights.iter().filter(|sight| sight.step.goes_with_it()) {
        let parent = sight.step.lives_in();
        let Some((parent, done)) = parent.and_then(|id| outcomes.get_key_value(&id)) else {
            continue;
        };
        let done = match done {
            Done::Removed if sight.live.observed().is_some() => Done::Removed,
            Done::Unchanged | Done::Removed => Done::Unchanged,
            Done::Left(why) => Done::Left(why.clone()),
            _ => stays_until_gone(parent),
        };
        outcomes.insert(sight.step.id(), done);
    }
}

/// The steps that have to be gone before this one.
fn needed_by(id: &StepId, sights: &[Sight]) -> Vec<StepId> {
    let others = sights.iter().map(|sight| &sight.step);
    let others = others.filter(|step| step.id() != *id && !step.goes_with_it());
    others
        .filter(|step| id.kind == Kind::ServiceRole || step.needs().contains(id))
        .map(|step| step.id())
        .collect()
}

/// What is inside of somebody else's resource is not ours to remove.
pub(crate) fn decide(sight: &Sight, sights: &[Sight]) -> Act {
    let parent = sight.step.lives_in();
    let parent = sights.iter().find(|other| Some(other.step.id()) == parent);
    match parent.map(Sight::act) {
        Some(Act::Keep) if sight.live.observed().is_some() => Act::Keep,
        _ => sight.act(),
    }
}

async fn remove_one(caller: &Caller, sight: &Sight, act: Act, mode: Mode) -> Done {
    let why = match (&sight.live, act) {
        (_, Act::Remove) => None,
        (Live::Foreign(why), _) => Some(why.clone()),
        (Live::Unknown(failure), _) => return Done::Failed(failure.clone()),
        (Live::Ours(Observed { stays: Some(why), .. }), Act::Keep) => {
            return Done::Kept(why.clone());
        }
        (_, Act::Keep) => Some("what it lives in is not ours".to_owned()),
        _ => return Done::Unchanged,
    };
    if let Some(why) = why {
        return Done::Left(why);
    }
    if mode == Mode::Foresee {
        return match sight.step.kept().await {
            Ok(None) => Done::Removed,
            Ok(Some(why)) => Done::Kept(why),
            Err(failure) => Done::Failed(failure),
        };
    }
    let work = async {
        match sight.step.remove().await {
            Ok(Removal::Gone) => confirm_gone(caller, sight).await,
            Ok(Removal::Kept(why)) => Done::Kept(why),
            Err(failure) => Done::Failed(failure),
        }
    };
    announced(caller, sight.step.as_ref(), "removing", work).await
}

/// A thing is removed when AWS no longer shows it.
async fn confirm_gone(caller: &Caller, sight: &Sight) -> Done {
    let caller = caller.of(&sight.step.id().to_string());
    let absent = || async {
        Ok(match sight.step.observe().await? {
            Live::Absent => Poll::Ready(()),
            _ => Poll::Waiting("AWS still shows it".to_owned()),
        })
    };
    match caller.poll(&sight.step.name(), GONE, absent).await {
        Ok(()) => Done::Removed,
        Err(failure) => Done::Failed(failure),
    }
}
