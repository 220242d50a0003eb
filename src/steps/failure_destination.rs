//! Where an event goes that a function could not handle: to the alert topic, so that no alarm is lost.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure};
use serde::Serialize;

use crate::account::context::Context;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::steps::scope::{Entry, Scope};
use crate::steps::{function, topic};

/// Lambda deletes it with the function.
pub(super) static VALIDATOR: Kind = Kind::new("failure destination")
    .part_of("alarms")
    .depends_on(&[InRegion(&function::VALIDATOR), InRegion(&topic::KIND)])
    .inside(&function::VALIDATOR)
    .deleted_with_parent();
/// Lambda deletes it with the function.
pub(super) static WATCHDOG: Kind = Kind::new("watchdog destination")
    .part_of("watchdog")
    .depends_on(&[InRegion(&function::WATCHDOG), InRegion(&topic::KIND)])
    .inside(&function::WATCHDOG)
    .deleted_with_parent();

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(FailureDestination::new(context, Lambda::Validator, region))
}))
.linked(Lambda::Validator, 5);
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(FailureDestination::new(context, Lambda::Watchdog, region))
}))
.linked(Lambda::Watchdog, 5);

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

/// Longer than a function is throttled in a storm, and shorter than anybody should wait for an alarm.
const MAX_AGE_SECONDS: i32 = 3600;

#[derive(Serialize)]
pub(super) struct Spec {
    retries: Option<i32>,
    max_age_seconds: Option<i32>,
    on_failure: Option<String>,
}

pub(super) struct FailureDestination {
    context: Context,
    lambda: Lambda,
    region: Region,
}

impl FailureDestination {
    pub(super) fn new(context: &Context, lambda: Lambda, region: &Region) -> Self {
        let id = StepId::regional(kind(lambda), region);
        Self { context: context.on_behalf_of(&id), lambda, region: region.clone() }
    }

    /// Lambda's most for an event that comes once; none for the watchdog, whose next run is its retry.
    fn retries(&self) -> i32 {
        match self.lambda {
            Lambda::Validator => 2,
            Lambda::Watchdog => 0,
        }
    }

    fn function(&self) -> String {
        self.context.names.function(self.lambda)
    }

    fn site(&self, action: &'static str) -> CallSite {
        let arn = self.context.names.function_arn(self.lambda, &self.region);
        CallSite::new(action, &self.region, arn)
    }

    async fn put(&self, wanted: &Spec) -> Result<Told, Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let on_failure = OnFailure::builder().set_destination(wanted.on_failure.clone()).build();
        let destination = DestinationConfig::builder().on_failure(on_failure).build();
        let send = || {
            lambda
                .put_function_event_invoke_config()
                .function_name(self.function())
                .set_maximum_retry_attempts(wanted.retries)
                .set_maximum_event_age_in_seconds(wanted.max_age_seconds)
                .destination_config(destination.clone())
                .send()
        };
        let site = self.site("lambda:PutFunctionEventInvokeConfig");
        self.context.caller.call(site, send).await?;
        Ok(Told::nothing())
    }
}

#[async_trait]
impl Resource for FailureDestination {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        let topic = self.context.names.topic_name_in_use(&self.context.settings, &self.region);
        format!("{} → {topic}", self.function())
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec {
            retries: Some(self.retries()),
            max_age_seconds: Some(MAX_AGE_SECONDS),
            on_failure: Some(self.context.names.topic_in_use(&self.context.settings, &self.region)),
        }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send =
            || lambda.get_function_event_invoke_config().function_name(self.function()).send();
        let site = self.site("lambda:GetFunctionEventInvokeConfig");
        let Some(found) = if_found(self.context.caller.call(site, send).await)? else {
            return Ok(Live::Absent.into());
        };
        let on_failure = found.destination_config.and_then(|config| config.on_failure);
        let spec = Spec {
            retries: found.maximum_retry_attempts,
            max_age_seconds: found.maximum_event_age_in_seconds,
            on_failure: on_failure.and_then(|on_failure| on_failure.destination),
        };
        Ok(Live::Ours(Observed::new(spec)).into())
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.put(wanted).await
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.put(difference.wanted).await
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        Ok(Removal::Gone)
    }
}
