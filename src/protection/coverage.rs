//! How well the selected resources are backed up: each judged, all counted, in every region. Pure.
//!
//! `status` reports it, and `repair` copies what it finds without a fresh copy.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::recovery_point::PointFacts;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::time::{HOUR, Time};
use crate::protection::freshness::{Freshness, SelectedResources, VaultView};
use crate::protection::rpo::Rpo;

/// How well a region's vault covers the selected resources.
#[derive(Clone, Debug)]
pub(crate) struct Coverage<'a> {
    /// How old the newest point of each may be; `None` where no rule reaches, and then nothing is
    /// judged.
    pub(crate) rpo: Option<Rpo>,
    pub(crate) counts: Counts,
    /// Each selected resource, by ARN.
    pub(crate) resources: Vec<Judged<'a>>,
    /// Whether only the vault was read, and nobody says which resources there should be.
    pub(crate) of_vault_alone: bool,
}

/// How many resources are how well backed up in a region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) fresh: usize,
    pub(crate) late: usize,
    pub(crate) never: usize,
    /// Resources of types that AWS Backup cannot copy there.
    pub(crate) cannot_be_copied: usize,
    /// Resources without a good point whose continuous backup was stopped.
    pub(crate) stopped: usize,
    pub(crate) pending: usize,
    /// Resources with good points within the promised age that are gone, or carry the tags no more.
    /// Parts of a composite that is selected are not among them.
    pub(crate) retired: usize,
    /// Resources with good points within the promised age that are not selected and never were: no plan made one of these
    /// points, in no region that was read.
    pub(crate) on_demand: usize,
    /// Age of the oldest fresh point, in hours.
    pub(crate) oldest_hours: Option<i64>,
}

/// A resource, and how well it is backed up in a region.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) resource: &'a String,
    /// AWS Backup's name of its type.
    pub(crate) kind: &'static str,
    pub(crate) freshness: Freshness,
    /// Its newest good point there.
    pub(crate) newest_point: Option<&'a PointFacts>,
}

impl<'a> Coverage<'a> {
    /// Judges every selected resource by what a vault shows. Of others `has_planned` says whether a plan made one of the
    /// good points, here or elsewhere.
    fn new(
        view: &'a VaultView,
        selected: &'a SelectedResources,
        has_planned: impl Fn(&str) -> bool,
        now: Time,
    ) -> Self {
        let judged = selected.resources.iter().filter_map(|(resource, kind)| {
            let freshness = view.judge(resource, selected, now)?;
            let newest_point = view.points.newest_point(resource);
            Some(Judged { resource, kind, freshness, newest_point })
        });
        let resources: Vec<Judged<'_>> = judged.collect();
        let is_selected = |resource: &str| selected.resources.contains_key(resource);
        let is_other = |resource: &&String| {
            !is_selected(resource) && !view.points.composite_of(resource).is_some_and(is_selected)
        };
        let others: Vec<&String> = view.points.newest.keys().filter(is_other).collect();
        let retired = others.iter().filter(|resource| has_planned(resource)).count();
        let on_demand = others.len() - retired;
        let counts = Counts { retired, on_demand, ..Counts::new(&resources, now) };
        Self { rpo: view.rpo.clone(), counts, resources, of_vault_alone: false }
    }

    /// What a vault shows of itself where nobody says which resources there should be.
    pub(crate) fn of_vault_alone(view: &VaultView, now: Time) -> Self {
        let is_fresh = |resource: &str, newest: Time| {
            let kind = resource_types::of_arn(resource).unwrap_or_default();
            newest >= view.due(kind, now).unwrap_or(now)
        };
        // A composite stands for its parts.
        let whole = view.points.newest.iter();
        let whole = whole.filter(|(resource, _)| view.points.composite_of(resource).is_none());
        let fresh = whole.filter(|(resource, newest)| is_fresh(resource, **newest));
        let fresh = fresh.map(|(_, newest)| *newest);
        let counts = Counts {
            fresh: fresh.clone().count(),
            oldest_hours: oldest_hours(fresh, now),
            ..Counts::default()
        };
        Self { rpo: view.rpo.clone(), counts, resources: Vec::new(), of_vault_alone: true }
    }

    /// Those without a good point within the promised age, whether one was due or not.
    pub(crate) fn without_fresh(&self) -> impl Iterator<Item = &Judged<'a>> {
        self.resources.iter().filter(|judged| !judged.freshness.is_fresh())
    }

    /// Whether every resource is fresh, or not due yet.
    pub(crate) fn is_healthy(&self) -> bool {
        self.counts.missing() == 0
    }
}

impl Counts {
    fn new(resources: &[Judged<'_>], now: Time) -> Self {
        let mut counts = Self::default();
        let mut newest = Vec::new();
        for judged in resources {
            match &judged.freshness {
                Freshness::Fresh { newest: at } => newest.push(*at),
                Freshness::Late { .. } => counts.late += 1,
                Freshness::Never { .. } => counts.never += 1,
                Freshness::Uncopyable { .. } => counts.cannot_be_copied += 1,
                Freshness::Stopped { .. } => counts.stopped += 1,
                Freshness::Pending { .. } => counts.pending += 1,
            }
        }
        Self { fresh: newest.len(), oldest_hours: oldest_hours(newest.into_iter(), now), ..counts }
    }

    /// How many resources were judged.
    pub(crate) fn judged(&self) -> usize {
        self.fresh + self.pending + self.missing()
    }

    /// How many of them have not what the rules promise.
    pub(crate) fn missing(&self) -> usize {
        self.late + self.stopped + self.never + self.cannot_be_copied
    }
}

fn oldest_hours(newest: impl Iterator<Item = Time>, now: Time) -> Option<i64> {
    newest.min().map(|oldest| (now - oldest).max(0) / HOUR)
}

/// How well all regions cover the selected resources; `E` says why something could not be read.
#[derive(Debug)]
pub(crate) struct RegionalCoverage<'a, E> {
    pub(crate) regions: Vec<(&'a Region, Result<Coverage<'a>, &'a E>)>,
    /// Resources that were asked for and that nothing backs up.
    pub(crate) not_selected: Vec<NotSelected<'a>>,
    is_selection_known: bool,
}

/// A resource that does not carry the tags, is gone, or lies elsewhere.
#[derive(Debug)]
pub(crate) struct NotSelected<'a> {
    pub(crate) resource: &'a str,
    /// Its newest good point in each region that holds one.
    pub(crate) newest: BTreeMap<&'a Region, Time>,
}

impl<'a, E> RegionalCoverage<'a, E> {
    /// Judges the resources in each region by its vault. Where some were `asked` for, `selected`
    /// holds no others, and nobody can say which are retired.
    pub(crate) fn new(
        selected: &'a Result<SelectedResources, E>,
        views: &'a [(Region, Result<VaultView, E>)],
        asked: &'a BTreeSet<String>,
        now: Time,
    ) -> Self {
        // A copy that was started by hand names no plan, though its source may.
        let has_planned = |resource: &str| {
            let read = views.iter().filter_map(|(_, view)| view.as_ref().ok());
            read.into_iter().any(|view| view.points.has_planned(resource))
        };
        let coverage = |view: &'a VaultView| {
            let Ok(selected) = selected else { return Coverage::of_vault_alone(view, now) };
            let mut coverage = Coverage::new(view, selected, has_planned, now);
            if !asked.is_empty() {
                (coverage.counts.retired, coverage.counts.on_demand) = (0, 0);
            }
            coverage
        };
        let regions = views.iter().map(|(region, view)| (region, view.as_ref().map(coverage)));
        let not_selected = selected.iter().flat_map(|selected| {
            let gone = asked.iter().filter(|resource| !selected.resources.contains_key(*resource));
            gone.map(|resource| NotSelected::new(resource, views))
        });
        Self {
            regions: regions.collect(),
            not_selected: not_selected.collect(),
            is_selection_known: selected.is_ok(),
        }
    }

    /// Whether everything could be read, and everything is fresh or not due yet.
    pub(crate) fn is_healthy(&self) -> bool {
        let is_healthy =
            |coverage: &Result<Coverage<'_>, &E>| coverage.as_ref().is_ok_and(Coverage::is_healthy);
        self.is_selection_known
            && self.not_selected.is_empty()
            && self.regions.iter().all(|(_, coverage)| is_healthy(coverage))
    }

    /// Regions that could not be read, so that it is unknown what they lack, and why.
    pub(crate) fn unreachable_regions(&self) -> Vec<(&Region, &E)> {
        let unread = self.regions.iter();
        unread.filter_map(|(region, coverage)| Some((*region, *coverage.as_ref().err()?))).collect()
    }
}

impl<'a> NotSelected<'a> {
    fn new<E>(resource: &'a str, views: &'a [(Region, Result<VaultView, E>)]) -> Self {
        let newest = views.iter().filter_map(|(region, view)| {
            Some((region, *view.as_ref().ok()?.points.newest.get(resource)?))
        });
        Self { resource, newest: newest.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recovery_point::{CreatingPlan, PointStatus, RecoveryPoint};

    const NOW: Time = 1_000 * HOUR;

    fn view(newest: &[(&str, Time)]) -> VaultView {
        VaultView {
            region: Region::parse("us-west-2").unwrap(),
            rpo: Some(Rpo { minutes: 10 * 60, ..Rpo::default() }),
            made: 0,
            holds: newest.len(),
            points: newest.iter().map(|(name, age)| ((*name).to_owned(), NOW - age)).collect(),
        }
    }

    fn selected(names: &[&str]) -> SelectedResources {
        let resources = names.iter().map(|name| ((*name).to_owned(), "EBS")).collect();
        SelectedResources { resources, ran: Some(false), ..SelectedResources::default() }
    }

    fn asked(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    type Views = Vec<(Region, Result<VaultView, &'static str>)>;

    fn one(view: Result<VaultView, &'static str>) -> Views {
        vec![(Region::parse("us-west-2").unwrap(), view)]
    }

    #[test]
    fn every_selected_resource_is_judged_and_counted_once() {
        let view = view(&[("a", HOUR), ("b", 3 * HOUR), ("c", 11 * HOUR), ("gone", HOUR)]);
        let selected = selected(&["a", "b", "c", "d"]);
        let coverage = Coverage::new(&view, &selected, |_| true, NOW);
        let counts = &coverage.counts;
        assert_eq!([counts.fresh, counts.late, counts.never, counts.pending], [2, 1, 1, 0]);
        assert_eq!((counts.judged(), counts.retired), (4, 1));
        assert_eq!(counts.oldest_hours, Some(3));
        assert!(!coverage.is_healthy());
        let without: Vec<&str> =
            coverage.without_fresh().map(|judged| judged.resource.as_str()).collect();
        assert_eq!(without, ["c", "d"]);
    }

    #[test]
    fn what_is_not_due_yet_is_healthy_and_still_without_a_fresh_copy() {
        let young = VaultView { made: NOW - HOUR, ..view(&[]) };
        let selected = selected(&["a"]);
        let coverage = Coverage::new(&young, &selected, |_| true, NOW);
        assert_eq!((coverage.counts.pending, coverage.is_healthy()), (1, true));
        assert_eq!(coverage.without_fresh().count(), 1);
    }

    #[test]
    fn where_no_rule_reaches_nothing_is_judged() {
        let unreached = VaultView { rpo: None, ..view(&[]) };
        let selected = selected(&["a"]);
        let coverage = Coverage::new(&unreached, &selected, |_| true, NOW);
        assert_eq!((coverage.counts.judged(), coverage.is_healthy()), (0, true));
    }

    #[test]
    fn what_cannot_be_read_is_not_healthy() {
        let nothing = asked(&[]);
        let fresh = || one(Ok(view(&[("a", HOUR)])));
        for (selected, views, healthy, unreachable) in [
            (Ok(selected(&["a"])), fresh(), true, 0),
            (Err("denied"), fresh(), false, 0),
            (Ok(selected(&["a"])), one(Err("down")), false, 1),
        ] {
            let coverage = RegionalCoverage::new(&selected, &views, &nothing, NOW);
            assert_eq!(coverage.is_healthy(), healthy, "{coverage:?}");
            assert_eq!(coverage.unreachable_regions().len(), unreachable, "{coverage:?}");
        }
        let (unknown, views) = (Err("denied"), fresh());
        let alone = RegionalCoverage::new(&unknown, &views, &nothing, NOW);
        let (_, coverage) = &alone.regions[0];
        assert!(
            coverage.as_ref().is_ok_and(|alone| alone.of_vault_alone && alone.counts.fresh == 1)
        );
    }

    #[test]
    fn what_was_only_backed_up_on_demand_is_not_retired() {
        let made = |resource: &str, plan: Option<&str>| RecoveryPoint {
            resource: Some(resource.to_owned()),
            status: PointStatus::Completed,
            created: Some(NOW - HOUR),
            plan: CreatingPlan::new(plan, None, None),
            ..RecoveryPoint::default()
        };
        let holding = |region: &str, points: Vec<RecoveryPoint>| {
            let mut view = VaultView { region: Region::parse(region).unwrap(), ..view(&[]) };
            for point in points {
                view.points.add(point, NOW);
            }
            (view.region.clone(), Ok::<_, &str>(view))
        };
        let primary = vec![made("kept", None), made("drilled", None), made("gone", Some("id"))];
        let copies = vec![made("gone", None), made("drilled", None)];
        let views = [holding("us-east-1", primary), holding("us-west-2", copies)];
        let (selected, all) = (Ok(selected(&["kept"])), asked(&[]));
        let counts = |asked| {
            let coverage = RegionalCoverage::new(&selected, &views, asked, NOW);
            let counts = coverage.regions.into_iter().map(|(_, coverage)| coverage.unwrap().counts);
            counts.map(|counts| (counts.retired, counts.on_demand)).collect::<Vec<_>>()
        };
        assert_eq!(counts(&all), [(1, 1), (1, 1)]);
        assert_eq!(counts(&asked(&["kept"])), [(0, 0), (0, 0)]);
    }

    #[test]
    fn what_was_asked_for_and_is_not_selected_is_named_with_what_is_left_of_it() {
        let asked = asked(&["a", "gone", "lost"]);
        let (selected, views) = (Ok(selected(&["a"])), one(Ok(view(&[("a", HOUR), ("gone", 2)]))));
        let coverage = RegionalCoverage::new(&selected, &views, &asked, NOW);
        let left: Vec<(&str, Vec<Time>)> = coverage
            .not_selected
            .iter()
            .map(|gone| (gone.resource, gone.newest.values().copied().collect()))
            .collect();
        assert_eq!(left, [("gone", vec![NOW - 2]), ("lost", vec![])]);
        assert!(!coverage.is_healthy());
        let (_, here) = &coverage.regions[0];
        assert!(here.as_ref().is_ok_and(|here| here.counts.retired == 0));
    }
}
