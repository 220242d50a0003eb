//! Rules: tags only at birth, settings that are left out go back to their defaults, and targets hold a rule.

use serde_json::{Value, json};

use super::Case;
use crate::local_aws::answer::Answer;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "PutRule" => put(case).await,
        "DeleteRule" => delete(case).await,
        "PutTargets" if elsewhere(case) => {
            case.refuse(400, "ValidationException", "Cross-region api call is not allowed.")
        }
        "ListTargetsByRule" | "RemoveTargets" if !exists(case, case.text("Rule")).await => {
            let message = format!("Rule {} does not exist on EventBus default.", case.text("Rule"));
            case.refuse(400, "ResourceNotFoundException", &message)
        }
        _ => case.forward().await,
    }
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

async fn exists(case: Case<'_>, name: &str) -> bool {
    case.emulator.events(case.request, "DescribeRule", &json!({ "Name": name })).await.is_success()
}
