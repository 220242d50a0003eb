//! Restore testing selections: which resources of one type a plan tests, and as what.

use serde_json::{Value, json};

use super::{Case, gone, is_name, is_request_id, is_within, made, missing, picked, plan};
use crate::account::now;
use crate::answer::Answer;
use crate::restores::inferred;
use crate::strict::{iam, page};

/// Developer guide, "AWS Backup quotas".
const SELECTIONS: usize = 30;
const ARNS: usize = 30;
const CONDITIONS: usize = 30;

const MADE: [&str; 4] = [
    "CreationTime",
    "RestoreTestingPlanArn",
    "RestoreTestingPlanName",
    "RestoreTestingSelectionName",
];

pub(super) async fn create(case: Case<'_>) -> Answer {
    let selection = &case.request.input["RestoreTestingSelection"];
    let name = selection["RestoreTestingSelectionName"].as_str().unwrap_or_default();
    if !is_name(name) {
        return case.invalid(&format!(
            "Restore testing selection name {name} must be 1 to 50 alphanumeric characters or underscores"
        ));
    }
    if !is_request_id(&case.request.input["CreatorRequestId"]) {
        return case.invalid("CreatorRequestId must be 1 to 50 alphanumeric or '-_.' characters");
    }
    for required in ["IamRoleArn", "ProtectedResourceType"] {
        if selection[required].is_null() {
            return missing(case, required);
        }
    }
    if let Some(refusal) = refusal(case, selection).await {
        return refusal;
    }
    let mut state = case.proxied.state();
    let plan = match plan(case, &mut state.store) {
        Ok(plan) => plan,
        Err(refusal) => return refusal,
    };
    let id = case.text("CreatorRequestId");
    let mut members = selection.clone();
    members["RestoreTestingPlanName"] = plan.members["RestoreTestingPlanName"].clone();
    members["CreationTime"] = now().into();
    complete(&mut members);
    let answer = |mut members: Value| {
        members["RestoreTestingPlanArn"] = plan.members["RestoreTestingPlanArn"].clone();
        made(201, &picked(&members, &MADE))
    };
    if let Some(there) = plan.selections.get(name) {
        if !id.is_empty() && there["CreatorRequestId"] == id {
            return answer(there.clone());
        }
        let message = format!("Restore testing selection {name} already exists in this plan");
        return case.refuse(400, "AlreadyExistsException", &message);
    }
    if plan.selections.len() >= SELECTIONS {
        let message = "The limit of restore testing selections per plan is reached";
        return case.refuse(400, "LimitExceededException", message);
    }
    if !id.is_empty() {
        members["CreatorRequestId"] = id.into();
    }
    let answer = answer(members.clone());
    plan.selections.insert(name.to_owned(), members);
    answer
}

pub(super) fn get(case: Case<'_>) -> Answer {
    let mut state = case.proxied.state();
    match selection(case, plan(case, &mut state.store).map(|plan| &mut plan.selections)) {
        Ok(selection) => Answer::json(&json!({ "RestoreTestingSelection": selection })),
        Err(refusal) => refusal,
    }
}

/// Members that are left out stay as they are; name and type cannot be changed.
pub(super) async fn update(case: Case<'_>) -> Answer {
    let change = &case.request.input["RestoreTestingSelection"];
    let there = {
        let mut state = case.proxied.state();
        let found = plan(case, &mut state.store).map(|plan| &mut plan.selections);
        match selection(case, found) {
            Ok(selection) => selection.clone(),
            Err(refusal) => return refusal,
        }
    };
    let mut changed = there.clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        changed[name] = value.clone();
    }
    complete(&mut changed);
    if let Some(refusal) = refusal(case, &changed).await {
        return refusal;
    }
    let mut state = case.proxied.state();
    let plan = match plan(case, &mut state.store) {
        Ok(plan) => plan,
        Err(refusal) => return refusal,
    };
    let name = case.text("RestoreTestingSelectionName").to_owned();
    plan.selections.insert(name, changed.clone());
    changed["RestoreTestingPlanArn"] = plan.members["RestoreTestingPlanArn"].clone();
    let mut answer = picked(&changed, &MADE);
    answer["UpdateTime"] = now().into();
    Answer::json(&answer)
}

pub(super) fn delete(case: Case<'_>) -> Answer {
    let mut state = case.proxied.state();
    let selections = plan(case, &mut state.store).map(|plan| &mut plan.selections);
    match selections {
        Ok(selections) => match selections.remove(case.text("RestoreTestingSelectionName")) {
            Some(_) => gone(),
            None => not_found(case),
        },
        Err(refusal) => refusal,
    }
}

/// Neither ARNs nor conditions nor overrides are in it.
pub(super) fn list(case: Case<'_>) -> Answer {
    let names = [
        "CreationTime",
        "IamRoleArn",
        "ProtectedResourceType",
        "RestoreTestingPlanName",
        "RestoreTestingSelectionName",
        "ValidationWindowHours",
    ];
    let mut state = case.proxied.state();
    match plan(case, &mut state.store) {
        Ok(plan) => {
            let items = plan.selections.values().map(|one| picked(one, &names));
            page(case, "RestoreTestingSelections", &items.collect::<Vec<_>>())
        }
        Err(refusal) => refusal,
    }
}

type Selections = std::collections::BTreeMap<String, Value>;

fn selection<'a>(
    case: Case<'_>,
    selections: Result<&'a mut Selections, Answer>,
) -> Result<&'a Value, Answer> {
    let found = selections?.get(case.text("RestoreTestingSelectionName"));
    found.ok_or_else(|| not_found(case))
}

fn not_found(case: Case<'_>) -> Answer {
    let name = case.text("RestoreTestingSelectionName");
    let message = format!("Restore testing selection {name} does not exist");
    case.refuse(400, "ResourceNotFoundException", &message)
}

/// What AWS fills in where it is left out. That the window is 0 then is unverified.
fn complete(selection: &mut Value) {
    if selection["ValidationWindowHours"].is_null() {
        selection["ValidationWindowHours"] = 0.into();
    }
}

/// Why AWS does not take a selection, in words of ours.
async fn refusal(case: Case<'_>, selection: &Value) -> Option<Answer> {
    let kind = selection["ProtectedResourceType"].as_str().unwrap_or_default();
    if !inferred::TYPES.contains(&kind) {
        return Some(case.invalid(&format!("Unsupported protected resource type: {kind}")));
    }
    if let Some(message) = resources(selection) {
        return Some(case.invalid(&message));
    }
    if !is_within(&selection["ValidationWindowHours"], 0, 168) {
        return Some(case.invalid("ValidationWindowHours must be between 0 and 168"));
    }
    let known: Vec<String> =
        inferred::overridable(kind).split_whitespace().map(str::to_lowercase).collect();
    let overrides = selection["RestoreMetadataOverrides"].as_object();
    let unknown =
        overrides.and_then(|each| each.keys().find(|key| !known.contains(&key.to_lowercase())));
    if let Some(unknown) = unknown {
        return Some(
            case.invalid(&format!("Restore metadata {unknown} cannot be overridden for {kind}")),
        );
    }
    let role = selection["IamRoleArn"].as_str().unwrap_or_default();
    if iam::assumable(case, role, "backup.amazonaws.com").await {
        return None;
    }
    Some(case.invalid(&format!("IAM Role {role} cannot be assumed by AWS Backup")))
}

/// ARNs or conditions, and both only where `*` is all of the ARNs.
fn resources(selection: &Value) -> Option<String> {
    let arns: Vec<&str> = selection["ProtectedResourceArns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let lists = selection["ProtectedResourceConditions"].as_object().into_iter().flatten();
    let conditions: Vec<&Value> = lists.filter_map(|(_, list)| list.as_array()).flatten().collect();
    let is_wildcard = arns == ["*"];
    if arns.is_empty() && conditions.is_empty() {
        return Some(
            "Either ProtectedResourceArns or ProtectedResourceConditions is required".to_owned(),
        );
    }
    if arns.len() > ARNS || conditions.len() > CONDITIONS {
        return Some(
            "A restore testing selection can have at most 30 ARNs and 30 conditions".to_owned(),
        );
    }
    if !is_wildcard && arns.contains(&"*") {
        return Some(
            "ProtectedResourceArns can have specific ARNs or the wildcard, but not both".to_owned(),
        );
    }
    if !is_wildcard && !arns.is_empty() && !conditions.is_empty() {
        return Some(
            "ProtectedResourceArns and ProtectedResourceConditions cannot be combined".to_owned(),
        );
    }
    if let Some(wrong) = arns.iter().find(|arn| !is_wildcard && !arn.starts_with("arn:")) {
        return Some(format!("Invalid ARN: {wrong}"));
    }
    // The model's text forbids keys that begin with `aws:`; all users and tools whose selections work send this form.
    let key = |condition: &&&Value| condition["Key"].as_str().unwrap_or_default().to_owned();
    let wrong = conditions.iter().find(|one| !key(one).starts_with("aws:ResourceTag/"))?;
    Some(format!("Invalid condition key {}. Keys must begin with aws:ResourceTag/", key(&wrong)))
}
