//! A resource as the engine runs it: the type of its specification is known to nobody else.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::engine::{
    Difference, Facts, Known, Live, Removal, Resource, Seen, StepId, Told, to_value,
};
use crate::failure::Failure;

/// A resource that can be observed.
#[async_trait]
pub(crate) trait Step: Send + Sync {
    fn id(&self) -> StepId;

    /// Whether there is nothing to make where nothing is.
    fn may_be_absent(&self) -> bool;

    /// Whether it is not ours and only used.
    fn is_given(&self) -> bool;

    /// What is known of it before anything was read.
    fn unseen(self: Arc<Self>) -> Arc<dyn Subject>;

    /// Reads what is there. A read that fails is an answer too.
    async fn observe(self: Arc<Self>) -> Sighting;
}

/// What was seen of a resource.
pub(crate) struct Sighting {
    pub(crate) live: Live,
    pub(crate) siblings: Vec<String>,
    pub(crate) told: Told,
    pub(crate) subject: Arc<dyn Subject>,
}

/// A resource as it was seen, with what can be done about it.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    /// Name of the resource, for people.
    fn name(&self, facts: &Facts) -> String;

    /// What it should be, as the tree of fields that is compared.
    fn wanted(&self, facts: &Facts) -> Value;

    /// Why something is to be done about it, where it differs from what is wanted or not.
    fn reason(&self, differs: bool, facts: &Facts) -> Option<String>;

    /// Creates it, or makes what is there as wanted.
    async fn make(&self, facts: &Facts) -> Result<Told, Failure>;

    /// What of others would keep it where it is.
    async fn removal_blocker(&self) -> Result<Option<String>, Failure>;

    async fn remove(&self, facts: &Facts) -> Result<Removal, Failure>;
}

#[async_trait]
impl<R: Resource> Step for R {
    fn id(&self) -> StepId {
        Resource::id(self)
    }

    fn may_be_absent(&self) -> bool {
        Resource::may_be_absent(self)
    }

    fn is_given(&self) -> bool {
        Resource::is_given(self)
    }

    fn unseen(self: Arc<Self>) -> Arc<dyn Subject> {
        Arc::new(Typed { resource: self, spec: None })
    }

    async fn observe(self: Arc<Self>) -> Sighting {
        let seen = Resource::observe(self.as_ref()).await;
        let Seen { live, siblings, told } =
            seen.unwrap_or_else(|failure| Live::Unknown(failure).into());
        let (live, spec) = live.split();
        let subject = Arc::new(Typed { resource: self, spec });
        Sighting { live, siblings, told, subject }
    }
}

/// A resource beside what of ours was found of it.
struct Typed<R: Resource> {
    resource: Arc<R>,
    spec: Option<R::Spec>,
}

impl<R: Resource> Typed<R> {
    fn known<'a>(&self, facts: &'a Facts) -> Known<'a> {
        facts.for_kind(self.resource.id().kind)
    }

    fn wanted(&self, facts: &Facts) -> R::Spec {
        self.resource.wanted(self.known(facts))
    }
}

#[async_trait]
impl<R: Resource> Subject for Typed<R> {
    fn name(&self, facts: &Facts) -> String {
        self.resource.name(self.known(facts))
    }

    fn wanted(&self, facts: &Facts) -> Value {
        to_value(&self.wanted(facts))
    }

    fn reason(&self, differs: bool, facts: &Facts) -> Option<String> {
        let wanted = self.wanted(facts);
        let live = self.spec.as_ref().filter(|_| differs);
        let difference = live.map(|live| Difference::new(live, &wanted));
        self.resource.reason(difference, self.known(facts))
    }

    async fn make(&self, facts: &Facts) -> Result<Told, Failure> {
        let (wanted, known) = (self.wanted(facts), self.known(facts));
        match &self.spec {
            None => self.resource.create(&wanted, known).await,
            Some(live) => self.resource.change(Difference::new(live, &wanted), known).await,
        }
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        self.resource.removal_blocker().await
    }

    async fn remove(&self, facts: &Facts) -> Result<Removal, Failure> {
        match &self.spec {
            Some(live) => self.resource.remove(live, self.known(facts)).await,
            None => Ok(Removal::Gone),
        }
    }
}
