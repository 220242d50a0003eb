//! Metrics that a command puts beside those of the watchdog.

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::METRICS;
use crate::model::region::Region;

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
