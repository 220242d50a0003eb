//! Removal of what is not wanted any more: all that a `down` finds, and what an `up` leaves behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::aws::{Caller, Poll};
use crate::engine::{
    Action, Ended, Facts, Live, Node, Observation, Observed, Removal, StepId, StepOutcome,
    announced, interrupted, run_in_dependency_order,
};
use crate::failure::Failure;
use crate::model::region::Region;

/// How long a deleted resource may still be shown by AWS's reads.
const GONE: Duration = Duration::from_secs(30);

/// Removes what depends on others before them, and the root (the service role) only when nothing at
/// all is left: AWS Backup needs it to expire what a vault holds.
///
/// # Errors
/// Where it is interrupted. What fails, or has to stay, is an outcome.
pub(crate) async fn remove(
    caller: &Caller,
    observations: &[Observation],
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    let removed = |observation: &&Observation| {
        decide(observation, observations) == Action::Remove
            && !observation.id().is_deleted_with_parent()
    };
    let removed: Vec<StepId> = observations.iter().filter(removed).map(Observation::id).collect();
    caller.progress.expect(removed.iter().map(|id| id.region.as_ref().map(Region::as_str)));
    in_order(caller, observations, Mode::Remove).await
}

/// What a removal would come to: the same order and reasons, and nothing is written.
///
/// # Errors
/// Where it is interrupted.
pub(crate) async fn plan_removal(
    caller: &Caller,
    observations: &[Observation],
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    in_order(caller, observations, Mode::DryRun).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Remove,
    DryRun,
}

async fn in_order(
    caller: &Caller,
    observations: &[Observation],
    mode: Mode,
) -> Result<BTreeMap<StepId, StepOutcome>, Failure> {
    let (roots, others): (Vec<_>, Vec<_>) = observations
        .iter()
        .filter(|observation| !observation.id().is_deleted_with_parent())
        .partition(|observation| observation.id().is_root());
    let nodes = others.iter().map(|observation| {
        let id = observation.id();
        let action = decide(observation, observations);
        // What is not removed need not wait to say so.
        let waits = action == Action::Remove;
        let depends_on = if waits { dependents(&id, observations) } else { Vec::new() };
        Node { id, depends_on, work: (caller.clone(), (*observation).clone(), action) }
    });
    let run = move |(caller, observation, action): (Caller, Observation, Action), _| async move {
        Ended::from(remove_one(&caller, &observation, action, mode).await)
    };
    let removed = run_in_dependency_order(nodes.collect(), Facts::default(), run).await;
    let outcomes = removed.outcomes.into_iter().map(|(id, outcome)| match outcome {
        StepOutcome::Skipped(dependent) => (id, stays_until_gone(&dependent)),
        outcome => (id, outcome),
    });
    let mut outcomes: BTreeMap<StepId, StepOutcome> = outcomes.collect();
    confirm_gone(caller, &others, mode, &mut outcomes).await;
    interrupted(&outcomes)?;
    for root in &roots {
        let outcome = remove_root(caller, root, observations, mode, &outcomes).await;
        outcomes.insert(root.id(), outcome);
    }
    confirm_gone(caller, &roots, mode, &mut outcomes).await;
    interrupted(&outcomes)?;
    follow_parents(observations, &mut outcomes);
    Ok(outcomes)
}

/// Removes the root, if nothing is left that needs it.
async fn remove_root(
    caller: &Caller,
    root: &Observation,
    observations: &[Observation],
    mode: Mode,
    outcomes: &BTreeMap<StepId, StepOutcome>,
) -> StepOutcome {
    let action = decide(root, observations);
    let stays = |id: &StepId| outcomes.get(id).is_some_and(|done| !done.is_well());
    let left = dependents(&root.id(), observations).into_iter().find(stays);
    match left.filter(|_| action == Action::Remove) {
        Some(dependent) => stays_until_gone(&dependent),
        None => remove_one(caller, root, action, mode).await,
    }
}

/// What others of ours still need is not removed before them.
fn stays_until_gone(need: &StepId) -> StepOutcome {
    StepOutcome::Kept(format!("it stays until the {need} is gone"))
}

/// What goes with its parent has gone or stayed with it.
fn follow_parents(observations: &[Observation], outcomes: &mut BTreeMap<StepId, StepOutcome>) {
    for observation in
        observations.iter().filter(|observation| observation.id().is_deleted_with_parent())
    {
        if matches!(observation.live, Live::Given(_) | Live::Unfit(_)) {
            outcomes.insert(observation.id(), StepOutcome::Given);
            continue;
        }
        let parent = observation.id().parent();
        let Some((parent, done)) = parent.and_then(|id| outcomes.get_key_value(&id)) else {
            continue;
        };
        let done = match done {
            StepOutcome::Removed if observation.live.observed().is_some() => StepOutcome::Removed,
            StepOutcome::Unchanged | StepOutcome::Removed => StepOutcome::Unchanged,
            StepOutcome::Left(why) => StepOutcome::Left(why.clone()),
            StepOutcome::Given => StepOutcome::Given,
            _ => stays_until_gone(parent),
        };
        outcomes.insert(observation.id(), done);
    }
}

/// The steps that have to be gone before this one.
fn dependents(id: &StepId, observations: &[Observation]) -> Vec<StepId> {
    let others = observations.iter().map(Observation::id);
    others.filter(|other| other.depends_on(id) && !other.is_deleted_with_parent()).collect()
}

/// What is inside of somebody else's resource is not ours to remove.
pub(crate) fn decide(observation: &Observation, observations: &[Observation]) -> Action {
    let parent = observation.id().parent();
    let parent = observations.iter().find(|other| Some(other.id()) == parent);
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
        (Live::Given(_) | Live::Unfit(_), _) => return StepOutcome::Given,
        (Live::Unknown(failure), _) => return StepOutcome::Failed(failure.clone()),
        (Live::Ours(Observed { keep_reason: Some(why), .. }), Action::Keep) => {
            return StepOutcome::Kept(why.clone());
        }
        (_, Action::Keep) => Some("what it is stored in is not ours".to_owned()),
        _ => return StepOutcome::Unchanged,
    };
    if let Some(why) = why {
        return StepOutcome::Left(why);
    }
    if mode == Mode::DryRun {
        return match observation.subject.removal_blocker().await {
            Ok(None) => StepOutcome::Removed,
            Ok(Some(why)) => StepOutcome::Kept(why),
            Err(failure) => StepOutcome::Failed(failure),
        };
    }
    let work = async {
        Ended::from(match observation.subject.remove(&observation.facts).await {
            Ok(Removal::Gone) => StepOutcome::Removed,
            Ok(Removal::Kept(why)) => StepOutcome::Kept(why),
            Err(failure) => StepOutcome::Failed(failure),
        })
    };
    announced(caller, &observation.id(), work).await.outcome
}

/// What was removed is gone when AWS no longer shows it. All is looked at together: what comes next in the order needs
/// AWS's word for a deletion, and not its reads, which lag behind.
async fn confirm_gone(
    caller: &Caller,
    observations: &[&Observation],
    mode: Mode,
    outcomes: &mut BTreeMap<StepId, StepOutcome>,
) {
    if mode == Mode::DryRun {
        return;
    }
    let looks = observations.iter().map(|observation| (observation.id(), observation));
    let looks = looks.filter(|(id, _)| matches!(outcomes.get(id), Some(StepOutcome::Removed)));
    let looks =
        looks.map(|(id, observation)| async { (id, look_until_gone(caller, observation).await) });
    let found = join_all(looks).await;
    outcomes.extend(found);
}

async fn look_until_gone(caller: &Caller, observation: &Observation) -> StepOutcome {
    let id = observation.id();
    let caller = caller.on_behalf_of(id.region.as_ref().map(Region::as_str), &id.to_string());
    let absent = || async {
        Ok(match Arc::clone(&observation.step).observe().await.live {
            Live::Unknown(failure) => return Err(failure),
            // What AWS shows under its name may be somebody else's by now, or have been before.
            Live::Absent | Live::NotOurs(_) | Live::Given(_) | Live::Unfit(_) => Poll::Ready(()),
            Live::Ours(observed) if observed.is_empty => Poll::Ready(()),
            Live::Ours(_) | Live::InProgress(..) => Poll::Waiting("AWS still shows it".to_owned()),
        })
    };
    match caller.poll(&observation.name(), GONE, absent).await {
        Ok(()) => StepOutcome::Removed,
        Err(failure) => StepOutcome::Failed(failure),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::engine::Dependency::{Everywhere, InRegion};
    use crate::engine::{
        Desired, DesiredStep, Difference, Kind, Known, Resource, Seen, Told, observe,
    };
    use crate::model::region::Region;
    use crate::terminal::interrupt::Interrupt;
    use crate::terminal::progress::Progress;

    static ROLE: Kind = Kind::root("role");
    static KEY: Kind = Kind::new("key");
    static VAULT: Kind = Kind::new("vault").depends_on(&[InRegion(&KEY)]);
    static PLAN: Kind = Kind::new("plan").depends_on(&[Everywhere(&VAULT)]);
    static TOPIC: Kind = Kind::new("topic");
    static SUBSCRIPTIONS: Kind = Kind::new("subscriptions")
        .depends_on(&[InRegion(&TOPIC)])
        .inside(&TOPIC)
        .deleted_with_parent();

    type Log = Arc<Mutex<Vec<String>>>;

    /// A step that writes down when it is removed, or why it stays.
    struct Made {
        id: StepId,
        kept: Option<&'static str>,
        gone: AtomicBool,
        /// Whether somebody else has one of the same name.
        shared_name: bool,
        log: Log,
    }

    #[async_trait]
    impl Resource for Made {
        type Spec = ();

        fn id(&self) -> StepId {
            self.id.clone()
        }

        fn name(&self, _: Known<'_>) -> String {
            self.id.to_string()
        }

        fn wanted(&self, _: Known<'_>) {}

        async fn observe(&self) -> Result<Seen<()>, Failure> {
            let gone = self.gone.load(Ordering::Relaxed);
            Ok(Seen::from(match (gone, self.shared_name) {
                (false, _) => Live::Ours(Observed::new(())),
                (true, false) => Live::Absent,
                (true, true) => Live::NotOurs("no tag".to_owned()),
            }))
        }

        async fn create(&self, (): &(), _: Known<'_>) -> Result<Told, Failure> {
            Ok(Told::nothing())
        }

        async fn change(&self, _: Difference<'_, ()>, _: Known<'_>) -> Result<Told, Failure> {
            Ok(Told::nothing())
        }

        async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
            Ok(self.kept.map(str::to_owned))
        }

        async fn remove(&self, (): &(), _: Known<'_>) -> Result<Removal, Failure> {
            if let Some(why) = self.kept {
                return Ok(Removal::Kept(why.to_owned()));
            }
            self.gone.store(true, Ordering::Relaxed);
            self.log.lock().unwrap().push(self.id.to_string());
            Ok(Removal::Gone)
        }
    }

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    fn made(id: StepId, kept: Option<&'static str>, log: &Log) -> Made {
        Made { id, kept, gone: AtomicBool::new(false), shared_name: false, log: Arc::clone(log) }
    }

    async fn observed(steps: impl IntoIterator<Item = Made>) -> Vec<Observation> {
        let steps = steps.into_iter();
        let absent = |step| DesiredStep { step: Arc::new(step), desired: Desired::Absent };
        observe(&steps.map(absent).collect::<Vec<_>>()).await
    }

    /// A deployment with a kind that its vaults depend on, in the order of making.
    async fn deployment(kept_plan: Option<&'static str>, log: &Log) -> Vec<Observation> {
        let (east, west) = (region("us-east-1"), region("us-west-2"));
        let steps = [
            StepId::global(&ROLE),
            StepId::regional(&KEY, &east),
            StepId::regional(&KEY, &west),
            StepId::regional(&VAULT, &east),
            StepId::regional(&VAULT, &west),
            StepId::regional(&TOPIC, &east),
            StepId::regional(&SUBSCRIPTIONS, &east),
        ];
        let plan = made(StepId::regional(&PLAN, &east), kept_plan, log);
        observed(steps.into_iter().map(|id| made(id, None, log)).chain([plan])).await
    }

    fn caller() -> Caller {
        Caller::new(Interrupt::never(), Progress::silent())
    }

    #[tokio::test]
    async fn a_kind_goes_after_all_that_depend_on_it_and_the_root_last() {
        let log = Log::default();
        let outcomes = remove(&caller(), &deployment(None, &log).await).await.unwrap();
        assert!(outcomes.values().all(|outcome| matches!(outcome, StepOutcome::Removed)));
        assert_eq!(outcomes.len(), 8);
        let log = log.lock().unwrap();
        let place = |name: &str| log.iter().position(|removed| removed == name).unwrap();
        for region in ["us-east-1", "us-west-2"] {
            assert!(place("us-east-1 plan") < place(&format!("{region} vault")));
            assert!(place(&format!("{region} vault")) < place(&format!("{region} key")));
        }
        assert_eq!(log.last().map(String::as_str), Some("role"));
        assert_eq!(log.len(), 7, "what goes with its parent is not removed by itself: {log:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_else_has_under_the_same_name_is_not_waited_for() {
        let id = StepId::regional(&PLAN, &region("us-east-1"));
        let step = Made { shared_name: true, ..made(id, None, &Log::default()) };
        let outcomes = remove(&caller(), &observed([step]).await).await.unwrap();
        assert!(outcomes.values().all(|outcome| matches!(outcome, StepOutcome::Removed)));
    }

    #[tokio::test]
    async fn what_something_kept_depends_on_stays() {
        let log = Log::default();
        let deployment = deployment(Some("it has selections that are not ours"), &log).await;
        for outcomes in [
            plan_removal(&caller(), &deployment).await.unwrap(),
            remove(&caller(), &deployment).await.unwrap(),
        ] {
            let stay: Vec<String> = outcomes
                .iter()
                .filter(|(_, outcome)| matches!(outcome, StepOutcome::Kept(_)))
                .map(|(id, _)| id.to_string())
                .collect();
            let vaults_and_keys = ["us-east-1 key", "us-west-2 key"];
            let expected = [&vaults_and_keys[..], &["us-east-1 plan", "role"]].concat();
            let expected = [expected, vec!["us-east-1 vault", "us-west-2 vault"]].concat();
            assert_eq!(stay, expected);
        }
        assert_eq!(*log.lock().unwrap(), ["us-east-1 topic"]);
    }
}
