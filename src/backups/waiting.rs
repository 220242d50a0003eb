//! What the watchdog has on record of resources without a good point: since when it has seen them with the tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::context::Context;
use crate::account::metrics::{self, Wanted};
use crate::failure::Failure;
use crate::model::time::{DAY, Time};

/// As the watchdog calls it (`steps/function_code/watchdog.py`); each resource is a metric of its own.
const METRIC: &str = "WaitingSince";
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
    let region = &context.settings.regions.secondary;
    let interval = Time::from(context.settings.watchdog_minutes) * 60;
    let begin = now - (MEMORY * interval).max(LEAST_MEMORY);
    let wanted = resources.iter().map(|resource| Wanted {
        name: METRIC,
        dimensions: vec![("Resource", resource.as_str())],
        period: 60,
        statistic: "Maximum",
    });
    let wanted: Vec<Wanted<'_>> = wanted.collect();
    // The minute that has begun counts.
    let read = metrics::read(context, region, &wanted, (begin, now + 60)).await?;
    let newest = resources.iter().zip(read).filter_map(|(resource, values)| {
        let (_, since) = *values.first()?;
        // Whole seconds since 1970, which a double holds exactly.
        #[expect(clippy::cast_possible_truncation, reason = "a moment is far below 2^53")]
        Some(((*resource).clone(), since as Time))
    });
    Ok(newest.collect())
}
