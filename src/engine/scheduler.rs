//! Runs steps as soon as those that they need are done, and skips what needs a failed one.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::task::JoinSet;

use crate::engine::{Facts, StepId, Told};
use crate::failure::Failure;

/// A step to run, with the steps that have to end well before it.
pub(crate) struct Node<T> {
    pub(crate) id: StepId,
    pub(crate) depends_on: Vec<StepId>,
    pub(crate) work: T,
}

/// How a step ended.
#[derive(Clone, Debug)]
pub(crate) enum StepOutcome {
    Unchanged,
    Created,
    Updated,
    Removed,
    /// Ours, and still there.
    Kept(String),
    /// Ours, not wanted any more, and rightly still there.
    Retained(String),
    /// Not ours, and left alone; nothing of ours depends on it.
    Left(String),
    /// Not ours: a setting names it, and it is left as it was.
    Given,
    Failed(Failure),
    /// Not begun, because the named step did not end well.
    Skipped(StepId),
}

impl StepOutcome {
    pub(crate) fn is_well(&self) -> bool {
        match self {
            Self::Unchanged
            | Self::Created
            | Self::Updated
            | Self::Removed
            | Self::Retained(_)
            | Self::Left(_)
            | Self::Given => true,
            Self::Kept(_) | Self::Failed(_) | Self::Skipped(_) => false,
        }
    }
}

/// How a step ended, and what it has learnt.
pub(crate) struct Ended {
    pub(crate) outcome: StepOutcome,
    pub(crate) told: Told,
}

impl From<StepOutcome> for Ended {
    fn from(outcome: StepOutcome) -> Self {
        Self { outcome, told: Told::nothing() }
    }
}

/// How all steps ended, and what is known by then.
pub(crate) struct AllEnded {
    pub(crate) outcomes: BTreeMap<StepId, StepOutcome>,
    pub(crate) facts: Facts,
}

/// Runs all nodes, each with what is known when it begins; one that needs an id that is not among them
/// does not wait for it.
pub(crate) async fn run_in_dependency_order<T, F>(
    nodes: Vec<Node<T>>,
    mut facts: Facts,
    run: impl Fn(T, Facts) -> F,
) -> AllEnded
where
    F: Future<Output = Ended> + Send + 'static,
{
    let ids: Vec<StepId> = nodes.iter().map(|node| node.id.clone()).collect();
    let mut waiting: Vec<Node<T>> = nodes;
    for node in &mut waiting {
        node.depends_on.retain(|need| ids.contains(need));
    }
    let mut done: BTreeMap<StepId, StepOutcome> = BTreeMap::new();
    let mut running = JoinSet::new();
    loop {
        let mut rest = Vec::new();
        let mut settled = false;
        for node in waiting {
            if !node.depends_on.iter().all(|need| done.contains_key(need)) {
                rest.push(node);
                continue;
            }
            // Only now: which one is named must not depend on which ended first.
            let failed = node.depends_on.iter().find(|need| !done[*need].is_well());
            if let Some(failed) = failed.cloned() {
                done.insert(node.id, StepOutcome::Skipped(failed));
                settled = true;
            } else {
                let work = run(node.work, facts.clone());
                running.spawn(async move { (node.id, work.await) });
            }
        }
        waiting = rest;
        if settled {
            continue;
        }
        match running.join_next().await {
            Some(Ok((id, Ended { outcome, told }))) => {
                facts.learn(&id, told);
                done.insert(id, outcome);
            }
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => return AllEnded { outcomes: done, facts },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::engine::{Fact, Kind};

    static ROLE: Kind = Kind::root("role");
    static PLAN: Kind = Kind::new("plan");
    static SELECTION: Kind = Kind::new("selection");
    static TOPIC: Kind = Kind::new("topic");
    static VAULT: Kind = Kind::new("vault");

    type Work = (&'static Kind, StepOutcome);

    fn id(kind: &'static Kind) -> StepId {
        StepId::global(kind)
    }

    fn node(kind: &'static Kind, depends_on: &[&'static Kind], outcome: StepOutcome) -> Node<Work> {
        Node {
            id: id(kind),
            depends_on: depends_on.iter().copied().map(id).collect(),
            work: (kind, outcome),
        }
    }

    async fn run(nodes: Vec<Node<Work>>) -> (Vec<&'static Kind>, BTreeMap<StepId, StepOutcome>) {
        let order = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&order);
        let done = run_in_dependency_order(nodes, Facts::default(), move |(kind, outcome), _| {
            let log = Arc::clone(&log);
            async move {
                log.lock().unwrap().push(kind);
                Ended::from(outcome)
            }
        })
        .await;
        let order = order.lock().unwrap().clone();
        (order, done.outcomes)
    }

    #[tokio::test]
    async fn a_step_waits_for_what_it_needs() {
        let (order, done) = run(vec![
            node(&SELECTION, &[&PLAN], StepOutcome::Created),
            node(&PLAN, &[&ROLE], StepOutcome::Created),
            node(&ROLE, &[], StepOutcome::Created),
        ])
        .await;
        assert_eq!(order, [&ROLE, &PLAN, &SELECTION]);
        assert!(done.values().all(StepOutcome::is_well));
    }

    #[tokio::test]
    async fn what_a_step_learns_is_known_to_those_that_wait_for_it() {
        const ID: Fact<&str> = Fact::new("an id");
        static MADE: Kind = Kind::new("made").tells(&[ID.name()]);
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&log);
        let nodes = vec![
            node(&MADE, &[], StepOutcome::Created),
            node(&PLAN, &[&MADE], StepOutcome::Created),
        ];
        let run = move |(kind, outcome): Work, facts: Facts| {
            seen.lock().unwrap().push(facts.global(&ID).copied());
            let told = if *kind == MADE { Told::one(&ID, "1") } else { Told::nothing() };
            async move { Ended { outcome, told } }
        };
        let ended = run_in_dependency_order(nodes, Facts::default(), run).await;
        assert_eq!(*log.lock().unwrap(), [None, Some("1")]);
        assert_eq!(ended.facts.global(&ID), Some(&"1"));
    }

    #[tokio::test]
    async fn what_needs_a_failed_step_is_skipped_and_the_rest_finishes() {
        let (order, done) = run(vec![
            node(&ROLE, &[], StepOutcome::Created),
            node(&PLAN, &[&ROLE], StepOutcome::Failed(Failure::Interrupted)),
            node(&SELECTION, &[&PLAN], StepOutcome::Created),
            node(&TOPIC, &[&ROLE], StepOutcome::Created),
        ])
        .await;
        assert!(!order.contains(&&SELECTION));
        assert!(matches!(&done[&id(&SELECTION)], StepOutcome::Skipped(need) if need.kind == &PLAN));
        assert!(done[&id(&TOPIC)].is_well());
    }

    #[tokio::test]
    async fn a_need_outside_the_list_is_not_waited_for() {
        let (order, _) = run(vec![node(&VAULT, &[&ROLE], StepOutcome::Removed)]).await;
        assert_eq!(order, [&VAULT]);
    }
}
