//! Answers as AWS gives them where the emulator is laxer, and the emulator's own everywhere else.

mod endpoints;
mod events;
mod functions;
mod iam;
mod jobs;
mod metrics;
mod plans;
mod points;
mod selections;
mod settings;
mod tagging;
mod topics;
mod vaults;

use serde_json::Value;

pub(crate) use tagging::Tags;

use super::answer::Answer;
use super::emulator::Emulator;
use super::request::Request;
use super::world::World;

/// What a rule of AWS is applied to.
#[derive(Clone, Copy)]
struct Case<'a> {
    emulator: &'a Emulator,
    world: &'a World,
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
}

/// Answers one request.
pub(crate) async fn answer(emulator: &Emulator, world: &World, request: &Request) -> Answer {
    let case = Case { emulator, world, request };
    match request.service.as_str() {
        "backup" => backup(case).await,
        "events" => events::answer(case).await,
        "iam" => iam::answer(case).await,
        "lambda" => functions::answer(case).await,
        "monitoring" => metrics::answer(case).await,
        "tagging" => tagging::answer(case).await,
        "sns" => topics::answer(case).await,
        _ => case.forward().await,
    }
}

async fn backup(case: Case<'_>) -> Answer {
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
        "GetBackupSelection" | "DeleteBackupSelection" => {
            selections::missing(case, case.forward().await)
        }
        "ListRecoveryPointsByBackupVault" => points::list(case).await,
        "DescribeRecoveryPoint" => points::describe(case).await,
        "DeleteRecoveryPoint" => points::delete(case).await,
        "StartBackupJob" => jobs::start(case).await,
        "StartCopyJob" => jobs::start_copy(case),
        "DescribeRegionSettings" => settings::describe(case),
        "UpdateRegionSettings" => settings::update(case),
        "DescribeBackupJob" | "DescribeCopyJob" => jobs::describe(case),
        "ListBackupJobs" | "ListCopyJobs" => jobs::list(case),
        _ => case.forward().await,
    };
    // Each error in the model of AWS Backup is a 400; 403 is what stands for a missing vault.
    match answer.status {
        404 | 409 => Answer { status: 400, ..answer },
        _ => answer,
    }
}

/// One page of a list, as the request asks for it.
fn page(case: Case<'_>, key: &str, items: &[Value]) -> Answer {
    let number = |member: &str| case.text(member).parse::<usize>().ok();
    let start = number("NextToken").unwrap_or(0).min(items.len());
    let end = items.len().min(start + number("MaxResults").unwrap_or(1000));
    let mut body = serde_json::json!({ key: items[start..end] });
    if end < items.len() {
        body["NextToken"] = end.to_string().into();
    }
    Answer::json(&body)
}
