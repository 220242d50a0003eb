//! Fresh, late, never, pending: the one definition of how well a resource is backed up in a region. Pure.
//!
//! The watchdog (`steps/function_code/watchdog.py`) judges by the same one, and reads the same things: one table of cases
//! tries both (`tests/freshness/cases.json`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::time::{Time, utc};
use crate::protection::rpo::Rpo;
use crate::protection::vault_points::VaultPoints;

pub(crate) use crate::protection::judgement::Freshness;

/// What a region's vault shows.
#[derive(Clone, Debug)]
pub(crate) struct VaultView {
    pub(crate) region: Region,
    /// How old the newest recovery point may be; `None` where no rule reaches.
    pub(crate) rpo: Option<Rpo>,
    /// When the vault was made.
    pub(crate) made: Time,
    /// About how many recovery points it holds.
    pub(crate) holds: usize,
    /// What is known of its points; of those of before the promised age only where they were looked
    /// for.
    pub(crate) points: VaultPoints,
}

/// What the primary region says of the resources.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectedResources {
    /// By ARN: AWS Backup's name of the type.
    pub(crate) resources: BTreeMap<String, &'static str>,
    /// By ARN: the names of the plans that take it; empty where the deployment has one plan.
    pub(crate) plans: BTreeMap<String, BTreeSet<String>>,
    /// Types that AWS Backup does not back up here, because the account says so.
    pub(crate) opted_out: BTreeSet<String>,
    /// By a copy's region and the name of a type: why AWS Backup cannot copy it there.
    pub(crate) uncopyable: BTreeMap<(Region, &'static str), String>,
    /// The oldest sign that a resource was to be backed up: a job of it, or a good point.
    pub(crate) first: BTreeMap<String, Time>,
    /// Since when the watchdog has seen a resource with the tags and without a good point: the one
    /// sign of what AWS Backup leaves out in silence, for AWS does not show when a resource was
    /// tagged.
    pub(crate) seen: BTreeMap<String, Time>,
    /// Those without a fresh point in the primary of which no job was made since they were due, while
    /// the plan made others: the tagging API lists what was deleted for a while.
    pub(crate) idle: BTreeSet<String>,
    /// Whether the plan made any job within the primary's promised age; `None` where that says
    /// nothing, because the selection is younger, or could not be read.
    pub(crate) ran: Option<bool>,
}

impl SelectedResources {
    /// Whether AWS Backup leaves out the resources whose ARNs say this type, whichever they are of.
    pub(crate) fn is_opted_out(&self, kind: &str) -> bool {
        let mut names = resource_types::sharing_arns_of(kind).peekable();
        names.peek().is_some() && names.all(|name| self.opted_out.contains(name))
    }

    /// The types of those that it leaves out, in words; `None` where there are none.
    pub(crate) fn opted_out_of(&self, kind: &str) -> Option<String> {
        let names = resource_types::sharing_arns_of(kind);
        let out: Vec<&str> = names.filter(|name| self.opted_out.contains(*name)).collect();
        (!out.is_empty()).then(|| out.join(", "))
    }
}

fn before(now: Time, minutes: i64) -> Time {
    now.saturating_sub(minutes.saturating_mul(60))
}

impl VaultView {
    /// What is older than this is late, of a resource; `None` where no rule for it reaches.
    fn due_of(&self, resource: &str, selected: &SelectedResources, now: Time) -> Option<Time> {
        let kind = selected.resources.get(resource).copied().unwrap_or_default();
        match (&self.rpo, selected.plans.get(resource)) {
            (Some(rpo), Some(plans)) => Some(before(now, rpo.minutes_in(kind, plans)?)),
            (_, _) => self.due(kind, now),
        }
    }

    /// What is older than this is late, of a type, of several plans by the one that has the longest time; `None` where no
    /// rule reaches.
    pub(crate) fn due(&self, kind: &str, now: Time) -> Option<Time> {
        self.rpo.as_ref().map(|rpo| before(now, rpo.minutes_for(kind)))
    }

    /// The same of the type that has the longest time, and of the one that has the shortest.
    pub(crate) fn dues(&self, now: Time) -> Option<(Time, Time)> {
        let (longest, shortest) = self.rpo.as_ref()?.extremes();
        Some((before(now, longest), before(now, shortest)))
    }

    /// Resources without a point within the promised age: the only ones that get a second look.
    pub(crate) fn stale<'a>(&self, selected: &'a SelectedResources, now: Time) -> Vec<&'a String> {
        let is_stale = |resource: &str| {
            let newest = self.points.newest.get(resource);
            let due = self.due_of(resource, selected, now);
            due.is_some_and(|due| newest.is_none_or(|newest| *newest < due))
        };
        selected.resources.keys().filter(|resource| is_stale(resource)).collect()
    }

    /// Judges a resource; `None` where nothing is promised.
    pub(crate) fn judge(
        &self,
        resource: &str,
        primary: &SelectedResources,
        now: Time,
    ) -> Option<Freshness> {
        let name = primary.resources.get(resource).copied().unwrap_or_default();
        let due = self.due_of(resource, primary, now)?;
        let flaw = self.points.flaw(resource);
        if let Some(newest) = self.points.newest.get(resource).copied() {
            let flaw = flaw.map(ToString::to_string);
            let fresh = newest >= due;
            return Some(if fresh {
                Freshness::Fresh { newest }
            } else {
                Freshness::Late { newest, flaw }
            });
        }
        if let Some(reason) = primary.uncopyable.get(&(self.region.clone(), name)) {
            return Some(Freshness::Uncopyable { reason: reason.clone() });
        }
        let out = primary.opted_out_of(name);
        if let Some(out) = out.as_ref().filter(|_| primary.is_opted_out(name)) {
            let reason = format!("AWS Backup is not opted in to {out} in the primary region");
            return Some(Freshness::Never { reason: reason.into() });
        }
        if let Some(stopped) = flaw.filter(|flaw| flaw.is_stopped()) {
            return Some(Freshness::Stopped { reason: stopped.reason().to_owned() });
        }
        let never = |reason: Cow<'static, str>| {
            let reason = match &out {
                None => reason,
                Some(out) => format!(
                    "{reason}; AWS Backup is not opted in to {out}, which it may be of by its ARN"
                )
                .into(),
            };
            Freshness::Never { reason }
        };
        Some(self.without_any(resource, primary, due, now, &never))
    }

    /// Of a resource that may be backed up and has no good point: whether one was due.
    fn without_any(
        &self,
        resource: &str,
        primary: &SelectedResources,
        due: Time,
        now: Time,
        never: &dyn Fn(Cow<'static, str>) -> Freshness,
    ) -> Freshness {
        let (first, seen) = (primary.first.get(resource), primary.seen.get(resource));
        let since = [first, seen].into_iter().flatten().min().copied();
        // In so young a vault nothing was due yet.
        if self.made >= due {
            return Freshness::Pending { since, passed_over_since: None };
        }
        if first.is_some_and(|first| *first < due) {
            let known = "no good recovery point, though jobs or points of it show that it was to be backed up";
            let flaw = self.points.flaw(resource);
            return never(flaw.map_or(known.into(), |flaw| format!("{known}; {flaw}").into()));
        }
        if let Some(seen) = seen.filter(|seen| **seen < due) {
            let seen = utc(*seen);
            return never(
                format!("no good recovery point, though it has had the tags since {seen} at least")
                    .into(),
            );
        }
        // It says nothing of a type that has longer.
        if primary.ran == Some(false) && self.due("", now).is_some_and(|other| other <= due) {
            return never("the backup plan has not run for any resource since it was due".into());
        }
        let passed_over_since = (primary.ran.is_some() && since.is_none()).then_some(due);
        Freshness::Pending { since, passed_over_since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = 1_000_000;
    use crate::model::time::HOUR;

    fn view(newest: &[(&str, Time)]) -> VaultView {
        VaultView {
            region: Region::parse("us-west-2").unwrap(),
            rpo: Some(Rpo { minutes: 10 * 60, ..Rpo::default() }),
            made: 0,
            holds: newest.len(),
            points: newest.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect(),
        }
    }

    fn primary() -> SelectedResources {
        let resources = BTreeMap::from([("a".to_owned(), "EBS"), ("b".to_owned(), "RDS")]);
        SelectedResources { resources, ..SelectedResources::default() }
    }

    #[test]
    fn the_age_decides_between_fresh_and_late() {
        let at = NOW - 10 * HOUR;
        let judged = |at| view(&[("a", at)]).judge("a", &primary(), NOW).unwrap();
        assert_eq!(judged(at), Freshness::Fresh { newest: at });
        assert_eq!(judged(at - 1), Freshness::Late { newest: at - 1, flaw: None });
        assert_eq!(view(&[("a", at)]).stale(&primary(), NOW), ["b"]);
    }

    #[test]
    fn never_needs_a_reason_and_pending_is_what_has_none() {
        let bare = view(&[]);
        let pending = |since| Some(Freshness::Pending { since, passed_over_since: None });
        assert_eq!(bare.judge("a", &primary(), NOW), pending(None));
        let out = SelectedResources { opted_out: BTreeSet::from(["EBS".to_owned()]), ..primary() };
        assert!(matches!(bare.judge("a", &out, NOW), Some(Freshness::Never { .. })));
        assert_eq!(bare.judge("b", &out, NOW), pending(None));
        let known = SelectedResources {
            first: BTreeMap::from([("a".to_owned(), NOW - 11 * HOUR)]),
            ..primary()
        };
        assert!(matches!(bare.judge("a", &known, NOW), Some(Freshness::Never { .. })));
        let lately = SelectedResources {
            first: BTreeMap::from([("a".to_owned(), NOW - HOUR)]),
            ..primary()
        };
        assert_eq!(bare.judge("a", &lately, NOW), pending(Some(NOW - HOUR)));
        let dead = SelectedResources { ran: Some(false), ..primary() };
        assert!(matches!(bare.judge("a", &dead, NOW), Some(Freshness::Never { .. })));
        let young = VaultView { made: NOW - HOUR, ..view(&[]) };
        assert_eq!(young.judge("a", &dead, NOW), pending(None));
    }

    #[test]
    fn what_is_left_out_in_silence_is_never_once_the_watchdog_has_seen_it_for_long_enough() {
        let judged = |seen: Option<Time>, first: Option<Time>| {
            let at = |at: Option<Time>| at.map(|at| ("a".to_owned(), at)).into_iter().collect();
            let running = SelectedResources {
                ran: Some(true),
                seen: at(seen),
                first: at(first),
                ..primary()
            };
            view(&[]).judge("a", &running, NOW).unwrap()
        };
        let due = NOW - 10 * HOUR;
        let pending = |since, passed_over_since| Freshness::Pending { since, passed_over_since };
        assert_eq!(judged(None, None), pending(None, Some(due)));
        assert_eq!(judged(Some(due), None), pending(Some(due), None));
        assert_eq!(judged(Some(due), Some(NOW - 1)), pending(Some(due), None));
        let never = "no good recovery point, though it has had the tags since 1970-01-12 03:46 UTC at least";
        for first in [None, Some(NOW - 1)] {
            assert_eq!(judged(Some(due - 1), first), Freshness::Never { reason: never.into() });
        }
    }

    #[test]
    fn each_type_is_judged_by_its_own_allowance() {
        let by_type = BTreeMap::from([("RDS".to_owned(), 20 * 60), ("S3".to_owned(), 60)]);
        let rpo = Some(Rpo { minutes: 10 * 60, by_type, ..Rpo::default() });
        let at = NOW - 15 * HOUR;
        let view = VaultView { rpo, ..view(&[("a", at), ("b", at)]) };
        let judged = |resource| view.judge(resource, &primary(), NOW).unwrap();
        assert_eq!(judged("a"), Freshness::Late { newest: at, flaw: None });
        assert_eq!(judged("b"), Freshness::Fresh { newest: at });
        assert_eq!(view.stale(&primary(), NOW), ["a"]);
        assert_eq!(view.dues(NOW), Some((NOW - 20 * HOUR, NOW - HOUR)));
        // Whether the plan ran is known for as long as most types have.
        let bare = VaultView { points: VaultPoints::default(), ..view.clone() };
        let dead = SelectedResources { ran: Some(false), ..primary() };
        let is_never =
            |resource| matches!(bare.judge(resource, &dead, NOW), Some(Freshness::Never { .. }));
        assert_eq!((is_never("a"), is_never("b")), (true, false));
    }

    #[test]
    fn where_no_rule_reaches_nothing_is_promised() {
        let view = VaultView { rpo: None, ..view(&[]) };
        assert_eq!(view.judge("a", &primary(), NOW), None);
        assert!(view.stale(&primary(), NOW).is_empty());
    }
}
