//! Runs steps as soon as those that they need are done, and skips what needs a failed one.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::task::JoinSet;

use crate::engine::StepId;
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
            | Self::Left(_) => true,
            Self::Kept(_) | Self::Failed(_) | Self::Skipped(_) => false,
        }
    }
}

/// Runs all nodes; one that needs an id that is not among them does not wait for it.
pub(crate) async fn run_in_dependency_order<T, F>(
    nodes: Vec<Node<T>>,
    run: impl Fn(T) -> F,
) -> BTreeMap<StepId, StepOutcome>
where
    F: Future<Output = StepOutcome> + Send + 'static,
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
                let work = run(node.work);
                running.spawn(async move { (node.id, work.await) });
            }
        }
        waiting = rest;
        if settled {
            continue;
        }
        match running.join_next().await {
            Some(Ok((id, outcome))) => {
                done.insert(id, outcome);
            }
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::engine::Kind;

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
        let done = run_in_dependency_order(nodes, move |(kind, outcome)| {
            let log = Arc::clone(&log);
            async move {
                log.lock().unwrap().push(kind);
                outcome
            }
        })
        .await;
        let order = order.lock().unwrap().clone();
        (order, done)
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
