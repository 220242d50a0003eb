//! `CloudWatch`: which data an alarm judges, what it makes of data that is missing, and whom it tells.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local_aws::TestAccount;
use local_aws::{Call, Fault, Message};
use serde_json::{Value, json};

use super::{REGION, refused, send};

const HOUR: Duration = Duration::from_hours(1);

/// An alarm on the sum of `m` over an hour, with members of the test's own.
fn alarm(aws: &TestAccount, more: Value) -> Result<Value, local_aws::AwsError> {
    let mut alarm = json!({
        "AlarmName": "a", "Namespace": "tests", "MetricName": "m", "Statistic": "Sum", "Period": 3600,
        "EvaluationPeriods": 1, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{ "Name": "d", "Value": "one" }],
        "AlarmActions": [aws.arn("sns", REGION, "t")], "OKActions": [aws.arn("sns", REGION, "t")],
    });
    if let (Value::Object(alarm), Value::Object(more)) = (&mut alarm, more) {
        alarm.extend(more);
    }
    send(aws, "cloudwatch", "put_metric_alarm", alarm)
}

fn put(aws: &TestAccount, dimension: &str, value: f64) {
    let dimensions = json!([{ "Name": "d", "Value": dimension }]);
    let datum = json!({ "MetricName": "m", "Dimensions": dimensions, "Value": value });
    let data = json!({ "Namespace": "tests", "MetricData": [datum] });
    send(aws, "cloudwatch", "put_metric_data", data).expect("valid data");
}

fn state(aws: &TestAccount) -> String {
    aws.alarm_state(REGION, "a")
}

fn topic(aws: &TestAccount) -> String {
    let topic = send(aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic");
    topic["TopicArn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn an_alarm_judges_its_own_metric_and_tells_of_each_change_once() {
    let aws = TestAccount::new();
    topic(&aws);
    let inbox = aws.inbox(REGION, "t");
    alarm(&aws, json!({})).expect("a valid alarm");
    assert_eq!(state(&aws), "INSUFFICIENT_DATA");
    put(&aws, "two", 1.0);
    assert_eq!(state(&aws), "INSUFFICIENT_DATA");
    put(&aws, "one", 0.0);
    assert_eq!(state(&aws), "OK");
    put(&aws, "one", 1.0);
    put(&aws, "one", 1.0);
    assert_eq!(state(&aws), "ALARM");
    aws.advance(HOUR);
    put(&aws, "one", 0.0);
    assert_eq!(state(&aws), "OK");
    let subjects: Vec<String> =
        inbox.take(3).into_iter().map(|message: Message| message.subject).collect();
    let subject = |state: &str| format!(r#"{state}: "a" in {REGION}"#);
    assert_eq!(subjects, [subject("OK"), subject("ALARM"), subject("OK")]);
}

#[test]
fn missing_data_is_treated_as_the_alarm_says() {
    // Four hours of silence after data in an alarm over one hour, which looks back for three.
    for (treated, after_good, after_bad) in [
        ("missing", "INSUFFICIENT_DATA", "INSUFFICIENT_DATA"),
        ("ignore", "OK", "ALARM"),
        ("breaching", "ALARM", "ALARM"),
        ("notBreaching", "OK", "OK"),
    ] {
        for (value, wanted) in [(0.0, after_good), (1.0, after_bad)] {
            let aws = TestAccount::new();
            alarm(&aws, json!({ "TreatMissingData": treated })).expect("a valid alarm");
            put(&aws, "one", value);
            aws.advance(2 * HOUR);
            let still = if value > 0.0 { "ALARM" } else { "OK" };
            assert_eq!(
                state(&aws),
                still,
                "{treated}: the newest data counts while it is in reach"
            );
            aws.advance(2 * HOUR);
            assert_eq!(state(&aws), wanted, "{treated} after {value}");
        }
    }
}

#[test]
fn a_heartbeat_that_stops_is_an_alarm() {
    let aws = TestAccount::new();
    let beat = json!({
        "EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
    });
    alarm(&aws, beat).expect("a valid alarm");
    for _ in 0..3 {
        put(&aws, "one", 1.0);
        aws.advance(HOUR);
    }
    assert_eq!(state(&aws), "OK");
    aws.advance(3 * HOUR);
    assert_eq!(state(&aws), "OK", "one of five periods has a beat");
    aws.advance(2 * HOUR);
    assert_eq!(state(&aws), "ALARM");
    put(&aws, "one", 1.0);
    assert_eq!(state(&aws), "OK");
}

#[test]
fn an_alarm_over_a_unit_sees_no_other_data() {
    let aws = TestAccount::new();
    alarm(&aws, json!({ "Unit": "Count" })).expect("a valid alarm");
    put(&aws, "one", 1.0);
    assert_eq!(state(&aws), "INSUFFICIENT_DATA", "data without a unit");
    alarm(&aws, json!({})).expect("a valid alarm");
    put(&aws, "one", 1.0);
    assert_eq!(state(&aws), "ALARM");
}

#[test]
fn m_out_of_n_periods_make_an_alarm() {
    let aws = TestAccount::new();
    alarm(&aws, json!({ "EvaluationPeriods": 3, "DatapointsToAlarm": 2 })).expect("a valid alarm");
    for (value, wanted) in [(0.0, "OK"), (1.0, "OK"), (0.0, "OK"), (1.0, "ALARM"), (0.0, "OK")] {
        aws.advance(HOUR);
        put(&aws, "one", value);
        assert_eq!(state(&aws), wanted);
    }
}

#[test]
fn data_is_read_back_newest_first() {
    let aws = TestAccount::new();
    for value in [1.0, 2.0, 3.0] {
        aws.advance(HOUR);
        put(&aws, "one", value);
    }
    put(&aws, "two", 9.0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let values = |dimensions: Value, more: Value| {
        let metric = json!({ "Namespace": "tests", "MetricName": "m", "Dimensions": dimensions });
        let stat = json!({ "Metric": metric, "Period": 60, "Stat": "Maximum" });
        let mut question = json!({
            "MetricDataQueries": [{ "Id": "q", "MetricStat": stat }],
            "StartTime": now - 3 * 3600 + 300, "EndTime": now + 1,
        });
        if let (Value::Object(question), Value::Object(more)) = (&mut question, more) {
            question.extend(more);
        }
        let answer = send(&aws, "cloudwatch", "get_metric_data", question).expect("data");
        answer["MetricDataResults"][0]["Values"].clone()
    };
    let one = || json!([{ "Name": "d", "Value": "one" }]);
    assert_eq!(values(one(), json!({})), json!([3.0, 2.0, 1.0]));
    let oldest_first = json!({ "ScanBy": "TimestampAscending" });
    assert_eq!(values(one(), oldest_first), json!([1.0, 2.0, 3.0]));
    assert_eq!(values(json!([]), json!({})), json!([]), "without dimensions it is another metric");
    let late = json!({ "StartTime": now - 3600 + 300 });
    assert_eq!(values(one(), late), json!([3.0]));
}

/// A question for the maximum of `m`, with this many seconds a period, since so many days ago.
fn question(period: u64, days: u64) -> Value {
    let dimensions = json!([{ "Name": "d", "Value": "one" }]);
    let metric = json!({ "Namespace": "tests", "MetricName": "m", "Dimensions": dimensions });
    let stat = json!({ "Metric": metric, "Period": period, "Stat": "Maximum" });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    json!({
        "MetricDataQueries": [{ "Id": "q", "MetricStat": stat }],
        "StartTime": now - days * 86400, "EndTime": now + 1,
    })
}

/// How old the start may be for a period, by "`MetricStat`", `Period`: the data points are not there, and nothing says so.
#[test]
fn what_is_old_has_no_data_of_a_short_period() {
    let aws = TestAccount::new();
    put(&aws, "one", 1.0);
    aws.advance(HOUR);
    let found = |period, days| {
        let answer = send(&aws, "cloudwatch", "get_metric_data", question(period, days));
        answer.expect("data")["MetricDataResults"][0]["Values"] == json!([1.0])
    };
    for (period, days, is_there) in [
        (60, 14, true),
        (60, 16, false),
        (300, 16, true),
        (300, 64, false),
        (3600, 64, true),
        (5400, 64, false),
        (86400, 400, true),
    ] {
        assert_eq!(found(period, days), is_there, "{period} s since {days} days");
    }
    aws.advance(456 * 24 * HOUR);
    assert!(!found(3600, 500), "after 455 days it is gone");
}

#[test]
fn data_comes_in_pages_of_so_many_points() {
    let aws = TestAccount::new();
    for value in [1.0, 2.0, 3.0] {
        aws.advance(HOUR);
        put(&aws, "one", value);
    }
    let page = |token: Option<&Value>| {
        let mut question = question(60, 1);
        question["MaxDatapoints"] = json!(2);
        if let Some(token) = token {
            question["NextToken"] = token.clone();
        }
        send(&aws, "cloudwatch", "get_metric_data", question)
    };
    let first = page(None).expect("a page");
    assert_eq!(first["MetricDataResults"][0]["Values"], json!([3.0, 2.0]));
    assert_eq!(first["MetricDataResults"][0]["StatusCode"], "PartialData");
    let second = page(Some(&first["NextToken"])).expect("a page");
    assert_eq!(second["MetricDataResults"][0]["Values"], json!([1.0]));
    assert_eq!(second["MetricDataResults"][0]["StatusCode"], "Complete");
    assert_eq!(second["NextToken"], Value::Null);
    refused(page(Some(&json!("x"))), 400, "InvalidNextToken", "invalid");
}

#[test]
fn questions_for_data_are_refused_as_aws_does() {
    let aws = TestAccount::new();
    let ask = |change: &dyn Fn(&mut Value)| {
        let mut question = question(60, 1);
        change(&mut question["MetricDataQueries"]);
        send(&aws, "cloudwatch", "get_metric_data", question)
    };
    let many = |queries: &mut Value| {
        let query = queries[0].clone();
        let named = |n| {
            let mut query = query.clone();
            query["Id"] = json!(format!("q{n}"));
            query
        };
        *queries = (0..501).map(named).collect();
    };
    refused(ask(&many), 400, "ValidationError", "size greater than 500");
    let upper = |queries: &mut Value| queries[0]["Id"] = json!("Q");
    refused(ask(&upper), 400, "ValidationError", "pattern");
    let twice = |queries: &mut Value| *queries = json!([queries[0], queries[0]]);
    refused(ask(&twice), 400, "ValidationError", "not unique");
    let odd = |queries: &mut Value| queries[0]["MetricStat"]["Period"] = json!(90);
    refused(ask(&odd), 400, "ValidationError", "multiple of 60");
    let none = |queries: &mut Value| *queries = json!([{"Id": "q"}]);
    refused(ask(&none), 400, "ValidationError", "Exactly one");
}

#[test]
fn alarms_have_tags_and_go() {
    let aws = TestAccount::new();
    let tag = |value: &str| json!([{ "Key": "k", "Value": value }]);
    alarm(&aws, json!({ "Tags": tag("v") })).expect("a valid alarm");
    alarm(&aws, json!({ "Tags": tag("w") })).expect("the same alarm");
    let read = send(&aws, "cloudwatch", "describe_alarms", json!({})).expect("alarms");
    assert_eq!(read["MetricAlarms"][0]["AlarmDescription"], Value::Null);
    let arn = json!({ "ResourceARN": aws.arn("cloudwatch", REGION, "alarm:a") });
    let tags = || send(&aws, "cloudwatch", "list_tags_for_resource", arn.clone());
    assert_eq!(tags().expect("tags")["Tags"], tag("v"), "an update takes no tags");
    let change = json!({ "ResourceARN": arn["ResourceARN"], "Tags": tag("x") });
    send(&aws, "cloudwatch", "tag_resource", change).expect("tags");
    assert_eq!(tags().expect("tags")["Tags"], tag("x"));
    send(&aws, "cloudwatch", "delete_alarms", json!({ "AlarmNames": ["a", "none"] }))
        .expect("gone");
    refused(tags(), 404, "ResourceNotFoundException", "");
    let none = send(&aws, "cloudwatch", "describe_alarms", json!({})).expect("alarms");
    assert_eq!(none["MetricAlarms"], json!([]));
    let names: Vec<String> = aws.log().iter().map(Call::name).collect();
    assert_eq!(names[0], format!("monitoring.PutMetricAlarm {REGION}"));
    assert_eq!(aws.log()[0].input()["AlarmName"], "a");
}

#[test]
fn alarms_are_refused_as_aws_does() {
    let aws = TestAccount::new();
    let elsewhere = json!({ "AlarmActions": [aws.arn("sns", "eu-west-1", "t")] });
    refused(alarm(&aws, elsewhere), 400, "ValidationError", "Invalid region eu-west-1 specified");
    let long = json!({ "EvaluationPeriods": 169 });
    refused(alarm(&aws, long), 400, "ValidationError", "must be <= 604800");
    refused(alarm(&aws, json!({ "Period": 90 })), 400, "ValidationError", "multiple of 60");
    let fault = aws.fault(Fault::error(400, "Teapot", "short").on("monitoring", "PutMetricAlarm"));
    refused(alarm(&aws, json!({})), 400, "Teapot", "short");
    assert_eq!(fault.fired(), 1);
}

#[test]
fn an_alarm_needs_a_topic_that_lets_it_in() {
    let aws = TestAccount::new();
    let topic = topic(&aws);
    let inbox = aws.inbox(REGION, "t");
    alarm(&aws, json!({ "TreatMissingData": "notBreaching" })).expect("a valid alarm");
    let set = |name: &str, value: &str| {
        let arguments =
            json!({ "TopicArn": topic, "AttributeName": name, "AttributeValue": value });
        send(&aws, "sns", "set_topic_attributes", arguments).expect("a valid attribute");
    };
    let policy = |principal: Value| {
        let statement = json!({
            "Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": topic,
        });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let change = |value: f64| {
        aws.advance(4 * HOUR);
        put(&aws, "one", value);
    };
    set("Policy", &policy(json!({ "AWS": aws.id() })));
    change(1.0);
    set("Policy", &policy(json!({ "Service": "cloudwatch.amazonaws.com" })));
    set("KmsMasterKeyId", "alias/aws/sns");
    change(0.0);
    set("KmsMasterKeyId", "");
    change(2.0);
    let messages = inbox.take(1);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].subject.starts_with("ALARM"), "{messages:?}");
}

/// What became of the actions of the alarm, the newest first.
fn actions(aws: &TestAccount) -> Vec<(String, Value)> {
    let asked = json!({ "AlarmName": "a", "HistoryItemType": "Action" });
    let history = send(aws, "cloudwatch", "describe_alarm_history", asked).expect("a history");
    let items = history["AlarmHistoryItems"].as_array().expect("a list").iter();
    let text = |item: &Value, member: &str| item[member].as_str().expect("a text").to_owned();
    items
        .map(|item| {
            let data = text(item, "HistoryData");
            (text(item, "HistorySummary"), serde_json::from_str(&data).expect("JSON"))
        })
        .collect()
}

#[test]
fn an_alarm_that_is_set_acts_and_its_history_says_what_became_of_that() {
    let aws = TestAccount::new();
    let topic = topic(&aws);
    let inbox = aws.inbox(REGION, "t");
    alarm(&aws, json!({})).expect("a valid alarm");
    let set = |state: &str| {
        let arguments = json!({ "AlarmName": "a", "StateValue": state, "StateReason": "a drill" });
        send(&aws, "cloudwatch", "set_alarm_state", arguments)
    };
    set("ALARM").expect("a valid state");
    set("ALARM").expect("a state that it is in already");
    assert!(inbox.take(1)[0].body.contains("a drill"));
    let done = actions(&aws);
    assert_eq!(done.len(), 1, "{done:?}");
    assert_eq!(done[0].0, format!("Successfully executed action {topic}"));
    assert_eq!(done[0].1["actionState"], "Succeeded");
    assert_eq!(done[0].1["notificationResource"], topic);
    let key = json!({
        "TopicArn": topic, "AttributeName": "KmsMasterKeyId", "AttributeValue": "alias/aws/sns",
    });
    send(&aws, "sns", "set_topic_attributes", key).expect("a valid key");
    set("OK").expect("a valid state");
    let (summary, data) = actions(&aws).swap_remove(0);
    let begin = format!("Failed to execute action {topic}. Received error: ");
    assert!(summary.starts_with(&begin), "{summary}");
    assert_eq!(data["actionState"], "Failed");
    let error = data["error"].as_str().expect("a text");
    assert!(error.contains("does not have authorization to access the SNS topic encryption key"));
    // Without an action for the state there is nothing to say.
    set("INSUFFICIENT_DATA").expect("a valid state");
    assert_eq!(actions(&aws).len(), 2);
}
