//! Selections: what may be selected, by which role, and once per name.

use serde_json::{Value, json};

use super::{Case, iam, page};
use crate::answer::Answer;

pub(crate) async fn create(case: Case<'_>) -> Answer {
    let selection = &case.request.input["BackupSelection"];
    if let Err(message) = selectors(selection) {
        return case.invalid(&message);
    }
    let role = selection["IamRoleArn"].as_str().unwrap_or_default();
    if !iam::assumable(case, role, "backup.amazonaws.com").await {
        return case.invalid(&format!("IAM Role {role} cannot be assumed by AWS Backup"));
    }
    let _gate = case.proxied.gate.lock().await;
    for item in read(case).await["BackupSelectionsList"].as_array().into_iter().flatten() {
        let request_id = case.text("CreatorRequestId");
        if !request_id.is_empty() && item["CreatorRequestId"] == request_id {
            return Answer::json(item);
        }
        if item["SelectionName"] == selection["SelectionName"] {
            let message = "Backup selection with the same name already exists in this plan";
            let members = json!({ "CreatorRequestId": item["CreatorRequestId"] });
            return Answer::error_with(
                case.request,
                400,
                "AlreadyExistsException",
                message,
                members,
            );
        }
    }
    missing(case, case.forward().await)
}

pub(crate) async fn list(case: Case<'_>) -> Answer {
    let answer = missing(case, case.forward().await);
    if !answer.is_success() {
        return answer;
    }
    let mut list = read(case).await;
    if case.proxied.state().store.pace.lists_no_request_ids {
        for item in list["BackupSelectionsList"].as_array_mut().into_iter().flatten() {
            item["CreatorRequestId"] = Value::Null;
        }
    }
    if let Some(made) = case.proxied.state().store.selections_made {
        for item in list["BackupSelectionsList"].as_array_mut().into_iter().flatten() {
            item["CreationDate"] = made.into();
        }
    }
    page(
        case,
        "BackupSelectionsList",
        list["BackupSelectionsList"].as_array().map_or(&[], |list| list),
    )
}

/// For a while after its last selection is gone, a plan seems to have it.
pub(crate) async fn delete(case: Case<'_>) -> Answer {
    let answer = missing(case, case.forward().await);
    let tries = case.proxied.state().store.pace.plan_tries;
    if answer.is_success() && tries > 0 && are_none(case).await {
        let plan = case.text("BackupPlanId").to_owned();
        case.proxied.state().store.plan_refusals.insert(plan, tries);
    }
    answer
}

/// Whether the plan has no selections.
pub(crate) async fn are_none(case: Case<'_>) -> bool {
    let path = format!("/backup/plans/{}/selections", case.text("BackupPlanId"));
    let list = case.emulator.get(case.request, &path).await.value();
    list["BackupSelectionsList"].as_array().is_none_or(Vec::is_empty)
}

/// A plan or selection that is not there is an invalid parameter here, not a thing not found.
pub(crate) fn missing(case: Case<'_>, answer: Answer) -> Answer {
    if answer.code() != "ResourceNotFoundException" {
        return answer;
    }
    case.invalid(&format!("Cannot find Backup plan with ID {}", case.text("BackupPlanId")))
}

/// The plan's selections with their `CreatorRequestId`, which the emulator's list leaves out.
async fn read(case: Case<'_>) -> Value {
    let path = format!("/backup/plans/{}/selections", case.text("BackupPlanId"));
    let mut list = case.emulator.get(case.request, &path).await.value();
    for item in list["BackupSelectionsList"].as_array_mut().into_iter().flatten() {
        let id = item["SelectionId"].as_str().unwrap_or_default();
        let full = case.emulator.get(case.request, &format!("{path}/{id}")).await.value();
        item["CreatorRequestId"] = full["CreatorRequestId"].clone();
    }
    list
}

fn selectors(selection: &Value) -> Result<(), String> {
    let empty = |member: &str| selection[member].as_array().is_none_or(Vec::is_empty);
    if empty("ListOfTags") && empty("Resources") {
        return Err("Invalid backup selection. Either 'ListOfTags' or 'Resources' section must be non-empty.".to_owned());
    }
    let conditions = selection["Conditions"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, list)| list.as_array());
    for condition in conditions.flatten() {
        let key = condition["ConditionKey"].as_str().unwrap_or_default();
        if !key.starts_with("aws:ResourceTag/") {
            return Err(format!(
                "Invalid condition key {key}. Condition keys must begin with aws:ResourceTag/"
            ));
        }
    }
    Ok(())
}
