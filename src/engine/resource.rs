//! What a kind of resource has to say of itself: what is compared, four verbs, and what it learns.

use async_trait::async_trait;
use serde::Serialize;

use crate::engine::{Known, Live, StepId, Told};
use crate::failure::Failure;

/// What became of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Gone,
    Kept(String),
}

/// A resource that the deployment consists of. The engine compares it, and gives each verb what it
/// needs: nobody reads or compares a specification twice.
#[async_trait]
pub(crate) trait Resource: Send + Sync + 'static {
    /// What is compared, field by field by the names that people see.
    type Spec: Serialize + Send + Sync;

    fn id(&self) -> StepId;

    /// Name of the resource, for people.
    fn name(&self, known: Known<'_>) -> String;

    /// Whether there is nothing to make where nothing is: a list of subscribers may be empty.
    fn may_be_absent(&self) -> bool {
        false
    }

    /// Whether it is not ours and only used, so that there is nothing to make, to change or to remove.
    fn is_given(&self) -> bool {
        false
    }

    /// What it should be. Asked after all observations, and again when it is made, because more is
    /// known then.
    fn wanted(&self, known: Known<'_>) -> Self::Spec;

    /// Why something is to be done about it, where that is not obvious from what differs. Nothing
    /// differs where it is not there, or is not wanted any more.
    fn reason(
        &self,
        _difference: Option<Difference<'_, Self::Spec>>,
        _known: Known<'_>,
    ) -> Option<String> {
        None
    }

    /// Reads what is there. Writes nothing.
    async fn observe(&self) -> Result<Seen<Self::Spec>, Failure>;

    /// Makes it. "There already and ours" is success.
    async fn create(&self, wanted: &Self::Spec, known: Known<'_>) -> Result<Told, Failure>;

    /// Makes what is there as wanted.
    async fn change(
        &self,
        difference: Difference<'_, Self::Spec>,
        known: Known<'_>,
    ) -> Result<Told, Failure>;

    /// What of others would keep it where it is. Reads only: a removal that is still to come is
    /// told by it.
    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Removes what is ours. "Gone already" is success.
    async fn remove(&self, live: &Self::Spec, known: Known<'_>) -> Result<Removal, Failure>;
}

/// What an observation saw.
pub(crate) struct Seen<S> {
    pub(crate) live: Live<S>,
    /// What others have put beside it: said even where nothing of ours is there.
    pub(crate) siblings: Vec<String>,
    pub(crate) told: Told,
}

impl<S> From<Live<S>> for Seen<S> {
    fn from(live: Live<S>) -> Self {
        Self { live, siblings: Vec::new(), told: Told::nothing() }
    }
}

/// What is there beside what is wanted.
pub(crate) struct Difference<'a, S> {
    pub(crate) live: &'a S,
    pub(crate) wanted: &'a S,
}

impl<'a, S> Difference<'a, S> {
    pub(crate) fn new(live: &'a S, wanted: &'a S) -> Self {
        Self { live, wanted }
    }

    /// What is there and what is wanted of a part, where they differ.
    pub(crate) fn of<T: PartialEq>(&self, part: impl Fn(&'a S) -> T) -> Option<(T, T)> {
        let (live, wanted) = (part(self.live), part(self.wanted));
        (live != wanted).then_some((live, wanted))
    }
}
