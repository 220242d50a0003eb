//! The role of a function, with the least that the function needs.

use std::sync::Arc;

use async_trait::async_trait;

use crate::account::context::Context;
use crate::account::inline_role::{Found, InlineRole, RoleSpec};
use crate::engine::{Difference, Fact, Kind, Known, Live, Removal, Resource, Seen, StepId, Told};
use crate::failure::Failure;
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::steps::function_policy;
use crate::steps::scope::{Entry, Scope};

pub(super) static VALIDATOR: Kind =
    Kind::new("validator role").part_of("alarms").tells(&[VALIDATOR_ID.name()]);
pub(super) static WATCHDOG: Kind =
    Kind::new("watchdog role").part_of("watchdog").tells(&[WATCHDOG_ID.name()]);

/// A role's `RoleId`, which changes when it is made again under the same name; `None` where there is no
/// such role, and not told where it could not be read.
pub(super) type RoleId = Fact<Option<String>>;

pub(super) const VALIDATOR_ID: RoleId = Fact::new("the validator's role");
pub(super) const WATCHDOG_ID: RoleId = Fact::new("the watchdog's role");

/// The id of a function's role.
pub(super) fn id_of(lambda: Lambda) -> &'static RoleId {
    match lambda {
        Lambda::Validator => &VALIDATOR_ID,
        Lambda::Watchdog => &WATCHDOG_ID,
    }
}

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
}

#[async_trait]
impl Resource for FunctionRole {
    type Spec = RoleSpec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> RoleSpec {
        self.role().wanted()
    }

    async fn observe(&self) -> Result<Seen<RoleSpec>, Failure> {
        let Found { live, role_id } = self.role().observe().await?;
        let is_known = role_id.is_some() || matches!(live, Live::Absent);
        let told = if is_known { Told::one(id_of(self.lambda), role_id) } else { Told::nothing() };
        Ok(Seen { told, ..live.into() })
    }

    async fn create(&self, _: &RoleSpec, _: Known<'_>) -> Result<Told, Failure> {
        let role_id = self.role().create().await?;
        self.role().put_policy().await?;
        Ok(Told::one(id_of(self.lambda), Some(role_id)))
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
