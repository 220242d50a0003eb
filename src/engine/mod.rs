//! The engine: what a step is, what can be found, and the one policy that turns both into an act.

mod announce;
mod diff;
mod live;
pub(crate) mod removal;
mod scheduler;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::failure::Failure;
use crate::model::lambda::Lambda;
use crate::model::names::Alarm;
use crate::model::region::Region;
use crate::model::settings::VaultId;

pub(crate) use announce::{announced, interrupted};
pub(crate) use diff::{Change, diff};
pub(crate) use live::{Live, Observed, to_value};
pub(crate) use scheduler::{Node, StepOutcome, run_in_dependency_order};

/// A kind of resource; one file under `steps/` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    ServiceRole,
    Vault,
    Plan,
    Selection,
    Topic,
    Subscriptions,
    LogGroup(Lambda),
    FunctionRole(Lambda),
    Function(Lambda),
    FailureDestination(Lambda),
    EventRule(Lambda),
    EventTarget(Lambda),
    Permission(Lambda),
    Alarm(Alarm),
}

impl Kind {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ServiceRole => "service role",
            Self::Vault => "vault",
            Self::Plan => "backup plan",
            Self::Selection => "backup selection",
            Self::Topic => "alert topic",
            Self::Subscriptions => "subscriptions",
            Self::LogGroup(Lambda::Validator) => "log group",
            Self::FunctionRole(Lambda::Validator) => "validator role",
            Self::Function(Lambda::Validator) => "validator function",
            Self::FailureDestination(Lambda::Validator) => "failure destination",
            Self::EventRule(Lambda::Validator) => "event rule",
            Self::EventTarget(Lambda::Validator) => "event target",
            Self::Permission(Lambda::Validator) => "invoke permission",
            Self::LogGroup(Lambda::Watchdog) => "watchdog log group",
            Self::FunctionRole(Lambda::Watchdog) => "watchdog role",
            Self::Function(Lambda::Watchdog) => "watchdog function",
            Self::FailureDestination(Lambda::Watchdog) => "watchdog destination",
            Self::EventRule(Lambda::Watchdog) => "watchdog schedule",
            Self::EventTarget(Lambda::Watchdog) => "watchdog target",
            Self::Permission(Lambda::Watchdog) => "watchdog permission",
            Self::Alarm(Alarm::Findings) => "findings alarm",
            Self::Alarm(Alarm::Heartbeat) => "heartbeat alarm",
        }
    }
}

/// A step: a kind of resource in a region, or a global one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StepId {
    pub(crate) kind: Kind,
    pub(crate) region: Option<Region>,
    /// A vault is known by its key too: a region has one vault a key.
    kms_key: Option<String>,
}

impl StepId {
    pub(crate) fn global(kind: Kind) -> Self {
        Self { kind, region: None, kms_key: None }
    }

    pub(crate) fn regional(kind: Kind, region: &Region) -> Self {
        Self { kind, region: Some(region.clone()), kms_key: None }
    }

    pub(crate) fn of_vault(vault: &VaultId) -> Self {
        let VaultId { region, kms_key } = vault.clone();
        Self { kind: Kind::Vault, region: Some(region), kms_key }
    }

    /// The vault that this is the step of.
    pub(crate) fn vault(&self) -> Option<VaultId> {
        let region = self.region.clone().filter(|_| self.kind == Kind::Vault)?;
        Some(VaultId { region, kms_key: self.kms_key.clone() })
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{region} {}", self.kind.label()),
            None => f.write_str(self.kind.label()),
        }
    }
}

/// What became of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Gone,
    Kept(String),
}

/// A resource that the deployment consists of.
#[async_trait]
pub(crate) trait Step: Send + Sync {
    fn id(&self) -> StepId;

    /// Name of the resource, for people.
    fn name(&self) -> String;

    /// Steps that have to be done before this one; they are removed after it.
    fn depends_on(&self) -> Vec<StepId>;

    /// Steps that are to be done before this one is made; its removal does not depend on them.
    fn created_after(&self) -> Vec<StepId> {
        Vec::new()
    }

    /// The step whose resource this one lives in: what is inside of somebody else's is not ours.
    fn parent(&self) -> Option<StepId> {
        None
    }

    /// Whether it can only be removed together with what it lives in.
    fn deleted_with_parent(&self) -> bool {
        false
    }

    /// Whether there is nothing to make: a list of subscribers may be empty.
    fn is_optional(&self) -> bool {
        false
    }

    /// What others have put beside it: said even where nothing of ours is there.
    fn foreign_siblings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Why something is to be done about it, where that is not obvious from what differs.
    fn reason(&self, _changes: &[Change]) -> Option<String> {
        None
    }

    /// What it should be, of the same shape as [`Observed::spec`]. Asked after all observations.
    fn wanted(&self) -> Value;

    /// Reads what is there. Writes nothing.
    async fn observe(&self) -> Result<Live, Failure>;

    /// Creates it, or makes what is there as wanted. "There already and ours" is success.
    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure>;

    /// What of others would keep it where it is. Reads only: a removal that is still to come is
    /// told by it.
    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Removes what is ours. "Gone already" is success.
    async fn remove(&self) -> Result<Removal, Failure>;
}

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

/// What a command wants of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desired {
    Present,
    Absent,
}

/// What is to be done about one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    Create,
    Update,
    /// Let it settle, then make it as wanted.
    Wait,
    Remove,
    /// Leave it, and say so.
    Keep,
    /// Do nothing at all, anywhere: what is there cannot be taken over, or could not be read.
    Refuse,
}

/// The policy: the same for every command, every kind and every region.
fn action(desired: Desired, live: &Live, differs: bool) -> Action {
    match (desired, live) {
        (Desired::Present, Live::Absent) => Action::Create,
        (Desired::Present, Live::Ours(_)) if differs => Action::Update,
        (Desired::Present, Live::Ours(_)) | (Desired::Absent, Live::Absent) => Action::Nothing,
        (Desired::Present, Live::InProgress(..)) => Action::Wait,
        (Desired::Present, Live::NotOurs(_) | Live::Unknown(_)) => Action::Refuse,
        (
            Desired::Absent,
            Live::Ours(Observed { keep_reason: Some(_), .. }) | Live::NotOurs(_) | Live::Unknown(_),
        ) => Action::Keep,
        (Desired::Absent, Live::Ours(_) | Live::InProgress(..)) => Action::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_as_a_table() {
        let ours = || Live::Ours(Observed::default());
        let full =
            || Live::Ours(Observed { keep_reason: Some("full".to_owned()), ..Observed::default() });
        let settling = || Live::InProgress(Observed::default(), "pending".to_owned());
        let foreign = || Live::NotOurs("no tag".to_owned());
        let unknown = || Live::Unknown(Failure::Interrupted);
        for (desired, live, differs, expected) in [
            (Desired::Present, Live::Absent, false, Action::Create),
            (Desired::Present, ours(), false, Action::Nothing),
            (Desired::Present, ours(), true, Action::Update),
            (Desired::Present, settling(), false, Action::Wait),
            (Desired::Present, foreign(), false, Action::Refuse),
            (Desired::Present, unknown(), false, Action::Refuse),
            (Desired::Absent, Live::Absent, false, Action::Nothing),
            (Desired::Absent, ours(), true, Action::Remove),
            (Desired::Absent, full(), false, Action::Keep),
            (Desired::Absent, settling(), false, Action::Remove),
            (Desired::Absent, foreign(), false, Action::Keep),
            (Desired::Absent, unknown(), false, Action::Keep),
        ] {
            assert_eq!(action(desired, &live, differs), expected, "{desired:?} {live:?} {differs}");
        }
    }
}
