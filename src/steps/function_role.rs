//! The role of a function, with the least that the function needs.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::facts::OurRole;
use crate::account::inline_role::{Found, InlineRole};
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId};
use crate::failure::Failure;
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::steps::function_policy;
use crate::steps::scope::{Entry, Scope};

pub(super) static VALIDATOR: Kind = Kind::new("validator role").part_of("alarms");
pub(super) static WATCHDOG: Kind = Kind::new("watchdog role").part_of("watchdog");

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(FunctionRole::new(context, Lambda::Validator, region))
}));
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(FunctionRole::new(context, Lambda::Watchdog, region))
}));

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

pub(super) struct FunctionRole {
    context: Context,
    lambda: Lambda,
    region: Region,
    name: String,
}

impl FunctionRole {
    pub(super) fn new(context: &Context, lambda: Lambda, region: &Region) -> Self {
        let id = StepId::regional(kind(lambda), region);
        let name = context.names.function_role(lambda, region);
        Self { context: context.on_behalf_of(&id), lambda, region: region.clone(), name }
    }

    fn role(&self) -> InlineRole<'_> {
        InlineRole {
            context: &self.context,
            name: &self.name,
            description: format!("Lets mrbackup's {} read backups and send alarms", self.lambda),
            principal: "lambda.amazonaws.com",
            policy_name: self.lambda.as_str(),
            policy: function_policy::document(&self.context, self.lambda, &self.region),
        }
    }

    fn learn(&self, role_id: Option<String>) {
        let role = OurRole::Of(self.lambda, self.region.clone());
        self.context.facts().role_ids.insert(role, role_id);
    }
}

#[async_trait]
impl Step for FunctionRole {
    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn wanted(&self) -> Value {
        self.role().wanted()
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let Found { live, role_id } = self.role().observe().await?;
        if role_id.is_some() || matches!(live, Live::Absent) {
            self.learn(role_id);
        }
        Ok(live)
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else {
            let role_id = self.role().create().await?;
            self.learn(Some(role_id));
            return self.role().put_policy().await;
        };
        self.role().repair(observed).await
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        self.role().removal_blocker().await
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        self.role().remove().await
    }
}
