//! The metrics of a dry run of a recovery.

use aws_sdk_cloudwatch::types::StandardUnit;

use crate::account::context::Context;
use crate::account::metrics;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::readiness::Readiness;

/// Puts on record, in the region itself, how much of it could be brought back.
///
/// # Errors
/// As [`metrics::publish`].
pub(crate) async fn publish(
    context: &Context,
    region: &Region,
    readiness: Readiness,
) -> Result<(), Failure> {
    metrics::publish(context, region, None, &StandardUnit::Count, &readiness.metrics()).await
}
