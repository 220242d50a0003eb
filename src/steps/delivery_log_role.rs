//! The role with which SNS logs what it delivers: into the two log groups of its topic, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::account::context::Context;
use crate::account::inline_role::{InlineRole, RoleSpec};
use crate::engine::Dependency::InRegion;
use crate::engine::{Difference, Kind, Known, Removal, Resource, Seen, StepId, Told};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::steps::delivery_log::{FAILURE_GROUP, GROUP, SWITCH};
use crate::steps::scope::{Entry, Scope};

/// Removed before the groups: with it SNS could make one again, without our tags.
pub(super) static KIND: Kind = Kind::new("delivery log role")
    .part_of("delivery log")
    .depends_on(&[InRegion(&GROUP), InRegion(&FAILURE_GROUP)]);

pub(super) const ENTRY: Entry = Entry::new(Scope::Switched(SWITCH, |context, region| {
    Arc::new(DeliveryLogRole::new(context, region))
}));

/// What the role may do (SNS developer guide, "Prerequisites for configuring delivery status logging", which names these
/// actions, on all log groups).
fn policy(context: &Context, region: &Region) -> Value {
    let groups = [false, true].map(|of_failures| {
        let name = context.names.delivery_log_group(region, of_failures);
        context.names.named_log_group_arn(region, &name)
    });
    let resources: Vec<String> =
        groups.into_iter().flat_map(|arn| [format!("{arn}:*"), arn]).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Log",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": resources,
        }],
    })
}

struct DeliveryLogRole {
    context: Context,
    region: Region,
    name: String,
}

impl DeliveryLogRole {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let name = context.names.delivery_log_role(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), name }
    }

    fn role(&self) -> InlineRole<'_> {
        InlineRole {
            context: &self.context,
            name: &self.name,
            description: "Lets SNS log what it delivers of mrbackup's alarms".to_owned(),
            principal: "sns.amazonaws.com",
            policy_name: "log",
            policy: policy(&self.context, &self.region),
        }
    }
}

#[async_trait]
impl Resource for DeliveryLogRole {
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
    fn it_may_write_into_two_log_groups_and_nothing_else() {
        let context = context();
        let policy = policy(&context, &context.settings.regions.secondary);
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1);
        let group = "arn:aws:logs:us-west-2:111122223333:log-group:sns/us-west-2/111122223333/mrbackup-default-alerts";
        let both = [format!("{group}:*"), group.to_owned()];
        let failures = [format!("{group}/Failure:*"), format!("{group}/Failure")];
        assert_eq!(statements[0]["Resource"], json!([both, failures].concat()));
    }
}
