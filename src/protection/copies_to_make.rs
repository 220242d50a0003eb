//! Which recovery points are worth copying again: pure.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sha2::{Digest, Sha256};

use crate::model::names::hex;
use crate::model::region::Region;
use crate::model::settings::{Lifecycle, Rule, Settings};
use crate::model::time::{DAY, Time};
use crate::terminal::wrap::plural;

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
    /// AWS's number.
    pub(crate) bytes: Option<i64>,
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
    pub(crate) lifecycle: Lifecycle,
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
    longest(&settings.all_rules(), region)
}

/// The same of a resource that these plans take; `None` of them is all of them.
pub(crate) fn lifecycle_in(
    settings: &Settings,
    plans: Option<&BTreeSet<String>>,
    region: &Region,
) -> Option<Lifecycle> {
    let Some(plans) = plans else { return lifecycle(settings, region) };
    let taking = settings.all_plans().into_iter().filter(|plan| plans.contains(&plan.name));
    let rules: Vec<Rule> = taking.flat_map(|plan| plan.rules).collect();
    longest(&rules, region)
}

fn longest(rules: &[Rule], region: &Region) -> Option<Lifecycle> {
    let kept = rules.iter().flat_map(|rule| {
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

/// Why a point is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    AlreadyCopied,
    UnderWay,
    InColdStorage,
    EndsSoon,
}

impl LeftOut {
    /// Said of the newest point, which alone was to be copied.
    fn of_newest(self) -> &'static str {
        match self {
            Self::AlreadyCopied => "its newest point is copied, and no longer fresh",
            Self::UnderWay => "a copy job of it is running",
            Self::InColdStorage => {
                "its newest point is in cold storage, from where nothing can be copied"
            }
            Self::EndsSoon => "its copy would expire within a week",
        }
    }

    /// Said of so many of a resource's points; `None` of what is as it should be.
    fn of_many(self, count: usize) -> Option<String> {
        Some(match (self, count) {
            (Self::AlreadyCopied, _) => return None,
            (Self::UnderWay, 1) => "a copy job of 1 is running".to_owned(),
            (Self::UnderWay, _) => format!("copy jobs of {count} are running"),
            (Self::InColdStorage, 1) => {
                "1 is in cold storage, from where nothing can be copied".to_owned()
            }
            (Self::InColdStorage, _) => {
                format!("{count} are in cold storage, from where nothing can be copied")
            }
            (Self::EndsSoon, 1) => "the copy of 1 would expire within a week".to_owned(),
            (Self::EndsSoon, _) => format!("copies of {count} would expire within a week"),
        })
    }
}

/// What is copied of a resource's points to a vault.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    pub(crate) copies: Vec<Point>,
    /// What is not, and why.
    pub(crate) left_out: Option<String>,
}

/// Chooses what to copy of a resource's points to a vault.
pub(crate) fn choose(
    points: &[Point],
    since: Option<Time>,
    lifecycle: Lifecycle,
    vault: &str,
    copied: &Copied,
    now: Time,
) -> Choice {
    let candidates = candidates(points, since);
    let mut copies = Vec::new();
    let mut left_out: BTreeMap<LeftOut, usize> = BTreeMap::new();
    for point in &candidates {
        let ends = lifecycle.delete_days.map(|days| point.created + days * DAY);
        let pair = (point.arn.clone(), vault.to_owned());
        let twin = (vault.to_owned(), point.resource.clone(), point.created);
        let why = if copied.there.contains(&twin) {
            LeftOut::AlreadyCopied
        } else if point.cold_at.is_some_and(|at| at <= now) {
            LeftOut::InColdStorage
        } else if copied.running.contains(&pair) {
            LeftOut::UnderWay
        } else if ends.is_some_and(|ends| ends < now + LEAST_LIFE) {
            LeftOut::EndsSoon
        } else {
            copies.push((*point).clone());
            continue;
        };
        *left_out.entry(why).or_default() += 1;
    }
    let left_out = if candidates.is_empty() {
        let whence = if since.is_some() { "from then on" } else { "of it" };
        Some(format!("the primary holds no good recovery point {whence} that can be copied"))
    } else if since.is_none() {
        left_out.keys().next().map(|why| why.of_newest().to_owned())
    } else {
        let reasons: Vec<String> =
            left_out.into_iter().filter_map(|(why, count)| why.of_many(count)).collect();
        let of_all = format!("of its {} from then on ", plural(candidates.len(), "recovery point"));
        (!reasons.is_empty()).then(|| of_all + &reasons.join(", "))
    };
    Choice { copies, left_out }
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
            bytes: Some(1),
        }
    }

    fn choice(points: &[Point], since: Option<Time>) -> Choice {
        let running = BTreeSet::from([("busy".to_owned(), "vault".to_owned())]);
        let there = HashSet::from([("vault".to_owned(), "r".to_owned(), NOW - 4 * DAY)]);
        let copied = Copied { running, there, ..Copied::default() };
        choose(points, since, KEPT, "vault", &copied, NOW)
    }

    /// What is copied of the points, all of which are good for it, or why none is.
    fn chosen(points: &[Point], since: Option<Time>) -> Result<Vec<String>, String> {
        let Choice { copies, left_out } = choice(points, since);
        let arns = copies.into_iter().map(|point| point.arn).collect();
        left_out.map_or(Ok(arns), Err)
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
        let none = "the primary holds no good recovery point from then on that can be copied";
        assert_eq!(chosen(&points, Some(NOW)), Err(none.to_owned()));
    }

    /// The last that was looked at gave the reason for all, and what was copied already took it away.
    #[test]
    fn of_many_each_reason_is_given_with_how_many_it_is_of() {
        let cold = |arn: &str, age| Point { cold_at: Some(NOW), ..point(arn, age) };
        let since = Some(NOW - 30 * DAY);
        let reason = |points: &[Point]| choice(points, since).left_out;
        assert_eq!(
            reason(&[cold("cold", 2), point("copied", 4)]).as_deref(),
            Some(
                "of its 2 recovery points from then on 1 is in cold storage, from where nothing can be copied"
            )
        );
        let of_each = [
            cold("cold", 2),
            cold("colder", 3),
            point("copied", 4),
            point("busy", 5),
            point("dying", 24),
            point("good", 1),
        ];
        let Choice { copies, left_out } = choice(&of_each, since);
        assert_eq!(copies, [point("good", 1)]);
        assert_eq!(
            left_out.as_deref(),
            Some(
                "of its 6 recovery points from then on a copy job of 1 is running, 2 are in cold storage, from where nothing can be copied, the copy of 1 would expire within a week"
            )
        );
        assert_eq!(reason(&[point("copied", 4), point("good", 1)]), None);
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
            (vec![point("busy", 1)], "is running"),
            (vec![point("dying", 24)], "within a week"),
            (vec![point("copied", 4)], "no longer fresh"),
        ] {
            let reason = chosen(&points, None).unwrap_err();
            assert!(reason.contains(said), "{reason}");
        }
    }
}
