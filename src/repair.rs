//! Which recovery points are worth copying again: pure.

use std::collections::BTreeSet;

use crate::freshness::Time;
use crate::region::Region;
use crate::settings::{Lifecycle, Settings};

const DAY: Time = 86_400;
/// A copy keeps its source's date: one that would be gone within a week is not worth its price.
const LEAST_LIFE: Time = 7 * DAY;

/// A recovery point of the primary's vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) arn: String,
    pub(crate) resource: String,
    pub(crate) created: Time,
    pub(crate) good: bool,
    /// Continuous points are copied as snapshots by the plan alone.
    pub(crate) continuous: bool,
    /// When it moves to cold storage, from where nothing can be copied.
    pub(crate) cold_at: Option<Time>,
    pub(crate) bytes: i64,
}

/// Copies that are under way: source point and destination vault.
pub(crate) type Running = BTreeSet<(String, String)>;

/// A copy that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) point: Point,
    pub(crate) to: Region,
}

/// Why a resource gets no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) resource: String,
    pub(crate) to: Region,
    pub(crate) why: &'static str,
}

/// The lifecycle of copies in a region: that of the rule that keeps them longest.
pub(crate) fn lifecycle(settings: &Settings, region: &Region) -> Option<Lifecycle> {
    let copies = settings.rules.iter().flat_map(|rule| &rule.copies);
    let there = copies.filter(|copy| copy.region == *region).map(|copy| copy.lifecycle);
    there.max_by_key(|lifecycle| lifecycle.retention_days())
}

/// Chooses what to copy of a resource's points: the newest good one, or with `since` all of them
/// from then on.
///
/// # Errors
/// Why nothing is copied.
pub(crate) fn choose(
    points: &[Point],
    since: Option<Time>,
    lifecycle: Lifecycle,
    vault: &str,
    running: &Running,
    now: Time,
) -> Result<Vec<Point>, &'static str> {
    let mut good: Vec<&Point> =
        points.iter().filter(|point| point.good && !point.continuous).collect();
    good.sort_by_key(|point| std::cmp::Reverse(point.created));
    if good.is_empty() {
        return Err("the primary holds no good recovery point of it that can be copied");
    }
    let wanted: Vec<&Point> = match since {
        Some(since) => good.into_iter().filter(|point| point.created >= since).collect(),
        None => good.into_iter().take(1).collect(),
    };
    let mut why = "it has no recovery point from then on";
    let mut worth = Vec::new();
    for point in wanted {
        let ends = lifecycle.delete_days.map(|days| point.created + days * DAY);
        if point.cold_at.is_some_and(|at| at <= now) {
            why = "its newest point is in cold storage, from where nothing can be copied";
        } else if running.contains(&(point.arn.clone(), vault.to_owned())) {
            why = "a copy job of it is under way";
        } else if ends.is_some_and(|ends| ends < now + LEAST_LIFE) {
            why = "its copy would expire within a week";
        } else {
            worth.push(point.clone());
        }
    }
    if worth.is_empty() { Err(why) } else { Ok(worth) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = 1_000 * DAY;
    const KEPT: Lifecycle = Lifecycle { cold_days: None, delete_days: Some(30) };

    fn point(arn: &str, age_days: Time) -> Point {
        Point {
            arn: arn.to_owned(),
            resource: "r".to_owned(),
            created: NOW - age_days * DAY,
            good: true,
            continuous: false,
            cold_at: None,
            bytes: 1,
        }
    }

    fn chosen(points: &[Point], since: Option<Time>) -> Result<Vec<String>, &'static str> {
        let running = Running::from([("busy".to_owned(), "vault".to_owned())]);
        let chosen = choose(points, since, KEPT, "vault", &running, NOW)?;
        Ok(chosen.into_iter().map(|point| point.arn).collect())
    }

    #[test]
    fn the_newest_good_point_is_copied_or_all_since_a_day() {
        let bad = Point { good: false, ..point("bad", 0) };
        let points = [point("old", 5), point("new", 1), bad];
        assert_eq!(chosen(&points, None).unwrap(), ["new"]);
        assert_eq!(chosen(&points, Some(NOW - 6 * DAY)).unwrap(), ["new", "old"]);
    }

    #[test]
    fn what_is_not_worth_it_says_why() {
        let cold = Point { cold_at: Some(NOW), ..point("cold", 1) };
        for (points, said) in [
            (vec![], "no good recovery point"),
            (vec![cold], "cold storage"),
            (vec![point("busy", 1)], "under way"),
            (vec![point("dying", 24)], "within a week"),
        ] {
            let why = chosen(&points, None).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
