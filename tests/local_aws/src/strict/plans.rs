//! Plans: what a `CreatorRequestId` means, the same document twice, and plans that are gone but not forgotten.

use serde_json::{Value, json};

use super::{Case, selections};
use crate::account::now;
use crate::answer::Answer;
use crate::proxied::Plan;

pub(crate) async fn create(case: Case<'_>) -> Answer {
    if let Err(message) = lifecycles(&case.request.input["BackupPlan"]) {
        return case.invalid(message);
    }
    let _gate = case.proxied.gate.lock().await;
    let (request_id, document) = (case.text("CreatorRequestId"), &case.request.input["BackupPlan"]);
    // What AWS does with the id of a plan that was deleted is not documented. The worse of the two: it still answers.
    if let Some(created) = find(
        case,
        |plan| !request_id.is_empty() && plan.creator_request_id == request_id,
        |plan| plan.created.clone(),
    ) {
        return Answer::json(&created);
    }
    let same = find(
        case,
        |plan| plan.document == *document,
        |plan| (plan.id.clone(), plan.created.clone()),
    );
    if let Some((id, created)) = same
        && read(case, &id).await.is_success()
    {
        let members = json!({ "Arn": created["BackupPlanArn"], "CreatorRequestId": request_id });
        let message = "Backup plan with the same plan document already exists";
        return Answer::error_with(case.request, 400, "AlreadyExistsException", message, members);
    }
    let answer = case.forward().await;
    if answer.is_success() {
        let created = answer.value();
        case.proxied.state().plans.push(Plan {
            region: case.request.region.clone(),
            id: created["BackupPlanId"].as_str().unwrap_or_default().to_owned(),
            creator_request_id: request_id.to_owned(),
            document: document.clone(),
            created,
        });
    }
    answer
}

pub(crate) async fn get(case: Case<'_>) -> Answer {
    let id = case.text("BackupPlanId");
    let answer = case.forward().await;
    let (request_id, gone) = {
        let known = |plan: &Plan| (plan.creator_request_id.clone(), deleted(plan));
        find(case, |plan| plan.id == id, known).unwrap_or_default()
    };
    let mut body = match (answer.is_success(), gone) {
        (true, _) => answer.value(),
        (false, Value::Null) => return answer,
        (false, gone) => gone,
    };
    body["CreatorRequestId"] = request_id.into();
    complete(id, &mut body["BackupPlan"]);
    Answer::json(&body)
}

pub(crate) async fn update(case: Case<'_>) -> Answer {
    let document = &case.request.input["BackupPlan"];
    if let Err(message) = lifecycles(document) {
        return case.invalid(message);
    }
    let answer = case.forward().await;
    if answer.is_success() {
        for plan in &mut case.proxied.state().plans {
            if plan.id == case.text("BackupPlanId") {
                plan.document = document.clone();
            }
        }
    }
    answer
}

pub(crate) async fn list(case: Case<'_>) -> Answer {
    let answer = case.forward_page("/backup/plans/").await;
    let mut body = answer.value();
    let Some(items) = body["BackupPlansList"].as_array_mut() else {
        return answer;
    };
    for item in items.iter_mut() {
        let id = item["BackupPlanId"].as_str().unwrap_or_default();
        if let Some(request_id) =
            find(case, |plan| plan.id == id, |plan| plan.creator_request_id.clone())
        {
            item["CreatorRequestId"] = request_id.into();
        }
    }
    // Deleted plans come after the last page of the others.
    if case.text("IncludeDeleted") == "true" && body["NextToken"].is_null() {
        let ids: Vec<(String, Value)> = {
            let state = case.proxied.state();
            let here = state.plans.iter().filter(|plan| plan.region == case.request.region);
            here.map(|plan| (plan.id.clone(), deleted(plan))).collect()
        };
        for (id, item) in ids {
            if !read(case, &id).await.is_success() {
                body["BackupPlansList"]
                    .as_array_mut()
                    .into_iter()
                    .for_each(|items| items.push(item.clone()));
            }
        }
    }
    answer.with_body(body.to_string())
}

pub(crate) async fn delete(case: Case<'_>) -> Answer {
    let _gate = case.proxied.gate.lock().await;
    if !selections::are_none(case).await || still_seems_selected(case) {
        let message =
            "Related backup plan selections must be deleted prior to backup plan deletion";
        return case.refuse(400, "InvalidRequestException", message);
    }
    case.forward().await
}

/// Counts a try to delete a plan whose last selection has gone just now.
fn still_seems_selected(case: Case<'_>) -> bool {
    let mut state = case.proxied.state();
    let left = state.store.plan_refusals.get_mut(case.text("BackupPlanId"));
    let Some(left) = left.filter(|left| **left > 0 && case.counts()) else { return false };
    *left -= 1;
    true
}

async fn read(case: Case<'_>, id: &str) -> Answer {
    case.emulator.get(case.request, &format!("/backup/plans/{id}")).await
}

fn find<T>(case: Case<'_>, is: impl Fn(&Plan) -> bool, take: impl Fn(&Plan) -> T) -> Option<T> {
    let state = case.proxied.state();
    state.plans.iter().find(|plan| plan.region == case.request.region && is(plan)).map(take)
}

/// How a plan looks after its deletion.
fn deleted(plan: &Plan) -> Value {
    let mut item = plan.created.clone();
    item["BackupPlanName"] = plan.document["BackupPlanName"].clone();
    item["BackupPlan"] = plan.document.clone();
    item["CreatorRequestId"] = plan.creator_request_id.clone().into();
    item["DeletionDate"] = now().into();
    item
}

/// Adds what AWS fills in, and the emulator does not.
fn complete(id: &str, plan: &mut Value) {
    let defaults = json!({
        "StartWindowMinutes": 480,
        "CompletionWindowMinutes": 10_080,
        "ScheduleExpressionTimezone": "Etc/UTC",
        "EnableContinuousBackup": false,
        "RecoveryPointTags": {},
        "CopyActions": [],
    });
    for rule in plan["Rules"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut)
    {
        for (member, value) in defaults.as_object().into_iter().flatten() {
            rule.entry(member).or_insert_with(|| value.clone());
        }
        let name = rule.get("RuleName").and_then(Value::as_str).unwrap_or_default();
        let number =
            name.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 0xffff_ffff_ffff);
        let rule_id = format!("{}-0000-4000-8000-{number:012x}", id.get(..8).unwrap_or("00000000"));
        rule.insert("RuleId".to_owned(), rule_id.into());
    }
}

/// The rules of cold storage, for rules and their copies.
fn lifecycles(plan: &Value) -> Result<(), &'static str> {
    for rule in plan["Rules"].as_array().into_iter().flatten() {
        let copies = rule["CopyActions"].as_array().into_iter().flatten();
        for owner in copies.chain([rule]) {
            let lifecycle = &owner["Lifecycle"];
            let days = |member: &str| lifecycle[member].as_i64();
            let (cold, delete) = (days("MoveToColdStorageAfterDays"), days("DeleteAfterDays"));
            if delete.is_some_and(|days| !(1..=36_500).contains(&days)) {
                return Err(
                    "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days",
                );
            }
            // A copy of a continuous backup is a snapshot (developer guide, "Copying continuous backups").
            let continuous = owner["EnableContinuousBackup"] == true;
            if cold.is_some() && continuous {
                return Err("Invalid lifecycle. MoveToColdStorageAfterDays is unavailable");
            }
            if let (Some(cold), Some(delete)) = (cold, delete)
                && delete < cold + 90
            {
                return Err(
                    "Error in some rules due to : Invalid lifecycle. DeleteAfterDays cannot be less than 90 \
                            days apart from MoveToColdStorageAfterDays",
                );
            }
        }
    }
    Ok(())
}
