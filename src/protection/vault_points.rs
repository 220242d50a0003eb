//! What the recovery points of a vault say of resources: the newest good one of each, what is wrong with others, and which are
//! parts of a composite. Pure.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::model::recovery_point::{PointFacts, PointStatus, RecoveryPoint};
use crate::model::time::{Time, utc};

/// Points of a vault, folded by resource: nobody holds a hundred thousand of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct VaultPoints {
    /// The newest good point of each resource.
    pub(crate) newest: HashMap<String, Time>,
    /// What a document says of each of these, where that was asked for.
    facts: HashMap<String, PointFacts>,
    /// Whether the newest good point is only counted: what a document says of each takes much room.
    counts_only: bool,
    /// The newest point of each resource that is no good, and stays.
    flawed: HashMap<String, Flaw>,
    /// The resource of each composite point (a stack, a cluster), by the point's ARN.
    composites: HashMap<String, String>,
    /// ARN of the composite point that the newest good point of a resource is a part of.
    parts: HashMap<String, String>,
    /// Resources without a good point that a plan made.
    on_demand: HashSet<String>,
}

/// A point that is no good: AWS Backup stopped it, could not make it whole, or could not delete it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    made: Time,
    status: PointStatus,
    /// AWS's words; there may be none.
    message: String,
}

impl VaultPoints {
    /// None yet, of which only the age of the newest good one will be known.
    pub(crate) fn of_ages() -> Self {
        Self { counts_only: true, ..Self::default() }
    }

    /// Adds a point to what is known of its resource.
    pub(crate) fn add(&mut self, point: RecoveryPoint, now: Time) {
        let good = time_of(&point, now);
        let Some(resource) = &point.resource else { return };
        if point.is_parent {
            self.composites.insert(point.arn.clone(), resource.clone());
        }
        if let Some(at) = good {
            self.add_maker(resource, point.plan.is_none());
            if self.is_newer(resource, at) {
                if !self.counts_only {
                    self.facts.insert(resource.clone(), PointFacts::from(&point));
                }
                self.add_newest(resource.clone(), at, point.parent);
            }
            return;
        }
        let resource = resource.clone();
        let stays = matches!(
            point.status,
            PointStatus::Stopped | PointStatus::Partial | PointStatus::Expired
        );
        if let Some(made) = point.created.filter(|_| stays) {
            let message = point.message.unwrap_or_default().trim().to_owned();
            self.add_flaw(resource, Flaw { made, status: point.status, message });
        }
    }

    /// Takes note of whether no plan made a good point of a resource, before that one is the newest.
    fn add_maker(&mut self, resource: &str, on_demand: bool) {
        if !on_demand {
            self.on_demand.remove(resource);
        } else if !self.newest.contains_key(resource) {
            self.on_demand.insert(resource.to_owned());
        }
    }

    fn is_newer(&self, resource: &str, at: Time) -> bool {
        self.newest.get(resource).is_none_or(|newest| *newest < at)
    }

    fn add_newest(&mut self, resource: String, at: Time, parent: Option<String>) {
        match parent {
            Some(parent) => drop(self.parts.insert(resource.clone(), parent)),
            None => drop(self.parts.remove(&resource)),
        }
        self.newest.insert(resource, at);
    }

    fn add_flaw(&mut self, resource: String, flaw: Flaw) {
        let newest = self.flawed.entry(resource).or_insert_with(|| flaw.clone());
        if flaw.made > newest.made {
            *newest = flaw;
        }
    }

    /// Adds what another look at the same vault has shown.
    pub(crate) fn extend(&mut self, mut other: Self) {
        self.composites.extend(other.composites);
        for (resource, at) in other.newest {
            self.add_maker(&resource, other.on_demand.contains(&resource));
            if self.is_newer(&resource, at) {
                let parent = other.parts.remove(&resource);
                let facts = other.facts.remove(&resource);
                self.facts.extend(facts.map(|facts| (resource.clone(), facts)));
                self.add_newest(resource, at, parent);
            }
        }
        for (resource, flaw) in other.flawed {
            self.add_flaw(resource, flaw);
        }
    }

    /// What is wrong with a resource's points beside its newest good one: that its continuous backup
    /// was stopped, or that a newer point is no good.
    pub(crate) fn flaw(&self, resource: &str) -> Option<&Flaw> {
        let newest = self.newest.get(resource).copied().unwrap_or_default();
        self.flawed.get(resource).filter(|flaw| flaw.is_stopped() || flaw.made > newest)
    }

    /// What is known of the newest good point of a resource.
    pub(crate) fn newest_point(&self, resource: &str) -> Option<&PointFacts> {
        self.facts.get(resource)
    }

    /// Whether the vault holds good points of a resource and a plan made at least one, as AWS's list names their creator
    /// (API reference, `RecoveryPointByBackupVault`, `CreatedBy`).
    pub(crate) fn has_planned(&self, resource: &str) -> bool {
        self.newest.contains_key(resource) && !self.on_demand.contains(resource)
    }

    /// The resource whose composite point holds the newest good point of this one, as a stack's does
    /// that of its database.
    pub(crate) fn composite_of(&self, resource: &str) -> Option<&str> {
        self.composites.get(self.parts.get(resource)?).map(String::as_str)
    }
}

impl Flaw {
    pub(crate) fn is_stopped(&self) -> bool {
        self.status == PointStatus::Stopped
    }

    /// AWS's words, or that there are none.
    pub(crate) fn reason(&self) -> &str {
        if self.message.is_empty() { "AWS gives no reason" } else { &self.message }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = utc(self.made);
        match self.status {
            PointStatus::Stopped => write!(f, "its continuous backup, begun {made}, is STOPPED")?,
            PointStatus::Expired => write!(f, "its newest point, of {made}, is EXPIRED")?,
            _ => write!(f, "its newest point, of {made}, is PARTIAL")?,
        }
        let joint = if self.message.is_empty() { ";" } else { ":" };
        write!(f, "{joint} {}", self.reason())
    }
}

/// When a good point says that its resource was backed up; `None` of one that is not good.
///
/// A continuous point keeps the date of its beginning, and is up to date for as long as it is
/// AVAILABLE.
pub(crate) fn time_of(point: &RecoveryPoint, now: Time) -> Option<Time> {
    match point.status {
        PointStatus::Completed => point.created,
        PointStatus::Available => Some(now),
        _ => None,
    }
}

#[cfg(test)]
impl FromIterator<(String, Time)> for VaultPoints {
    fn from_iter<I: IntoIterator<Item = (String, Time)>>(newest: I) -> Self {
        Self { newest: newest.into_iter().collect(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recovery_point::CreatingPlan;

    fn point(status: PointStatus, created: Time) -> RecoveryPoint {
        RecoveryPoint {
            arn: format!("arn:{created}"),
            resource: Some("a".to_owned()),
            status,
            created: Some(created),
            message: Some(format!("words of {created}")),
            ..RecoveryPoint::default()
        }
    }

    fn points(all: &[RecoveryPoint]) -> VaultPoints {
        let mut points = VaultPoints::default();
        for each in all {
            points.add(each.clone(), 100);
        }
        points
    }

    #[test]
    fn only_good_points_count_and_a_continuous_one_is_always_new() {
        assert_eq!(time_of(&point(PointStatus::Completed, 7), 100), Some(7));
        assert_eq!(time_of(&point(PointStatus::Available, 7), 100), Some(100));
        for bad in [
            PointStatus::Expired,
            PointStatus::Deleting,
            PointStatus::Stopped,
            PointStatus::Partial,
            PointStatus::Other,
        ] {
            assert_eq!(time_of(&point(bad, 7), 100), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_good_is_a_flaw_where_it_is_newer_or_was_stopped() {
        use PointStatus::{Completed, Deleting, Expired, Partial, Stopped};
        let said = |all: &[RecoveryPoint]| points(all).flaw("a").map(ToString::to_string);
        let flaw = said(&[point(Completed, 7), point(Partial, 9), point(Expired, 8)]).unwrap();
        assert_eq!(flaw, "its newest point, of 1970-01-01 00:00 UTC, is PARTIAL: words of 9");
        assert_eq!(said(&[point(Completed, 9), point(Expired, 8)]), None);
        assert_eq!(said(&[point(Completed, 7), point(Deleting, 9)]), None);
        let stopped = said(&[point(Completed, 9), point(Stopped, 8)]).unwrap();
        assert!(stopped.starts_with("its continuous backup, begun 1970"), "{stopped}");
        let mute = RecoveryPoint { message: None, ..point(Stopped, 8) };
        let mute = said(&[mute]).unwrap();
        assert!(mute.ends_with(" is STOPPED; AWS gives no reason"), "{mute}");
    }

    #[test]
    fn a_resource_has_planned_points_if_a_plan_made_one_of_the_good_ones() {
        use PointStatus::{Completed, Partial};
        let drilled = |created| point(Completed, created);
        let plan = CreatingPlan::new(Some("id"), None, None);
        let planned =
            |status, created| RecoveryPoint { plan: plan.clone(), ..point(status, created) };
        for (of, expected) in [
            (vec![], false),
            (vec![drilled(7)], false),
            (vec![drilled(7), drilled(9)], false),
            (vec![planned(Completed, 7)], true),
            (vec![planned(Completed, 7), drilled(9)], true),
            (vec![drilled(9), planned(Completed, 7)], true),
            (vec![drilled(7), planned(Completed, 9), drilled(8)], true),
            (vec![drilled(9), planned(Partial, 7)], false),
        ] {
            assert_eq!(points(&of).has_planned("a"), expected, "{of:?}");
            // Each look shows some of them, in whatever order.
            for at in 0..=of.len() {
                let (mut first, mut second) = (points(&of[..at]), points(&of[at..]));
                first.extend(second.clone());
                assert_eq!(first.has_planned("a"), expected, "{of:?} at {at}");
                second.extend(points(&of[..at]));
                assert_eq!(second.has_planned("a"), expected, "{of:?} from {at}");
            }
        }
    }

    #[test]
    fn a_part_is_known_by_its_composite_until_it_has_a_newer_point_of_its_own() {
        let stack = RecoveryPoint {
            arn: "arn:composite".to_owned(),
            resource: Some("stack".to_owned()),
            is_parent: true,
            ..point(PointStatus::Partial, 7)
        };
        let part = RecoveryPoint {
            parent: Some("arn:composite".to_owned()),
            ..point(PointStatus::Completed, 7)
        };
        let mut seen = points(&[part, stack]);
        assert_eq!(seen.composite_of("a"), Some("stack"));
        assert_eq!(seen.composite_of("stack"), None);
        seen.extend(points(&[point(PointStatus::Completed, 6)]));
        assert_eq!((seen.composite_of("a"), seen.newest["a"]), (Some("stack"), 7));
        seen.extend(points(&[point(PointStatus::Completed, 9)]));
        assert_eq!((seen.composite_of("a"), seen.newest["a"]), (None, 9));
    }
}
