//! What the watchdog has on record of resources without a good point: since when it has seen them with the tags.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::METRICS;
use crate::model::time::{DAY, Time};

/// As the watchdog calls it (`steps/function_code/watchdog.py`); each resource is a metric of its own.
const METRIC: &str = "WaitingSince";
/// Metrics that one call takes (API reference, `GetMetricData`).
const AT_ONCE: usize = 500;
/// Runs of the watchdog after which it has forgotten what it does not put on record again, and the time
/// that this is at least.
const MEMORY: Time = 3;
const LEAST_MEMORY: Time = DAY;

/// Since when the watchdog has seen these resources with the tags and without a good point, of those that it remembers.
/// AWS does not show when a resource was tagged.
pub(super) async fn since(
    context: &Context,
    resources: &BTreeSet<&String>,
    now: Time,
) -> Result<BTreeMap<String, Time>, Failure> {
    let resources: Vec<&String> = resources.iter().copied().collect();
    let read = resources.chunks(AT_ONCE).map(|some| read(context, some, now));
    Ok(try_join_all(read).await?.into_iter().flatten().collect())
}

async fn read(
    context: &Context,
    resources: &[&String],
    now: Time,
) -> Result<Vec<(String, Time)>, Failure> {
    let region = &context.settings.regions.secondary;
    let cloudwatch = context.region(region).cloudwatch;
    let interval = Time::from(context.settings.watchdog_minutes) * 60;
    let begin = now - (MEMORY * interval).max(LEAST_MEMORY);
    let queries = resources.iter().enumerate().map(|(n, resource)| query(context, n, resource));
    let queries: Vec<MetricDataQuery> = queries.collect();
    let send = |token| {
        cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(queries.clone()))
            .start_time(DateTime::from_secs(begin))
            // The minute that has begun counts.
            .end_time(DateTime::from_secs(now + 60))
            .scan_by(ScanBy::TimestampDescending)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("cloudwatch:GetMetricData", region, "");
    let read = context.caller.pages("metrics", site, send, |page| {
        (page.metric_data_results.unwrap_or_default(), page.next_token)
    });
    let mut since = BTreeMap::new();
    for result in read.await? {
        let (number, newest) = newest(&result)?;
        if let Some((resource, newest)) = resources.get(number).zip(newest) {
            since.entry((*resource).clone()).or_insert(newest);
        }
    }
    Ok(since.into_iter().collect())
}

fn query(context: &Context, number: usize, resource: &str) -> MetricDataQuery {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let metric = Metric::builder()
        .namespace(METRICS)
        .metric_name(METRIC)
        .dimensions(dimension("Deployment", context.names.deployment.as_str()))
        .dimensions(dimension("Resource", resource));
    let stat = MetricStat::builder().metric(metric.build()).period(60).stat("Maximum");
    MetricDataQuery::builder().id(format!("m{number}")).metric_stat(stat.build()).build()
}

/// The number of a query, and its newest value: values come the newest first, of several pages too.
fn newest(result: &MetricDataResult) -> Result<(usize, Option<Time>), Failure> {
    // What is partial is followed by more.
    let is_read =
        matches!(result.status_code(), None | Some(StatusCode::Complete | StatusCode::PartialData));
    let number = result.id().and_then(|id| id.strip_prefix('m')?.parse().ok());
    let Some(number) = number.filter(|_| is_read) else {
        return Err(Failure::failed(
            "CloudWatch did not give the watchdog's metrics (cloudwatch:GetMetricData)",
            "check again in a minute: mrbackup status",
        ));
    };
    // Whole seconds since 1970, which a double holds exactly.
    #[expect(clippy::cast_possible_truncation, reason = "a moment is far below 2^53")]
    Ok((number, result.values().first().map(|value| *value as Time)))
}
