//! The metrics of a deployment: what a command puts beside those of the watchdog, and what is read back of all of them.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricDatum, MetricStat, ScanBy,
    StandardUnit, StatusCode,
};
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::METRICS;
use crate::model::region::Region;
use crate::model::time::Time;

/// Metrics that one call takes (API reference, `GetMetricData`).
const AT_ONCE: usize = 500;

/// A metric of the deployment that is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'static str,
    /// Besides the deployment's.
    pub(crate) dimensions: Vec<(&'static str, &'a str)>,
    /// Seconds of a data point. CloudWatch has none of one minute where the time asked for begins more than 15 days ago, and
    /// none of five where it begins more than 63 days ago (API reference, `MetricStat`, `Period`).
    pub(crate) period: i32,
    pub(crate) statistic: &'static str,
}

/// Values with the beginnings of their periods, the newest first.
pub(crate) type Series = Vec<(Time, f64)>;

/// Puts values of the deployment on record, in the region itself. `further` is a dimension besides deployment and region.
/// Nothing is sent where there is no value.
///
/// # Errors
/// Where CloudWatch does not take it.
pub(crate) async fn publish(
    context: &Context,
    region: &Region,
    further: Option<(&str, &str)>,
    unit: &StandardUnit,
    values: &[(&str, f64)],
) -> Result<(), Failure> {
    if values.is_empty() {
        return Ok(());
    }
    let names = [("Deployment", context.names.deployment.as_str()), ("Region", region.as_str())];
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    let dimensions: Vec<Dimension> = names.into_iter().chain(further).map(dimension).collect();
    let datum = |(name, value): &(&str, f64)| {
        let datum = MetricDatum::builder().metric_name(*name).value(*value).unit(unit.clone());
        datum.set_dimensions(Some(dimensions.clone())).build()
    };
    let data: Vec<MetricDatum> = values.iter().map(datum).collect();
    let cloudwatch = context.region(region).cloudwatch;
    let send = || {
        cloudwatch.put_metric_data().namespace(METRICS).set_metric_data(Some(data.clone())).send()
    };
    let site = CallSite::new("cloudwatch:PutMetricData", region, METRICS);
    context.caller.call(site, send).await?;
    Ok(())
}

/// Reads metrics of the deployment in a region, in the order in which they are asked for. CloudWatch bills each that is asked
/// for, with data or without.
///
/// # Errors
/// Where CloudWatch does not give them all.
pub(crate) async fn read(
    context: &Context,
    region: &Region,
    wanted: &[Wanted<'_>],
    (since, until): (Time, Time),
) -> Result<Vec<Series>, Failure> {
    let some = wanted.chunks(AT_ONCE).map(|some| read_some(context, region, some, (since, until)));
    Ok(try_join_all(some).await?.into_iter().flatten().collect())
}

async fn read_some(
    context: &Context,
    region: &Region,
    wanted: &[Wanted<'_>],
    (since, until): (Time, Time),
) -> Result<Vec<Series>, Failure> {
    let cloudwatch = context.region(region).cloudwatch;
    let deployment = context.names.deployment.as_str();
    let queries = wanted.iter().enumerate().map(|(n, metric)| query(deployment, n, metric));
    let queries: Vec<MetricDataQuery> = queries.collect();
    let send = |token| {
        cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(queries.clone()))
            .start_time(DateTime::from_secs(since))
            .end_time(DateTime::from_secs(until))
            .scan_by(ScanBy::TimestampDescending)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("cloudwatch:GetMetricData", region, "");
    let results = context.caller.pages("metrics", site, send, |page| {
        (page.metric_data_results.unwrap_or_default(), page.next_token)
    });
    let mut all = vec![Series::new(); wanted.len()];
    for result in results.await? {
        let number = number_of(&result, region)?;
        let values = result.timestamps().iter().map(DateTime::secs).zip(result.values().to_vec());
        // The values of one metric may be on several pages.
        if let Some(series) = all.get_mut(number) {
            series.extend(values);
        }
    }
    Ok(all)
}

fn query(deployment: &str, number: usize, wanted: &Wanted<'_>) -> MetricDataQuery {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let further = wanted.dimensions.iter().map(|(name, value)| dimension(name, value));
    let dimensions = std::iter::once(dimension("Deployment", deployment)).chain(further);
    let metric = Metric::builder()
        .namespace(METRICS)
        .metric_name(wanted.name)
        .set_dimensions(Some(dimensions.collect()));
    let stat =
        MetricStat::builder().metric(metric.build()).period(wanted.period).stat(wanted.statistic);
    MetricDataQuery::builder().id(format!("m{number}")).metric_stat(stat.build()).build()
}

/// The number of a query of which something was read.
fn number_of(result: &MetricDataResult, region: &Region) -> Result<usize, Failure> {
    // What is partial is followed by more.
    let is_read =
        matches!(result.status_code(), None | Some(StatusCode::Complete | StatusCode::PartialData));
    let number = result.id().and_then(|id| id.strip_prefix('m')?.parse().ok());
    number.filter(|_| is_read).ok_or_else(|| {
        let status = result.status_code().map_or("no status", StatusCode::as_str);
        Failure::failed(
            format!("CloudWatch did not give the metrics in {region} (cloudwatch:GetMetricData): {status}"),
            "run the same command again in a minute",
        )
    })
}
