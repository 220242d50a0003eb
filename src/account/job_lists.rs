//! The lists of backup and copy jobs: AWS keeps them for 30 days.

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{BackupJob, BackupJobState, CopyJob, CopyJobState};

use crate::account::context::Context;
use crate::account::recovery_points::creating_plan;
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::time::Time;

/// The most that AWS lists at once.
const PAGE: i32 = 1000;

/// Which jobs are wanted; where nothing is set, all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JobFilter<'a> {
    /// In AWS's words, such as `RUNNING`.
    pub(crate) state: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
    pub(crate) created_after: Option<Time>,
    pub(crate) created_before: Option<Time>,
    pub(crate) completed_after: Option<Time>,
    /// A thousand at most: more than anybody reads.
    pub(crate) one_page: bool,
}

/// The backup jobs of a vault, for filters that leave few.
///
/// # Errors
/// Where a page cannot be read.
pub(crate) async fn backup_jobs(
    context: &Context,
    vault: &VaultId,
    filter: JobFilter<'_>,
) -> Result<Vec<BackupJob>, Failure> {
    let mut all = Vec::new();
    each_page_of_backup_jobs(context, vault, filter, |jobs| {
        all.extend(jobs);
        true
    })
    .await?;
    Ok(all)
}

/// Hands on the backup jobs of a vault page by page, for as long as `take` wants another page, and
/// says whether they came to their end: there can be very many. Of a given vault those of the deployment.
///
/// # Errors
/// Where a page cannot be read.
pub(crate) async fn each_page_of_backup_jobs(
    context: &Context,
    vault: &VaultId,
    filter: JobFilter<'_>,
    mut take: impl FnMut(Vec<BackupJob>) -> bool,
) -> Result<bool, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = |token| {
        backup
            .list_backup_jobs()
            .by_backup_vault_name(context.names.vault(vault))
            .set_by_state(filter.state.map(BackupJobState::from))
            .set_by_resource_arn(filter.resource.map(str::to_owned))
            .set_by_created_after(filter.created_after.map(DateTime::from_secs))
            .set_by_created_before(filter.created_before.map(DateTime::from_secs))
            .set_by_complete_after(filter.completed_after.map(DateTime::from_secs))
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("backup:ListBackupJobs", &vault.region, context.names.vault(vault));
    let mut is_end = true;
    let makers = context.names.makers_in(vault, &context.settings);
    let is_ours = |job: &BackupJob| {
        let plan = creating_plan(job.created_by());
        makers.made(plan.as_ref(), job.iam_role_arn())
    };
    // A page of a given vault may be full of the jobs of others.
    let one_page = filter.one_page && vault.given.is_none();
    let read = context.caller.each_page("backup jobs", site, send, |page| {
        let mut jobs = page.backup_jobs.unwrap_or_default();
        jobs.retain(is_ours);
        let is_enough = !take(jobs) || one_page;
        let next = page.next_token.filter(|next| !next.is_empty());
        is_end = next.is_none();
        next.filter(|_| !is_enough)
    });
    read.await?;
    Ok(is_end)
}

/// Hands on the copy jobs that begin in a region: AWS lists them where they come from.
///
/// # Errors
/// Where a page cannot be read.
pub(crate) async fn each_copy_job(
    context: &Context,
    from: &Region,
    filter: JobFilter<'_>,
    mut take: impl FnMut(CopyJob),
) -> Result<(), Failure> {
    let backup = context.region(from).backup;
    let send = |token| {
        backup
            .list_copy_jobs()
            .set_by_state(filter.state.map(CopyJobState::from))
            .set_by_resource_arn(filter.resource.map(str::to_owned))
            .set_by_created_after(filter.created_after.map(DateTime::from_secs))
            .set_by_created_before(filter.created_before.map(DateTime::from_secs))
            .set_by_complete_after(filter.completed_after.map(DateTime::from_secs))
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("backup:ListCopyJobs", from, "");
    let read = context.caller.each_page("copy jobs", site, send, |page| {
        page.copy_jobs.unwrap_or_default().into_iter().for_each(&mut take);
        page.next_token.filter(|_| !filter.one_page)
    });
    read.await
}
