//! Restore testing, which the emulator does not have: plans, their selections and tags, and verdicts.

mod plans;
mod selections;
mod validations;

use serde_json::Value;

use super::Case;
use crate::answer::Answer;
use crate::backup_store::BackupStore;
use crate::restores::testing::Plan;

/// Answers a call of restore testing; `None` where it is none.
pub(crate) async fn answer(case: Case<'_>) -> Option<Answer> {
    let operation = case.request.operation.as_str();
    let is_ours = operation.contains("RestoreTesting")
        || operation == "PutRestoreValidationResult"
        || (is_about_tags(operation) && case.text("ResourceArn").contains(PLAN_ARN));
    if !is_ours {
        return None;
    }
    if !is_offered(&case.request.region) {
        // What a Region answers that does not have the operations is unverified.
        let message = "Unable to determine service/operation name to be authorized";
        return Some(case.refuse(403, "AccessDeniedException", message));
    }
    let answer = match operation {
        "CreateRestoreTestingPlan" => plans::create(case),
        "GetRestoreTestingPlan" => plans::get(case),
        "UpdateRestoreTestingPlan" => plans::update(case),
        "DeleteRestoreTestingPlan" => plans::delete(case),
        "ListRestoreTestingPlans" => plans::list(case),
        "CreateRestoreTestingSelection" => selections::create(case).await,
        "GetRestoreTestingSelection" => selections::get(case),
        "UpdateRestoreTestingSelection" => selections::update(case).await,
        "DeleteRestoreTestingSelection" => selections::delete(case),
        "ListRestoreTestingSelections" => selections::list(case),
        "PutRestoreValidationResult" => validations::put(case),
        "GetRestoreTestingInferredMetadata" => validations::inferred(case).await,
        _ => plans::tags(case),
    };
    Some(answer)
}

const PLAN_ARN: &str = ":restore-testing-plan:";

fn is_about_tags(operation: &str) -> bool {
    ["TagResource", "UntagResource", "ListTags"].contains(&operation)
}

/// Every commercial Region has it since July 2026; China, `GovCloud` and the European Sovereign Cloud have not
/// (developer guide, "Feature availability by AWS Region").
fn is_offered(region: &str) -> bool {
    !["cn-", "us-gov-", "eusc-"].iter().any(|partition| region.starts_with(partition))
}

/// The plan that the request names.
fn plan<'a>(case: Case<'_>, store: &'a mut BackupStore) -> Result<&'a mut Plan, Answer> {
    let name = case.text("RestoreTestingPlanName");
    let key = (case.request.region.clone(), name.to_owned());
    store.testing_plans.get_mut(&key).ok_or_else(|| {
        let message = format!("Restore testing plan {name} does not exist");
        case.refuse(400, "ResourceNotFoundException", &message)
    })
}

/// AWS Backup's names here: letters, digits and underscores, at most 50.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=50).contains(&name.len()) && name.bytes().all(allowed)
}

/// "1 to 50 alphanumeric or '-_.' characters", where there is one.
fn is_request_id(id: &Value) -> bool {
    let Some(id) = id.as_str() else { return id.is_null() };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=50).contains(&id.len()) && id.bytes().all(allowed)
}

/// Whether a number that may be left out is within its limits.
fn is_within(value: &Value, least: i64, most: i64) -> bool {
    value.is_null() || value.as_i64().is_some_and(|value| (least..=most).contains(&value))
}

fn missing(case: Case<'_>, what: &str) -> Answer {
    let message = format!("Missing required parameter: {what}");
    case.refuse(400, "MissingParameterValueException", &message)
}

/// Answers that say what was made, with this status.
fn made(status: u16, body: &Value) -> Answer {
    Answer { status, ..Answer::json(body) }
}

fn gone() -> Answer {
    Answer::new(204, "application/json", "")
}

/// The members that are named, of what is there.
fn picked(members: &Value, names: &[&str]) -> Value {
    let named = |name: &&&str| !members[**name].is_null();
    names.iter().filter(named).map(|name| ((*name).to_owned(), members[*name].clone())).collect()
}
