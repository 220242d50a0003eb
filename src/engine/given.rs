//! What a setting names and mrbackup only uses: it is checked each time, and neither made, changed, tagged nor removed.

use async_trait::async_trait;

use crate::engine::{Difference, Known, Live, Observed, Removal, Resource, Seen, StepId, Told};
use crate::failure::Failure;

/// A resource that was there before the deployment, and outlives it. It has no verb that writes.
#[async_trait]
pub(crate) trait Given: Send + Sync + 'static {
    fn id(&self) -> StepId;

    /// Name of the resource, for people.
    fn name(&self) -> String;

    /// Reads what is there, and whether it can be used.
    async fn check(&self) -> Result<Checked, Failure>;
}

/// What a check of something given found.
pub(crate) enum Checked {
    /// It can be used; what stands beside that is in the observation.
    Fit(Observed<()>, Told),
    /// It cannot, because of this.
    Unfit(String),
    /// It is not used any longer, and nothing is to be remembered of it.
    Forgotten,
}

/// Something given, as a step of the deployment.
pub(crate) struct Used<G>(pub(crate) G);

impl<G: Given> Used<G> {
    /// The policy makes, changes and removes nothing that is given; a defect in it ends here.
    fn is_not_ours(&self) -> Failure {
        Failure::refused(
            format!("{} is given, and mrbackup does not change it", self.0.name()),
            "report this: it is a defect of mrbackup",
        )
    }
}

#[async_trait]
impl<G: Given> Resource for Used<G> {
    type Spec = ();

    fn id(&self) -> StepId {
        self.0.id()
    }

    fn name(&self, _: Known<'_>) -> String {
        self.0.name()
    }

    fn is_given(&self) -> bool {
        true
    }

    fn wanted(&self, _: Known<'_>) {}

    async fn observe(&self) -> Result<Seen<()>, Failure> {
        Ok(match self.0.check().await? {
            Checked::Fit(observed, told) => Seen { told, ..Live::Given(observed).into() },
            Checked::Forgotten => Live::Absent.into(),
            Checked::Unfit(why) => Live::Unfit(why).into(),
        })
    }

    async fn create(&self, (): &(), _: Known<'_>) -> Result<Told, Failure> {
        Err(self.is_not_ours())
    }

    async fn change(&self, _: Difference<'_, ()>, _: Known<'_>) -> Result<Told, Failure> {
        Err(self.is_not_ours())
    }

    async fn remove(&self, (): &(), _: Known<'_>) -> Result<Removal, Failure> {
        Err(self.is_not_ours())
    }
}
