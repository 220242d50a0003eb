//! `CloudWatch`'s alarms and data: whom alarms can tell, how far back they can look, and what can be asked of metrics.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Case, dashboards};
use crate::answer::Answer;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;
/// API reference, `GetMetricData`, `MetricDataQueries`.
const QUERIES_MAX: usize = 500;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "PutMetricAlarm" => match fault(case) {
            Some(message) => case.refuse(400, "ValidationError", &message),
            None => case.forward().await,
        },
        "GetMetricData" => match unanswerable(&case.request.input) {
            Some(message) => case.refuse(400, "ValidationError", &message),
            None => case.forward().await,
        },
        "PutDashboard" => dashboards::put(case).await,
        "GetDashboard" | "DeleteDashboards" => dashboards::existing(case).await,
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            let answer = case.forward().await;
            if answer.is_success() {
                return answer;
            }
            let message = format!("Resource {} does not exist.", case.text("ResourceARN"));
            case.refuse(404, "ResourceNotFoundException", &message)
        }
        _ => case.forward().await,
    }
}

fn fault(case: Case<'_>) -> Option<String> {
    let input = &case.request.input;
    let number = |member: &str| input[member].as_u64().unwrap_or_default();
    let (period, periods) = (number("Period"), number("EvaluationPeriods"));
    if ![10, 20, 30].contains(&period) && (period == 0 || !period.is_multiple_of(60)) {
        return Some("Period must be 10, 20, 30 or a multiple of 60".to_owned());
    }
    let (name, limit) = if period < HOUR { ("a day", DAY) } else { ("seven days", 7 * DAY) };
    if period * periods > limit {
        return Some(format!(
            "Metrics cannot be checked across more than {name} (EvaluationPeriods * Period must be <= {limit})."
        ));
    }
    if number("DatapointsToAlarm") > periods {
        return Some(
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods".to_owned(),
        );
    }
    let actions = ["AlarmActions", "OKActions", "InsufficientDataActions"];
    let mut arns = actions.iter().flat_map(|member| input[member].as_array().into_iter().flatten());
    arns.find_map(|arn| {
        let region = arn.as_str().unwrap_or_default().split(':').nth(3);
        match region {
            None => Some(format!("Invalid arn syntax: {arn}")),
            Some(region) if region != case.request.region => Some(format!(
                "Invalid region {region} specified. Only {} is supported.",
                case.request.region
            )),
            Some(_) => None,
        }
    })
}

/// Why a question for data has no answer (API reference, `GetMetricData`, `MetricDataQuery`, `MetricStat`).
fn unanswerable(input: &Value) -> Option<String> {
    let queries = input["MetricDataQueries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if queries.len() > QUERIES_MAX {
        return Some(format!(
            "The collection MetricDataQueries must not have a size greater than {QUERIES_MAX}."
        ));
    }
    let mut ids = BTreeSet::new();
    queries.iter().find_map(|query| {
        let id = query["Id"].as_str().unwrap_or_default();
        let is_name = id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let period = query["MetricStat"]["Period"].as_u64().unwrap_or_default();
        let is_period = [1, 5, 10, 20, 30].contains(&period) || period > 0 && period.is_multiple_of(60);
        match (query["MetricStat"].is_object(), query["Expression"].is_string()) {
            _ if !is_name => Some(format!(
                "The value {id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )),
            _ if !ids.insert(id) => {
                Some("The values for parameter Id in MetricDataQueries are not unique.".to_owned())
            }
            (true, true) | (false, false) => Some(format!(
                "Exactly one of MetricStat and Expression must be specified for the query {id}."
            )),
            (true, false) if !is_period => Some(format!(
                "Period {period} of the query {id} must be 1, 5, 10, 20, 30 or a multiple of 60."
            )),
            _ => None,
        }
    })
}
