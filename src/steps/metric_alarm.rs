//! The CloudWatch alarms over what the watchdog measures and a dry run publishes: told once, and once more when it is over.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::{ComparisonOperator, MetricDatum, StateValue, Statistic};
use serde::Serialize;

use crate::account::alarms;
use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging, of_cloudwatch, to_cloudwatch};
use crate::engine::{
    Dependency, Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::names::{Alarm, METRICS};
use crate::model::region::Region;
use crate::model::settings::table::Switch;
use crate::model::tags::Tags;
use crate::steps::alarm_configuration::{Configuration, description, meaning};
use crate::steps::scope::{Entry, Scope};
use crate::steps::topic;

pub(super) static FINDINGS: Kind =
    Kind::new("findings alarm").part_of("watchdog").depends_on(NEEDS);
pub(super) static HEARTBEAT: Kind =
    Kind::new("heartbeat alarm").part_of("watchdog").depends_on(NEEDS);

pub(super) static RECOVERY: Kind =
    Kind::new("recovery alarm").part_of("recovery alarms").depends_on(NEEDS);
pub(super) static RECOVERY_DATA: Kind =
    Kind::new("recovery data alarm").part_of("recovery alarms").depends_on(NEEDS);

/// Not the watchdog: its heartbeat is given the first beat, and where it never runs the alarm says so.
const NEEDS: &[Dependency] = &[Dependency::InRegion(&topic::KIND)];

pub(super) const FINDINGS_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(MetricAlarm::new(context, Alarm::Findings, region))
}))
.linked(Lambda::Watchdog, 6);
pub(super) const HEARTBEAT_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(MetricAlarm::new(context, Alarm::Heartbeat, region))
}))
.linked(Lambda::Watchdog, 7);

/// What switches the alarms on a recovery on.
pub(crate) const ON_RECOVERY: Switch = Switch::named("recovery_alarms");

pub(super) const RECOVERY_ENTRY: Entry =
    Entry::new(Scope::Switched(ON_RECOVERY, |context, region| {
        Arc::new(MetricAlarm::new(context, Alarm::Recovery, region))
    }));
pub(super) const RECOVERY_DATA_ENTRY: Entry =
    Entry::new(Scope::Switched(ON_RECOVERY, |context, region| {
        Arc::new(MetricAlarm::new(context, Alarm::RecoveryData, region))
    }));

/// Whether it is an alarm on what a dry run of a recovery publishes.
pub(crate) fn is_of_recovery(id: &StepId) -> bool {
    [&RECOVERY, &RECOVERY_DATA].contains(&id.kind)
}

/// The kind of the step of an alarm.
pub(crate) fn kind(alarm: Alarm) -> &'static Kind {
    match alarm {
        Alarm::Findings => &FINDINGS,
        Alarm::Heartbeat => &HEARTBEAT,
        Alarm::Recovery => &RECOVERY,
        Alarm::RecoveryData => &RECOVERY_DATA,
    }
}

#[derive(Serialize)]
pub(super) struct Spec {
    configuration: Configuration,
    tags: Tags,
}

pub(super) struct MetricAlarm {
    context: Context,
    alarm: Alarm,
    region: Region,
    arn: String,
}

impl MetricAlarm {
    pub(super) fn new(context: &Context, alarm: Alarm, region: &Region) -> Self {
        let id = StepId::regional(kind(alarm), region);
        let arn = context.names.alarm_arn(alarm, region);
        Self { context: context.on_behalf_of(&id), alarm, region: region.clone(), arn }
    }

    fn configuration(&self) -> Configuration {
        let Context { names, settings, .. } = &self.context;
        Configuration::wanted(self.alarm, &self.region, names, settings)
    }

    fn alarm_name(&self) -> String {
        self.context.names.alarm(self.alarm)
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

    /// Replaces the whole alarm. AWS ignores the tags where the alarm exists, and would replace
    /// somebody else's too: hence they are read before, and read again after.
    async fn put(&self, wanted: &Configuration, new: bool) -> Result<(), Failure> {
        if self.alarm == Alarm::Heartbeat {
            self.beat().await?;
        }
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let tags = new.then(|| to_cloudwatch(&self.context.tags()));
        let description = description(self.alarm, &self.region, &self.context.names.deployment);
        let send = || {
            cloudwatch
                .put_metric_alarm()
                .alarm_name(self.alarm_name())
                .alarm_description(&description)
                .namespace(&wanted.namespace)
                .metric_name(&wanted.metric)
                .set_dimensions(Some(wanted.dimensions()))
                .statistic(Statistic::from(wanted.statistic.as_str()))
                .comparison_operator(ComparisonOperator::from(wanted.comparison.as_str()))
                .threshold(wanted.threshold)
                .period(wanted.period_seconds)
                .evaluation_periods(wanted.periods)
                .treat_missing_data(&wanted.missing_data)
                .actions_enabled(wanted.actions_enabled)
                .set_alarm_actions(Some(wanted.alarm_actions.clone()))
                .set_ok_actions(Some(wanted.ok_actions.clone()))
                .set_tags(tags.clone())
                .send()
        };
        self.context.caller.call(self.site("cloudwatch:PutMetricAlarm"), send).await?;
        let tags = self.tags().await?.unwrap_or_default();
        require_ours(&self.context, &tags, "alarm", &self.alarm_name())
    }

    /// Counts the making of the alarm as a beat: an alarm for which missing data is breaching, and
    /// which is new, would go off before the watchdog's first hour is over.
    async fn beat(&self) -> Result<(), Failure> {
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let wanted = self.configuration();
        let beat = MetricDatum::builder().metric_name(&wanted.metric).value(1.0);
        let beat = beat.set_dimensions(Some(wanted.dimensions())).build();
        let send =
            || cloudwatch.put_metric_data().namespace(METRICS).metric_data(beat.clone()).send();
        self.context.caller.call(self.site("cloudwatch:PutMetricData"), send).await?;
        Ok(())
    }
}

#[async_trait]
impl Resource for MetricAlarm {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.alarm), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.alarm_name()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec { configuration: self.configuration(), tags: self.context.tags() }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let alarm = alarms::describe(&self.context, self.alarm, &self.region);
        let (alarm, tags) = tokio::join!(alarm, self.tags());
        let Some(alarm) = alarm? else { return Ok(Live::Absent.into()) };
        let tags = tags?.unwrap_or_default();
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let configuration = Configuration::of(&alarm);
        let mut observed =
            Observed::new(Spec { configuration, tags: self.context.our_tags(&tags) });
        if alarm.state_value() == Some(&StateValue::Alarm) {
            let meaning = meaning(self.alarm, &self.region, &self.context.names.deployment);
            observed.attention.push(format!("alarm {} is on: {meaning}", self.alarm_name()));
        }
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.put(&wanted.configuration, true).await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.tagging().retag(difference.of(|alarm| &alarm.tags)).await?;
        if let Some((_, wanted)) = difference.of(|alarm| &alarm.configuration) {
            self.put(wanted, false).await?;
        }
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let send = || cloudwatch.delete_alarms().alarm_names(self.alarm_name()).send();
        if_found(self.context.caller.call(self.site("cloudwatch:DeleteAlarms"), send).await)?;
        Ok(Removal::Gone)
    }
}
