//! Jobs of our vaults: those that did not end well, and what they say of when a resource was first to be backed up.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{BackupJob, BackupJobState, CopyJob, CopyJobState};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use serde::Serialize;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::protection::copies_to_make::Copied;

const AT_ONCE: usize = 8;

/// A job that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FailedJob {
    /// `backup` or `copy`.
    pub(crate) what: &'static str,
    pub(crate) state: String,
    pub(crate) resource: String,
    /// Where a copy was to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// AWS's words.
    pub(crate) message: String,
    pub(crate) job: String,
    pub(crate) ended: Time,
}

/// Jobs of the primary's vault that ended badly within a week, the newest first; at most a thousand
/// of each kind and ending, which is more than anybody reads.
pub(crate) async fn failed_jobs(context: &Context, now: Time) -> Result<Vec<FailedJob>, Failure> {
    let vault = context.settings.vault_in(&context.settings.regions.primary);
    let since = DateTime::from_secs(now - 7 * DAY);
    let backups = ["FAILED", "EXPIRED", "ABORTED", "PARTIAL"];
    let backups = backups.map(|state| failed_backups(context, &vault, state, since));
    let copies = ["FAILED", "PARTIAL"].map(|state| failed_copies(context, &vault, state, since));
    let (backups, copies) = tokio::join!(
        futures_util::future::try_join_all(backups),
        futures_util::future::try_join_all(copies)
    );
    let mut all = backups?.concat();
    all.extend(copies?.concat());
    all.sort_by_key(|failed_job| std::cmp::Reverse(failed_job.ended));
    Ok(all)
}

async fn failed_backups(
    context: &Context,
    vault: &VaultId,
    state: &str,
    since: DateTime,
) -> Result<Vec<FailedJob>, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = || {
        backup
            .list_backup_jobs()
            .by_backup_vault_name(context.names.vault(vault))
            .by_state(BackupJobState::from(state))
            .by_complete_after(since)
            .max_results(1000)
            .send()
    };
    let site = CallSite::new("backup:ListBackupJobs", &vault.region, "");
    let jobs = context.caller.call(site, send).await?.backup_jobs.unwrap_or_default();
    Ok(jobs.into_iter().map(of_backup).collect())
}

fn of_backup(job: BackupJob) -> FailedJob {
    FailedJob {
        what: "backup",
        state: job.state.map_or_else(String::new, |state| state.as_str().to_owned()),
        resource: job.resource_arn.unwrap_or_default(),
        to: None,
        message: job.status_message.unwrap_or_default(),
        job: job.backup_job_id.unwrap_or_default(),
        ended: job.completion_date.map_or(0, |date| date.secs()),
    }
}

/// Copy jobs are listed in the region that is copied from.
async fn failed_copies(
    context: &Context,
    vault: &VaultId,
    state: &str,
    since: DateTime,
) -> Result<Vec<FailedJob>, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = || {
        backup
            .list_copy_jobs()
            .by_state(CopyJobState::from(state))
            .by_complete_after(since)
            .max_results(1000)
            .send()
    };
    let site = CallSite::new("backup:ListCopyJobs", &vault.region, "");
    let jobs = context.caller.call(site, send).await?.copy_jobs.unwrap_or_default();
    let arn = context.names.vault_arn(vault);
    let ours = jobs.into_iter().filter(|job| job.source_backup_vault_arn() == Some(&arn));
    Ok(ours.map(of_copy).collect())
}

fn of_copy(job: CopyJob) -> FailedJob {
    let region = |arn: &str| arn.split(':').nth(3).unwrap_or_default().to_owned();
    FailedJob {
        what: "copy",
        state: job.state().map_or_else(String::new, |state| state.as_str().to_owned()),
        to: job.destination_backup_vault_arn().map(region),
        resource: job.resource_arn.unwrap_or_default(),
        message: job.status_message.unwrap_or_default(),
        job: job.copy_job_id.unwrap_or_default(),
        ended: job.completion_date.map_or(0, |date| date.secs()),
    }
}

/// Adds the copy jobs of these points of the primary's, none of which is older than `since`: those
/// that are under way, and the last of each that has ended.
pub(super) async fn add_copy_jobs(
    context: &Context,
    points: &BTreeSet<&str>,
    since: Time,
    copied: &mut Copied,
) -> Result<(), Failure> {
    let region = &context.settings.regions.primary;
    let backup = context.region(region).backup;
    let send = |token| {
        let list = backup.list_copy_jobs().by_created_after(DateTime::from_secs(since - 1));
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListCopyJobs", region, "");
    let is_of_one =
        |job: &CopyJob| job.source_recovery_point_arn().is_some_and(|arn| points.contains(arn));
    let read = context.caller.pages("copy jobs", site, send, |page| {
        let jobs = page.copy_jobs.unwrap_or_default().into_iter();
        (jobs.filter(is_of_one).collect(), page.next_token)
    });
    for job in read.await? {
        let going = matches!(job.state(), Some(CopyJobState::Created | CopyJobState::Running));
        let at = job.creation_date().map_or(0, DateTime::secs);
        let (Some(source), Some(vault)) =
            (job.source_recovery_point_arn, job.destination_backup_vault_arn)
        else {
            continue;
        };
        if going {
            copied.running.insert((source, vault));
        } else {
            let job = (at, job.copy_job_id.unwrap_or_default());
            let last = copied.ended.entry((source, vault)).or_default();
            *last = std::mem::take(last).max(job);
        }
    }
    Ok(())
}

/// When each of these resources was first to be backed up into this vault, as far as its jobs of
/// the last 30 days show.
pub(super) async fn first_of(
    context: &Context,
    vault: &VaultId,
    resources: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, Time>, Failure> {
    let looks = resources.map(|resource| async move {
        let jobs = list(context, vault, Some(resource), None).await?;
        let created = jobs.iter().filter_map(|job| job.creation_date().map(DateTime::secs));
        Ok::<_, Failure>(created.min().map(|first| (resource.clone(), first)))
    });
    let found: Vec<Option<(String, Time)>> =
        iter(looks).buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether the plan made a job for anybody since `due`; `None` where nothing was due yet.
pub(super) async fn plan_ran(
    context: &Context,
    vault: &VaultId,
    due: Option<Time>,
) -> Result<Option<bool>, Failure> {
    let plan = context.facts().plan_ids.get(&vault.region).cloned();
    let selected = context.facts().selected_since;
    let (Some(due), Some(plan), Some(selected)) = (due, plan, selected) else { return Ok(None) };
    if selected >= due {
        return Ok(None);
    }
    let jobs = list(context, vault, None, Some(due)).await?;
    let of_plan = |job: &BackupJob| {
        job.created_by().and_then(|by| by.backup_plan_id()) == Some(plan.as_str())
    };
    Ok(Some(jobs.iter().any(of_plan)))
}

async fn list(
    context: &Context,
    vault: &VaultId,
    resource: Option<&String>,
    since: Option<Time>,
) -> Result<Vec<BackupJob>, Failure> {
    let backup = context.region(&vault.region).backup;
    let send = |token| {
        backup
            .list_backup_jobs()
            .by_backup_vault_name(context.names.vault(vault))
            .set_by_resource_arn(resource.cloned())
            .set_by_created_after(since.map(DateTime::from_secs))
            .max_results(1000)
            .set_next_token(token)
            .send()
    };
    let site = CallSite::new("backup:ListBackupJobs", &vault.region, "");
    let read = context.caller.pages("backup jobs", site, send, |page| {
        (page.backup_jobs.unwrap_or_default(), page.next_token)
    });
    read.await
}
