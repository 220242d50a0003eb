//! Recovery points of a vault, as far as freshness depends on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::backups::jobs::add_copy_jobs;
use crate::failure::Failure;
use crate::model::recovery_point::{PointStatus, RecoveryPoint};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::protection::copies_to_make::{Copied, Point};

/// Resources of a region that get a second look; beyond, they count as late without one.
pub(crate) const SECOND_LOOKS: usize = 200;
/// Slices of time that are read at once.
const SLICES: i64 = 4;
/// Looks at single resources that are under way at once.
const AT_ONCE: usize = 8;

/// A span of creation dates.
pub(crate) struct Window {
    pub(crate) since: Time,
    pub(crate) until: Time,
}

impl Window {
    /// How long each of its slices is.
    fn slice(&self) -> i64 {
        ((self.until - self.since) / SLICES).max(1)
    }
}

/// The newest good point of each resource within a window: pages are folded as they come, so that
/// nobody holds a hundred thousand points.
pub(crate) async fn newest(
    context: &Context,
    vault: &VaultId,
    window: &Window,
) -> Result<HashMap<String, Time>, Failure> {
    let length = window.slice();
    let slice = |n: i64| {
        // AWS does not say whether the ends belong to a span: they overlap by a second.
        let since = window.since + n * length - 1;
        // The last one has no end: a clock may be behind AWS's.
        let until = (n + 1 < SLICES).then_some(since + length + 2);
        newest_in(context, vault, None, Some(since), until)
    };
    folded((0..SLICES).map(slice)).await
}

/// The newest good point of each resource up to the end of a window. Most are within it; copies in
/// it may be of before.
pub(crate) async fn older(
    context: &Context,
    vault: &VaultId,
    window: &Window,
) -> Result<HashMap<String, Time>, Failure> {
    let length = window.slice();
    let slice = |n: i64| {
        let since = (n > 0).then_some(window.since + n * length - 1);
        let until = if n + 1 < SLICES { window.since + (n + 1) * length } else { window.until };
        newest_in(context, vault, None, since, Some(until + 1))
    };
    folded((0..SLICES).map(slice)).await
}

/// Reads all slices at once, and keeps the newest of each resource.
async fn folded(
    slices: impl Iterator<Item = impl Future<Output = Result<HashMap<String, Time>, Failure>>>,
) -> Result<HashMap<String, Time>, Failure> {
    let slices = futures_util::future::try_join_all(slices).await?;
    Ok(slices.into_iter().fold(HashMap::new(), merged))
}

/// About how many calls [`older`] makes of a vault that holds so much.
pub(crate) fn calls_of_older(holds: usize) -> usize {
    const PAGE: usize = 1000;
    holds / PAGE + usize::try_from(SLICES).unwrap_or_default()
}

/// The newest good point of single resources, whatever its age.
pub(crate) async fn newest_of(
    context: &Context,
    vault: &VaultId,
    resources: impl Iterator<Item = &String>,
) -> Result<HashMap<String, Time>, Failure> {
    let looks = resources.map(|resource| newest_in(context, vault, Some(resource), None, None));
    let looks: Vec<HashMap<String, Time>> =
        iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(looks.into_iter().fold(HashMap::new(), merged))
}

fn merged(mut all: HashMap<String, Time>, more: HashMap<String, Time>) -> HashMap<String, Time> {
    for (resource, at) in more {
        let newest = all.entry(resource).or_insert(at);
        *newest = at.max(*newest);
    }
    all
}

async fn newest_in(
    context: &Context,
    vault: &VaultId,
    resource: Option<&String>,
    since: Option<Time>,
    until: Option<Time>,
) -> Result<HashMap<String, Time>, Failure> {
    let mut newest = HashMap::new();
    let wanted = PointFilter {
        resource: resource.map(String::as_str),
        created_after: since,
        created_before: until,
    };
    each_page(context, vault, wanted, |points| {
        let times =
            points.iter().filter_map(|point| Some((point.resource.clone()?, time_of(point)?)));
        newest = merged(std::mem::take(&mut newest), times.collect());
    })
    .await?;
    Ok(newest)
}

/// When a good point says that its resource was backed up; `None` of one that is not good.
///
/// A continuous point keeps the date of its beginning, and is up to date for as long as it is
/// AVAILABLE.
fn time_of(point: &RecoveryPoint) -> Option<Time> {
    match point.status {
        PointStatus::Completed => point.created,
        PointStatus::Available => Some(jiff::Timestamp::now().as_second()),
        _ => None,
    }
}

/// Every recovery point that the primary's vault holds of these resources; of very many it is read
/// as a whole.
pub(crate) async fn stock(
    context: &Context,
    resources: &BTreeSet<&String>,
) -> Result<BTreeMap<String, Vec<Point>>, Failure> {
    let vault = context.settings.vault_in(&context.settings.regions.primary);
    let vault = &vault;
    if resources.len() > SECOND_LOOKS {
        let mut stock: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        each_page(context, vault, PointFilter::default(), |page| {
            for point in page.iter().filter_map(point).filter(|p| resources.contains(&p.resource)) {
                stock.entry(point.resource.clone()).or_default().push(point);
            }
        })
        .await?;
        return Ok(stock);
    }
    let looks = resources.iter().map(|resource| async move {
        let mut points = Vec::new();
        let wanted = PointFilter { resource: Some(resource), ..PointFilter::default() };
        each_page(context, vault, wanted, |page| points.extend(page.iter().filter_map(point)))
            .await?;
        Ok::<_, Failure>(((*resource).clone(), points))
    });
    iter(looks).buffer_unordered(AT_ONCE).try_collect().await
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
    let resources: BTreeSet<&str> = points.iter().map(|point| point.resource.as_str()).collect();
    for region in regions {
        let vault = context.settings.vault_in(region);
        let arn = context.names.vault_arn(&vault);
        let wanted = PointFilter { created_after: Some(since - 1), ..PointFilter::default() };
        each_page(context, &vault, wanted, |page| {
            let good = page.iter().filter_map(point).filter(|point| point.good);
            let theirs = good.filter(|point| resources.contains(point.resource.as_str()));
            copied.there.extend(theirs.map(|p| (arn.clone(), p.resource, p.created)));
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
        good: time_of(point).is_some() && !is_short_lived(point),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn point(status: PointStatus) -> RecoveryPoint {
        RecoveryPoint { status, created: Some(7), ..RecoveryPoint::default() }
    }

    #[test]
    fn only_good_points_count_and_a_continuous_one_is_always_new() {
        assert_eq!(time_of(&point(PointStatus::Completed)), Some(7));
        assert!(time_of(&point(PointStatus::Available)) > Some(7));
        for bad in
            [PointStatus::Expired, PointStatus::Deleting, PointStatus::Stopped, PointStatus::Other]
        {
            assert_eq!(time_of(&point(bad)), None, "{bad:?}");
        }
    }
}
