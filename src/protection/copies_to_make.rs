//! Which recovery points are worth copying again: pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use crate::model::names::hex;
use crate::model::region::Region;
use crate::model::settings::{Lifecycle, Settings};
use crate::model::time::{DAY, Time};

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

/// A copy, by its source point and destination vault.
pub(crate) type Pair = (String, String);

/// What there is of copies before any is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copied {
    /// Those that are under way.
    pub(crate) running: BTreeSet<Pair>,
    /// The last job of each that has ended, by whatever ending: when it was made, and its id.
    pub(crate) ended: BTreeMap<Pair, (Time, String)>,
    /// Good points of a vault, by vault, resource and date: a copy keeps its source's.
    pub(crate) there: HashSet<(String, String, Time)>,
}

impl Copied {
    /// The same for the same copy until a job of it has ended: what a killed run started is not
    /// started twice though no list shows it yet, and what failed is.
    pub(crate) fn token(&self, point: &str, vault: &str) -> String {
        let pair = (point.to_owned(), vault.to_owned());
        let after = self.ended.get(&pair).map_or("", |(_, job)| job);
        let digest = Sha256::digest(format!("{point}\n{vault}\n{after}"));
        format!("mrb-repair-{}", hex(&digest[..16]))
    }
}

/// A copy that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) point: Point,
    pub(crate) to: Region,
    /// Keeps it from being made twice.
    pub(crate) token: String,
}

/// Why a resource gets no copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub(crate) resource: String,
    pub(crate) to: Region,
    pub(crate) reason: String,
}

/// The lifecycle of copies in a region: that of the rule that keeps them longest.
pub(crate) fn lifecycle(settings: &Settings, region: &Region) -> Option<Lifecycle> {
    let kept = settings.rules.iter().flat_map(|rule| {
        let there = rule.copies.iter().filter(|copy| copy.region == *region);
        there.map(|copy| rule.kept(copy))
    });
    kept.max_by_key(|lifecycle| lifecycle.retention_days())
}

/// The points of a resource that may be copied: the newest good one, or with `since` all of them
/// from then on.
pub(crate) fn candidates(points: &[Point], since: Option<Time>) -> Vec<&Point> {
    let mut good: Vec<&Point> =
        points.iter().filter(|point| point.good && !point.continuous).collect();
    good.sort_by_key(|point| std::cmp::Reverse(point.created));
    match since {
        Some(since) => good.retain(|point| point.created >= since),
        None => good.truncate(1),
    }
    good
}

/// Adds a point to those of its resource where it may be wanted by [`candidates`], and drops what it
/// supersedes: the newest stays in any case, and with `since` all from then on.
pub(crate) fn keep_candidate(points: &mut Vec<Point>, point: Point, since: Option<Time>) {
    if !point.good || point.continuous {
        return;
    }
    let newest = points.iter().map(|point| point.created).max().max(Some(point.created));
    points.push(point);
    let is_wanted = |at: Time| Some(at) == newest || since.is_some_and(|since| at >= since);
    points.retain(|point| is_wanted(point.created));
}

/// Chooses what to copy of a resource's points to a vault.
///
/// # Errors
/// Why nothing is copied.
pub(crate) fn choose(
    points: &[Point],
    since: Option<Time>,
    lifecycle: Lifecycle,
    vault: &str,
    copied: &Copied,
    now: Time,
) -> Result<Vec<Point>, &'static str> {
    if candidates(points, None).is_empty() {
        return Err("the primary holds no good recovery point of it that can be copied");
    }
    let mut reason = since.map(|_| "it has no recovery point from then on");
    let mut worth = Vec::new();
    for point in candidates(points, since) {
        let ends = lifecycle.delete_days.map(|days| point.created + days * DAY);
        let pair = (point.arn.clone(), vault.to_owned());
        let twin = (vault.to_owned(), point.resource.clone(), point.created);
        if copied.there.contains(&twin) {
            // Of many it is as it should be; alone it is too old.
            reason = since.is_none().then_some("its newest point is copied, and no longer fresh");
        } else if point.cold_at.is_some_and(|at| at <= now) {
            reason = Some("its newest point is in cold storage, from where nothing can be copied");
        } else if copied.running.contains(&pair) {
            reason = Some("a copy job of it is under way");
        } else if ends.is_some_and(|ends| ends < now + LEAST_LIFE) {
            reason = Some("its copy would expire within a week");
        } else {
            worth.push(point.clone());
        }
    }
    match reason {
        Some(reason) if worth.is_empty() => Err(reason),
        _ => Ok(worth),
    }
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
        let running = BTreeSet::from([("busy".to_owned(), "vault".to_owned())]);
        let there = HashSet::from([("vault".to_owned(), "r".to_owned(), NOW - 4 * DAY)]);
        let copied = Copied { running, there, ..Copied::default() };
        let chosen = choose(points, since, KEPT, "vault", &copied, NOW)?;
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
    fn of_many_those_that_are_there_are_left_out_without_a_word() {
        let points = [point("copied", 4), point("new", 1)];
        let since = Some(NOW - 6 * DAY);
        assert_eq!(chosen(&points, since).unwrap(), ["new"]);
        assert_eq!(chosen(&points[..1], since).unwrap(), [""; 0]);
        assert_eq!(chosen(&points, Some(NOW)), Err("it has no recovery point from then on"));
    }

    #[test]
    fn of_the_points_of_a_resource_only_candidates_are_kept() {
        let kept = |since: Option<Time>| {
            let mut points = Vec::new();
            let bad = Point { good: false, ..point("bad", 0) };
            let continuous = Point { continuous: true, ..point("continuous", 0) };
            for point in [point("old", 5), bad, point("new", 1), point("older", 9), continuous] {
                keep_candidate(&mut points, point, since);
            }
            points.into_iter().map(|point| point.arn).collect::<Vec<_>>()
        };
        assert_eq!(kept(None), ["new"]);
        assert_eq!(kept(Some(NOW - 6 * DAY)), ["old", "new"]);
        assert_eq!(kept(Some(NOW)), ["new"]);
    }

    #[test]
    fn a_copy_has_one_token_until_its_job_has_ended() {
        let mut copied = Copied::default();
        let token = copied.token("point", "vault");
        assert_eq!(token, Copied::default().token("point", "vault"));
        assert_ne!(token, copied.token("point", "other"));
        let pair = ("point".to_owned(), "vault".to_owned());
        copied.ended.insert(pair, (NOW, "job".to_owned()));
        assert_ne!(token, copied.token("point", "vault"));
    }

    #[test]
    fn what_is_not_worth_it_says_why() {
        let cold = Point { cold_at: Some(NOW), ..point("cold", 1) };
        for (points, said) in [
            (vec![], "no good recovery point"),
            (vec![cold], "cold storage"),
            (vec![point("busy", 1)], "under way"),
            (vec![point("dying", 24)], "within a week"),
            (vec![point("copied", 4)], "no longer fresh"),
        ] {
            let reason = chosen(&points, None).unwrap_err();
            assert!(reason.contains(said), "{reason}");
        }
    }
}
