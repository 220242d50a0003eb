//! The CloudWatch alarms over what the watchdog measures: told once, and once more when it is over.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm as AwsAlarm, MetricDatum, StateValue, Statistic,
};
use serde::Serialize;

use crate::account::alarms;
use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::tagging::{Service, Tagging, of_alarm, to_cloudwatch};
use crate::engine::{
    Dependency, Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::names::{Alarm, METRICS};
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::scope::{Entry, Scope};
use crate::steps::topic;

pub(super) static FINDINGS: Kind =
    Kind::new("findings alarm").part_of("watchdog").depends_on(NEEDS);
pub(super) static HEARTBEAT: Kind =
    Kind::new("heartbeat alarm").part_of("watchdog").depends_on(NEEDS);

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

/// The kind of the step of an alarm.
pub(crate) fn kind(alarm: Alarm) -> &'static Kind {
    match alarm {
        Alarm::Findings => &FINDINGS,
        Alarm::Heartbeat => &HEARTBEAT,
    }
}

/// Of the metrics, whose other dimension (if any) is the region.
const DIMENSION: &str = "Deployment";
/// Runs of the watchdog that may be missed before it is said to be dead. CloudWatch looks back some
/// periods further and lets the data that it finds there count first ("Configuring how CloudWatch
/// alarms treat missing data"), so that it takes up to two periods more.
const MISSED: i32 = 3;

#[derive(Serialize)]
pub(super) struct Spec {
    configuration: Configuration,
    tags: Tags,
}

#[derive(Debug, PartialEq, Serialize)]
struct Configuration {
    namespace: String,
    metric: String,
    /// The value of the one dimension.
    deployment: String,
    statistic: String,
    /// `null`: the watchdog puts its data without a unit, and an alarm over another never sees any.
    unit: Option<String>,
    comparison: String,
    threshold: f64,
    period_seconds: i32,
    periods: i32,
    missing_data: String,
    actions_enabled: bool,
    /// Who is told when it begins, and when it is over.
    alarm_actions: Vec<String>,
    ok_actions: Vec<String>,
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

    /// Findings are kept while a run is missing; a heartbeat that is missing is the alarm.
    fn configuration(&self) -> Configuration {
        let topic = self.context.names.topic_arn(&self.region);
        let (metric, statistic, comparison, threshold, periods, missing_data) = match self.alarm {
            Alarm::Findings => (
                "Findings",
                Statistic::Maximum,
                ComparisonOperator::GreaterThanThreshold,
                0.0,
                1,
                "ignore",
            ),
            Alarm::Heartbeat => (
                "Heartbeat",
                Statistic::Sum,
                ComparisonOperator::LessThanThreshold,
                1.0,
                MISSED,
                "breaching",
            ),
        };
        Configuration {
            namespace: METRICS.to_owned(),
            metric: metric.to_owned(),
            deployment: self.context.names.deployment.to_string(),
            statistic: statistic.as_str().to_owned(),
            unit: None,
            comparison: comparison.as_str().to_owned(),
            threshold,
            period_seconds: self.context.settings.watchdog_minutes * 60,
            periods,
            missing_data: missing_data.to_owned(),
            actions_enabled: true,
            alarm_actions: vec![topic.clone()],
            ok_actions: vec![topic],
        }
    }

    /// The first lines of CloudWatch's message.
    fn description(&self) -> String {
        let name = &self.context.names.deployment;
        match self.alarm {
            Alarm::Findings => format!(
                "mrbackup {name}: the watchdog has findings (late or missing copies, or a part of the deployment that is gone). \
                 Its own message names them; look with: mrbackup status --name {name}"
            ),
            Alarm::Heartbeat => format!(
                "mrbackup {name}: the watchdog missed {MISSED} runs in a row, so nothing checks whether backups are fresh. \
                 Look with: mrbackup status --name {name}; repair with: mrbackup up --name {name}"
            ),
        }
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
        of_alarm(&self.context, &self.region, &self.arn).await
    }

    /// Replaces the whole alarm. AWS ignores the tags where the alarm exists, and would replace
    /// somebody else's too: hence they are read before, and read again after.
    async fn put(&self, wanted: &Configuration, new: bool) -> Result<(), Failure> {
        if self.alarm == Alarm::Heartbeat {
            self.beat().await?;
        }
        let cloudwatch = self.context.region(&self.region).cloudwatch;
        let tags = new.then(|| to_cloudwatch(&self.context.tags()));
        let dimension = Dimension::builder().name(DIMENSION).value(&wanted.deployment).build();
        let send = || {
            cloudwatch
                .put_metric_alarm()
                .alarm_name(self.alarm_name())
                .alarm_description(self.description())
                .namespace(&wanted.namespace)
                .metric_name(&wanted.metric)
                .dimensions(dimension.clone())
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
        let Configuration { metric, deployment, .. } = self.configuration();
        let dimension = Dimension::builder().name(DIMENSION).value(deployment).build();
        let beat =
            MetricDatum::builder().metric_name(metric).dimensions(dimension).value(1.0).build();
        let send =
            || cloudwatch.put_metric_data().namespace(METRICS).metric_data(beat.clone()).send();
        self.context.caller.call(self.site("cloudwatch:PutMetricData"), send).await?;
        Ok(())
    }
}

fn configuration_of(alarm: &AwsAlarm) -> Configuration {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let ours = |dimension: &&Dimension| dimension.name() == Some(DIMENSION);
    let deployment = match alarm.dimensions() {
        [only] => Some(only).filter(ours).and_then(Dimension::value),
        _ => None,
    };
    Configuration {
        namespace: text(alarm.namespace()),
        metric: text(alarm.metric_name()),
        deployment: text(deployment),
        statistic: text(alarm.statistic().map(Statistic::as_str)),
        unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
        comparison: text(alarm.comparison_operator().map(ComparisonOperator::as_str)),
        threshold: alarm.threshold.unwrap_or_default(),
        period_seconds: alarm.period.unwrap_or_default(),
        periods: alarm.evaluation_periods.unwrap_or_default(),
        missing_data: text(alarm.treat_missing_data()),
        actions_enabled: alarm.actions_enabled.unwrap_or_default(),
        alarm_actions: alarm.alarm_actions().to_vec(),
        ok_actions: alarm.ok_actions().to_vec(),
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
        let configuration = configuration_of(&alarm);
        let mut observed =
            Observed::new(Spec { configuration, tags: self.context.our_tags(&tags) });
        if alarm.state_value() == Some(&StateValue::Alarm) {
            let what = match self.alarm {
                Alarm::Findings => "the watchdog has findings; its message names them",
                Alarm::Heartbeat => "the watchdog does not run",
            };
            observed.attention.push(format!("alarm {} is on: {what}", self.alarm_name()));
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
