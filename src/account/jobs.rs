//! The calls that start and follow backup and copy jobs.

use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::Lifecycle;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::job::{Job, JobStatus};
use crate::model::region::Region;
use crate::model::time::Time;

/// Starts an on-demand backup into the primary's vault; `token` keeps a lost answer from making two.
pub(crate) async fn start_backup(
    context: &Context,
    resource: &str,
    token: &str,
    lifecycle: &Lifecycle,
) -> Result<Job, Failure> {
    let settings = &context.settings;
    let region = &settings.regions.primary;
    let backup = context.region(region).backup;
    let vault = context.names.vault(&settings.vault_in(region));
    let send = || {
        backup
            .start_backup_job()
            .backup_vault_name(&vault)
            .resource_arn(resource)
            .iam_role_arn(context.names.role_in_use(settings))
            .idempotency_token(token)
            .lifecycle(lifecycle.clone())
            .send()
    };
    let site = CallSite::new("backup:StartBackupJob", region, resource);
    let id = context.caller.call(site.clone(), send).await?.backup_job_id;
    id.map(Job::Backup).ok_or_else(|| without_id(&site))
}

/// Starts a copy of a recovery point of the primary's vault to a region's.
pub(crate) async fn start_copy(
    context: &Context,
    recovery_point: &str,
    to: &Region,
    token: &str,
    lifecycle: &Lifecycle,
) -> Result<Job, Failure> {
    let settings = &context.settings;
    let region = &settings.regions.primary;
    let backup = context.region(region).backup;
    let source = context.names.vault(&settings.vault_in(region));
    let destination = context.names.vault_arn(&settings.vault_in(to));
    let send = || {
        backup
            .start_copy_job()
            .recovery_point_arn(recovery_point)
            .source_backup_vault_name(&source)
            .destination_backup_vault_arn(&destination)
            .iam_role_arn(context.names.role_in_use(settings))
            .idempotency_token(token)
            .lifecycle(lifecycle.clone())
            .send()
    };
    let site = CallSite::new("backup:StartCopyJob", region, recovery_point);
    let id = context.caller.call(site.clone(), send).await?.copy_job_id;
    id.map(Job::Copy).ok_or_else(|| without_id(&site))
}

fn without_id(site: &CallSite) -> Failure {
    crate::failure::AwsError::incomplete(site.clone()).into()
}

/// Reads a job; `region` is where it was started.
pub(crate) async fn describe(
    context: &Context,
    region: &Region,
    job: &Job,
) -> Result<JobStatus, Failure> {
    let backup = context.region(region).backup;
    match job {
        Job::Backup(id) => {
            let send = || backup.describe_backup_job().backup_job_id(id).send();
            let site = CallSite::new("backup:DescribeBackupJob", region, id);
            let found = context.caller.call(site, send).await?;
            Ok(JobStatus {
                state: found.state.map_or_else(String::new, |state| state.as_str().to_owned()),
                message: found.status_message,
                percent: found.percent_done,
                recovery_point: found.recovery_point_arn,
                resource: found.resource_arn.unwrap_or_default(),
                bytes: found.backup_size_in_bytes,
                seconds: seconds(found.creation_date, found.completion_date),
            })
        }
        // Wrapped, unlike a backup job.
        Job::Copy(id) => {
            let send = || backup.describe_copy_job().copy_job_id(id).send();
            let site = CallSite::new("backup:DescribeCopyJob", region, id);
            let found = context.caller.call(site.clone(), send).await?.copy_job;
            let found = found.ok_or_else(|| without_id(&site))?;
            Ok(JobStatus {
                state: found.state.map_or_else(String::new, |state| state.as_str().to_owned()),
                message: found.status_message,
                percent: None,
                recovery_point: found.destination_recovery_point_arn,
                resource: found.resource_arn.unwrap_or_default(),
                bytes: found.backup_size_in_bytes,
                seconds: seconds(found.creation_date, found.completion_date),
            })
        }
    }
}

fn seconds(begun: Option<DateTime>, ended: Option<DateTime>) -> Option<i64> {
    Some(ended?.secs() - begun?.secs())
}

/// Status of a recovery point, and the day on which AWS Backup deletes it, as a vault shows them.
pub(crate) async fn recovery_point(
    context: &Context,
    region: &Region,
    arn: &str,
) -> Result<(String, Option<Time>), Failure> {
    let backup = context.region(region).backup;
    let vault = context.names.vault(&context.settings.vault_in(region));
    let send = || {
        backup.describe_recovery_point().backup_vault_name(&vault).recovery_point_arn(arn).send()
    };
    let site = CallSite::new("backup:DescribeRecoveryPoint", region, arn);
    let found = context.caller.call(site, send).await?;
    let lifecycle = found.calculated_lifecycle();
    let deletes = lifecycle.and_then(|lifecycle| lifecycle.delete_at()).map(DateTime::secs);
    let status = found.status().map_or("", |status| status.as_str());
    Ok((status.to_owned(), deletes))
}
