//! Earlier restores of the same resources: one that runs, or whose result is there, is taken up, and not made again.

use std::collections::BTreeMap;

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::restore_jobs;
use crate::account::restored::{self, Thing};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::recovery::identity::is_same;
use crate::recovery::job::{JobState, RestoreJob};
use crate::restores::item::{AT_ONCE, Item};

/// Finds the restore of each item that is to be taken up, the newest first, and counts those that came to nothing.
///
/// # Errors
/// Where a job's metadata, or what it made, cannot be read: a second restore beside one that is there is worse than none.
pub(super) async fn adopt(
    context: &Context,
    region: &Region,
    items: &mut [Item],
    jobs: &[RestoreJob],
) -> Result<(), Failure> {
    let by_resource = by_resource(items, jobs);
    let looks = items.iter().map(|item| {
        let of_item = by_resource.get(item.source.resource.as_str()).cloned().unwrap_or_default();
        look(context, region, item, of_item)
    });
    let found: Vec<(Option<(RestoreJob, There)>, usize)> =
        iter(looks).buffered(AT_ONCE).try_collect().await?;
    for (item, (earlier, attempts)) in items.iter_mut().zip(found) {
        let known = by_resource.get(item.source.resource.as_str()).into_iter().flatten();
        item.known_jobs = known.map(|job| job.id.clone()).collect();
        item.is_unfinished = matches!(earlier, Some((_, There::Unfinished)));
        item.earlier = earlier.map(|(job, _)| job);
        item.attempts = attempts;
    }
    Ok(())
}

/// The jobs of each resource, the newest first; those of AWS's own tests are nobody's.
fn by_resource<'a>(
    items: &[Item],
    jobs: &'a [RestoreJob],
) -> BTreeMap<String, Vec<&'a RestoreJob>> {
    let points: BTreeMap<&str, &str> = items
        .iter()
        .map(|item| (item.source.point.arn.as_str(), item.source.resource.as_str()))
        .collect();
    let mut found: BTreeMap<String, Vec<&RestoreJob>> = BTreeMap::new();
    for job in jobs.iter().filter(|job| !job.is_test) {
        let of_point = || points.get(job.point.as_str()).copied();
        if let Some(resource) = job.resource.as_deref().or_else(of_point) {
            found.entry(resource.to_owned()).or_default().push(job);
        }
    }
    for jobs in found.values_mut() {
        jobs.sort_by_key(|job| std::cmp::Reverse((job.begun, job.id.clone())));
    }
    found
}

async fn look(
    context: &Context,
    region: &Region,
    item: &Item,
    jobs: Vec<&RestoreJob>,
) -> Result<(Option<(RestoreJob, There)>, usize), Failure> {
    let mut attempts = 0;
    for job in jobs {
        if job.state != JobState::Failed && is_ours(context, region, item, job).await? {
            match result_of(context, region, job).await? {
                There::No => attempts += 1,
                there => return Ok((Some((job.clone(), there)), attempts)),
            }
        } else if job.state == JobState::Failed {
            attempts += 1;
        }
    }
    Ok((None, attempts))
}

/// Whether a job of the item's resource is another run's, begun since the plan was made, so that it is to be taken up.
///
/// # Errors
/// As [`adopt`].
pub(super) async fn is_of_another_run(
    context: &Context,
    region: &Region,
    item: &Item,
    job: &RestoreJob,
) -> Result<bool, Failure> {
    let is_of_source =
        job.resource.as_ref() == Some(&item.source.resource) || job.point == item.source.point.arn;
    let is_new = !item.known_jobs.contains(&job.id);
    Ok(is_of_source
        && is_new
        && !job.is_test
        && job.state != JobState::Failed
        && is_ours(context, region, item, job).await?
        && result_of(context, region, job).await? != There::No)
}

/// Whether a job makes what the item's restore would make.
async fn is_ours(
    context: &Context,
    region: &Region,
    item: &Item,
    job: &RestoreJob,
) -> Result<bool, Failure> {
    Ok(is_same(&restore_jobs::metadata(context, region, &job.id).await?, &item.translation))
}

/// What is there of a job's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    /// It was deleted.
    No,
    /// The job runs, or its result lacks what it is reached by.
    Unfinished,
    Yes,
}

async fn result_of(context: &Context, region: &Region, job: &RestoreJob) -> Result<There, Failure> {
    if !job.has_ended() {
        return Ok(There::Unfinished);
    }
    let Some(thing) = job.made.as_deref().and_then(Thing::parse) else {
        // What cannot be looked at is taken for there: AWS Backup says that it has made it.
        return Ok(if job.made.is_some() { There::Yes } else { There::No });
    };
    let Context { caller, clients, .. } = context;
    let found = restored::read(caller, clients, region, &thing).await?;
    Ok(match (found, thing) {
        (None, _) => There::No,
        // The others can be used as soon as they are there; somebody may have stopped them since.
        (Some(found), Thing::DbCluster(_) | Thing::FileSystem(_)) if !found.usable => {
            There::Unfinished
        }
        (Some(_), _) => There::Yes,
    })
}
