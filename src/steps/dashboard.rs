//! The CloudWatch dashboard of an alarm region, where the settings ask for it.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging, of_cloudwatch, to_cloudwatch};
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::table::Switch;
use crate::model::tags::Tags;
use crate::steps::dashboard_body::{body, by_title};
use crate::steps::scope::{Entry, Scope};

static KIND: Kind = Kind::new("dashboard").part_of("dashboards");

pub(super) const ENTRY: Entry =
    Entry::new(Scope::Switched(Switch::named("dashboard"), |context, region| {
        Arc::new(Dashboard::new(context, region))
    }));

#[derive(Serialize)]
pub(super) struct Spec {
    /// The body by the titles of its widgets.
    body: Value,
    tags: Tags,
}

/// Dashboards are of no region (API reference, `PutDashboard`), so that one can be read and repaired from any. Each is asked
/// for in the region that it shows.
struct Dashboard {
    context: Context,
    region: Region,
    name: String,
    arn: String,
}

impl Dashboard {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let (name, arn) = (context.names.dashboard(region), context.names.dashboard_arn(region));
        Self { context: context.on_behalf_of(&id), region: region.clone(), name, arn }
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(action, &self.region, &self.arn)
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.context, Service::CloudWatch, &self.region, &self.arn)
    }

    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        of_cloudwatch(&self.context, &self.region, &self.arn).await
    }

    /// Replaces the whole dashboard. AWS ignores the tags where one exists, and would replace somebody else's too: hence
    /// they are read before, and read again after.
    async fn put(&self, new: bool) -> Result<Told, Failure> {
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let body = body(&self.context, &self.region).to_string();
        let tags = new.then(|| to_cloudwatch(&self.context.tags()));
        let send = || {
            let dashboard = cloudwatch.put_dashboard().dashboard_name(&self.name);
            dashboard.dashboard_body(&body).set_tags(tags.clone()).send()
        };
        self.context.caller.call(self.site("cloudwatch:PutDashboard"), send).await?;
        let tags = self.tags().await?.unwrap_or_default();
        require_ours(&self.context, &tags, "dashboard", &self.name)?;
        Ok(Told::nothing())
    }
}

#[async_trait]
impl Resource for Dashboard {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec { body: by_title(&body(&self.context, &self.region)), tags: self.context.tags() }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let send = || cloudwatch.get_dashboard().dashboard_name(&self.name).send();
        let found = self.context.caller.call(self.site("cloudwatch:GetDashboard"), send);
        let (found, tags) = tokio::join!(found, self.tags());
        let Some(found) = if_found(found)? else { return Ok(Live::Absent.into()) };
        let tags = tags?.unwrap_or_default();
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let body = found.dashboard_body.unwrap_or_default();
        let body = by_title(&serde_json::from_str(&body).unwrap_or_default());
        let spec = Spec { body, tags: self.context.our_tags(&tags) };
        Ok(Live::Ours(Observed::new(spec)).into())
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.put(true).await
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.tagging().retag(difference.of(|dashboard| &dashboard.tags)).await?;
        if difference.of(|dashboard| &dashboard.body).is_some() {
            self.put(false).await?;
        }
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let send = || cloudwatch.delete_dashboards().dashboard_names(&self.name).send();
        if_found(self.context.caller.call(self.site("cloudwatch:DeleteDashboards"), send).await)?;
        Ok(Removal::Gone)
    }
}
