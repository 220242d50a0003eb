//! The lists of backup and copy jobs: AWS keeps them for 30 days.

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{BackupJob, BackupJobState, CopyJob, CopyJobState};

use crate::account::context::Context;
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
    pub(crate) completed_after: Option<Time>,
    /// A thousand at most: more than anybody reads.
    pub(crate) one_page: bool,
}

/// The backup jobs of a vault.
///
/// # Errors
/// Where a page cannot be read.
pub(crate) async fn backup_jobs(
    context: &Context,
    vault: &VaultId,
    filter: JobFilter<'_>,
) -> Result<Vec<BackupJob>, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = |token| {
        backup
            .list_backup_jobs()
            .by_backup_vault_name(context.names.vault(vault))
            .set_by_state(filter.state.map(BackupJobState::from))
            .set_by_resource_arn(filter.resource.map(str::to_owned))
            .set_by_created_after(filter.created_after.map(DateTime::from_secs))
            .set_by_complete_after(filter.completed_after.map(DateTime::from_secs))
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("backup:ListBackupJobs", &vault.region, context.names.vault(vault));
    let read = context.caller.pages("backup jobs", site, send, |page| {
        let next = page.next_token.filter(|_| !filter.one_page);
        (page.backup_jobs.unwrap_or_default(), next)
    });
    read.await
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
