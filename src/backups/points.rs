//! Recovery points of a vault, as far as freshness depends on them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::try_join_all;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::vaults;
use crate::backups::jobs::add_copy_jobs;
use crate::backups::window::{AT_ONCE, Slice, Window, calls_for};
use crate::failure::Failure;
use crate::model::recovery_point::{PointStatus, RecoveryPoint};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::protection::copies_to_make::{self, Copied, Point};
use crate::protection::freshness::VaultView;
use crate::protection::vault_points::VaultPoints;

/// The newest good point of each resource within a window, added to `begin`. Pages are folded as they come, so that
/// nobody holds a hundred thousand points.
pub(crate) async fn newest(
    context: &Context,
    vault: &VaultId,
    window: &Window,
    begin: VaultPoints,
) -> Result<VaultPoints, Failure> {
    let newest = Newest { found: Mutex::new(begin), ..Newest::default() };
    try_join_all(
        window.slices_without_end().map(|slice| newest.read(context, vault, filter(&slice))),
    )
    .await?;
    Ok(newest.into_inner())
}

/// The newest good point of each of these resources up to the end of a window, from the list of the
/// whole vault. Most are within the window; copies in it may be of before.
pub(crate) async fn older(
    context: &Context,
    vault: &VaultId,
    window: &Window,
    wanted: HashSet<&String>,
) -> Result<VaultPoints, Failure> {
    let newest = Newest { wanted: Some(wanted), ..Newest::default() };
    let slices = window.slices_without_beginning();
    try_join_all(slices.map(|slice| newest.read(context, vault, filter(&slice)))).await?;
    Ok(newest.into_inner())
}

/// The newest good point of single resources, whatever its age, by a look at each.
pub(crate) async fn newest_of(
    context: &Context,
    vault: &VaultId,
    resources: impl Iterator<Item = &String>,
) -> Result<VaultPoints, Failure> {
    let newest = &Newest::default();
    let looks = resources.map(|resource| newest.read(context, vault, of(resource)));
    iter(looks).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(std::mem::take(&mut newest.lock()))
}

/// The oldest good point of each of these resources, of those from before `due`: from the list of the whole vault, or by a
/// look at each where that takes fewer calls.
pub(super) async fn oldest_before(
    context: &Context,
    vault: &VaultId,
    view: &VaultView,
    resources: &BTreeSet<&String>,
    due: Time,
) -> Result<BTreeMap<String, Time>, Failure> {
    let oldest: Mutex<BTreeMap<String, Time>> = Mutex::default();
    let add = |page: Vec<RecoveryPoint>| {
        let mut oldest = oldest.lock().unwrap_or_else(PoisonError::into_inner);
        for point in page.into_iter().filter(|point| point.status.is_good()) {
            let (Some(resource), Some(at)) = (point.resource, point.created) else { continue };
            if resources.contains(&resource) {
                let first = oldest.entry(resource).or_insert(at);
                *first = at.min(*first);
            }
        }
    };
    if calls_for(view.holds) < resources.len() {
        let window = Window { since: view.made.min(due), until: due };
        let slices = window.slices_without_beginning();
        try_join_all(slices.map(|slice| each_page(context, vault, filter(&slice), add))).await?;
    } else {
        let until_due = |resource| PointFilter { created_before: Some(due), ..of(resource) };
        let looks =
            resources.iter().map(|resource| each_page(context, vault, until_due(resource), add));
        iter(looks).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    }
    Ok(oldest.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn filter(slice: &Slice) -> PointFilter<'static> {
    let Slice { since, until } = *slice;
    PointFilter { created_after: since, created_before: until, ..PointFilter::default() }
}

fn of(resource: &str) -> PointFilter<'_> {
    PointFilter { resource: Some(resource), ..PointFilter::default() }
}

/// The newest good point of each resource in lists that are read side by side.
#[derive(Default)]
struct Newest<'a> {
    /// The resources that are looked for, or all.
    wanted: Option<HashSet<&'a String>>,
    found: Mutex<VaultPoints>,
}

impl Newest<'_> {
    async fn read(
        &self,
        context: &Context,
        vault: &VaultId,
        filter: PointFilter<'_>,
    ) -> Result<(), Failure> {
        each_page(context, vault, filter, |points| self.add(points)).await
    }

    fn add(&self, points: Vec<RecoveryPoint>) {
        let mut found = self.lock();
        let now = jiff::Timestamp::now().as_second();
        for point in points {
            let wants = |wanted: &HashSet<&String>| {
                point.resource.as_ref().is_some_and(|resource| wanted.contains(resource))
            };
            if self.wanted.as_ref().is_none_or(wants) {
                found.add(point, now);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, VaultPoints> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_inner(self) -> VaultPoints {
        self.found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The points of these resources in the primary's vault that may be copied, of each the newest and
/// with `since` all from then on: by a look at each resource, or from the list of the whole vault
/// where that takes fewer calls.
pub(crate) async fn stock(
    context: &Context,
    resources: &BTreeSet<&String>,
    since: Option<Time>,
) -> Result<BTreeMap<String, Vec<Point>>, Failure> {
    let vault = &context.settings.vault_in(&context.settings.regions.primary);
    let listed = vaults::listed(context, vault).await?;
    let holds = listed.map_or(0, |listed| listed.number_of_recovery_points);
    let stock: Mutex<BTreeMap<String, Vec<Point>>> = Mutex::default();
    let keep = |page: Vec<RecoveryPoint>| {
        let mut stock = stock.lock().unwrap_or_else(PoisonError::into_inner);
        for point in page.iter().filter_map(point).filter(|p| resources.contains(&p.resource)) {
            let points = stock.entry(point.resource.clone()).or_default();
            copies_to_make::keep_candidate(points, point, since);
        }
    };
    if calls_for(usize::try_from(holds).unwrap_or_default()) < resources.len() {
        each_page(context, vault, PointFilter::default(), keep).await?;
    } else {
        let looks = resources.iter().map(|resource| each_page(context, vault, of(resource), keep));
        iter(looks).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    }
    Ok(stock.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// What there is of copies of these points of the primary's in these regions.
pub(crate) async fn copied(
    context: &Context,
    points: &[&Point],
    regions: &[&Region],
) -> Result<Copied, Failure> {
    let mut copied = Copied::default();
    let Some(since) = points.iter().map(|point| point.created).min() else { return Ok(copied) };
    // Before the vaults: what ends between the two looks is seen by the second.
    let arns = points.iter().map(|point| point.arn.as_str()).collect();
    add_copy_jobs(context, &arns, since, &mut copied).await?;
    // A copy keeps its source's date.
    let sources: HashSet<(&str, Time)> =
        points.iter().map(|point| (point.resource.as_str(), point.created)).collect();
    for region in regions {
        let vault = context.settings.vault_in(region);
        let arn = context.names.vault_arn(&vault);
        let wanted = PointFilter { created_after: Some(since - 1), ..PointFilter::default() };
        each_page(context, &vault, wanted, |page| {
            let good = page.iter().filter_map(point).filter(|point| point.good);
            let copies = good.filter(|p| sources.contains(&(p.resource.as_str(), p.created)));
            copied.there.extend(copies.map(|p| (arn.clone(), p.resource, p.created)));
        })
        .await?;
    }
    Ok(copied)
}

fn point(point: &RecoveryPoint) -> Option<Point> {
    Some(Point {
        arn: point.arn.clone(),
        resource: point.resource.clone()?,
        created: point.created?,
        good: point.status.is_good() && !is_short_lived(point),
        continuous: point.status == PointStatus::Available,
        cold_at: point.cold_at,
        bytes: point.bytes,
    })
}

/// Whether somebody made it by hand to live for less than a month, as a drill does: no backup to be
/// copied for years.
fn is_short_lived(point: &RecoveryPoint) -> bool {
    const MONTH: Time = 30 * DAY;
    let life = point.deletes_at.zip(point.created).map(|(end, made)| end - made);
    point.plan.is_none() && life.is_some_and(|life| life < MONTH)
}
