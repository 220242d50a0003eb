//! What an alarm of CloudWatch watches for, and what it says when it goes off: pure.

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm as AwsAlarm, Statistic,
};
use serde::{Deserialize, Serialize};

use crate::model::names::{Alarm, DeploymentName, METRICS, Names};
use crate::model::region::Region;
use crate::model::settings::Settings;

/// Of the metrics, whose other dimension (if any) is the region.
const DEPLOYMENT: &str = "Deployment";
/// Runs of the watchdog that may be missed before it is said to be dead. CloudWatch looks back some
/// periods further and lets the data that it finds there count first ("Configuring how CloudWatch
/// alarms treat missing data"), so that it takes up to two periods more.
const MISSED: i32 = 3;

/// All of an alarm that is compared, but its tags.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) namespace: String,
    pub(super) metric: String,
    /// The value of the one dimension.
    deployment: String,
    pub(super) statistic: String,
    /// `null`: the watchdog puts its data without a unit, and an alarm over another never sees any.
    unit: Option<String>,
    pub(super) comparison: String,
    pub(super) threshold: f64,
    pub(super) period_seconds: i32,
    pub(super) periods: i32,
    pub(super) missing_data: String,
    pub(super) actions_enabled: bool,
    /// Who is told when it begins, and when it is over.
    pub(super) alarm_actions: Vec<String>,
    pub(super) ok_actions: Vec<String>,
}

impl Configuration {
    /// Findings are kept while a run is missing; a heartbeat that is missing is the alarm.
    pub(super) fn wanted(
        alarm: Alarm,
        region: &Region,
        names: &Names,
        settings: &Settings,
    ) -> Self {
        let topic = names.topic_arn(region);
        let (metric, statistic, comparison, threshold, periods, missing_data) = match alarm {
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
        Self {
            namespace: METRICS.to_owned(),
            metric: metric.to_owned(),
            deployment: names.deployment.to_string(),
            statistic: statistic.as_str().to_owned(),
            unit: None,
            comparison: comparison.as_str().to_owned(),
            threshold,
            period_seconds: settings.watchdog_minutes * 60,
            periods,
            missing_data: missing_data.to_owned(),
            actions_enabled: true,
            alarm_actions: vec![topic.clone()],
            ok_actions: vec![topic],
        }
    }

    /// As it is in AWS.
    pub(super) fn of(alarm: &AwsAlarm) -> Self {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let ours = |dimension: &&Dimension| dimension.name() == Some(DEPLOYMENT);
        let deployment = match alarm.dimensions() {
            [only] => Some(only).filter(ours).and_then(Dimension::value),
            _ => None,
        };
        Self {
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

    /// What tells its data from those of others.
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        vec![Dimension::builder().name(DEPLOYMENT).value(&self.deployment).build()]
    }
}

/// The first lines of CloudWatch's message.
pub(super) fn description(alarm: Alarm, name: &DeploymentName) -> String {
    match alarm {
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

/// What is wrong while the alarm is on.
pub(super) fn meaning(alarm: Alarm) -> String {
    let meaning = match alarm {
        Alarm::Findings => "the watchdog has findings; its message names them",
        Alarm::Heartbeat => "the watchdog does not run",
    };
    meaning.to_owned()
}
