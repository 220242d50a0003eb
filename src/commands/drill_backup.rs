//! `drill backup`: backs one resource up now, copies it to every copy region, and says how long each took.

use std::time::Duration;

use aws_sdk_backup::types::Lifecycle;
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::{jobs, vaults};
use crate::aws::Caller;
use crate::commands::{context, deployed, record_tags};
use crate::config::Config;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::job::{Job, JobStatus};
use crate::model::manifest::random_hex;
use crate::model::region::Region;
use crate::model::vault_lock::VaultLock;
use crate::protection::lock_conflict;
use crate::report::{Deployment, DrillBackupReport, Leg};
use crate::terminal::progress::Progress;

/// Between two looks at a job: short at first, for small resources.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What is to be backed up.
pub(crate) struct DrillBackupOptions {
    pub(crate) resource: String,
    pub(crate) keep_days: i64,
}

/// Runs the drill to its end, however long AWS Backup takes.
///
/// # Errors
/// Where there is no deployment, or the backup cannot be started. What ends badly is in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    drill: &DrillBackupOptions,
) -> Result<DrillBackupReport, Failure> {
    let session = Session::open(config, caller, Vec::new()).await?;
    let manifest = deployed(&session, "drill backup").await?;
    let tags = record_tags(manifest)?;
    let context = context(&session, manifest, tags, &std::collections::BTreeSet::new());
    check_place(&context, &drill.resource)?;
    check_locks(&context, drill.keep_days).await?;
    let id = random_hex(8);
    let lifecycle = Lifecycle::builder().delete_after_days(drill.keep_days).build();
    let deployment = Deployment::new(&session.names, Some(&manifest.settings));
    let legs = legs(&context, &drill.resource, &id, &lifecycle).await?;
    Ok(DrillBackupReport::new(deployment, drill.resource.clone(), drill.keep_days, legs))
}

/// A plan, and with it the vault that is drilled, holds resources of its own region and account.
fn check_place(context: &Context, resource: &str) -> Result<(), Failure> {
    let primary = &context.settings.regions.primary;
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let ["arn", _, _, region, account, _] = fields[..] else {
        return Err(Failure::Usage(format!(
            "{resource:?} is not an ARN: it looks like arn:aws:ec2:{primary}:{}:volume/vol-...",
            context.names.account
        )));
    };
    // Buckets have neither in their ARN.
    if !region.is_empty() && region != primary.as_str() {
        return Err(Failure::Usage(format!(
            "{resource} is in {region}, and this deployment backs up what is in {primary}"
        )));
    }
    if !account.is_empty() && account != context.names.account {
        return Err(Failure::Usage(format!(
            "{resource} is in account {account}, and this is {}",
            context.names.account
        )));
    }
    Ok(())
}

/// Refuses a retention that the lock of one of the vaults does not allow: the backup might be made,
/// and stay in a vault from which no one can delete it, while its copies fail. Where a region does
/// not say, its own job will.
async fn check_locks(context: &Context, keep_days: i64) -> Result<(), Failure> {
    let regions = context.settings.regions.names();
    let locks = regions.iter().map(|region| async move {
        let lock = vaults::lock(context, &context.settings.vault_in(region)).await;
        lock.ok().flatten().map(|lock| (region, lock))
    });
    let locks: Vec<_> = join_all(locks).await.into_iter().flatten().collect();
    context.caller.interrupt.check()?;
    let refusing = locks.iter().filter(|(_, lock)| !lock.takes(Some(keep_days)));
    let why = |(region, lock): &(&Region, VaultLock)| {
        format!("{region}: {}", lock_conflict::refusal(lock, Some(keep_days)))
    };
    let why: Vec<String> = refusing.map(why).collect();
    if why.is_empty() {
        return Ok(());
    }
    let fix = match lock_conflict::fitting_days(locks.iter().map(|(_, lock)| lock)) {
        Some(days) => format!(
            "if it may stay so long, keep what the drill makes for --keep-days {days}: no one can delete it before"
        ),
        None => "no --keep-days fits all of the locks: change one of them".to_owned(),
    };
    Err(Failure::refused(format!("nothing was started\n  {}", why.join("\n  ")), fix))
}

/// The backup, and then all copies at once.
async fn legs(
    context: &Context,
    resource: &str,
    id: &str,
    lifecycle: &Lifecycle,
) -> Result<Vec<Leg>, Failure> {
    let primary = &context.settings.regions.primary;
    let regions = context.settings.regions.names();
    context.caller.progress.expect(regions.iter().map(|region| Some(region.as_str())));
    let job = jobs::start_backup(context, resource, &format!("mrb-drill-{id}"), lifecycle).await?;
    let backup = follow(context, primary, job, primary).await?;
    let Some(point) = backup.recovery_point.clone().filter(|_| backup.is_good()) else {
        return Ok(vec![backup]);
    };
    let regions = context.settings.regions.names().into_iter().filter(|region| region != primary);
    let copy = |region: Region| {
        let point = point.clone();
        async move {
            let token = format!("mrb-drill-{id}-{region}");
            match jobs::start_copy(context, &point, &region, &token, lifecycle).await {
                Ok(job) => follow(context, primary, job, &region).await,
                Err(Failure::Interrupted) => Err(Failure::Interrupted),
                Err(failure) => Ok(Leg::refused(&region, &failure)),
            }
        }
    };
    let copies: Result<Vec<Leg>, Failure> = join_all(regions.map(copy)).await.into_iter().collect();
    Ok(std::iter::once(backup).chain(copies?).collect())
}

/// Follows a job to its end, and looks at the recovery point that it made in `vault_in`.
async fn follow(
    context: &Context,
    started_in: &Region,
    job: Job,
    vault_in: &Region,
) -> Result<Leg, Failure> {
    let what = match job {
        Job::Backup(_) => format!("backup in {vault_in}"),
        Job::Copy(_) => format!("copy to {vault_in}"),
    };
    let progress = context.caller.progress.on_behalf_of(Some(vault_in.as_str()), &what);
    progress.begin();
    let ended = match end_of(context, started_in, &job, &progress).await {
        Ok(ended) => ended,
        Err(failure) => {
            progress.end("still running", false);
            context.caller.progress.note(&format!(
                "The {what} continues without mrbackup; check it with:\n  {}",
                job.show_command(started_in)
            ));
            return Err(failure);
        }
    };
    progress.end(&ended.state, ended.is_good());
    let mut leg = Leg::new(&job, vault_in, &ended);
    if let (Some(point), true) = (&ended.recovery_point, ended.is_good()) {
        match jobs::recovery_point(context, vault_in, point).await {
            Ok((status, deletes)) => leg.checked(&status, deletes),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => leg.unchecked(&failure),
        }
    }
    Ok(leg)
}

async fn end_of(
    context: &Context,
    region: &Region,
    job: &Job,
    progress: &Progress,
) -> Result<JobStatus, Failure> {
    let begun = Instant::now();
    let mut pause = FIRST_LOOK;
    loop {
        let status = jobs::describe(context, region, job).await?;
        if status.has_ended() {
            return Ok(status);
        }
        let percent = status.percent.map(|done| format!(", {done} %")).unwrap_or_default();
        progress.waiting(&format!("{}{percent}", status.state), begun.elapsed());
        context.caller.pause(pause).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
