//! A step: one resource that the deployment consists of, and the verbs over it.

use async_trait::async_trait;
use serde_json::Value;

use crate::engine::{Change, Live, Observed, StepId};
use crate::failure::Failure;

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
