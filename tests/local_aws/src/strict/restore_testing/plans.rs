//! Restore testing plans: names, schedules, windows and vaults that AWS takes, and their tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Case, gone, is_name, is_request_id, is_within, made, missing, picked, plan};
use crate::account::now;
use crate::answer::{Answer, request_id};
use crate::restores::testing::Plan;
use crate::strict::page;

/// Developer guide, "AWS Backup quotas".
const PLANS: usize = 100;
const SELECTORS: usize = 30;

pub(super) fn create(case: Case<'_>) -> Answer {
    let plan = &case.request.input["RestoreTestingPlan"];
    let name = plan["RestoreTestingPlanName"].as_str().unwrap_or_default();
    if !is_name(name) {
        return case.invalid(&format!(
            "Restore testing plan name {name} must be 1 to 50 alphanumeric characters or underscores"
        ));
    }
    if !is_request_id(&case.request.input["CreatorRequestId"]) {
        return case.invalid("CreatorRequestId must be 1 to 50 alphanumeric or '-_.' characters");
    }
    for required in ["ScheduleExpression", "RecoveryPointSelection"] {
        if plan[required].is_null() {
            return missing(case, required);
        }
    }
    if let Some(refusal) = refusal(case, plan) {
        return refusal;
    }
    let region = case.request.region.clone();
    let mut state = case.proxied.state();
    let id = case.text("CreatorRequestId");
    let key = (region.clone(), name.to_owned());
    if let Some(there) = state.store.testing_plans.get(&key) {
        // "If the request includes a CreatorRequestId that matches an existing backup plan, that plan is returned."
        if !id.is_empty() && there.members["CreatorRequestId"] == id {
            return made(201, &picked(&there.members, &CREATED));
        }
        let message = format!("Restore testing plan {name} already exists");
        return case.refuse(400, "AlreadyExistsException", &message);
    }
    if state.store.testing_plans_in(&region).count() >= PLANS {
        let message = "The limit of restore testing plans is reached";
        return case.refuse(400, "LimitExceededException", message);
    }
    let account = &case.request.account;
    let mut members = plan.clone();
    complete(&mut members);
    members["CreationTime"] = now().into();
    // Service authorization reference: the name, and an id that AWS draws.
    let arn =
        format!("arn:aws:backup:{region}:{account}:restore-testing-plan:{name}-{}", request_id());
    members["RestoreTestingPlanArn"] = arn.into();
    if !id.is_empty() {
        members["CreatorRequestId"] = id.into();
    }
    let answer = picked(&members, &CREATED);
    let tags = case.request.input["Tags"].clone();
    let tags = serde_json::from_value(tags).unwrap_or_default();
    let plan = Plan { members, tags, selections: BTreeMap::new() };
    state.store.testing_plans.insert(key, plan);
    made(201, &answer)
}

const CREATED: [&str; 3] = ["CreationTime", "RestoreTestingPlanArn", "RestoreTestingPlanName"];

pub(super) fn get(case: Case<'_>) -> Answer {
    match plan(case, &mut case.proxied.state().store) {
        Ok(plan) => Answer::json(&json!({ "RestoreTestingPlan": plan.members })),
        Err(refusal) => refusal,
    }
}

/// Members that are left out stay as they are.
pub(super) fn update(case: Case<'_>) -> Answer {
    let change = &case.request.input["RestoreTestingPlan"];
    if let Some(refusal) = refusal(case, change) {
        return refusal;
    }
    let mut state = case.proxied.state();
    let plan = match plan(case, &mut state.store) {
        Ok(plan) => plan,
        Err(refusal) => return refusal,
    };
    for (name, value) in change.as_object().into_iter().flatten() {
        plan.members[name] = value.clone();
    }
    complete(&mut plan.members);
    plan.members["LastUpdateTime"] = now().into();
    let mut answer = picked(&plan.members, &CREATED);
    answer["UpdateTime"] = now().into();
    Answer::json(&answer)
}

pub(super) fn delete(case: Case<'_>) -> Answer {
    let mut state = case.proxied.state();
    let plan = match plan(case, &mut state.store) {
        Ok(plan) => plan,
        // What a plan that is not there is answered with is not modelled.
        Err(refusal) => return refusal,
    };
    if !plan.selections.is_empty() {
        let message =
            "Restore testing selections must be deleted prior to restore testing plan deletion";
        return case.refuse(400, "InvalidRequestException", message);
    }
    let key = (case.request.region.clone(), case.text("RestoreTestingPlanName").to_owned());
    state.store.testing_plans.remove(&key);
    gone()
}

pub(super) fn list(case: Case<'_>) -> Answer {
    let names = [
        "CreationTime",
        "LastExecutionTime",
        "LastUpdateTime",
        "RestoreTestingPlanArn",
        "RestoreTestingPlanName",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartWindowHours",
    ];
    let mut state = case.proxied.state();
    let plans = state.store.testing_plans_in(&case.request.region);
    let items: Vec<Value> = plans.map(|plan| picked(&plan.members, &names)).collect();
    page(case, "RestoreTestingPlans", &items)
}

pub(super) fn tags(case: Case<'_>) -> Answer {
    let arn = case.text("ResourceArn");
    let mut state = case.proxied.state();
    let mut plans = state.store.testing_plans_in(&case.request.region);
    let Some(plan) = plans.find(|plan| plan.members["RestoreTestingPlanArn"] == arn) else {
        let message = format!("Cannot find resource {arn}");
        return case.refuse(400, "ResourceNotFoundException", &message);
    };
    let input = &case.request.input;
    match case.request.operation.as_str() {
        "ListTags" => return Answer::json(&json!({ "Tags": plan.tags })),
        "TagResource" => {
            for (key, value) in input["Tags"].as_object().into_iter().flatten() {
                plan.tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
            }
        }
        _ => {
            let keys = input["TagKeyList"].as_array().into_iter().flatten();
            for key in keys.filter_map(Value::as_str) {
                plan.tags.remove(key);
            }
        }
    }
    Answer::new(200, "application/json", "")
}

/// What AWS fills in where it is left out.
fn complete(plan: &mut Value) {
    let defaults =
        [("ScheduleExpressionTimezone", json!("Etc/UTC")), ("StartWindowHours", json!(24))];
    for (name, value) in defaults {
        if plan[name].is_null() {
            plan[name] = value;
        }
    }
    let choice = &mut plan["RecoveryPointSelection"];
    if choice["SelectionWindowDays"].is_null() {
        choice["SelectionWindowDays"] = 30.into();
    }
    if choice["ExcludeVaults"].is_null() {
        choice["ExcludeVaults"] = json!([]);
    }
}

/// Why AWS does not take a plan, in words of ours. What is left out is not looked at.
fn refusal(case: Case<'_>, plan: &Value) -> Option<Answer> {
    if let Some(schedule) = plan["ScheduleExpression"].as_str()
        && !is_cron(schedule)
    {
        return Some(case.invalid(&format!("Invalid cron expression: {schedule}")));
    }
    if !is_within(&plan["StartWindowHours"], 1, 168) {
        return Some(case.invalid("StartWindowHours must be between 1 and 168"));
    }
    let choice = &plan["RecoveryPointSelection"];
    if choice.is_null() {
        return None;
    }
    // "Required: Algorithm; RecoveryPointTypes; IncludeVaults (one or more)."
    let list = |name: &str| choice[name].as_array().map_or(&[][..], |list| list);
    if choice["Algorithm"].is_null() {
        return Some(missing(case, "Algorithm"));
    }
    for required in ["RecoveryPointTypes", "IncludeVaults"] {
        if list(required).is_empty() {
            return Some(missing(case, required));
        }
    }
    if !is_within(&choice["SelectionWindowDays"], 1, 365) {
        return Some(case.invalid("SelectionWindowDays must be between 1 and 365"));
    }
    let (included, excluded) = (list("IncludeVaults"), list("ExcludeVaults"));
    if included.len() + excluded.len() > SELECTORS {
        return Some(case.invalid("A restore testing plan can have at most 30 vault selectors"));
    }
    let is_vault = |name: &&Value| {
        let name = name.as_str().unwrap_or_default();
        name == "*" || (name.starts_with("arn:") && name.contains(":backup-vault:"))
    };
    let wrong = included.iter().chain(excluded).find(|name| !is_vault(name))?;
    Some(case.invalid(&format!("Invalid backup vault selector: {wrong}")))
}

/// Six fields, of which one of the days is `?`.
fn is_cron(text: &str) -> bool {
    let inner = text.strip_prefix("cron(").and_then(|text| text.strip_suffix(')'));
    let fields: Vec<&str> = inner.unwrap_or_default().split_whitespace().collect();
    fields.len() == 6 && (fields[2] == "?") != (fields[4] == "?")
}
