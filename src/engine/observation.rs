//! A step beside what was found of it.

use std::sync::Arc;

use crate::engine::policy::{Action, Desired, action};
use crate::engine::{Change, Live, Step, diff};
use crate::failure::Failure;

/// A step, and what is wanted of it.
#[derive(Clone)]
pub(crate) struct DesiredStep {
    pub(crate) step: Arc<dyn Step>,
    pub(crate) desired: Desired,
}

/// A step with what was found and how that differs from what is wanted.
#[derive(Clone)]
pub(crate) struct Observation {
    pub(crate) step: Arc<dyn Step>,
    pub(crate) desired: Desired,
    pub(crate) live: Live,
    pub(crate) changes: Vec<Change>,
}

impl Observation {
    /// What is to be done about it.
    pub(crate) fn action(&self) -> Action {
        if matches!(self.live, Live::Absent) && self.step.is_optional() {
            return Action::Nothing;
        }
        action(self.desired, &self.live, !self.changes.is_empty())
    }

    /// Whether everything about it is as it has to be, or cannot be otherwise for now.
    pub(crate) fn rests(&self) -> bool {
        matches!(self.action(), Action::Nothing | Action::Keep)
    }

    /// Takes back what a person would have to put right, where nothing depends on it any more.
    pub(crate) fn needs_no_attention(&mut self) {
        if let Live::Ours(observed) | Live::InProgress(observed, _) = &mut self.live {
            observed.attention.clear();
        }
    }

    /// Whether nothing of ours is there, and nothing is wanted either.
    pub(crate) fn is_gone(&self) -> bool {
        self.desired == Desired::Absent && matches!(self.live, Live::Absent | Live::NotOurs(_))
    }
}

/// Observes all steps at once, then compares.
pub(crate) async fn observe(desired_steps: &[DesiredStep]) -> Vec<Observation> {
    let lives = futures_util::future::join_all(
        desired_steps.iter().map(|desired_step| desired_step.step.observe()),
    )
    .await;
    let observation =
        |(DesiredStep { step, desired }, live): (&DesiredStep, Result<Live, Failure>)| {
            let live = match Live::from(live) {
                Live::Ours(observed) if *desired == Desired::Absent && observed.is_empty => {
                    Live::Absent
                }
                live => live,
            };
            let changes = match (desired, live.observed()) {
                (Desired::Present, Some(observed)) => diff(&observed.spec, &step.wanted()),
                _ => Vec::new(),
            };
            Observation { step: Arc::clone(step), desired: *desired, live, changes }
        };
    desired_steps.iter().zip(lives).map(observation).collect()
}
