//! `CloudWatch`'s dashboards: what a body can be, and the codes of a service that once spoke the query protocol.

use hyper::header::HeaderValue;
use serde_json::Value;

use super::Case;
use crate::answer::Answer;

/// "Dashboard Body Structure and Syntax" (API reference).
const WIDGETS_MAX: usize = 500;
const ALARMS_MAX: usize = 100;

pub(super) async fn put(case: Case<'_>) -> Answer {
    match fault(case.text("DashboardBody")) {
        Some(message) => refuse(
            case,
            400,
            "DashboardInvalidInputError",
            "InvalidParameterInput;Sender",
            &message,
        ),
        None => case.forward().await,
    }
}

/// Of one that may not be there.
pub(super) async fn existing(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    if answer.status != 404 {
        return answer;
    }
    let names = &case.request.input["DashboardNames"];
    let name = names[0].as_str().unwrap_or(case.text("DashboardName"));
    let message = format!("Dashboard {name} does not exist");
    refuse(case, 404, "DashboardNotFoundError", "ResourceNotFound;Sender", &message)
}

/// An error with the code that it has in the query protocol, by which the SDKs know it
/// (`awsQueryCompatible` in the service model).
fn refuse(case: Case<'_>, status: u16, shape: &str, code: &'static str, message: &str) -> Answer {
    let mut answer = case.refuse(status, shape, message);
    answer.headers.insert("x-amzn-query-error", HeaderValue::from_static(code));
    answer
}

fn fault(body: &str) -> Option<String> {
    let Ok(Value::Object(body)) = serde_json::from_str(body) else {
        return Some("The field DashboardBody must be a valid JSON object".to_owned());
    };
    let invalid = |at: &str, why: &str| {
        format!(
            "The dashboard body is invalid, there are 1 validation errors: [ {{ \"message\": \"{why}\", \"dataPath\": \"{at}\" }} ]"
        )
    };
    let Some(widgets) = body.get("widgets").and_then(Value::as_array) else {
        return Some(invalid("", "Should have required property 'widgets'"));
    };
    if widgets.len() > WIDGETS_MAX {
        return Some(invalid("/widgets", "Should NOT have more than 500 items"));
    }
    let faults = widgets.iter().map(widget_fault).enumerate();
    let mut faults = faults.filter_map(|(at, fault)| Some((at, fault?)));
    faults.next().map(|(at, why)| invalid(&format!("/widgets/{at}"), why))
}

fn widget_fault(widget: &Value) -> Option<&'static str> {
    let ranges = [("x", 0, 23), ("y", 0, i64::MAX), ("width", 1, 24), ("height", 1, 1000)];
    let is_within = |(member, least, most): (&str, i64, i64)| {
        let number = &widget[member];
        number.is_null() || number.as_i64().is_some_and(|number| (least..=most).contains(&number))
    };
    if !ranges.into_iter().all(is_within) {
        return Some("Should be within the grid");
    }
    let properties = &widget["properties"];
    let is_valid = match widget["type"].as_str().unwrap_or_default() {
        "text" => properties["markdown"].is_string(),
        "metric" => properties["region"].is_string() && metrics(&properties["metrics"]),
        "alarm" => alarms(&properties["alarms"]),
        "log" | "explorer" | "custom" => properties.is_object(),
        _ => false,
    };
    (!is_valid).then_some("Should match exactly one schema in oneOf")
}

/// Each is namespace, name, and pairs of dimensions, at last what is shown of it.
fn metrics(list: &Value) -> bool {
    let is_metric = |metric: &Value| {
        let parts = metric.as_array().map(Vec::as_slice).unwrap_or_default();
        let parts = match parts {
            [parts @ .., Value::Object(_)] | parts => parts,
        };
        let is_text = |part: &Value| part.as_str().is_some_and(|text| !text.is_empty());
        parts.len() >= 2 && parts.len().is_multiple_of(2) && parts.iter().all(is_text)
    };
    list.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_metric))
}

fn alarms(list: &Value) -> bool {
    let is_alarm = |arn: &Value| arn.as_str().is_some_and(|arn| arn.contains(":alarm:"));
    let is_list =
        |list: &Vec<Value>| (1..=ALARMS_MAX).contains(&list.len()) && list.iter().all(is_alarm);
    list.as_array().is_some_and(is_list)
}
