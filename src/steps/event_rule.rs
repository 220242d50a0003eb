//! The EventBridge rules: for what happens to our vault and its jobs, where it is told or forwarded, and the watchdog's clock.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eventbridge::types::RuleState;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::event_rules;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging, of_event_rule, to_events};
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::event_pattern;
use crate::steps::scope::{Entry, Scope};

pub(super) static VALIDATOR: Kind = Kind::new("event rule").part_of("alarms");
pub(super) static WATCHDOG: Kind = Kind::new("watchdog schedule").part_of("watchdog");
pub(super) static FORWARDING: Kind = Kind::new("forwarding rule").part_of("alarms");

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(EventRule::new(context, Lambda::Validator, region))
}))
.linked(Lambda::Validator, 1);
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(EventRule::new(context, Lambda::Watchdog, region))
}))
.linked(Lambda::Watchdog, 1);
pub(super) const FORWARDING_ENTRY: Entry = Entry::new(Scope::WithoutAlarms(|context, region| {
    Arc::new(EventRule::new(context, Receiver::Secondary, region))
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
    /// `null` for a rule that goes by the clock.
    pattern: Value,
    /// `null` for a rule that waits for events.
    schedule: Option<String>,
    state: String,
    tags: Tags,
}

/// A state as it is compared: to hear of read-only management events of `CloudTrail` too is another
/// way to be enabled (EventBridge API reference, `DescribeRule`).
fn state(live: &RuleState) -> String {
    match live {
        RuleState::EnabledWithAllCloudtrailManagementEvents => RuleState::Enabled.as_str(),
        other => other.as_str(),
    }
    .to_owned()
}

pub(super) struct EventRule {
    context: Context,
    receiver: Receiver,
    region: Region,
    arn: String,
}

impl EventRule {
    pub(super) fn new(context: &Context, receiver: impl Into<Receiver>, region: &Region) -> Self {
        let receiver = receiver.into();
        let id = StepId::regional(kind(receiver), region);
        let arn = context.names.event_rule_arn(receiver, region);
        Self { context: context.on_behalf_of(&id), receiver, region: region.clone(), arn }
    }

    fn spec(&self) -> Spec {
        let minutes = self.context.settings.watchdog_minutes;
        let (context, region) = (&self.context, &self.region);
        let (pattern, schedule) = match self.receiver {
            Receiver::Function(Lambda::Validator) => {
                (event_pattern::normal(event_pattern::document(context, region)), None)
            }
            Receiver::Function(Lambda::Watchdog) => {
                (Value::Null, Some(format!("rate({minutes} minutes)")))
            }
            Receiver::Secondary => {
                (event_pattern::normal(event_pattern::forwarded(context, region)), None)
            }
        };
        let state = RuleState::Enabled.as_str().to_owned();
        Spec { pattern, schedule, state, tags: self.context.tags() }
    }

    fn rule(&self) -> String {
        self.context.names.event_rule(self.receiver)
    }

    fn description(&self) -> &'static str {
        match self.receiver {
            Receiver::Function(Lambda::Validator) => {
                "What happens to mrbackup's vault and its jobs in AWS Backup"
            }
            Receiver::Function(Lambda::Watchdog) => "When mrbackup's watchdog looks",
            Receiver::Secondary => {
                "What happens to mrbackup's vault, for the region that tells of it"
            }
        }
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.context, Service::Events, &self.region, &self.arn)
    }

    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        of_event_rule(&self.context, &self.region, &self.arn).await
    }

    async fn describe(&self) -> Result<Option<Spec>, Failure> {
        let found = event_rules::describe(&self.context, self.receiver, &self.region).await?;
        Ok(found.map(|rule| {
            let parse =
                |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.to_owned().into());
            Spec {
                pattern: rule.event_pattern().map(parse).map_or(Value::Null, event_pattern::normal),
                state: rule.state().map_or_else(String::new, state),
                schedule: rule.schedule_expression,
                tags: Tags::new(),
            }
        }))
    }

    /// Replaces the whole rule. AWS ignores the tags where the rule exists, and would do so on
    /// somebody else's rule too: hence they are read before, and read again after.
    async fn put(&self, wanted: &Spec, new: bool) -> Result<(), Failure> {
        let events = self.context.region(&self.region).events;
        let Spec { pattern, schedule, tags, .. } = wanted;
        let pattern = (!pattern.is_null()).then(|| pattern.to_string());
        let tags = new.then(|| to_events(tags));
        let send = || {
            events
                .put_rule()
                .name(self.rule())
                .description(self.description())
                .set_event_pattern(pattern.clone())
                .set_schedule_expression(schedule.clone())
                .state(RuleState::Enabled)
                .set_tags(tags.clone())
                .send()
        };
        let site = CallSite::new("events:PutRule", &self.region, &self.arn);
        self.context.caller.call(site, send).await?;
        let tags = self.tags().await?.unwrap_or_default();
        require_ours(&self.context, &tags, "event rule", &self.rule())
    }
}

#[async_trait]
impl Resource for EventRule {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.receiver), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.rule()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        self.spec()
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let (rule, tags) = tokio::join!(self.describe(), self.tags());
        let Some(rule) = rule? else { return Ok(Live::Absent.into()) };
        let tags = tags?.unwrap_or_default();
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let spec = Spec { tags: self.context.our_tags(&tags), ..rule };
        Ok(Live::Ours(Observed::new(spec)).into())
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.put(wanted, true).await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.tagging().retag(difference.of(|rule| &rule.tags)).await?;
        let rule = difference.of(|rule| (&rule.pattern, &rule.schedule, &rule.state));
        if rule.is_some() {
            self.put(difference.wanted, false).await?;
        }
        Ok(Told::nothing())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        let foreign =
            event_rules::foreign_targets(&self.context, self.receiver, &self.region).await?;
        let foreign = foreign.join(", ");
        Ok((!foreign.is_empty()).then(|| format!("it has targets that are not ours: {foreign}")))
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        if let Some(why) = self.removal_blocker().await? {
            return Ok(Removal::Kept(why));
        }
        let events = self.context.region(&self.region).events;
        let send = || events.delete_rule().name(self.rule()).send();
        let site = CallSite::new("events:DeleteRule", &self.region, &self.arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}
