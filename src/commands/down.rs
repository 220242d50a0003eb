//! `down`: look at the vaults first, then remove what is ours, the service role last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::aws::{Caller, Poll};
use crate::commands::{announced, context, context_without_record, interrupted, record_tags, rows};
use crate::config::Config;
use crate::context::Context;
use crate::engine::{Act, Done, Goal, Kind, Live, Node, Removal, Sight, StepId, by_need, observe};
use crate::failure::Failure;
use crate::manifest::{Manifest, Revision, State};
use crate::record::{self, Record, Role};
use crate::region::Region;
use crate::report::{Deployment, DownReport, FullVault, PlanReport, Row};
use crate::session::Session;
use crate::steps;

/// How long a deleted resource may still be shown by AWS's reads.
const GONE: Duration = Duration::from_secs(30);

/// Removes the deployment.
///
/// # Errors
/// Where the account cannot be read. Steps that fail are in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    hints: Vec<Region>,
    dry_run: bool,
) -> Result<Outcome, Failure> {
    let session = Session::open(config, caller, hints).await?;
    let regions = match &session.record {
        Record::Found { manifest, .. } => Some(&manifest.settings.regions),
        Record::Torn { .. } | Record::None(_) => None,
    };
    session.introduce("down", &regions.map(crate::settings::Regions::all).unwrap_or_default());
    let deployment = Deployment::of(&session.names, regions);
    let (context, sights) = look(&session).await?;
    session.caller.interrupt.check()?;

    let present = |sight: &Sight| sight.live.observed().is_some();
    if !sights.iter().any(present) {
        let rows = rows(&unread(sights), BTreeMap::new());
        return Ok(Outcome::Down(DownReport::nothing(deployment, &session.record, rows)));
    }
    let full = full_vaults(&context, &sights).await?;
    if !full.is_empty() {
        return Ok(Outcome::Down(DownReport::refused(deployment, full)));
    }
    if dry_run {
        let sights = relevant(sights);
        let rows = sights.iter().map(|sight| Row::planned(sight, decide(sight, &sights)));
        let rows = rows.collect();
        return Ok(Outcome::Plan(PlanReport::new(deployment, rows, true)));
    }
    mark_removing(&session, &context, &sights).await?;
    let outcomes = remove(&session, &sights).await?;
    Ok(Outcome::Down(DownReport::removed(deployment, rows(&relevant(sights), outcomes))))
}

/// What `down` did, or what it would do.
pub(crate) enum Outcome {
    Down(DownReport),
    Plan(PlanReport),
}

/// What there is, by the record, or by name and tag where the record is lost.
async fn look(session: &Session) -> Result<(Context, Vec<Sight>), Failure> {
    let (context, steps) = match &session.record {
        Record::Found { manifest, .. } => {
            let tags = record_tags(manifest)?;
            let context = context(session, manifest, tags, &BTreeSet::new());
            let steps = steps::all(&context);
            (context, steps)
        }
        Record::Torn { regions, .. } => anywhere(session, regions),
        Record::None(looked) => anywhere(session, &looked.regions),
    };
    let sights = observe(&steps).await;
    Ok((context, sights))
}

fn anywhere(
    session: &Session,
    regions: &[Region],
) -> (Context, Vec<std::sync::Arc<dyn crate::engine::Step>>) {
    let context = context_without_record(session, &session.through);
    let steps = steps::anywhere(&context, regions);
    (context, steps)
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
    let vaults = sights.iter().filter(|sight| sight.live.observed().is_some());
    let regions = vaults.map(|sight| sight.step.id()).filter(|id| id.kind == Kind::Vault);
    let read = join_all(regions.filter_map(|id| id.region).map(|region| async move {
        let points = steps::recovery_points(context, &region).await?;
        Ok::<_, Failure>(FullVault::of(context.names.vault(), region, &points))
    }));
    read.await.into_iter().filter_map(Result::transpose).collect()
}

/// Says in the record that a removal has begun, so that any other run sees it.
async fn mark_removing(
    session: &Session,
    context: &Context,
    sights: &[Sight],
) -> Result<(), Failure> {
    let Record::Found { manifest, role, .. } = &session.record else { return Ok(()) };
    let removing = Manifest {
        state: State::Removing,
        revision: Revision::after(Some(&manifest.revision)),
        ..manifest.clone()
    };
    let there = |kind| {
        let ours = sights.iter().filter(|sight| sight.live.observed().is_some());
        ours.map(|sight| sight.step.id()).filter(move |id| id.kind == kind)
    };
    let vaults: Vec<Region> = there(Kind::Vault).filter_map(|id| id.region).collect();
    let role = matches!(role, Role::Present) && there(Kind::ServiceRole).next().is_some();
    record::write(context, &record_tags(&removing)?, role, &vaults, &BTreeSet::new()).await
}

/// Removes in three stages: everything that makes backups or tells of them, the vaults, the role.
///
/// A resource goes when all that need it are gone; the service role only when nothing at all is
/// left, because AWS Backup needs it to expire what a vault holds.
async fn remove(session: &Session, sights: &[Sight]) -> Result<BTreeMap<StepId, Done>, Failure> {
    let caller = &session.caller;
    let removes =
        |sight: &&Sight| decide(sight, sights) == Act::Remove && !sight.step.goes_with_it();
    let todo = sights.iter().filter(removes).count();
    caller.talk.expect(todo);
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
        let removed =
            by_need(
                nodes,
                |(caller, sight, act)| async move { remove_one(&caller, &sight, act).await },
            );
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
fn decide(sight: &Sight, sights: &[Sight]) -> Act {
    let parent = sight.step.lives_in();
    let parent = sights.iter().find(|other| Some(other.step.id()) == parent);
    match parent.map(|parent| parent.act(Goal::Gone)) {
        Some(Act::Keep) if sight.live.observed().is_some() => Act::Keep,
        _ => sight.act(Goal::Gone),
    }
}

async fn remove_one(caller: &Caller, sight: &Sight, act: Act) -> Done {
    let why = match (&sight.live, act) {
        (_, Act::Remove) => None,
        (Live::Foreign(why), _) => Some(why.clone()),
        (Live::Unknown(failure), _) => return Done::Failed(failure.clone()),
        (_, Act::Keep) => Some("what it lives in is not ours".to_owned()),
        _ => return Done::Unchanged,
    };
    if let Some(why) = why {
        return Done::Left(why);
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
    let caller = Caller { talk: caller.talk.of(&sight.step.id().to_string()), ..caller.clone() };
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
