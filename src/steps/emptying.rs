//! Empties a vault, where that was said in so many words: jobs first, then its recovery points, and waits until they are gone.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_backup::types::{
    BackupJobState, CopyJobState, RecoveryPointByBackupVault, RecoveryPointStatus,
};
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use serde::Serialize;

use crate::aws::{Poll, Site};
use crate::context::Context;
use crate::failure::{Failure, if_found};
use crate::region::Region;
use crate::settings::VaultId;
use crate::steps::vault;

/// Deletions that are under way at once in a region: AWS publishes no rate, and throttles.
const AT_ONCE: usize = 5;
/// How long jobs may take to end: a copy cannot be stopped.
const JOBS: Duration = Duration::from_hours(6);
/// How long deleted points may take to go, without any of them going.
const PATIENCE: Duration = Duration::from_mins(10);

/// How a vault is emptied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emptying {
    /// Points of other plans, and those copied in from elsewhere, too.
    pub(crate) foreign: bool,
    /// Delete continuous points, which stops the source's own point-in-time recovery, in place of
    /// only letting go of them.
    pub(crate) stop_pitr: bool,
    /// Every plan that was ever this deployment's.
    pub(crate) our_plans: BTreeSet<String>,
}

/// Where a recovery point came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    OurPlan,
    OnDemand,
    OtherPlan,
    /// Copied from a vault that is not of this deployment.
    CopiedIn,
}

impl Origin {
    pub(crate) fn of(
        point: &RecoveryPointByBackupVault,
        our_plans: &BTreeSet<String>,
        our_vaults: &BTreeSet<String>,
    ) -> Self {
        let plan = point.created_by().and_then(|by| by.backup_plan_id());
        let elsewhere = |arn: &str| !our_vaults.contains(arn);
        match (point.source_backup_vault_arn().filter(|arn| elsewhere(arn)), plan) {
            (Some(_), _) => Self::CopiedIn,
            (None, Some(plan)) if our_plans.contains(plan) => Self::OurPlan,
            (None, Some(_)) => Self::OtherPlan,
            (None, None) => Self::OnDemand,
        }
    }

    pub(crate) fn is_foreign(self) -> bool {
        matches!(self, Self::OtherPlan | Self::CopiedIn)
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OurPlan => "of this deployment's plan",
            Self::OnDemand => "on demand",
            Self::OtherPlan => "of other plans",
            Self::CopiedIn => "copied in from elsewhere",
        }
    }
}

/// Empties a vault; says why where something has to stay in it.
pub(super) async fn empty(
    context: &Context,
    vault: &VaultId,
    how: &Emptying,
) -> Result<Option<String>, Failure> {
    end_jobs(context, vault).await?;
    let begun = tokio::time::Instant::now();
    let mut before = usize::MAX;
    let mut last_news = begun;
    loop {
        let points = vault::recovery_points(context, vault).await?;
        let (foreign, ours) = sorted(context, how, points);
        if ours.is_empty() {
            return Ok((foreign > 0).then(|| {
                format!("it holds {foreign} recovery points of others: --include-foreign-points deletes them too")
            }));
        }
        if ours.len() < before {
            (before, last_news) = (ours.len(), tokio::time::Instant::now());
        } else if last_news.elapsed() > PATIENCE {
            return Ok(Some(format!("{} recovery points do not go", ours.len())));
        }
        context
            .caller
            .talk
            .waiting(&format!("{} recovery points to delete", ours.len()), begun.elapsed());
        if let Some(why) = delete_all(context, vault, how, &ours).await? {
            return Ok(Some(why));
        }
        context.caller.pause(Duration::from_millis(500)).await?;
    }
}

/// How many are others' and stay, and those that go.
fn sorted(
    context: &Context,
    how: &Emptying,
    points: Vec<RecoveryPointByBackupVault>,
) -> (usize, Vec<RecoveryPointByBackupVault>) {
    let vaults = our_vaults(context);
    let (foreign, ours): (Vec<_>, Vec<_>) = points
        .into_iter()
        .partition(|point| !how.foreign && Origin::of(point, &how.our_plans, &vaults).is_foreign());
    (foreign.len(), ours)
}

/// ARNs of every vault of this deployment.
pub(crate) fn our_vaults(context: &Context) -> BTreeSet<String> {
    let settings = &context.settings;
    let vaults = settings.vaults().into_iter().chain(settings.former.vaults.iter().cloned());
    vaults.map(|vault| context.names.vault_arn(&vault)).collect()
}

/// Asks for the deletion of each; the first that AWS refuses says why the vault stays.
async fn delete_all(
    context: &Context,
    vault: &VaultId,
    how: &Emptying,
    points: &[RecoveryPointByBackupVault],
) -> Result<Option<String>, Failure> {
    // With a parent go its children; those that are going need no second word.
    let todo = points.iter().filter(|point| {
        point.status() != Some(&RecoveryPointStatus::Deleting)
            && point.parent_recovery_point_arn().is_none()
    });
    let todo: Vec<(String, bool)> = todo
        .map(|point| (point.recovery_point_arn.clone().unwrap_or_default(), is_continuous(point)))
        .collect();
    let deletions = todo.into_iter().map(|(arn, continuous)| async move {
        delete(context, vault, &arn, continuous && !how.stop_pitr).await
    });
    let refused: Vec<Option<String>> =
        iter(deletions).buffer_unordered(AT_ONCE).try_collect().await?;
    let refused: Vec<String> = refused.into_iter().flatten().collect();
    Ok(refused
        .first()
        .map(|first| format!("{} recovery points cannot be deleted: {first}", refused.len())))
}

fn is_continuous(point: &RecoveryPointByBackupVault) -> bool {
    matches!(point.status(), Some(RecoveryPointStatus::Available | RecoveryPointStatus::Stopped))
}

/// Deletes a point, or lets go of it; says why where AWS refuses.
async fn delete(
    context: &Context,
    vault: &VaultId,
    arn: &str,
    let_go: bool,
) -> Result<Option<String>, Failure> {
    let answer = if let_go {
        disassociate(context, vault, arn).await
    } else {
        delete_point(context, vault, arn).await
    };
    match if_found(answer) {
        Ok(_) => Ok(None),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        // A lock, a legal hold, or a permission: it stays, and so does its vault.
        Err(failure) => Ok(Some(failure.to_string())),
    }
}

async fn delete_point(context: &Context, vault: &VaultId, arn: &str) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send =
        || backup.delete_recovery_point().backup_vault_name(&name).recovery_point_arn(arn).send();
    let site = Site::new("backup:DeleteRecoveryPoint", &vault.region, arn);
    context.caller.call(site, send).await?;
    Ok(())
}

/// Lets go of a continuous point: its source service keeps its own point-in-time recovery.
async fn disassociate(context: &Context, vault: &VaultId, arn: &str) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send = || {
        backup.disassociate_recovery_point().backup_vault_name(&name).recovery_point_arn(arn).send()
    };
    let site = Site::new("backup:DisassociateRecoveryPoint", &vault.region, arn);
    context.caller.call(site, send).await?;
    Ok(())
}

/// Stops the backup jobs that can be stopped, and waits for the others and for copies.
async fn end_jobs(context: &Context, vault: &VaultId) -> Result<(), Failure> {
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
    context.caller.poll("the end of its jobs", JOBS, ended).await
}

async fn stop(context: &Context, region: &Region, job: &str) -> Result<(), Failure> {
    let backup = context.region(region).backup;
    let send = || backup.stop_backup_job().backup_job_id(job).send();
    let site = Site::new("backup:StopBackupJob", region, job);
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
    let states = ["CREATED", "PENDING", "RUNNING", "ABORTING"].map(|state| async move {
        let backup = context.region(&vault.region).backup;
        let name = context.names.vault(vault);
        let send = || {
            let list = backup.list_backup_jobs().by_backup_vault_name(&name);
            list.by_state(BackupJobState::from(state)).max_results(1000).send()
        };
        let site = Site::new("backup:ListBackupJobs", &vault.region, &name);
        let jobs = context.caller.call(site, send).await?.backup_jobs.unwrap_or_default();
        Ok::<_, Failure>(jobs.into_iter().filter_map(|job| job.backup_job_id).collect::<Vec<_>>())
    });
    Ok(futures_util::future::try_join_all(states).await?.concat())
}

/// Copy jobs into a vault are listed in the region that they come from.
pub(crate) async fn running_copies(context: &Context, vault: &VaultId) -> Result<usize, Failure> {
    let region = &context.settings.regions.primary;
    let states = ["CREATED", "RUNNING"].map(|state| async move {
        let backup = context.region(region).backup;
        let arn = context.names.vault_arn(vault);
        let send = || {
            let list = backup.list_copy_jobs().by_destination_vault_arn(&arn);
            list.by_state(CopyJobState::from(state)).max_results(1000).send()
        };
        let site = Site::new("backup:ListCopyJobs", region, &arn);
        let jobs = context.caller.call(site, send).await?.copy_jobs.unwrap_or_default();
        Ok::<_, Failure>(jobs.len())
    });
    Ok(futures_util::future::try_join_all(states).await?.into_iter().sum())
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::RecoveryPointCreator;

    use super::*;

    #[test]
    fn a_points_origin_is_told_by_plan_and_source_vault() {
        let plans = BTreeSet::from(["ours".to_owned()]);
        let vaults = BTreeSet::from(["arn:ours".to_owned()]);
        let origin = |plan: Option<&str>, source: Option<&str>| {
            let by = plan.map(|plan| RecoveryPointCreator::builder().backup_plan_id(plan).build());
            let point = RecoveryPointByBackupVault::builder()
                .set_created_by(by)
                .set_source_backup_vault_arn(source.map(str::to_owned))
                .build();
            Origin::of(&point, &plans, &vaults)
        };
        assert_eq!(origin(Some("ours"), None), Origin::OurPlan);
        assert_eq!(origin(Some("ours"), Some("arn:ours")), Origin::OurPlan);
        assert_eq!(origin(None, None), Origin::OnDemand);
        assert_eq!(origin(Some("theirs"), None), Origin::OtherPlan);
        assert_eq!(origin(Some("ours"), Some("arn:theirs")), Origin::CopiedIn);
        assert!(Origin::CopiedIn.is_foreign() && !Origin::OnDemand.is_foreign());
    }
}
