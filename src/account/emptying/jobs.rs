//! The jobs of a vault: ended before it is emptied, or they would fill it again.

use std::time::Duration;

use aws_sdk_backup::types::CopyJob;
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::job_lists::{JobFilter, backup_jobs, each_copy_job};
use crate::aws::Poll;
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::settings::VaultId;

/// How long jobs may take to end: a copy cannot be stopped.
const JOBS_END: Duration = Duration::from_hours(6);

/// Stops the backup jobs that can be stopped, and waits for the others and for copies.
pub(super) async fn end_jobs(context: &Context, vault: &VaultId) -> Result<(), Failure> {
    let ended = || async {
        let (backups, copies) =
            tokio::try_join!(running_backups(context, vault), running_copies(context, vault))?;
        for job in &backups {
            stop(context, &vault.region, job).await?;
        }
        let running = backups.len() + copies;
        Ok(if running == 0 {
            Poll::Ready(())
        } else {
            Poll::Waiting(format!("{running} jobs of its vault are still running"))
        })
    };
    context.caller.poll("the end of its jobs", JOBS_END, ended).await
}

async fn stop(context: &Context, region: &Region, job: &str) -> Result<(), Failure> {
    let backup = context.region(region).backup;
    let send = || backup.stop_backup_job().backup_job_id(job).send();
    let site = CallSite::new("backup:StopBackupJob", region, job);
    match context.caller.call(site, send).await {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        // Some types cannot be stopped, and what has just ended neither: both are waited for.
        _ => Ok(()),
    }
}

pub(crate) async fn running_backups(
    context: &Context,
    vault: &VaultId,
) -> Result<Vec<String>, Failure> {
    let states = ["CREATED", "PENDING", "RUNNING", "ABORTING"].map(|state| {
        backup_jobs(context, vault, JobFilter { state: Some(state), ..JobFilter::default() })
    });
    let jobs = try_join_all(states).await?.concat();
    Ok(jobs.into_iter().filter_map(|job| job.backup_job_id).collect())
}

/// Copies into a vault, and out of it: until they end AWS Backup does not delete what they read.
/// They are listed in the region that they come from.
pub(crate) async fn running_copies(context: &Context, vault: &VaultId) -> Result<usize, Failure> {
    let arn = Some(context.names.vault_arn(vault));
    let primary = &context.settings.regions.primary;
    let (into, out_of) = tokio::try_join!(
        copies(context, primary, |job| job.destination_backup_vault_arn == arn),
        copies(context, &vault.region, |job| job.source_backup_vault_arn == arn)
    )?;
    Ok(into + out_of)
}

/// How many copies from a region are under way of those that are wanted.
async fn copies(
    context: &Context,
    from: &Region,
    wanted: impl Fn(&CopyJob) -> bool + Sync,
) -> Result<usize, Failure> {
    let wanted = &wanted;
    let states = ["CREATED", "RUNNING"].map(|state| async move {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        let mut found = 0;
        each_copy_job(context, from, filter, |job| found += usize::from(wanted(&job))).await?;
        Ok::<_, Failure>(found)
    });
    Ok(try_join_all(states).await?.into_iter().sum())
}
