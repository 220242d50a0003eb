//! The calls that start and follow restore jobs, all of them in the region of the recovery point.

use std::collections::HashMap;

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{RestoreJobStatus, RestoreJobsListMember};

use crate::account::context::Context;
use crate::failure::{AwsError, CallSite, Failure};
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::model::time::Time;
use crate::recovery::job::{JobState, RestoreJob};
use crate::recovery::source::Metadata;

/// What a restore job is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) point: &'a str,
    /// AWS Backup's name of the type, where the API takes it.
    pub(crate) kind: &'a str,
    pub(crate) metadata: &'a Metadata,
    pub(crate) token: &'a str,
    /// Whether AWS Backup puts the source's tags on what it makes.
    pub(crate) copies_tags: bool,
}

/// The restore jobs of a region that AWS Backup still lists: all, or those that began after a moment.
///
/// # Errors
/// A page that fails fails the whole list.
pub(crate) async fn list(
    context: &Context,
    region: &Region,
    since: Option<Time>,
) -> Result<Vec<RestoreJob>, Failure> {
    let backup = context.region(region).backup;
    let since = since.map(DateTime::from_secs);
    let send = |token| {
        let list = backup.list_restore_jobs().set_by_created_after(since);
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListRestoreJobs", region, "");
    let mut jobs = Vec::new();
    let read = context.caller.each_page("restore jobs", site, send, |page| {
        jobs.extend(page.restore_jobs.unwrap_or_default().into_iter().map(read));
        page.next_token
    });
    read.await?;
    Ok(jobs)
}

/// All of them, asked once a run.
///
/// # Errors
/// As [`list`].
pub(crate) async fn list_once(
    context: &Context,
    region: &Region,
) -> Result<Vec<RestoreJob>, Failure> {
    context.listings.restore_jobs.get(region, || list(context, region, None)).await
}

fn read(job: RestoreJobsListMember) -> RestoreJob {
    let state = match &job.status {
        Some(RestoreJobStatus::Running) => JobState::Running,
        Some(RestoreJobStatus::Completed) => JobState::Completed,
        Some(RestoreJobStatus::Failed | RestoreJobStatus::Aborted) => JobState::Failed,
        _ => JobState::Pending,
    };
    let secs = |date: Option<DateTime>| date.map(|date| date.secs());
    let test_plan = job.created_by.and_then(|by| by.restore_testing_plan_arn);
    RestoreJob {
        id: job.restore_job_id.unwrap_or_default(),
        point: job.recovery_point_arn.unwrap_or_default(),
        resource: job.source_resource_arn,
        kind: job.resource_type.unwrap_or_default(),
        state,
        status: job.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        vault: job.backup_vault_arn,
        validation: job.validation_status.map(|status| status.as_str().to_owned()),
        validation_message: job.validation_status_message,
        deletion: job.deletion_status.map(|status| status.as_str().to_owned()),
        deletion_message: job.deletion_status_message,
        message: job.status_message.filter(|message| !message.trim().is_empty()),
        percent: job.percent_done,
        made: job.created_resource_arn.filter(|arn| !arn.is_empty()),
        begun: secs(job.creation_date),
        ended: secs(job.completion_date),
        point_created: secs(job.recovery_point_creation_date),
        is_test: test_plan.is_some(),
        test_plan,
    }
}

/// The map that a job was given: the only thing that tells what it makes before it has ended.
pub(crate) async fn metadata(
    context: &Context,
    region: &Region,
    job: &str,
) -> Result<Metadata, Failure> {
    let backup = context.region(region).backup;
    let send = || backup.get_restore_job_metadata().restore_job_id(job).send();
    let site = CallSite::new("backup:GetRestoreJobMetadata", region, job);
    Ok(sorted(context.caller.call(site, send).await?.metadata))
}

/// What AWS Backup kept of a source's configuration, read from the vault that holds the point.
pub(crate) async fn point_metadata(
    context: &Context,
    region: &Region,
    point: &str,
) -> Result<Metadata, Failure> {
    let backup = context.region(region).backup;
    let vault = context.names.vault(&context.settings.vault_in(region));
    let send = || {
        backup
            .get_recovery_point_restore_metadata()
            .backup_vault_name(&vault)
            .recovery_point_arn(point)
            .send()
    };
    let site = CallSite::new("backup:GetRecoveryPointRestoreMetadata", region, point);
    Ok(sorted(context.caller.call(site, send).await?.restore_metadata))
}

fn sorted(map: Option<HashMap<String, String>>) -> Metadata {
    map.unwrap_or_default().into_iter().collect()
}

/// The tags of a recovery point that AWS Backup itself keeps; those of a snapshot are its service's.
pub(crate) async fn point_tags(
    context: &Context,
    region: &Region,
    point: &str,
) -> Result<Tags, Failure> {
    crate::account::tagging::of_vault_or_plan(&context.caller, &context.clients, region, point)
        .await
}

/// Starts a restore. The token keeps a lost answer from making two.
pub(crate) async fn start(
    context: &Context,
    region: &Region,
    request: &Request<'_>,
) -> Result<String, Failure> {
    let backup = context.region(region).backup;
    // The model takes no blanks, and the member is optional.
    let kind = Some(request.kind).filter(|kind| !kind.contains(' ')).map(str::to_owned);
    let map: HashMap<String, String> = request.metadata.clone().into_iter().collect();
    let send = || {
        backup
            .start_restore_job()
            .recovery_point_arn(request.point)
            .set_metadata(Some(map.clone()))
            .iam_role_arn(context.names.role_in_use(&context.settings))
            .idempotency_token(request.token)
            .set_resource_type(kind.clone())
            .copy_source_tags_to_restored_resource(request.copies_tags)
            .send()
    };
    let site = CallSite::new("backup:StartRestoreJob", region, request.point);
    let id = context.caller.call(site.clone(), send).await?.restore_job_id;
    id.ok_or_else(|| AwsError::incomplete(site).into())
}
