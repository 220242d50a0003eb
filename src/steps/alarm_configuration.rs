//! What an alarm of CloudWatch watches for, and what it says when it goes off: pure.

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricAlarm as AwsAlarm, Statistic,
};
use serde::Serialize;

use crate::model::names::{Alarm, DeploymentName, METRICS, Names};
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::recovery::readiness::NOT_READY;

/// Of all metrics.
const DEPLOYMENT: &str = "Deployment";
/// Of those that a dry run publishes, whose region it is.
const REGION: &str = "Region";
/// Runs of the watchdog that may be missed before it is said to be dead. CloudWatch looks back some
/// periods further and lets the data that it finds there count first ("Configuring how CloudWatch
/// alarms treat missing data"), so that it takes up to two periods more.
const MISSED: i32 = 3;
/// A dry run publishes for one moment: a short period, so that the next one counts alone.
const DRY_RUN_SECONDS: i32 = 5 * 60;
/// Without a dry run. In hours and not in days, since CloudWatch looks back some periods further here
/// too, and two days more would be long; 48 periods of an hour are within the seven days that it takes
/// (`PutMetricAlarm`, `Period`).
const HOURS_WITHOUT: i32 = 48;

/// All of an alarm that is compared, but its tags.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Configuration {
    pub(super) namespace: String,
    pub(super) metric: String,
    /// The value of the first dimension.
    deployment: String,
    /// The value of the second dimension, of an alarm on a recovery.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    pub(super) statistic: String,
    /// `null`: the watchdog puts its data without a unit, and an alarm over another never sees any; one
    /// over none sees what a dry run counts.
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
    /// Findings, and what is not ready, are kept while a run is missing; a heartbeat or a dry run that
    /// is missing is the alarm.
    pub(super) fn wanted(
        alarm: Alarm,
        region: &Region,
        names: &Names,
        settings: &Settings,
    ) -> Self {
        let topic = names.topic_in_use(settings, region);
        let run = settings.watchdog_minutes * 60;
        let (metric, statistic, period_seconds, periods) = match alarm {
            Alarm::Findings => ("Findings", Statistic::Maximum, run, 1),
            Alarm::Heartbeat => ("Heartbeat", Statistic::Sum, run, MISSED),
            Alarm::Recovery => (NOT_READY, Statistic::Maximum, DRY_RUN_SECONDS, 1),
            Alarm::RecoveryData => (NOT_READY, Statistic::SampleCount, 60 * 60, HOURS_WITHOUT),
        };
        let (comparison, threshold, missing_data) = match alarm {
            Alarm::Findings | Alarm::Recovery => {
                (ComparisonOperator::GreaterThanThreshold, 0.0, "ignore")
            }
            Alarm::Heartbeat | Alarm::RecoveryData => {
                (ComparisonOperator::LessThanThreshold, 1.0, "breaching")
            }
        };
        let of_recovery = matches!(alarm, Alarm::Recovery | Alarm::RecoveryData);
        Self {
            namespace: METRICS.to_owned(),
            metric: metric.to_owned(),
            deployment: names.deployment.to_string(),
            region: of_recovery.then(|| region.to_string()),
            statistic: statistic.as_str().to_owned(),
            unit: None,
            comparison: comparison.as_str().to_owned(),
            threshold,
            period_seconds,
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
        let (deployment, region) = dimensions_of(alarm);
        Self {
            namespace: text(alarm.namespace()),
            metric: text(alarm.metric_name()),
            deployment: text(deployment),
            region: region.map(str::to_owned),
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
        let of = |name: &str, value: &String| Dimension::builder().name(name).value(value).build();
        let region = self.region.iter().map(|region| of(REGION, region));
        [of(DEPLOYMENT, &self.deployment)].into_iter().chain(region).collect()
    }
}

/// The values of deployment and region; nothing where there is any other dimension, for that is
/// another metric.
fn dimensions_of(alarm: &AwsAlarm) -> (Option<&str>, Option<&str>) {
    let value = |name: &str| {
        let mut all = alarm.dimensions().iter();
        all.find(|dimension| dimension.name() == Some(name)).and_then(Dimension::value)
    };
    match (alarm.dimensions().len(), value(DEPLOYMENT), value(REGION)) {
        (1, Some(deployment), None) => (Some(deployment), None),
        (2, Some(deployment), Some(region)) => (Some(deployment), Some(region)),
        _ => (None, None),
    }
}

/// The first lines of CloudWatch's message.
pub(super) fn description(alarm: Alarm, region: &Region, name: &DeploymentName) -> String {
    match alarm {
        Alarm::Findings => format!(
            "mrbackup {name}: the watchdog has findings (late or missing copies, or a part of the deployment that is gone). \
             Its own message names them; look with: mrbackup status --name {name}"
        ),
        Alarm::Heartbeat => format!(
            "mrbackup {name}: the watchdog missed {MISSED} runs in a row, so nothing checks whether backups are fresh. \
             Look with: mrbackup status --name {name}; repair with: mrbackup up --name {name}"
        ),
        Alarm::Recovery => format!(
            "mrbackup {name}: a dry run of a recovery found resources that could not be restored in {region}. \
             See which and why with: {}",
            dry_run(region, name)
        ),
        Alarm::RecoveryData => format!(
            "mrbackup {name}: for {HOURS_WITHOUT} h no dry run of a recovery has published its result, so it is unknown \
             what could be restored in {region}. Look with: {}; run it daily with --publish",
            dry_run(region, name)
        ),
    }
}

/// What is wrong while the alarm is on.
pub(super) fn meaning(alarm: Alarm, region: &Region, name: &DeploymentName) -> String {
    match alarm {
        Alarm::Findings => "the watchdog has findings; its message names them".to_owned(),
        Alarm::Heartbeat => "the watchdog does not run".to_owned(),
        Alarm::Recovery => format!(
            "a dry run of a recovery found resources that could not be restored in {region}; \
             see which with: {}",
            dry_run(region, name)
        ),
        Alarm::RecoveryData => format!(
            "for {HOURS_WITHOUT} h no dry run of a recovery of {region} has published its result; \
             run it daily: {} --publish",
            dry_run(region, name)
        ),
    }
}

fn dry_run(region: &Region, name: &DeploymentName) -> String {
    format!("mrbackup recover --region {region} --dry-run --name {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dimensions: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let all = dimensions
            .iter()
            .map(|(name, value)| Dimension::builder().name(*name).value(*value).build());
        let alarm = AwsAlarm::builder().set_dimensions(Some(all.collect())).build();
        let (deployment, region) = dimensions_of(&alarm);
        (deployment.map(str::to_owned), region.map(str::to_owned))
    }

    #[test]
    fn an_alarm_over_another_metric_has_none_of_our_dimensions() {
        let some = |value: &str| Some(value.to_owned());
        assert_eq!(read(&[(DEPLOYMENT, "a")]), (some("a"), None));
        let both = (some("a"), some("r"));
        assert_eq!(read(&[(DEPLOYMENT, "a"), (REGION, "r")]), both);
        assert_eq!(read(&[(REGION, "r"), (DEPLOYMENT, "a")]), both, "they have no order");
        for other in [
            &[][..],
            &[(REGION, "r")],
            &[(DEPLOYMENT, "a"), ("Kind", "late")],
            &[(DEPLOYMENT, "a"), (REGION, "r"), ("Kind", "late")],
        ] {
            assert_eq!(read(other), (None, None), "{other:?}");
        }
    }
}
