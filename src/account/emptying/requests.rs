//! Asks AWS Backup to delete recovery points, or to let go of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_backup::config::Config;
use aws_sdk_backup::config::retry::RetryConfig;
use futures_util::stream::{StreamExt as _, iter};
use tokio::time::Instant;

use crate::account::context::Context;
use crate::account::vaults;
use crate::aws::SendingOnce;
use crate::failure::{CallSite, ErrorKind, Failure, if_found};
use crate::model::settings::VaultId;
use crate::protection::deletion::{DeletionPolicy, Disassociated};
use crate::protection::staying::LOCKED;
use crate::terminal::wrap::plural;

/// Deletions that are under way at once in a region: AWS publishes no rate, and throttles.
const AT_ONCE: usize = 5;
/// How often is said how far it is: CI systems end silent jobs.
const NEWS: Duration = Duration::from_secs(10);

/// A point that is to go.
pub(super) struct PendingDeletion {
    pub(super) arn: String,
    /// Set where AWS Backup only lets go of it.
    pub(super) disassociated: Option<Disassociated>,
    /// Whether it is a member of a composite point that is there no more.
    pub(super) is_nested: bool,
}

/// What became of the asking.
#[derive(Default)]
pub(super) struct DeletionResult {
    /// Those that AWS Backup refuses to delete, and why the first.
    pub(super) refused: usize,
    pub(super) why: Option<String>,
    /// Why some have to be asked for again.
    pub(super) busy: Option<String>,
}

impl DeletionResult {
    fn add(
        &mut self,
        context: &Context,
        policy: &DeletionPolicy,
        point: PendingDeletion,
        answer: Answer,
    ) {
        match answer {
            Answer::Accepted => {
                if let Some(Disassociated { region, resource, .. }) = &point.disassociated {
                    // Now, because no later run could tell.
                    let line =
                        format!("{region}: the continuous backup of {resource} was disassociated");
                    context.caller.progress.note(&format!("        {line}"));
                }
                policy.record(point.disassociated);
            }
            Answer::Gone => (),
            Answer::Busy(why) => self.busy = Some(why),
            Answer::Refused(why) => {
                self.refused += 1;
                self.why.get_or_insert(why);
            }
        }
    }
}

/// What AWS Backup said of one.
enum Answer {
    Accepted,
    Gone,
    /// It may be asked again: it is at work on the point, or nobody knows what it said.
    Busy(String),
    /// A lock, a legal hold, or a permission.
    Refused(String),
}

/// Asks for each; those that were let go of are written down.
pub(super) async fn delete_all(
    context: &Context,
    vault: &VaultId,
    policy: &DeletionPolicy,
    pending: Vec<PendingDeletion>,
) -> Result<DeletionResult, Failure> {
    let (begun, mut said, mut left) = (Instant::now(), Instant::now(), pending.len());
    let given_up = &AtomicBool::new(false);
    let asks = pending.into_iter().map(|point| async move {
        if given_up.load(Ordering::Relaxed) {
            return None;
        }
        let answer = ask(context, vault, &point).await;
        Some((point, answer))
    });
    let mut answers = iter(asks).buffer_unordered(AT_ONCE);
    let (mut asked, mut failed, mut lock) = (DeletionResult::default(), None, None);
    while let Some(answer) = answers.next().await {
        // Calls that are under way are finished.
        let Some((point, answer)) = answer else { continue };
        left -= 1;
        if said.elapsed() >= NEWS {
            said = Instant::now();
            let line = format!("{} to ask for", plural(left, "recovery point"));
            context.caller.progress.waiting(&line, begun.elapsed());
        }
        match answer_of(answer) {
            Ok(answer) => {
                // One that was put on since all was decided refuses each point by itself.
                if lock.is_none() && matches!(answer, Answer::Refused(_)) {
                    let is_locked = vaults::lock(&context.afresh(), vault).await?.is_some();
                    given_up.store(is_locked, Ordering::Relaxed);
                    lock = Some(is_locked);
                }
                asked.add(context, policy, point, answer);
            }
            Err(failure) => {
                given_up.store(true, Ordering::Relaxed);
                failed.get_or_insert(failure);
            }
        }
    }
    if lock == Some(true) {
        (asked.refused, asked.why) = (asked.refused + left, Some(LOCKED.to_owned()));
    }
    failed.map_or(Ok(asked), Err)
}

/// Asks for one. A member whose composite point is gone leaves that first: until then AWS Backup takes
/// it for a part of the composite one (developer guide, "Deleting backups").
async fn ask(context: &Context, vault: &VaultId, point: &PendingDeletion) -> Result<(), Failure> {
    if point.is_nested {
        leave_parent(context, vault, &point.arn).await?;
    }
    match &point.disassociated {
        Some(_) => disassociate(context, vault, &point.arn).await,
        None => delete(context, vault, &point.arn).await,
    }
}

fn answer_of(answer: Result<(), Failure>) -> Result<Answer, Failure> {
    match if_found(answer) {
        Ok(Some(())) => Ok(Answer::Accepted),
        Ok(None) => Ok(Answer::Gone),
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        // No other would fare better.
        Err(Failure::Aws(error)) if error.class == ErrorKind::Credentials => Err(error.into()),
        Err(Failure::Aws(error)) => {
            let again = [
                ErrorKind::Throttled,
                ErrorKind::NotSent,
                ErrorKind::Unknown,
                ErrorKind::Conflict,
                ErrorKind::Busy,
            ];
            let is_again = again.contains(&error.class);
            let why = error.to_string();
            Ok(if is_again { Answer::Busy(why) } else { Answer::Refused(why) })
        }
        Err(failure) => Ok(Answer::Refused(failure.to_string())),
    }
}

/// The SDK finds the pace that AWS Backup allows: thousands of calls follow each other, and one
/// that is throttled tells of those that come after it.
fn paced() -> aws_sdk_backup::config::Builder {
    Config::builder().retry_config(RetryConfig::adaptive().with_max_attempts(1))
}

async fn delete(context: &Context, vault: &VaultId, arn: &str) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send = || {
        let request = backup.delete_recovery_point().backup_vault_name(&name);
        request.recovery_point_arn(arn).customize().config_override(paced()).send()
    };
    let site = CallSite::new("backup:DeleteRecoveryPoint", &vault.region, arn);
    context.caller.call(site, send).await.map(|_| ())
}

/// Lets go of a continuous point. A lost answer is looked for: only what we let go of is told.
async fn disassociate(context: &Context, vault: &VaultId, arn: &str) -> Result<(), Failure> {
    let clients = context.region(&vault.region);
    let name = context.names.vault(vault);
    let send = |once: &SendingOnce| {
        let request = once.backup().disassociate_recovery_point().backup_vault_name(&name);
        request.recovery_point_arn(arn).send()
    };
    let site = CallSite::new("backup:DisassociateRecoveryPoint", &vault.region, arn);
    let look = || is_gone(context, vault, arn);
    context.caller.create(&clients, site, send, |_| Some(()), look).await
}

/// Ends a member's tie to its composite point. What AWS refuses of that, the deletion tells better: the
/// tie may have ended in an earlier try.
async fn leave_parent(context: &Context, vault: &VaultId, arn: &str) -> Result<(), Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send = || {
        let request = backup.disassociate_recovery_point_from_parent().backup_vault_name(&name);
        request.recovery_point_arn(arn).send()
    };
    let site = CallSite::new("backup:DisassociateRecoveryPointFromParent", &vault.region, arn);
    match context.caller.call(site, send).await {
        Err(Failure::Aws(error))
            if matches!(error.class, ErrorKind::Refused | ErrorKind::NotFound) =>
        {
            Ok(())
        }
        answer => answer.map(|_| ()),
    }
}

/// Whether a point is there no more.
pub(super) async fn is_gone(
    context: &Context,
    vault: &VaultId,
    arn: &str,
) -> Result<Option<()>, Failure> {
    let backup = context.region(&vault.region).backup;
    let name = context.names.vault(vault);
    let send =
        || backup.describe_recovery_point().backup_vault_name(&name).recovery_point_arn(arn).send();
    let site = CallSite::new("backup:DescribeRecoveryPoint", &vault.region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.is_none().then_some(()))
}
