//! Rules: tags only at birth, settings that are left out go back to their defaults, and targets hold a rule.
//! Events: only AWS's services send in AWS's name.

use serde_json::{Value, json};

use super::{Case, iam};
use crate::answer::Answer;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "PutEvents" => send(case).await,
        "PutRule" => put(case).await,
        "DeleteRule" => delete(case).await,
        "TestEventPattern" => match missing(case.text("Event")) {
            Some(member) => {
                let message =
                    format!("Parameter Event is not valid. Reason: {member} is a required field.");
                case.refuse(400, "ValidationException", &message)
            }
            None => case.forward().await,
        },
        "PutTargets" if elsewhere(case) => {
            case.refuse(400, "ValidationException", "Cross-region api call is not allowed.")
        }
        "PutTargets" => match unassumable(case).await {
            Some(role) => {
                let message = format!(
                    "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
                );
                case.refuse(400, "ValidationException", &message)
            }
            None => case.forward().await,
        },
        "ListTargetsByRule" | "RemoveTargets" if !exists(case, case.text("Rule")).await => {
            let message = format!("Rule {} does not exist on EventBus default.", case.text("Rule"));
            case.refuse(400, "ResourceNotFoundException", &message)
        }
        _ => case.forward().await,
    }
}

/// The first member that an event has to have and this one has not.
fn missing(event: &str) -> Option<&'static str> {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let members = ["id", "account", "source", "time", "region", "resources", "detail-type"];
    members.into_iter().find(|member| event.is_object() && event[member].is_null())
}

/// Each entry is taken or refused by itself. The emulator takes AWS's own sources from whoever gets past this.
async fn send(case: Case<'_>) -> Answer {
    let entries = case.request.input["Entries"].as_array().cloned().unwrap_or_default();
    let is_forged = |entry: &Value| entry["Source"].as_str().unwrap_or("").starts_with("aws.");
    let (forged, honest): (Vec<Value>, Vec<Value>) = entries.iter().cloned().partition(is_forged);
    if forged.is_empty() {
        return case.forward().await;
    }
    let mut taken = Vec::new();
    if !honest.is_empty() {
        let body = json!({ "Entries": honest }).to_string();
        let answer = case.emulator.forward_body(case.request, body).await;
        if !answer.is_success() {
            return answer;
        }
        taken = answer.value()["Entries"].as_array().cloned().unwrap_or_default();
    }
    let mut taken = taken.into_iter();
    let refusal = json!({
        "ErrorCode": "NotAuthorizedForSourceException",
        "ErrorMessage": "Not authorized for the source.",
    });
    let results = entries.iter().map(|entry| {
        if is_forged(entry) { refusal.clone() } else { taken.next().unwrap_or_default() }
    });
    let results: Vec<Value> = results.collect();
    let failed = results.iter().filter(|result| !result["ErrorCode"].is_null()).count();
    Answer::json(&json!({ "FailedEntryCount": failed, "Entries": results }))
}

async fn put(case: Case<'_>) -> Answer {
    if !exists(case, case.text("Name")).await {
        return case.forward().await;
    }
    // The emulator would keep what is left out, and take the tags.
    let mut input = case.request.input.clone();
    if let Some(members) = input.as_object_mut() {
        members.remove("Tags");
        for (member, default) in [("State", "ENABLED"), ("Description", ""), ("RoleArn", "")] {
            members.entry(member).or_insert_with(|| Value::from(default));
        }
    }
    case.emulator.forward_body(case.request, input.to_string()).await
}

async fn delete(case: Case<'_>) -> Answer {
    let rule = json!({ "Rule": case.text("Name") });
    let targets = case.emulator.events(case.request, "ListTargetsByRule", &rule).await.value();
    if targets["Targets"].as_array().is_some_and(|list| !list.is_empty()) {
        return case.refuse(
            400,
            "ValidationException",
            "Rule can't be deleted since it has targets.",
        );
    }
    case.forward().await
}

/// Whether a target is a function in another region.
fn elsewhere(case: Case<'_>) -> bool {
    let targets = case.request.input["Targets"].as_array().into_iter().flatten();
    let mut arns =
        targets.filter_map(|target| target["Arn"].as_str()?.strip_prefix("arn:aws:lambda:"));
    arns.any(|arn| arn.split(':').next() != Some(&case.request.region))
}

/// The role of a target that EventBridge cannot assume, or not yet. That it is refused so is known of `PutRule`; whether
/// AWS looks so early at a target's is not.
async fn unassumable(case: Case<'_>) -> Option<String> {
    let targets = case.request.input["Targets"].as_array().into_iter().flatten();
    for role in targets.filter_map(|target| target["RoleArn"].as_str()) {
        if !iam::assumable(case, role, "events.amazonaws.com").await {
            return Some(role.to_owned());
        }
    }
    None
}

async fn exists(case: Case<'_>, name: &str) -> bool {
    case.emulator.events(case.request, "DescribeRule", &json!({ "Name": name })).await.is_success()
}
