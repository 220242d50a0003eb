//! What a restore proved, beside the metrics of the watchdog: how long it took, how old its data was, and the verdict.

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::METRICS;
use crate::model::region::Region;
use crate::recovery::proof::Proof;

/// Puts on record, in the region itself, what a restore of a type came to. The validator puts the same of AWS's own tests.
///
/// # Errors
/// Where CloudWatch does not take it.
pub(crate) async fn publish(
    context: &Context,
    region: &Region,
    kind: &str,
    proof: &Proof,
) -> Result<(), Failure> {
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let dimensions = [
        dimension("Deployment", context.names.deployment.as_str()),
        dimension("Region", region.as_str()),
        dimension("ResourceType", kind),
    ];
    let datum = |(name, value): (&str, f64)| {
        let datum = MetricDatum::builder().metric_name(name).value(value);
        let datum = datum.unit(StandardUnit::None);
        datum.set_dimensions(Some(dimensions.to_vec())).build()
    };
    let data: Vec<MetricDatum> = proof.metrics().into_iter().map(datum).collect();
    if data.is_empty() {
        return Ok(());
    }
    let cloudwatch = context.region(region).cloudwatch;
    let send = || {
        cloudwatch.put_metric_data().namespace(METRICS).set_metric_data(Some(data.clone())).send()
    };
    let site = CallSite::new("cloudwatch:PutMetricData", region, METRICS);
    context.caller.call(site, send).await?;
    Ok(())
}
