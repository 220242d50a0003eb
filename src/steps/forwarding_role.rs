//! The role with which EventBridge sends a region's events to the secondary: one call, on one bus.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::account::context::Context;
use crate::account::inline_role::{InlineRole, RoleSpec};
use crate::engine::{Difference, Kind, Known, Removal, Resource, Seen, StepId, Told};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::steps::scope::{Entry, Scope};

pub(super) static KIND: Kind = Kind::new("forwarding role").part_of("alarms");

pub(super) const ENTRY: Entry = Entry::new(Scope::WithoutAlarms(|context, region| {
    Arc::new(ForwardingRole::new(context, region))
}));

/// What the role may do (EventBridge user guide, "Sending and receiving events between AWS Regions",
/// and AWS Knowledge Center, "How do I route cross-Region and cross-account events": the target's role
/// needs no more, and the default bus of the same account no policy).
fn policy(context: &Context) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Forward",
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": context.names.default_event_bus_arn(&context.settings.regions.secondary),
        }],
    })
}

struct ForwardingRole {
    context: Context,
    region: Region,
    name: String,
}

impl ForwardingRole {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let name = context.names.forwarding_role(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), name }
    }

    fn role(&self) -> InlineRole<'_> {
        InlineRole {
            context: &self.context,
            name: &self.name,
            description: "Lets EventBridge forward what happens to mrbackup's vault".to_owned(),
            principal: "events.amazonaws.com",
            policy_name: "forward",
            policy: policy(&self.context),
        }
    }
}

#[async_trait]
impl Resource for ForwardingRole {
    type Spec = RoleSpec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> RoleSpec {
        self.role().wanted()
    }

    async fn observe(&self) -> Result<Seen<RoleSpec>, Failure> {
        Ok(self.role().observe().await?.live.into())
    }

    async fn create(&self, _: &RoleSpec, _: Known<'_>) -> Result<Told, Failure> {
        self.role().create().await?;
        self.role().put_policy().await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, RoleSpec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.role().repair(&difference).await?;
        Ok(Told::nothing())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        self.role().removal_blocker().await
    }

    async fn remove(&self, _: &RoleSpec, _: Known<'_>) -> Result<Removal, Failure> {
        self.role().remove().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;

    #[test]
    fn it_may_put_events_on_one_bus_and_nothing_else() {
        let policy = policy(&context());
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1);
        assert_eq!(statements[0]["Action"], "events:PutEvents");
        let bus = "arn:aws:events:us-west-2:111122223333:event-bus/default";
        assert_eq!(statements[0]["Resource"], bus);
    }
}
