//! The jobs of a vault: ours are ended before it is emptied, or they would fill it again; those of others keep it.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_backup::types::{BackupJob, CopyJob};
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::job_lists::{JobFilter, backup_jobs, each_copy_job};
use crate::account::recovery_points::creating_plan;
use crate::aws::Poll;
use crate::failure::{CallSite, Failure};
use crate::model::recovery_point::CreatingPlan;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::deletion::DeletionPolicy;
use crate::protection::point_origin::{PlanOwners, PointOrigin};
use crate::terminal::wrap::plural;

/// How long jobs may take to end: a copy cannot be stopped.
const JOBS_END: Duration = Duration::from_hours(6);

/// A job that writes into a vault of ours, or reads from it.
#[derive(Clone, Debug)]
pub(crate) struct RunningJob {
    /// The plan that started it; `None` of one that was started on demand.
    pub(crate) plan: Option<CreatingPlan>,
    /// Id of a backup job, which AWS may be able to stop. A copy ends by itself.
    backup: Option<String>,
    /// Whether it works with our own service role. A given one may be others' too, and proves nothing.
    has_our_role: bool,
}

impl RunningJob {
    fn origin(&self, owners: &PlanOwners) -> PointOrigin {
        owners.origin_of(self.plan.as_ref(), false)
    }

    /// Whether it is proven to be ours, so that it may be stopped.
    fn is_ours(&self, owners: &PlanOwners) -> bool {
        match self.origin(owners) {
            PointOrigin::OurPlan => true,
            PointOrigin::OnDemand => self.has_our_role,
            PointOrigin::ProbablyOurs
            | PointOrigin::OtherPlan
            | PointOrigin::CopiedIn
            | PointOrigin::Unknown => false,
        }
    }
}

/// Stops those backup jobs of ours that can be stopped, and waits for the others and for copies.
/// Says how many jobs of others run on: their points are to stay, and so is their vault.
pub(super) async fn end_jobs(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
) -> Result<usize, Failure> {
    let nobody = PlanOwners::default();
    let owners = policy.owners().unwrap_or(&nobody);
    let ended = || async {
        let jobs = running(context, vault, policy.without()).await?;
        let (spared, awaited): (Vec<_>, Vec<_>) =
            jobs.iter().partition(|job| policy.spares(job.origin(owners), job.plan.as_ref()));
        for job in awaited.iter().filter(|job| job.is_ours(owners)) {
            if let Some(id) = &job.backup {
                stop(context, &vault.region, id).await?;
            }
        }
        Ok(if awaited.is_empty() {
            Poll::Ready(spared.len())
        } else {
            let awaited = plural(awaited.len(), "job");
            Poll::Waiting(format!("{awaited} of its vault still running"))
        })
    };
    context.caller.poll("the end of its jobs", JOBS_END, ended).await
}

/// How many of these jobs stay with what they make.
pub(crate) fn spared(jobs: &[RunningJob], policy: &DeletionPolicy, owners: &PlanOwners) -> usize {
    jobs.iter().filter(|job| policy.spares(job.origin(owners), job.plan.as_ref())).count()
}

/// How many of these jobs are not proven to be this deployment's.
pub(crate) fn foreign(jobs: &[RunningJob], owners: &PlanOwners) -> usize {
    jobs.iter().filter(|job| job.origin(owners).is_foreign()).count()
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

/// The jobs that make something in a vault, or read from it; `without` are regions that are left out,
/// from which copies may come.
///
/// # Errors
/// Where the jobs of one of its regions cannot be listed.
pub(crate) async fn running(
    context: &Context,
    vault: &VaultId,
    without: &[Region],
) -> Result<Vec<RunningJob>, Failure> {
    let (backups, copies) =
        tokio::try_join!(running_backups(context, vault), running_copies(context, vault, without))?;
    Ok([backups, copies].concat())
}

async fn running_backups(context: &Context, vault: &VaultId) -> Result<Vec<RunningJob>, Failure> {
    let states = ["CREATED", "PENDING", "RUNNING", "ABORTING"].map(|state| {
        backup_jobs(context, vault, JobFilter { state: Some(state), ..JobFilter::default() })
    });
    let jobs = try_join_all(states).await?.concat();
    let role = context.names.service_role_arn();
    let job = |job: BackupJob| RunningJob {
        plan: creating_plan(job.created_by.as_ref()),
        has_our_role: job.iam_role_arn.as_deref() == Some(&role),
        backup: job.backup_job_id,
    };
    Ok(jobs.into_iter().map(job).collect())
}

/// Copies into a vault, and out of it: until they end AWS Backup does not delete what they read.
/// They are listed in the region that they come from: the vault's own, or a primary of now or before.
async fn running_copies(
    context: &Context,
    vault: &VaultId,
    without: &[Region],
) -> Result<Vec<RunningJob>, Failure> {
    let arn = context.names.vault_arn(vault);
    let settings = &context.settings;
    let mut sources: BTreeSet<&Region> = settings.former.moved_from.iter().collect();
    sources.extend([&settings.regions.primary, &vault.region]);
    sources.retain(|region| !without.contains(region));
    let wanted = |job: &CopyJob| {
        job.destination_backup_vault_arn() == Some(&arn)
            || job.source_backup_vault_arn() == Some(&arn)
    };
    let copies = try_join_all(sources.into_iter().map(|from| copies(context, from, wanted)));
    Ok(copies.await?.concat())
}

/// The copies from a region that are under way, of those that are wanted.
async fn copies(
    context: &Context,
    from: &Region,
    wanted: impl Fn(&CopyJob) -> bool + Sync,
) -> Result<Vec<RunningJob>, Failure> {
    let wanted = &wanted;
    let role = context.names.service_role_arn();
    let role = &role;
    let states = ["CREATED", "RUNNING"].map(|state| async move {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        let mut found = Vec::new();
        each_copy_job(context, from, filter, |job| {
            if wanted(&job) {
                found.push(RunningJob {
                    plan: creating_plan(job.created_by.as_ref()),
                    has_our_role: job.iam_role_arn.as_deref() == Some(role),
                    backup: None,
                });
            }
        })
        .await?;
        Ok::<_, Failure>(found)
    });
    Ok(try_join_all(states).await?.concat())
}
