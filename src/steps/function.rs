//! A Lambda function, from the code that is embedded in this program.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::config::Config;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, FunctionCode, Runtime};

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging};
use crate::aws::{Poll, SendingOnce};
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Fact, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::names::ROLE_ID_TAG;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::function_document::{
    Configuration, Found, Spec, additions, environment, failed, given_vaults, kept_for_ever,
    spec_of_aws, unsettled,
};
use crate::steps::scope::{Entry, Scope};
use crate::steps::{function_code, function_role, log_group, topic};

pub(crate) static VALIDATOR: Kind = Kind::new("validator function")
    .part_of("alarms")
    .depends_on(&[
        InRegion(&function_role::VALIDATOR),
        InRegion(&log_group::VALIDATOR),
        InRegion(&topic::KIND),
    ])
    .tells(&[VALIDATOR_SAVED_WITH.name()])
    .uses(&[function_role::VALIDATOR_ID.name(), VALIDATOR_SAVED_WITH.name()]);
pub(crate) static WATCHDOG: Kind = Kind::new("watchdog function")
    .part_of("watchdog")
    .depends_on(&[
        InRegion(&function_role::WATCHDOG),
        InRegion(&log_group::WATCHDOG),
        InRegion(&topic::KIND),
    ])
    .tells(&[WATCHDOG_SAVED_WITH.name()])
    .uses(&[function_role::WATCHDOG_ID.name(), WATCHDOG_SAVED_WITH.name()]);

/// `RoleId` of the role that a function was last saved with.
const VALIDATOR_SAVED_WITH: Fact<String> = Fact::new("what the validator was saved with");
const WATCHDOG_SAVED_WITH: Fact<String> = Fact::new("what the watchdog was saved with");

fn saved_with(lambda: Lambda) -> &'static Fact<String> {
    match lambda {
        Lambda::Validator => &VALIDATOR_SAVED_WITH,
        Lambda::Watchdog => &WATCHDOG_SAVED_WITH,
    }
}

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(Function::new(context, Lambda::Validator, region))
}))
.linked(Lambda::Validator, 4);
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(Function::new(context, Lambda::Watchdog, region))
}))
.linked(Lambda::Watchdog, 4);

fn kind(lambda: Lambda) -> &'static Kind {
    match lambda {
        Lambda::Validator => &VALIDATOR,
        Lambda::Watchdog => &WATCHDOG,
    }
}

const MEMORY_MB: i32 = 256;
/// Creating a function takes longer than other calls.
const CREATE_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a function may take to become active or to take an update.
const SETTLED: Duration = Duration::from_mins(5);

pub(super) struct Function {
    context: Context,
    lambda: Lambda,
    region: Region,
    name: String,
    package: Vec<u8>,
}

impl Function {
    pub(super) fn new(context: &Context, lambda: Lambda, region: &Region) -> Self {
        let id = StepId::regional(kind(lambda), region);
        Self {
            context: context.on_behalf_of(&id),
            lambda,
            region: region.clone(),
            name: context.names.function(lambda),
            package: function_code::package(lambda),
        }
    }

    fn spec(&self, known: Known<'_>) -> Spec {
        let names = &self.context.names;
        let mut environment = BTreeMap::from([
            ("DEPLOYMENT".to_owned(), names.deployment.to_string()),
            ("TOPIC_ARN".to_owned(), names.topic_in_use(&self.context.settings, &self.region)),
        ]);
        if self.lambda == Lambda::Validator {
            let kept = kept_for_ever(&self.context.settings);
            environment.extend(kept.map(|kept| ("KEPT_FOR_EVER".to_owned(), kept)));
            environment.extend(given_vaults(names, &self.context.settings));
        }
        Spec {
            configuration: Configuration {
                runtime: self.context.settings.runtime.clone(),
                handler: self.lambda.handler(),
                role: names.function_role_arn(self.lambda, &self.region),
                timeout_seconds: self.timeout_seconds(),
                memory_mb: MEMORY_MB,
                environment,
            },
            code_sha256: function_code::code_sha256(&self.package),
            architecture: Architecture::Arm64.as_str().to_owned(),
            reserved_concurrency: None,
            tags: self.tags(known),
        }
    }

    /// The role's id is among the tags: a role made again under the same name is another role to
    /// Lambda, and the function has to be saved again with it.
    fn tags(&self, known: Known<'_>) -> Tags {
        let mut tags = self.context.tags();
        // With IAM away nobody can tell whether it still is the same.
        let unread = || known.of(saved_with(self.lambda), &self.region);
        let role_id = known.of(function_role::id_of(self.lambda), &self.region);
        let role_id = role_id.map_or_else(unread, Option::as_ref);
        tags.extend(role_id.map(|id| (ROLE_ID_TAG.to_owned(), id.clone())));
        tags
    }

    /// The validator has Lambda's most, because the one summary of a storm of failures waits for the
    /// storm to be over; the watchdog stops reading after 200 seconds by itself.
    fn timeout_seconds(&self) -> i32 {
        match self.lambda {
            Lambda::Validator => 900,
            Lambda::Watchdog => 300,
        }
    }

    fn arn(&self) -> String {
        self.context.names.function_arn(self.lambda, &self.region)
    }

    fn tagging<'a>(&'a self, arn: &'a str) -> Tagging<'a> {
        Tagging::new(&self.context, Service::Lambda, &self.region, arn)
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(action, &self.region, self.arn())
    }

    async fn get(&self) -> Result<Option<Found>, Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || lambda.get_function().function_name(&self.name).send();
        let Some(found) =
            if_found(self.context.caller.call(self.site("lambda:GetFunction"), send).await)?
        else {
            return Ok(None);
        };
        let reserved = found.concurrency.and_then(|found| found.reserved_concurrent_executions);
        let GetFunctionOutput { configuration: Some(configuration), tags, tags_error, .. } = found
        else {
            return Err(self.unreadable("its configuration"));
        };
        // A missing permission for the tags comes inside a success.
        if tags_error.is_some() {
            return Err(self.unreadable("its tags; the permission lambda:ListTags may be missing"));
        }
        let tags = tags.unwrap_or_default().into_iter().collect();
        Ok(Some(Found { configuration, reserved_concurrency: reserved, tags }))
    }

    fn unreadable(&self, what: &str) -> Failure {
        Failure::failed(
            format!("{}: AWS gave function {} without {what}", self.region, self.name),
            "run the same command again",
        )
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        let found = self.get().await?;
        let require =
            |found: Found| require_ours(&self.context, &found.tags, "function", &self.name);
        found.map(require).transpose()
    }

    async fn make_function(&self, wanted: &Spec) -> Result<(), Failure> {
        let clients = self.context.region(&self.region);
        let Spec { configuration, tags, .. } = wanted;
        let send = |once: &SendingOnce| {
            let timeouts =
                TimeoutConfig::builder().operation_attempt_timeout(CREATE_TIMEOUT).build();
            once.lambda()
                .create_function()
                .function_name(&self.name)
                .description(self.lambda.description())
                .runtime(Runtime::from(configuration.runtime.as_str()))
                .handler(&configuration.handler)
                .role(&configuration.role)
                .timeout(configuration.timeout_seconds)
                .memory_size(configuration.memory_mb)
                .environment(environment(configuration))
                .architectures(Architecture::Arm64)
                .code(FunctionCode::builder().zip_file(Blob::new(self.package.clone())).build())
                .set_tags(Some(tags.clone().into_iter().collect()))
                .customize()
                .config_override(Config::builder().timeout_config(timeouts))
                .send()
        };
        let site = self.site("lambda:CreateFunction");
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.function_arn.map(|_| ()), || self.look())
            .await
    }

    async fn update_code(&self, architecture: &str) -> Result<(), Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || {
            lambda
                .update_function_code()
                .function_name(&self.name)
                .zip_file(Blob::new(self.package.clone()))
                .architectures(Architecture::from(architecture))
                .send()
        };
        self.context.caller.call(self.site("lambda:UpdateFunctionCode"), send).await?;
        self.wait_until_active().await
    }

    async fn update_configuration(&self, configuration: &Configuration) -> Result<(), Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || {
            lambda
                .update_function_configuration()
                .function_name(&self.name)
                .runtime(Runtime::from(configuration.runtime.as_str()))
                .handler(&configuration.handler)
                .role(&configuration.role)
                .timeout(configuration.timeout_seconds)
                .memory_size(configuration.memory_mb)
                .environment(environment(configuration))
                .send()
        };
        self.context.caller.call(self.site("lambda:UpdateFunctionConfiguration"), send).await?;
        self.wait_until_active().await
    }

    async fn free_concurrency(&self) -> Result<(), Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || lambda.delete_function_concurrency().function_name(&self.name).send();
        self.context.caller.call(self.site("lambda:DeleteFunctionConcurrency"), send).await?;
        Ok(())
    }

    /// Waits until the function is active and has taken its last update.
    async fn wait_until_active(&self) -> Result<(), Failure> {
        let ready = || async {
            let Some(Found { configuration, .. }) = self.get().await? else {
                return Ok(Poll::Waiting("it cannot be read yet".to_owned()));
            };
            if let Some(reason) = failed(&configuration) {
                return Err(Failure::failed(
                    format!("{}: function {} did not come up: {reason}", self.region, self.name),
                    "repair what the reason names, then run the same command again",
                ));
            }
            Ok(match unsettled(&configuration) {
                Some(why) => Poll::Waiting(why),
                None => Poll::Ready(()),
            })
        };
        self.context.caller.poll(&format!("function {}", self.name), SETTLED, ready).await
    }
}

#[async_trait]
impl Resource for Function {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.lambda), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, known: Known<'_>) -> Spec {
        self.spec(known)
    }

    fn reason(&self, difference: Option<Difference<'_, Spec>>, _: Known<'_>) -> Option<String> {
        let another_role = difference?.of(|function| function.tags.get(ROLE_ID_TAG));
        another_role.map(|_| {
            "its role was made again: to Lambda it is another role, and the function has to be saved again"
                .to_owned()
        })
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some(found) = self.get().await? else { return Ok(Live::Absent.into()) };
        let Found { configuration, tags, .. } = &found;
        if !self.context.is_ours(tags) {
            return Ok(self.tagging(&self.arn()).not_ours().into());
        }
        let role_id = tags.get(ROLE_ID_TAG).cloned();
        let told = role_id.map_or_else(Told::nothing, |id| Told::one(saved_with(self.lambda), id));
        let mut observed = Observed::new(spec_of_aws(&found, self.context.our_tags(tags)));
        observed.notes = additions(configuration, &self.context.names.log_group(self.lambda));
        if let Some(reason) = failed(configuration) {
            observed.attention.push(format!("Lambda reports that it failed: {reason}"));
        }
        let live = match unsettled(configuration) {
            Some(why) => Live::InProgress(observed, why),
            None => Live::Ours(observed),
        };
        Ok(Seen { told, ..live.into() })
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.make_function(wanted).await?;
        self.wait_until_active().await?;
        Ok(Told::nothing())
    }

    /// What differs is asked anew when the function has settled: it may have taken an update by then.
    async fn change(&self, seen: Difference<'_, Spec>, _: Known<'_>) -> Result<Told, Failure> {
        let wanted = seen.wanted;
        self.wait_until_active().await?;
        let Some(found) = self.get().await? else {
            self.make_function(wanted).await?;
            return Ok(Told::nothing());
        };
        let live = spec_of_aws(&found, self.context.our_tags(&found.tags));
        let difference = Difference::new(&live, wanted);
        let code = difference.of(|function| (&function.code_sha256, &function.architecture));
        if code.is_some() {
            self.update_code(&wanted.architecture).await?;
        }
        let saved =
            difference.of(|function| (&function.configuration, function.tags.get(ROLE_ID_TAG)));
        if saved.is_some() {
            self.update_configuration(&wanted.configuration).await?;
        }
        if difference.of(|function| function.reserved_concurrency).is_some() {
            self.free_concurrency().await?;
        }
        // After the function was saved, because the tag says with what.
        self.tagging(&self.arn()).retag(difference.of(|function| &function.tags)).await?;
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        let lambda = self.context.region(&self.region).lambda;
        let send = || lambda.delete_function().function_name(&self.name).send();
        if_found(self.context.caller.call(self.site("lambda:DeleteFunction"), send).await)?;
        Ok(Removal::Gone)
    }
}
