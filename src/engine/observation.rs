//! A step beside what was found of it.

use std::sync::Arc;

use crate::engine::policy::{Action, Desired, action};
use crate::engine::{Change, Facts, Live, Observed, Sighting, Step, StepId, Subject, diff};

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
    /// What others have put beside it: said even where nothing of ours is there.
    pub(crate) siblings: Vec<String>,
    pub(crate) subject: Arc<dyn Subject>,
    /// What was known by then, from all steps.
    pub(crate) facts: Facts,
}

impl Observation {
    /// What nothing was read of: what is given is taken to be there, and the rest to be absent.
    pub(crate) fn unread(DesiredStep { step, desired }: DesiredStep) -> Self {
        let subject = Arc::clone(&step).unseen();
        let (changes, siblings, facts) = (Vec::new(), Vec::new(), Facts::default());
        let is_given = step.is_given();
        let live = if is_given { Live::Given(Observed::default()) } else { Live::Absent };
        Self { step, desired, live, changes, siblings, subject, facts }
    }

    pub(crate) fn id(&self) -> StepId {
        self.step.id()
    }

    /// Name of the resource, for people.
    pub(crate) fn name(&self) -> String {
        self.subject.name(&self.facts)
    }

    /// Why something is to be done about it, where that is not obvious from what differs.
    pub(crate) fn reason(&self) -> Option<String> {
        self.subject.reason(!self.changes.is_empty(), &self.facts)
    }

    /// What is to be done about it.
    pub(crate) fn action(&self) -> Action {
        if matches!(self.live, Live::Absent) && self.step.may_be_absent() {
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

/// What the steps of these observations have told.
pub(crate) fn told(observations: &[Observation]) -> Facts {
    observations.first().map(|observation| observation.facts.clone()).unwrap_or_default()
}

/// Observes all steps at once, then compares by what all of them have told.
pub(crate) async fn observe(desired_steps: &[DesiredStep]) -> Vec<Observation> {
    let looks = desired_steps.iter().map(|desired| Arc::clone(&desired.step).observe());
    let sightings: Vec<Sighting> = futures_util::future::join_all(looks).await;
    let mut facts = Facts::default();
    for (DesiredStep { step, .. }, sighting) in desired_steps.iter().zip(&sightings) {
        facts.learn(&step.id(), sighting.told.clone());
    }
    let each = desired_steps.iter().zip(sightings);
    each.map(|(desired, sighting)| compared(desired, sighting, &facts)).collect()
}

fn compared(desired_step: &DesiredStep, sighting: Sighting, facts: &Facts) -> Observation {
    let DesiredStep { step, desired } = desired_step.clone();
    let Sighting { live, siblings, subject, .. } = sighting;
    let live = match live {
        Live::Ours(observed) if desired == Desired::Absent && observed.is_empty => Live::Absent,
        live => live,
    };
    let changes = match (desired, live.observed()) {
        (Desired::Present, Some(observed)) => diff(&observed.spec, &subject.wanted(facts)),
        _ => Vec::new(),
    };
    let facts = facts.clone();
    Observation { step, desired, live, changes, siblings, subject, facts }
}
