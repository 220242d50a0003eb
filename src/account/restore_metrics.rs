//! What a restore proved, as metrics: how long it took, how old its data was, and the verdict.

use aws_sdk_cloudwatch::types::StandardUnit;

use crate::account::context::Context;
use crate::account::metrics;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::proof::Proof;

/// Puts on record, in the region itself, what a restore of a type came to. The validator puts the same of AWS's own tests.
///
/// # Errors
/// As [`metrics::publish`].
pub(crate) async fn publish(
    context: &Context,
    region: &Region,
    kind: &str,
    proof: &Proof,
) -> Result<(), Failure> {
    let of_type = Some(("ResourceType", kind));
    metrics::publish(context, region, of_type, &StandardUnit::None, &proof.metrics()).await
}
