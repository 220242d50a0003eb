//! What the history of an alarm says of its messages.

use std::time::Duration;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{AlarmHistoryItem, HistoryItemType, ScanBy};
use serde_json::Value;
use tokio::time::Instant;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::Alarm;
use crate::model::region::Region;

/// How long the history may be silent about an alarm that was set off: CloudWatch acts within seconds.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// Between two looks at the history.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A message that CloudWatch has tried to give to a topic.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Action {
    pub(super) at: Option<DateTime>,
    /// AWS's words where it did not get there.
    pub(super) failure: Option<String>,
    /// All that the history says, which makes it different from any other.
    summary: String,
    data: String,
}

/// The messages of an alarm to its region's topic, the newest first.
///
/// # Errors
/// Where the history cannot be read.
pub(super) async fn actions(
    context: &Context,
    alarm: Alarm,
    region: &Region,
) -> Result<Vec<Action>, Failure> {
    let cloudwatch = context.region(region).cloudwatch;
    let send = |token| {
        cloudwatch
            .describe_alarm_history()
            .alarm_name(context.names.alarm(alarm))
            .history_item_type(HistoryItemType::Action)
            .scan_by(ScanBy::TimestampDescending)
            .max_records(100)
            .set_next_token(token)
            .send()
    };
    let arn = context.names.alarm_arn(alarm, region);
    let site = CallSite::new("cloudwatch:DescribeAlarmHistory", region, arn);
    let read = context.caller.pages("actions of an alarm", site, send, |page| {
        (page.alarm_history_items.unwrap_or_default(), page.next_token)
    });
    let topic = context.names.topic_in_use(&context.settings, region);
    Ok(read.await?.into_iter().filter_map(|item| on(&topic, item)).collect())
}

/// Waits for a message that is not among those `before`; `None` where there is none in time.
///
/// # Errors
/// Where the history cannot be read.
pub(super) async fn newer(
    context: &Context,
    alarm: Alarm,
    region: &Region,
    before: &[Action],
) -> Result<Option<Action>, Failure> {
    let begun = Instant::now();
    loop {
        let mut found = actions(context, alarm, region).await?;
        found.retain(|action| !before.contains(action));
        // Of several the first is that of the drill: the others tell that it is over.
        if let Some(first) = found.pop() {
            return Ok(Some(first));
        }
        if begun.elapsed() >= LONGEST_SILENCE {
            return Ok(None);
        }
        context.caller.pause(LOOK_EVERY).await?;
    }
}

/// What an item of the history says of a message to this topic. The JSON is not in the API reference;
/// the summary is (re:Post, "Why didn't I receive an SNS notification for my CloudWatch alarm
/// trigger?": "Failed to execute action ARN. Received error: ..."), so either may tell the failure.
fn on(topic: &str, item: AlarmHistoryItem) -> Option<Action> {
    let summary = item.history_summary.unwrap_or_default();
    let text = item.history_data.unwrap_or_default();
    let data: Value = serde_json::from_str(&text).unwrap_or_default();
    let is_to_topic = match data["notificationResource"].as_str() {
        Some(resource) => resource == topic,
        None => summary.contains(topic),
    };
    let done = match data["actionState"].as_str() {
        Some(state) => state == "Succeeded",
        None => summary.starts_with("Successfully executed action"),
    };
    let failure = (!done).then(|| match &data["error"] {
        Value::String(words) => words.clone(),
        Value::Null => summary.clone(),
        words => words.to_string(),
    });
    is_to_topic.then_some(Action { at: item.timestamp, failure, summary, data: text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-west-2:111122223333:mrbackup-default-alerts";

    /// `None` where it says nothing of our topic, and else the failure, or that it is done.
    fn said(summary: &str, data: &Value) -> Option<String> {
        let item = AlarmHistoryItem::builder().history_summary(summary);
        let action = on(TOPIC, item.history_data(data.to_string()).build())?;
        Some(action.failure.unwrap_or_else(|| "done".to_owned()))
    }

    #[test]
    fn a_message_is_told_by_the_data_and_else_by_the_summary() {
        let data = |state: &str, error: Value| json!({"actionState": state, "notificationResource": TOPIC, "error": error});
        let said = |summary: &str, data: &Value| said(summary, data).unwrap();
        assert_eq!(said("", &data("Succeeded", Value::Null)), "done");
        assert_eq!(said("", &data("Failed", json!("no key"))), "no key");
        let done = format!("Successfully executed action {TOPIC}");
        assert_eq!(said(&done, &json!({})), "done");
        let failed = format!("Failed to execute action {TOPIC}. Received error: \"no key\"");
        assert_eq!(said(&failed, &json!({})), failed);
        let unsure = said("", &data("InProgress", json!({"code": 1})));
        assert_eq!(unsure, r#"{"code":1}"#, "only success is success");
    }

    #[test]
    fn what_went_elsewhere_says_nothing_of_our_topic() {
        let data = json!({"actionState": "Succeeded", "notificationResource": "arn:aws:sns:::t"});
        assert_eq!(said(&format!("Successfully executed action {TOPIC}"), &data), None);
        assert_eq!(said("Successfully executed action arn:aws:sns:::t", &json!({})), None);
    }
}
