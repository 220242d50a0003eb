//! An event rule's target: the function that it invokes and what the function is told, or the bus that its events are sent to.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eventbridge::operation::put_targets::PutTargetsError;
use aws_sdk_eventbridge::operation::remove_targets::RemoveTargetsError;
use aws_sdk_eventbridge::types::{DeadLetterConfig, Target};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::event_rules;
use crate::engine::Dependency::{Everywhere, InRegion};
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::steps::scope::{Entry, Scope};
use crate::steps::selection_name::WATCHED;
use crate::steps::{
    dead_letter_queue, event_rule, forwarding_role, function, plan, selection, vault,
    watchdog_input,
};

/// The vault goes after the target: the deletion of a vault of ours is an alarm, but for our own.
pub(super) static VALIDATOR: Kind = Kind::new("event target")
    .part_of("alarms")
    .depends_on(&[
        InRegion(&event_rule::VALIDATOR),
        InRegion(&dead_letter_queue::VALIDATOR),
        InRegion(&function::VALIDATOR),
        InRegion(&vault::KIND),
    ])
    .inside(&event_rule::VALIDATOR);
/// The watchdog is told of another plan when that plan is there: else it would raise an alarm.
pub(super) static WATCHDOG: Kind = Kind::new("watchdog target")
    .part_of("watchdog")
    .depends_on(&[
        InRegion(&event_rule::WATCHDOG),
        InRegion(&dead_letter_queue::WATCHDOG),
        InRegion(&function::WATCHDOG),
    ])
    .created_after(&[Everywhere(&plan::KIND), Everywhere(&selection::KIND)])
    .inside(&event_rule::WATCHDOG)
    .tells(&[WATCHED.name()])
    .uses(&selection::NAMED_BY);

/// The vault goes after this target too: in the secondary its deletion would be an alarm.
pub(super) static FORWARDING: Kind = Kind::new("forwarding target")
    .part_of("alarms")
    .depends_on(&[
        InRegion(&event_rule::FORWARDING),
        InRegion(&dead_letter_queue::FORWARDING),
        InRegion(&forwarding_role::KIND),
        InRegion(&vault::KIND),
    ])
    .inside(&event_rule::FORWARDING);

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(EventTarget::new(context, Lambda::Validator, region))
}))
.linked(Lambda::Validator, 2);
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(EventTarget::new(context, Lambda::Watchdog, region))
}))
.linked(Lambda::Watchdog, 2);
pub(super) const FORWARDING_ENTRY: Entry = Entry::new(Scope::WithoutAlarms(|context, region| {
    Arc::new(EventTarget::new(context, Receiver::Secondary, region))
}));

fn kind(receiver: Receiver) -> &'static Kind {
    match receiver {
        Receiver::Function(Lambda::Validator) => &VALIDATOR,
        Receiver::Function(Lambda::Watchdog) => &WATCHDOG,
        Receiver::Secondary => &FORWARDING,
    }
}

#[derive(Serialize)]
pub(super) struct Spec {
    arn: String,
    /// The role with which EventBridge sends to a bus; `null` where a function's own policy lets it in.
    role: Option<String>,
    /// What reaches the function in place of the event; `null` where the event itself does.
    input: Value,
    /// What others may set on a target; `null` where EventBridge's own defaults hold.
    retry_attempts: Option<i32>,
    max_age_seconds: Option<i32>,
    /// ARN of the queue of what cannot be delivered.
    dead_letter_queue: Option<String>,
}

/// EventBridge's defaults (user guide, "Retrying event delivery").
const RETRY_ATTEMPTS: i32 = 185;
const MAX_AGE_SECONDS: i32 = 86_400;

pub(super) struct EventTarget {
    context: Context,
    receiver: Receiver,
    region: Region,
}

impl EventTarget {
    pub(super) fn new(context: &Context, receiver: impl Into<Receiver>, region: &Region) -> Self {
        let receiver = receiver.into();
        let id = StepId::regional(kind(receiver), region);
        Self { context: context.on_behalf_of(&id), receiver, region: region.clone() }
    }

    fn spec(&self, known: Known<'_>) -> Spec {
        let names = &self.context.names;
        let input = match self.receiver {
            Receiver::Function(Lambda::Watchdog) => watchdog_input::document(
                &self.context,
                &selection::wanted_names(&self.context, known),
            ),
            Receiver::Function(Lambda::Validator) | Receiver::Secondary => Value::Null,
        };
        let (arn, role) = match self.receiver {
            Receiver::Function(lambda) => (names.function_arn(lambda, &self.region), None),
            Receiver::Secondary => {
                let secondary = &self.context.settings.regions.secondary;
                let role = names.forwarding_role_arn(&self.region);
                (names.default_event_bus_arn(secondary), Some(role))
            }
        };
        Spec {
            arn,
            role,
            input,
            retry_attempts: None,
            max_age_seconds: None,
            dead_letter_queue: Some(names.dead_letter_queue_arn(self.receiver, &self.region)),
        }
    }

    fn rule(&self) -> String {
        self.context.names.event_rule(self.receiver)
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(
            action,
            &self.region,
            self.context.names.event_rule_arn(self.receiver, &self.region),
        )
    }

    async fn put(&self, wanted: &Spec) -> Result<Told, Failure> {
        let events = self.context.region(&self.region).events;
        let Spec { arn, role, input, dead_letter_queue, .. } = wanted;
        let dead_letters = DeadLetterConfig::builder().set_arn(dead_letter_queue.clone()).build();
        let target = Target::builder()
            .id(self.receiver.target_id())
            .arn(arn)
            .set_role_arn(role.clone())
            .dead_letter_config(dead_letters)
            .set_input((!input.is_null()).then(|| input.to_string()))
            .build()
            .expect("id and ARN are set");
        let send = || async {
            let request = events.put_targets().rule(self.rule());
            let output = request.targets(target.clone()).send().await?;
            let entry = output.failed_entries().first();
            let entry = entry.map(|e| (e.error_code(), e.error_message()));
            failed_inside(output.failed_entry_count, entry, PutTargetsError::generic)
        };
        self.context.caller.call(self.site("events:PutTargets"), send).await?;
        Ok(Told::nothing())
    }
}

#[async_trait]
impl Resource for EventTarget {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.receiver), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        let receiver = match self.receiver {
            Receiver::Function(lambda) => self.context.names.function(lambda),
            Receiver::Secondary => self.context.settings.regions.secondary.to_string(),
        };
        format!("{} → {receiver}", self.rule())
    }

    fn wanted(&self, known: Known<'_>) -> Spec {
        self.spec(known)
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let targets = event_rules::targets(&self.context, self.receiver, &self.region)
            .await?
            .unwrap_or_default();
        let (ours, others): (Vec<_>, Vec<_>) =
            targets.into_iter().partition(|target| target.id == self.receiver.target_id());
        let Some(target) = ours.into_iter().next() else { return Ok(Live::Absent.into()) };
        let retry = target.retry_policy.as_ref();
        let input = target.input.or(target.input_path);
        let input = input.or(target.input_transformer.map(|t| t.input_template));
        let input = input.map_or(Value::Null, |text| {
            serde_json::from_str(&text).unwrap_or_else(|_| text.into())
        });
        let told = match watchdog_input::selections(&input) {
            none if none.is_empty() => Told::nothing(),
            names => Told::one(&WATCHED, names),
        };
        let mut observed = Observed::new(Spec {
            arn: target.arn,
            role: target.role_arn.filter(|role| !role.is_empty()),
            input,
            retry_attempts: retry
                .and_then(|retry| retry.maximum_retry_attempts)
                .filter(|attempts| *attempts != RETRY_ATTEMPTS),
            max_age_seconds: retry
                .and_then(|retry| retry.maximum_event_age_in_seconds)
                .filter(|age| *age != MAX_AGE_SECONDS),
            dead_letter_queue: target.dead_letter_config.and_then(|config| config.arn),
        });
        observed.notes = others
            .iter()
            .map(|other| format!("the rule also has the target {}", other.id))
            .collect();
        Ok(Seen { told, ..Live::Ours(observed).into() })
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
        let events = self.context.region(&self.region).events;
        let send = || async {
            let request = events.remove_targets().rule(self.rule());
            let output = request.ids(self.receiver.target_id()).send().await?;
            let entry = output.failed_entries().first();
            let entry = entry.map(|e| (e.error_code(), e.error_message()));
            failed_inside(output.failed_entry_count, entry, RemoveTargetsError::generic)
        };
        if_found(self.context.caller.call(self.site("events:RemoveTargets"), send).await)?;
        Ok(Removal::Gone)
    }
}

/// EventBridge reports failures of single targets inside a 200: they are errors like any other.
fn failed_inside<E>(
    count: i32,
    entry: Option<(Option<&str>, Option<&str>)>,
    error: impl Fn(ErrorMetadata) -> E,
) -> Result<(), SdkError<E, HttpResponse>> {
    if count == 0 {
        return Ok(());
    }
    let (code, message) = entry.unwrap_or_default();
    let meta = ErrorMetadata::builder()
        .code(code.unwrap_or("FailedEntry"))
        .message(message.unwrap_or("AWS gave no reason"))
        .build();
    let status = 200_u16.try_into().expect("a valid status");
    Err(SdkError::service_error(error(meta), HttpResponse::new(status, SdkBody::empty())))
}
