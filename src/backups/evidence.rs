//! Signs that resources without any point were to be backed up: their jobs of the last 30 days, the primary's points of
//! before, and what the watchdog has seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::BackupJob;
use futures_util::future::try_join_all;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::job_lists::{JobFilter, backup_jobs, each_page_of_backup_jobs};
use crate::backups::points::oldest_before;
use crate::backups::waiting;
use crate::backups::window::{AT_ONCE, Slice, Window, calls_for};
use crate::failure::Failure;
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::protection::freshness::{SelectedResources, VaultView};

/// AWS lists the jobs of so long a time (API reference, `ListBackupJobs`).
const LISTED: Time = 30 * DAY;

/// Finds out since when there is any sign that those without a point were to be backed up, and
/// whether the plan runs at all. Returns why the watchdog's record could not be read, if so: the
/// rest is judged all the same.
pub(super) async fn look(
    context: &Context,
    primary: &mut SelectedResources,
    views: &[&VaultView],
    in_force: Option<&PlansInForce>,
    now: Time,
) -> Result<Option<Failure>, Failure> {
    // Of each vault that is old enough for some type, what is due for the one type and the other.
    let dues = |view: &VaultView| view.dues(now).filter(|(_, latest)| view.made < *latest);
    let old_enough: Vec<(&VaultView, (Time, Time))> =
        views.iter().filter_map(|view| Some((*view, dues(view)?))).collect();
    let dues = || old_enough.iter().flat_map(|(_, (earliest, latest))| [*earliest, *latest]);
    let (Some(earliest), Some(latest)) = (dues().min(), dues().max()) else { return Ok(None) };
    let vaults: Vec<&VaultView> = old_enough.iter().map(|(view, _)| *view).collect();
    let without = without_point(primary, &vaults);
    let region = &context.settings.regions.primary;
    let vault = context.settings.vault_in(region);
    let in_primary = vaults.iter().find(|view| view.region == *region);
    let stale = in_primary.map(|view| view.stale(primary, now)).unwrap_or_default();
    if without.is_empty() && stale.is_empty() {
        return Ok(None);
    }
    let of_primary =
        views.iter().find(|view| view.region == *region).and_then(|view| view.due("", now));
    let window = Window { since: (now - LISTED).min(latest), until: latest };
    let calls = old_enough.iter().map(|(view, _)| calls_for_jobs(view)).max().unwrap_or_default();
    let first = async {
        if without.len() <= calls {
            return one_by_one(context, &vault, without.iter().copied()).await;
        }
        in_all(context, &vault, &without, earliest, &window).await
    };
    // What is due so seldom no job can show any more.
    let seldom = dues().filter(|due| *due < now - LISTED).max();
    let of_before = async {
        match (seldom, views.iter().find(|view| view.region == *region)) {
            (Some(due), Some(view)) => oldest_before(context, &vault, view, &without, due).await,
            _ => Ok(BTreeMap::new()),
        }
    };
    // A job that no list shows any more is no sign that the plan does not run.
    let of_primary = of_primary.filter(|due| *due > now - LISTED);
    let (first, before, runs, seen) = tokio::join!(
        first,
        of_before,
        runs(context, &vault, in_force, of_primary, stale),
        waiting::since(context, &without, now)
    );
    take_in(primary, first?, before?, runs?);
    match seen {
        Ok(seen) => primary.seen = seen,
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => return Ok(Some(failure)),
    }
    Ok(None)
}

fn take_in(
    primary: &mut SelectedResources,
    first: BTreeMap<String, Time>,
    before: BTreeMap<String, Time>,
    runs: Option<Runs>,
) {
    primary.first = first;
    for (resource, at) in before {
        let first = primary.first.entry(resource).or_insert(at);
        *first = at.min(*first);
    }
    primary.ran = runs.as_ref().map(|runs| runs.ran);
    primary.idle = runs.map(|runs| runs.without_a_reason(primary)).unwrap_or_default();
}

/// The resources that may be backed up, and of which one of these vaults has no good point.
fn without_point<'a>(primary: &'a SelectedResources, views: &[&VaultView]) -> BTreeSet<&'a String> {
    let may_be = primary.resources.iter().filter(|(_, kind)| !primary.is_opted_out(kind));
    let is_without =
        |resource: &&String| views.iter().any(|view| !view.points.newest.contains_key(*resource));
    may_be.map(|(resource, _)| resource).filter(is_without).collect()
}

/// About how many calls it takes to read the jobs of 30 days, judged by how many resources it has points
/// of: each of them gets one within the promised age.
fn calls_for_jobs(view: &VaultView) -> usize {
    let rpo = view.rpo.as_ref().map_or(LISTED, |rpo| rpo.minutes * 60).max(1);
    calls_for(view.points.newest.len() * usize::try_from(LISTED / rpo).unwrap_or_default())
}

/// The first job of each of these resources, by a look at each.
async fn one_by_one(
    context: &Context,
    vault: &VaultId,
    resources: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, Time>, Failure> {
    let looks = resources.map(|resource| async move {
        let of_one = JobFilter { resource: Some(resource), ..JobFilter::default() };
        let jobs = backup_jobs(context, vault, of_one).await?;
        let first = jobs.iter().filter_map(created).min();
        Ok::<_, Failure>(first.map(|first| (resource.clone(), first)))
    });
    let found: Vec<Option<(String, Time)>> =
        iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// The same from the list of all jobs within a window. Where that has more pages than there are
/// resources, what it did not show is looked at one by one: it never takes more than twice the
/// calls.
async fn in_all(
    context: &Context,
    vault: &VaultId,
    resources: &BTreeSet<&String>,
    earliest: Time,
    window: &Window,
) -> Result<BTreeMap<String, Time>, Failure> {
    let search = Search::new(resources, earliest);
    let slices = window.slices_without_beginning().map(|Slice { since, until }| {
        let filter =
            JobFilter { created_after: since, created_before: until, ..JobFilter::default() };
        each_page_of_backup_jobs(context, vault, filter, |jobs| search.add(&jobs))
    });
    let is_all_read = try_join_all(slices).await?.into_iter().all(|is_end| is_end);
    let mut first = search.into_first();
    if !is_all_read {
        let is_open = |r: &&String| first.get(*r).is_none_or(|at| *at >= earliest);
        let open: Vec<&String> = resources.iter().copied().filter(is_open).collect();
        first.extend(one_by_one(context, vault, open.into_iter()).await?);
    }
    Ok(first)
}

/// A search for the first jobs of resources in lists that are read side by side.
struct Search<'a> {
    resources: &'a BTreeSet<&'a String>,
    /// A job of before is a sign for every region.
    earliest: Time,
    found: Mutex<Found>,
}

#[derive(Default)]
struct Found {
    first: BTreeMap<String, Time>,
    /// Of how many resources the first job is a sign for every region.
    settled: usize,
    pages: usize,
}

impl<'a> Search<'a> {
    fn new(resources: &'a BTreeSet<&'a String>, earliest: Time) -> Self {
        Self { resources, earliest, found: Mutex::default() }
    }

    /// Adds a page, and says whether another one is worth its call.
    fn add(&self, jobs: &[BackupJob]) -> bool {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.pages += 1;
        for job in jobs {
            let (Some(resource), Some(at)) = (job.resource_arn(), created(job)) else { continue };
            let Some(resource) = self.resources.get(&resource.to_owned()) else { continue };
            let before = found.first.get(*resource).copied();
            if before.is_none_or(|before| at < before) {
                let is_new = before.is_none_or(|before| before >= self.earliest);
                found.settled += usize::from(is_new && at < self.earliest);
                found.first.insert((*resource).clone(), at);
            }
        }
        found.settled < self.resources.len() && found.pages < self.resources.len()
    }

    fn into_first(self) -> BTreeMap<String, Time> {
        self.found.into_inner().unwrap_or_else(PoisonError::into_inner).first
    }
}

fn created(job: &BackupJob) -> Option<Time> {
    job.creation_date().map(DateTime::secs)
}

/// What the jobs since something was due show.
struct Runs {
    /// Whether the plan made one for anybody.
    ran: bool,
    /// The resources that were looked for and of which nobody made one.
    idle: BTreeSet<String>,
}

impl Runs {
    /// Those of which nobody made a job while the plan made others. What may be of a type that is not
    /// opted in to has a likelier reason than that it is gone.
    fn without_a_reason(mut self, primary: &SelectedResources) -> BTreeSet<String> {
        self.idle.retain(|resource| {
            let kind = primary.resources.get(resource);
            self.ran && kind.is_none_or(|kind| primary.opted_out_of(kind).is_none())
        });
        self.idle
    }
}

/// The plans of the primary.
pub(crate) struct PlansInForce {
    pub(crate) ids: BTreeSet<String>,
    /// Since when all of them select, in seconds since 1970.
    pub(crate) selected_since: i64,
}

/// Whether a plan made a job for anybody since `due`, and of which of these resources nobody made
/// one; `None` where nothing was due yet.
async fn runs(
    context: &Context,
    vault: &VaultId,
    in_force: Option<&PlansInForce>,
    due: Option<Time>,
    stale: Vec<&String>,
) -> Result<Option<Runs>, Failure> {
    let (Some(due), Some(PlansInForce { ids, selected_since })) = (due, in_force) else {
        return Ok(None);
    };
    if *selected_since >= due {
        return Ok(None);
    }
    let is_of_plan = |job: &BackupJob| {
        let plan = job.created_by().and_then(|by| by.backup_plan_id());
        plan.is_some_and(|id| ids.contains(id))
    };
    let mut runs = Runs { ran: false, idle: stale.into_iter().cloned().collect() };
    let since = JobFilter { created_after: Some(due), ..JobFilter::default() };
    each_page_of_backup_jobs(context, vault, since, |jobs| {
        runs.ran |= jobs.iter().any(is_of_plan);
        for resource in jobs.iter().filter_map(BackupJob::resource_arn) {
            runs.idle.remove(resource);
        }
        !(runs.ran && runs.idle.is_empty())
    })
    .await?;
    Ok(Some(runs))
}
