//! Answers as AWS gives them where the emulator is laxer, and the emulator's own everywhere else.

mod access_policies;
mod buckets;
mod dashboards;
mod deletions;
mod endpoints;
mod events;
mod filter;
mod functions;
mod holds;
mod iam;
mod jobs;
mod keys;
mod locks;
mod metrics;
mod plans;
mod points;
mod quotas;
mod resources;
mod restore_testing;
mod restores;
mod selections;
mod settings;
mod starts;
mod summaries;
mod tagging;
mod topics;
mod vaults;

use std::sync::atomic::Ordering;

use serde_json::Value;

pub(crate) use tagging::Tags;

use super::answer::Answer;
use super::emulator::Emulator;
use super::proxied::Proxied;
use super::request::{Origin, Request};

/// What a rule of AWS is applied to.
#[derive(Clone, Copy)]
struct Case<'a> {
    emulator: &'a Emulator,
    proxied: &'a Proxied,
    request: &'a Request,
}

impl Case<'_> {
    async fn forward(self) -> Answer {
        self.emulator.forward(self.request).await
    }

    fn refuse(self, status: u16, code: &str, message: &str) -> Answer {
        Answer::error(self.request, status, code, message)
    }

    /// AWS Backup's usual complaint.
    fn invalid(self, message: &str) -> Answer {
        self.refuse(400, "InvalidParameterValueException", message)
    }

    fn text(&self, member: &str) -> &str {
        self.request.text(member)
    }

    /// From which number on, and how many, a list is wanted.
    fn page(self) -> (usize, usize) {
        let number = |member: &str| self.text(member).parse().ok();
        let limit = self.proxied.page_limit.load(Ordering::Relaxed);
        let limit = if self.counts() && limit > 0 { limit } else { 1000 };
        let wanted = number("MaxResults").unwrap_or(limit);
        (number("NextToken").unwrap_or(0), limit.min(wanted))
    }

    /// The emulator's page of a list that it keeps.
    async fn forward_page(self, path: &str) -> Answer {
        let (start, limit) = self.page();
        let path = format!("{path}?maxResults={limit}&nextToken={start}");
        self.emulator.get(self.request, &path).await
    }

    /// Whether the call counts where AWS is slow: what the test does on its own account changes nothing.
    fn counts(self) -> bool {
        self.request.origin != Origin::Test
    }
}

/// Answers one request.
pub(crate) async fn answer(emulator: &Emulator, proxied: &Proxied, request: &Request) -> Answer {
    let case = Case { emulator, proxied, request };
    match request.service.as_str() {
        "backup" => backup(case).await,
        "events" => events::answer(case).await,
        "iam" => iam::answer(case).await,
        "kms" => keys::answer(case).await,
        "lambda" => functions::answer(case).await,
        "monitoring" => metrics::answer(case).await,
        "s3" => buckets::answer(case).await,
        "servicequotas" => quotas::answer(case),
        "tagging" => tagging::answer(case).await,
        "sns" => topics::answer(case).await,
        _ => case.forward().await,
    }
}

async fn backup(case: Case<'_>) -> Answer {
    if let Some(answer) = restore_testing::answer(case).await {
        return answer;
    }
    let answer = match case.request.operation.as_str() {
        "CreateBackupVault" => vaults::create(case).await,
        "DescribeBackupVault" => vaults::describe(case).await,
        "ListBackupVaults" => vaults::list(case).await,
        "DeleteBackupVault" => vaults::delete(case).await,
        "CreateBackupPlan" => plans::create(case).await,
        "GetBackupPlan" => plans::get(case).await,
        "UpdateBackupPlan" => plans::update(case).await,
        "ListBackupPlans" => plans::list(case).await,
        "DeleteBackupPlan" => plans::delete(case).await,
        "CreateBackupSelection" => selections::create(case).await,
        "ListBackupSelections" => selections::list(case).await,
        "GetBackupSelection" => selections::missing(case, case.forward().await),
        "DeleteBackupSelection" => selections::delete(case).await,
        "ListRecoveryPointsByBackupVault" => points::list(case).await,
        "DescribeRecoveryPoint" => points::describe(case).await,
        "ListRecoveryPointsByResource" => resources::points(case),
        "ListProtectedResources" => resources::list(case),
        "ListProtectedResourcesByBackupVault" => resources::list_by_vault(case).await,
        "DescribeProtectedResource" => resources::describe(case),
        "ListTags" => points::tags(case).await,
        "UpdateRecoveryPointLifecycle" => points::update_lifecycle(case).await,
        "ListLegalHolds" => holds::list(case),
        "ListRecoveryPointsByLegalHold" => holds::points_under(case),
        "ListBackupAccessPoints" => holds::access_points(case),
        "DeleteRecoveryPoint" => deletions::delete(case).await,
        "DisassociateRecoveryPoint" => deletions::disassociate(case).await,
        "DisassociateRecoveryPointFromParent" => deletions::leave_parent(case).await,
        "PutBackupVaultLockConfiguration" => locks::put(case).await,
        "DeleteBackupVaultLockConfiguration" => locks::delete(case).await,
        "PutBackupVaultAccessPolicy" => access_policies::put(case).await,
        "GetBackupVaultAccessPolicy" => access_policies::get(case).await,
        "DeleteBackupVaultAccessPolicy" => access_policies::delete(case).await,
        "StartBackupJob" => starts::backup(case).await,
        "StartCopyJob" => starts::copy(case).await,
        "StopBackupJob" => jobs::stop(case),
        "ListBackupJobSummaries" | "ListCopyJobSummaries" | "ListRestoreJobSummaries" => {
            summaries::list(case)
        }
        "DescribeRegionSettings" => settings::describe(case),
        "UpdateRegionSettings" => settings::update(case),
        "DescribeBackupJob" | "DescribeCopyJob" => jobs::describe(case),
        "ListBackupJobs" | "ListCopyJobs" => jobs::list(case),
        "GetRecoveryPointRestoreMetadata" => restores::point_metadata(case).await,
        "GetRestoreJobMetadata" => restores::job_metadata(case),
        "StartRestoreJob" => restores::start(case).await,
        "DescribeRestoreJob" => restores::describe(case).await,
        "ListRestoreJobs" | "ListRestoreJobsByProtectedResource" => restores::list(case).await,
        _ => case.forward().await,
    };
    // Each error in the model of AWS Backup is a 400; 403 is what stands for a missing vault.
    match answer.status {
        404 | 409 => Answer { status: 400, ..answer },
        _ => answer,
    }
}

/// One page of a list that was made for the answer.
fn page(case: Case<'_>, key: &str, items: &[Value]) -> Answer {
    let (start, limit) = case.page();
    let end = items.len().min(start.saturating_add(limit));
    let page: Vec<&Value> = items[start.min(end)..end].iter().collect();
    answer_page(key, &page, (end < items.len()).then_some(end))
}

/// One page of a list.
fn answer_page(key: &str, items: &[&Value], next: Option<usize>) -> Answer {
    // Written without a copy of the items, of which there can be very many.
    let list = serde_json::to_string(items).expect("JSON");
    let next = next.map(|next| format!(r#","NextToken":"{next}""#)).unwrap_or_default();
    Answer::new(200, "application/json", format!(r#"{{"{key}":{list}{next}}}"#))
}
