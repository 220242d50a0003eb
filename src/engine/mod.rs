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
pub(crate) use scheduler::{Done, Node, by_need};

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
    fn needs(&self) -> Vec<StepId>;

    /// Steps that are to be done before this one is made; its removal does not depend on them.
    fn made_after(&self) -> Vec<StepId> {
        Vec::new()
    }

    /// The step whose resource this one lives in: what is inside of somebody else's is not ours.
    fn lives_in(&self) -> Option<StepId> {
        None
    }

    /// Whether it can only be removed together with what it lives in.
    fn goes_with_it(&self) -> bool {
        false
    }

    /// Whether there is nothing to make: a list of subscribers may be empty.
    fn wants_nothing(&self) -> bool {
        false
    }

    /// What others have put beside it: said even where nothing of ours is there.
    fn beside(&self) -> Vec<String> {
        Vec::new()
    }

    /// Why something is to be done about it, where that is not obvious from what differs.
    fn why(&self, _changes: &[Change]) -> Option<String> {
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
    async fn kept(&self) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Removes what is ours. "Gone already" is success.
    async fn remove(&self) -> Result<Removal, Failure>;
}

/// A step, and what is wanted of it.
#[derive(Clone)]
pub(crate) struct Aim {
    pub(crate) step: Arc<dyn Step>,
    pub(crate) goal: Goal,
}

/// A step with what was found and how that differs from what is wanted.
#[derive(Clone)]
pub(crate) struct Sight {
    pub(crate) step: Arc<dyn Step>,
    pub(crate) goal: Goal,
    pub(crate) live: Live,
    pub(crate) changes: Vec<Change>,
}

impl Sight {
    /// What is to be done about it.
    pub(crate) fn act(&self) -> Act {
        if matches!(self.live, Live::Absent) && self.step.wants_nothing() {
            return Act::Nothing;
        }
        act(self.goal, &self.live, !self.changes.is_empty())
    }

    /// Whether everything about it is as it has to be, or cannot be otherwise for now.
    pub(crate) fn rests(&self) -> bool {
        matches!(self.act(), Act::Nothing | Act::Keep)
    }

    /// Whether nothing of ours is there, and nothing is wanted either.
    pub(crate) fn is_gone(&self) -> bool {
        self.goal == Goal::Gone && matches!(self.live, Live::Absent | Live::Foreign(_))
    }
}

/// Observes all steps at once, then compares.
pub(crate) async fn observe(aims: &[Aim]) -> Vec<Sight> {
    let lives = futures_util::future::join_all(aims.iter().map(|aim| aim.step.observe())).await;
    let sight = |(Aim { step, goal }, live): (&Aim, Result<Live, Failure>)| {
        let live = match Live::from(live) {
            Live::Ours(observed) if *goal == Goal::Gone && observed.is_empty => Live::Absent,
            live => live,
        };
        let changes = match (goal, live.observed()) {
            (Goal::Present, Some(observed)) => diff(&observed.spec, &step.wanted()),
            _ => Vec::new(),
        };
        Sight { step: Arc::clone(step), goal: *goal, live, changes }
    };
    aims.iter().zip(lives).map(sight).collect()
}

/// What a command wants of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Present,
    Gone,
}

/// What is to be done about one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
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
fn act(goal: Goal, live: &Live, differs: bool) -> Act {
    match (goal, live) {
        (Goal::Present, Live::Absent) => Act::Create,
        (Goal::Present, Live::Ours(_)) if differs => Act::Update,
        (Goal::Present, Live::Ours(_)) | (Goal::Gone, Live::Absent) => Act::Nothing,
        (Goal::Present, Live::Settling(..)) => Act::Wait,
        (Goal::Present, Live::Foreign(_) | Live::Unknown(_)) => Act::Refuse,
        (
            Goal::Gone,
            Live::Ours(Observed { stays: Some(_), .. }) | Live::Foreign(_) | Live::Unknown(_),
        ) => Act::Keep,
        (Goal::Gone, Live::Ours(_) | Live::Settling(..)) => Act::Remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_as_a_table() {
        let ours = || Live::Ours(Observed::default());
        let full =
            || Live::Ours(Observed { stays: Some("full".to_owned()), ..Observed::default() });
        let settling = || Live::Settling(Observed::default(), "pending".to_owned());
        let foreign = || Live::Foreign("no tag".to_owned());
        let unknown = || Live::Unknown(Failure::Interrupted);
        for (goal, live, differs, expected) in [
            (Goal::Present, Live::Absent, false, Act::Create),
            (Goal::Present, ours(), false, Act::Nothing),
            (Goal::Present, ours(), true, Act::Update),
            (Goal::Present, settling(), false, Act::Wait),
            (Goal::Present, foreign(), false, Act::Refuse),
            (Goal::Present, unknown(), false, Act::Refuse),
            (Goal::Gone, Live::Absent, false, Act::Nothing),
            (Goal::Gone, ours(), true, Act::Remove),
            (Goal::Gone, full(), false, Act::Keep),
            (Goal::Gone, settling(), false, Act::Remove),
            (Goal::Gone, foreign(), false, Act::Keep),
            (Goal::Gone, unknown(), false, Act::Keep),
        ] {
            assert_eq!(act(goal, &live, differs), expected, "{goal:?} {live:?} {differs}");
        }
    }
}
