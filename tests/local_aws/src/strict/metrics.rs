//! `CloudWatch`'s alarms: whom they can tell, and how far back they can look.

use super::{Case, dashboards};
use crate::answer::Answer;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "PutMetricAlarm" => match fault(case) {
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
