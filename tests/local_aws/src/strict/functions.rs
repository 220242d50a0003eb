//! Lambda functions: their role must be one that Lambda can assume, and one change waits for the other.

use serde_json::Value;

use super::{Case, iam};
use crate::answer::Answer;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    let operation = case.request.operation.as_str();
    if matches!(operation, "UpdateFunctionCode" | "UpdateFunctionConfiguration")
        && let Some(arn) = changing(case).await
    {
        let message = format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        );
        return case.refuse(409, "ResourceConflictException", &message);
    }
    if operation == "PutFunctionEventInvokeConfig"
        && let Some(arn) = unauthorized(case).await
    {
        return case.invalid(&format!(
            "The provided destination config DestinationConfig(onSuccess=null, \
             onFailure=OnFailure(destination={arn})) is invalid. \
             The function's execution role is not authorized to call Publish on {arn}"
        ));
    }
    let role = case.text("Role");
    if matches!(operation, "CreateFunction" | "UpdateFunctionConfiguration")
        && !role.is_empty()
        && !iam::assumable(case, role, "lambda.amazonaws.com").await
    {
        return case.invalid("The role defined for the function cannot be assumed by Lambda.");
    }
    let answer = case.forward().await;
    if !answer.is_success() {
        return answer;
    }
    match operation {
        "CreateFunction" | "UpdateFunctionCode" | "UpdateFunctionConfiguration" => {
            let mut state = case.proxied.state();
            let reads = state.slow_reads;
            state.slow_functions.insert(key(case), reads);
            answer
        }
        "GetFunction" => slowly(case, answer, "/Configuration"),
        "GetFunctionConfiguration" => slowly(case, answer, ""),
        "GetPolicy" if !has_statements(&answer) => {
            let message = "The resource you requested does not exist.";
            case.refuse(404, "ResourceNotFoundException", message)
        }
        _ => answer,
    }
}

/// The destination that the function's role may not publish to yet, because the role is new. That it never may is the
/// emulator's to say.
async fn unauthorized(case: Case<'_>) -> Option<String> {
    let arn = case.request.input["DestinationConfig"]["OnFailure"]["Destination"].as_str()?;
    let function = configuration(case).await;
    let role = function["Role"].as_str()?;
    let known = iam::assumable(case, role, "lambda.amazonaws.com").await;
    (!known).then(|| arn.to_owned())
}

fn key(case: Case<'_>) -> (String, String) {
    (case.request.region.clone(), case.text("FunctionName").to_owned())
}

/// The function as it is, or as still being changed while the test wants that.
fn slowly(case: Case<'_>, answer: Answer, configuration: &str) -> Answer {
    let mut state = case.proxied.state();
    let Some(left) = state.slow_functions.get_mut(&key(case)).filter(|left| **left > 0) else {
        return answer;
    };
    *left -= 1;
    let mut body = answer.value();
    if let Some(function) = body.pointer_mut(configuration) {
        function["LastUpdateStatus"] = "InProgress".into();
    }
    answer.with_body(body.to_string())
}

/// The function's ARN while it is being made or updated.
async fn changing(case: Case<'_>) -> Option<String> {
    let function = configuration(case).await;
    let busy = function["State"] == "Pending"
        || function["LastUpdateStatus"] == "InProgress"
        || case.proxied.state().slow_functions.get(&key(case)).is_some_and(|left| *left > 0);
    function["FunctionArn"].as_str().filter(|_| busy).map(str::to_owned)
}

/// The function as the emulator has it.
async fn configuration(case: Case<'_>) -> Value {
    let path = format!("/2015-03-31/functions/{}/configuration", case.text("FunctionName"));
    case.emulator.get(case.request, &path).await.value()
}

/// A policy that has lost its last statement is gone; the emulator keeps it.
fn has_statements(answer: &Answer) -> bool {
    let policy: Value = answer.value()["Policy"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    policy["Statement"].as_array().is_some_and(|list| !list.is_empty())
}
