//! Recovery points, which the emulator does not have: the test puts them into a vault, or a job does.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use super::{Case, page, vaults};
use crate::local_aws::answer::Answer;

impl Case<'_> {
    /// The points in a vault of the request's region.
    pub(crate) fn points(&self, vault: &str) -> Vec<Value> {
        let key = (self.request.region.clone(), vault.to_owned());
        self.world.state().points.get(&key).cloned().unwrap_or_default()
    }
}

pub(crate) async fn list(case: Case<'_>) -> Answer {
    let vault = vaults::or_denied(case, vaults::read(case).await);
    if !vault.is_success() {
        return vault;
    }
    let mut points = case.points(case.text("BackupVaultName"));
    points.retain(|point| wanted(case, point));
    page(case, "RecoveryPoints", &points)
}

pub(crate) async fn describe(case: Case<'_>) -> Answer {
    let vault = vaults::or_denied(case, vaults::read(case).await);
    if !vault.is_success() {
        return vault;
    }
    let arn = case.text("RecoveryPointArn");
    match find(case, case.text("BackupVaultName"), arn) {
        Some(point) => Answer::json(&point),
        None => not_found(case, arn),
    }
}

pub(crate) fn find(case: Case<'_>, vault: &str, arn: &str) -> Option<Value> {
    case.points(vault).into_iter().find(|point| point["RecoveryPointArn"] == arn)
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    let vault = vaults::or_denied(case, vaults::read(case).await);
    if !vault.is_success() {
        return vault;
    }
    let arn = case.text("RecoveryPointArn");
    let key = (case.request.region.clone(), case.text("BackupVaultName").to_owned());
    let mut state = case.world.state();
    let points = state.points.entry(key).or_default();
    let before = points.len();
    points.retain(|point| point["RecoveryPointArn"] != arn);
    if points.len() == before {
        not_found(case, arn)
    } else {
        Answer::new(200, "application/json", "")
    }
}

fn not_found(case: Case<'_>, arn: &str) -> Answer {
    case.refuse(400, "ResourceNotFoundException", &format!("Cannot find recovery point {arn}"))
}

/// Whether the filters of a list let an item through.
pub(crate) fn wanted(case: Case<'_>, item: &Value) -> bool {
    let equal = [
        ("ByAccountId", &item["AccountId"]),
        ("ByBackupPlanId", &item["CreatedBy"]["BackupPlanId"]),
        ("ByBackupVaultName", &item["BackupVaultName"]),
        ("ByDestinationVaultArn", &item["DestinationBackupVaultArn"]),
        ("ByParentJobId", &item["ParentJobId"]),
        ("ByResourceArn", &item["ResourceArn"]),
        ("ByResourceType", &item["ResourceType"]),
        ("BySourceRecoveryPointArn", &item["SourceRecoveryPointArn"]),
        ("ByState", &item["State"]),
    ];
    let time = |member: &str| {
        DateTime::from_str(case.text(member), Format::DateTime).ok().map(|time| time.as_secs_f64())
    };
    let after = |member: &str, at: &Value| {
        time(member).is_none_or(|limit| at.as_f64().is_some_and(|at| at > limit))
    };
    let before = |member: &str, at: &Value| {
        time(member).is_none_or(|limit| at.as_f64().is_some_and(|at| at < limit))
    };
    equal.iter().all(|(member, value)| case.text(member).is_empty() || **value == case.text(member))
        && after("ByCreatedAfter", &item["CreationDate"])
        && before("ByCreatedBefore", &item["CreationDate"])
        && after("ByCompleteAfter", &item["CompletionDate"])
        && before("ByCompleteBefore", &item["CompletionDate"])
}
