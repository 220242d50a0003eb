//! Jobs of our vaults: backups and copies that did not end well, and copies of given points.

use std::collections::BTreeSet;

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{BackupJob, BackupJobState, CopyJob, CopyJobState};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::account::context::Context;
use crate::account::job_lists::{JobFilter, backup_jobs, each_copy_job};
use crate::account::recovery_points::creating_plan;
use crate::failure::Failure;
use crate::model::instant;
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::protection::copies_to_make::Copied;

/// The state of a job as of which AWS says that it ended well; it may have issues all the same.
const COMPLETED: &str = "COMPLETED";
/// How AWS's console calls that ("Backup console dashboards").
const WITH_ISSUES: &str = "COMPLETED with issues";

/// A job that did not end well.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct FailedJob {
    /// `backup` or `copy`.
    pub(crate) what: &'static str,
    pub(crate) state: String,
    pub(crate) resource: String,
    /// Where the recovery point was to be; `null` where AWS does not name the vault.
    pub(crate) region: Option<String>,
    /// Where a copy was to go.
    #[serde(skip)]
    pub(crate) to: Option<String>,
    /// AWS's words; `null` where there are none.
    #[serde(serialize_with = "unless_empty")]
    #[schemars(with = "Option<String>")]
    pub(crate) message: String,
    pub(crate) job: String,
    #[serde(rename = "ended_at", serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) ended: Option<Time>,
}

/// Serializes no words as `null`.
fn unless_empty<S: Serializer>(words: &str, serializer: S) -> Result<S::Ok, S::Error> {
    Some(words).filter(|words| !words.is_empty()).serialize(serializer)
}

/// Jobs of the primary's vault that ended badly within a week, or with issues within a day, the newest
/// first; at most a thousand of each kind and ending are asked for, which is more than anybody reads.
/// AWS lists what completed with issues among all that completed, so a week of them would be long.
pub(crate) async fn failed_jobs(context: &Context, now: Time) -> Result<Vec<FailedJob>, Failure> {
    let vault = context.settings.vault_in(&context.settings.regions.primary);
    let backups = ["FAILED", "EXPIRED", "ABORTED", "PARTIAL", COMPLETED];
    let backups = backups.map(|state| failed_backups(context, &vault, state, now));
    let copies =
        ["FAILED", "PARTIAL", COMPLETED].map(|state| failed_copies(context, &vault, state, now));
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
    now: Time,
) -> Result<Vec<FailedJob>, Failure> {
    let jobs = backup_jobs(context, vault, ended(state, now)).await?;
    Ok(jobs.into_iter().filter_map(of_backup).collect())
}

fn ended(state: &str, now: Time) -> JobFilter<'_> {
    let days = if state == COMPLETED { 1 } else { 7 };
    let completed_after = Some(now - days * DAY);
    JobFilter { state: Some(state), completed_after, one_page: true, ..JobFilter::default() }
}

/// State and words of a job that did not end well: one that completed with a message, or with a
/// category of messages other than success, left something out (AWS Backup developer guide, "Backup
/// console dashboards"). Nothing of one that ended well.
fn trouble(
    state: &str,
    message: Option<String>,
    category: Option<String>,
) -> Option<(String, String)> {
    let message = message.unwrap_or_default();
    if state != COMPLETED {
        return Some((state.to_owned(), message));
    }
    let category =
        category.filter(|each| !each.is_empty() && !each.eq_ignore_ascii_case("success"));
    match (message.is_empty(), category) {
        (true, None) => None,
        (true, Some(category)) => Some((WITH_ISSUES.to_owned(), category)),
        (false, _) => Some((WITH_ISSUES.to_owned(), message)),
    }
}

fn of_backup(job: BackupJob) -> Option<FailedJob> {
    let state = job.state.as_ref().map_or("", BackupJobState::as_str);
    let (state, message) = trouble(state, job.status_message, job.message_category)?;
    Some(FailedJob {
        what: "backup",
        state,
        resource: job.resource_arn.unwrap_or_default(),
        region: job.backup_vault_arn.as_deref().and_then(region_of),
        to: None,
        message,
        job: job.backup_job_id.unwrap_or_default(),
        ended: job.completion_date.map(|date| date.secs()),
    })
}

fn region_of(vault_arn: &str) -> Option<String> {
    vault_arn.split(':').nth(3).map(str::to_owned)
}

/// Copy jobs are listed in the region that is copied from.
async fn failed_copies(
    context: &Context,
    vault: &VaultId,
    state: &str,
    now: Time,
) -> Result<Vec<FailedJob>, Failure> {
    let arn = context.names.vault_arn(vault);
    let makers = context.names.makers_in(vault, &context.settings);
    let is_ours = |job: &CopyJob| {
        let plan = creating_plan(job.created_by());
        makers.made(plan.as_ref(), job.iam_role_arn())
    };
    let mut ours = Vec::new();
    each_copy_job(context, &vault.region, ended(state, now), |job| {
        if job.source_backup_vault_arn() == Some(&arn) && is_ours(&job) {
            ours.extend(of_copy(job));
        }
    })
    .await?;
    Ok(ours)
}

fn of_copy(job: CopyJob) -> Option<FailedJob> {
    let to = job.destination_backup_vault_arn().and_then(region_of);
    let state = job.state.as_ref().map_or("", CopyJobState::as_str);
    let (state, message) = trouble(state, job.status_message, job.message_category)?;
    Some(FailedJob {
        what: "copy",
        state,
        region: to.clone(),
        to,
        resource: job.resource_arn.unwrap_or_default(),
        message,
        job: job.copy_job_id.unwrap_or_default(),
        ended: job.completion_date.map(|date| date.secs()),
    })
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
    let filter = JobFilter { created_after: Some(since - 1), ..JobFilter::default() };
    each_copy_job(context, region, filter, |job| {
        if job.source_recovery_point_arn().is_some_and(|arn| points.contains(arn)) {
            add_copy_job(job, copied);
        }
    })
    .await
}

fn add_copy_job(job: CopyJob, copied: &mut Copied) {
    let going = matches!(job.state(), Some(CopyJobState::Created | CopyJobState::Running));
    let at = job.creation_date().map_or(0, DateTime::secs);
    let (Some(source), Some(vault)) =
        (job.source_recovery_point_arn, job.destination_backup_vault_arn)
    else {
        return;
    };
    if going {
        copied.running.insert((source, vault));
    } else {
        let job = (at, job.copy_job_id.unwrap_or_default());
        let last = copied.ended.entry((source, vault)).or_default();
        *last = std::mem::take(last).max(job);
    }
}
