//! The metrics of a dry run of a recovery, beside those of the watchdog.

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::METRICS;
use crate::model::region::Region;
use crate::recovery::readiness::Readiness;

/// Puts on record, in the region itself, how much of it could be brought back.
///
/// # Errors
/// Where CloudWatch does not take it.
pub(crate) async fn publish(
    context: &Context,
    region: &Region,
    readiness: Readiness,
) -> Result<(), Failure> {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let dimensions = [
        dimension("Deployment", context.names.deployment.as_str()),
        dimension("Region", region.as_str()),
    ];
    let datum = |(name, value): (&str, f64)| {
        let datum = MetricDatum::builder().metric_name(name).value(value);
        let datum = datum.unit(StandardUnit::Count);
        datum.set_dimensions(Some(dimensions.to_vec())).build()
    };
    let data: Vec<MetricDatum> = readiness.metrics().into_iter().map(datum).collect();
    let cloudwatch = context.region(region).cloudwatch;
    let send = || {
        cloudwatch.put_metric_data().namespace(METRICS).set_metric_data(Some(data.clone())).send()
    };
    let site = CallSite::new("cloudwatch:PutMetricData", region, METRICS);
    context.caller.call(site, send).await?;
    Ok(())
}
