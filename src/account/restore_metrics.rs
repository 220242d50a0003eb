//! What restores proved, as metrics: how long they took, how old their data was, and the verdicts.

use aws_sdk_cloudwatch::types::StandardUnit;

use crate::account::context::Context;
use crate::account::metrics::{self, Wanted};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::restore_test::TYPES;
use crate::model::time::{DAY, HOUR, Time};
use crate::protection::restores_proved::{REMEMBERED_DAYS, TypeProved};
use crate::recovery::proof::{DATA_AGE, MINUTES, PROVED, Proof};

/// Seconds of a data point: an hour, which is all that has to be known of when, and few data points for one question.
/// CloudWatch counts those that there could be against its quota ("CloudWatch service quotas", `GetMetricData`).
const PERIOD: i32 = 3600;
/// The same of the watchdog's runs; the shortest that there is for so many days.
const RUN_PERIOD: i32 = 300;
/// Put by every run of the watchdog that came to its end, whether anybody could be notified or not. The heartbeat is put by
/// `up` too, with its alarm.
const RUN: &str = "Findings";

/// What a region's metrics have kept of its restores, and of the watchdog.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// The types that were restored.
    pub(crate) types: Vec<TypeProved>,
    /// When the five minutes began in which the watchdog ran last.
    pub(crate) watchdog_seen: Option<Time>,
}

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

/// Reads what was put on record of restores in a region in the last [`REMEMBERED_DAYS`], of each type that drills and tests
/// restore, and with `asks_watchdog` when the watchdog has run. One call.
///
/// By known types and not by a search: a search finds no metric without data in the last two weeks (user guide, "View available
/// metrics"), and drills are rarer.
///
/// # Errors
/// As [`metrics::read`].
pub(crate) async fn read(
    context: &Context,
    region: &Region,
    asks_watchdog: bool,
    now: Time,
) -> Result<Remembered, Failure> {
    let of_type = |kind: &'static str| {
        // Of several restores in an hour the worst counts: the longest, of the oldest data, and a verdict that failed.
        [(PROVED, "Minimum"), (MINUTES, "Maximum"), (DATA_AGE, "Maximum")].map(
            |(name, statistic)| Wanted {
                name,
                dimensions: vec![("Region", region.as_str()), ("ResourceType", kind)],
                period: PERIOD,
                statistic,
            },
        )
    };
    let mut wanted: Vec<Wanted<'_>> = TYPES.into_iter().flat_map(of_type).collect();
    if asks_watchdog {
        let (dimensions, statistic) = (Vec::new(), "SampleCount");
        wanted.push(Wanted { name: RUN, dimensions, period: RUN_PERIOD, statistic });
    }
    // From a full hour on, and not before what CloudWatch has in five minutes.
    let since = (now - REMEMBERED_DAYS * DAY) / HOUR * HOUR;
    // The minute that has begun counts.
    let mut read = metrics::read(context, region, &wanted, (since, now + 60)).await?.into_iter();
    let mut next = || read.next().unwrap_or_default();
    let types = TYPES.into_iter().filter_map(|kind| {
        let (verdicts, minutes, data_ages) = (next(), next(), next());
        TypeProved::new(kind, &verdicts, &minutes, &data_ages)
    });
    let types = types.collect();
    let watchdog_seen = next().first().map(|(at, _)| *at);
    Ok(Remembered { types, watchdog_seen })
}
