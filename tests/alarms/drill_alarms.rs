//! `drill alarm` sets each alarm of CloudWatch off, and its history says whether the message left.

use local_aws::{Fault, Message};
use serde_json::{Value, json};

use crate::support::{Aws, Outcome, TOPIC, deployed_and_confirmed};

const ADDRESS: &str = "ops@example.com";
/// Where the alarms are.
const SECOND: &str = "us-west-2";
const FINDINGS: &str = "mrbackup-default-findings";
const HEARTBEAT: &str = "mrbackup-default-heartbeat";

#[track_caller]
fn deployed() -> Aws {
    deployed_and_confirmed(ADDRESS)
}

/// The rows of the drill that are about messages of alarms, by the alarm.
fn tried(report: &Value) -> Vec<(String, String, String)> {
    let rows = report["links"].as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == "alarm message")
        .map(|row| {
            let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
            let error = row["error"].to_string();
            (text("name"), text("condition"), text("reason") + &error)
        })
        .collect()
}

/// The alarms that a run has set, with the states.
fn set(aws: &Aws) -> Vec<(String, String)> {
    let log = aws.log();
    let calls = log.iter().filter(|call| call.is("monitoring", "SetAlarmState"));
    calls
        .map(|call| {
            let text = |member: &str| call.request.input[member].as_str().unwrap().to_owned();
            (text("AlarmName"), text("StateValue"))
        })
        .collect()
}

/// The topic of the alarms gets the key that nobody's alarms can use.
fn encrypt(aws: &Aws) {
    let key = json!({
        "TopicArn": aws.arn("sns", SECOND, TOPIC), "AttributeName": "KmsMasterKeyId",
        "AttributeValue": "alias/aws/sns",
    });
    aws.call("sns", SECOND, "set_topic_attributes", key);
}

/// The watchdog has found so many things.
fn find(aws: &Aws, findings: u32) {
    let dimensions = json!([{"Name": "Deployment", "Value": "default"}]);
    let datum = json!({"MetricName": "Findings", "Dimensions": dimensions, "Value": findings});
    let data = json!({"Namespace": "mrbackup", "MetricData": [datum]});
    aws.call("cloudwatch", SECOND, "put_metric_data", data);
}

fn drill(aws: &Aws, more: &[&str]) -> Outcome {
    aws.mrbackup([&["drill", "alarm", "-o", "json"], more].concat())
}

#[test]
fn each_alarm_is_set_off_and_left_as_it_was() {
    let aws = deployed();
    let inbox = aws.inbox(SECOND, TOPIC);
    let states = || [FINDINGS, HEARTBEAT].map(|alarm| aws.alarm_state(SECOND, alarm));
    let before = states();
    aws.clear_log();
    let run = drill(&aws, &[]).success();
    let report = run.json();
    let tried = tried(&report);
    assert_eq!(tried.len(), 2, "{run:?}");
    for (name, condition, reason) in &tried {
        assert!(name.starts_with("mrbackup-default-"), "{name}");
        assert_eq!(condition, "ok", "{run:?}");
        assert!(reason.contains("CloudWatch notified the topic"), "{reason}");
    }
    assert_eq!(states(), before);
    let mut set = set(&aws);
    set.sort();
    let alarm = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    let wanted = [(FINDINGS, &before[0]), (HEARTBEAT, &before[1])]
        .iter()
        .flat_map(|(name, state)| [alarm(name, "ALARM"), alarm(name, state)])
        .collect::<Vec<_>>();
    assert_eq!(set.len(), 4);
    assert!(wanted.iter().all(|one| set.contains(one)), "{set:?}");
    let messages = inbox.take(4);
    let of_alarms: Vec<&Message> =
        messages.iter().filter(|message| message.subject.starts_with("ALARM: ")).collect();
    assert_eq!(of_alarms.len(), 2, "{messages:?}");
    for message in of_alarms {
        assert!(message.body.contains("DRILL of mrbackup default"), "{message:?}");
        assert!(message.body.contains(report["drill"].as_str().unwrap()), "{message:?}");
    }
}

#[test]
fn an_alarm_whose_message_cannot_leave_is_a_broken_link_in_awss_words() {
    let aws = deployed();
    encrypt(&aws);
    let run = drill(&aws, &[]).code(3);
    let tried = tried(&run.json());
    assert_eq!(tried.len(), 2);
    for (_, condition, reason) in tried {
        assert_eq!(condition, "failed", "{run:?}");
        let words =
            "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.";
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn an_alarm_that_is_on_is_left_alone_and_its_last_message_counts() {
    let aws = deployed();
    find(&aws, 0);
    find(&aws, 1);
    assert_eq!(aws.alarm_state(SECOND, FINDINGS), "ALARM");
    aws.clear_log();
    let run = drill(&aws, &[]).success();
    let findings = |run: &Outcome| {
        let tried = tried(&run.json());
        tried.into_iter().find(|(name, ..)| name.contains("findings")).unwrap()
    };
    let (_, condition, reason) = findings(&run);
    assert_eq!(condition, "ok", "{run:?}");
    assert!(reason.contains("is on, and left alone"), "{reason}");
    assert!(set(&aws).iter().all(|(name, _)| name == HEARTBEAT), "{:?}", set(&aws));
    // It goes on once more, and nobody gets its message.
    aws.advance(std::time::Duration::from_hours(1));
    find(&aws, 0);
    encrypt(&aws);
    aws.advance(std::time::Duration::from_hours(1));
    find(&aws, 1);
    assert_eq!(aws.alarm_state(SECOND, FINDINGS), "ALARM");
    let run = drill(&aws, &[]).code(3);
    let (_, condition, reason) = findings(&run);
    assert_eq!(condition, "failed", "{run:?}");
    assert!(reason.contains("SNS topic encryption key"), "{reason}");
}

#[test]
fn alarms_that_are_not_tried_are_said_not_to_be() {
    let aws = deployed();
    aws.clear_log();
    let run = drill(&aws, &["--no-alarms"]).success();
    for (_, condition, reason) in tried(&run.json()) {
        assert_eq!(condition, "pending", "{run:?}");
        assert!(reason.contains("not tried"), "{reason}");
    }
    assert_eq!(set(&aws), []);
    let run = aws.mrbackup(["drill", "alarm", "--no-alarms"]).success();
    run.stdout_has("✔ A failure is reported from us-east-1: every link holds.");
    run.stdout_has("! A failure is reported from us-west-2 as far as was tested: not its alarms.");
    run.stdout_lacks("from us-west-2: every link holds");
}

#[test]
fn without_the_permission_nothing_is_said_to_hold() {
    let aws = deployed();
    for (operation, action) in [
        ("SetAlarmState", "cloudwatch:SetAlarmState"),
        ("DescribeAlarmHistory", "cloudwatch:DescribeAlarmHistory"),
    ] {
        aws.clear_faults();
        let denied = Fault::error(403, "AccessDenied", "not allowed");
        aws.fault(denied.on("monitoring", operation));
        let run = aws.mrbackup(["drill", "alarm"]).code(3);
        let arn = aws.arn("cloudwatch", SECOND, "alarm:mrbackup-default-findings");
        let fix = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{arn}"}}"#);
        run.stdout_has(&fix);
        run.stdout_lacks("from us-west-2: every link holds");
    }
    // What cannot be set off is not left in another state.
    assert_ne!(aws.alarm_state(SECOND, FINDINGS), "ALARM");
}

/// What somebody has switched off does not go off.
#[test]
fn an_alarm_without_its_action_is_not_set_off() {
    let aws = deployed();
    let names = json!({"AlarmNames": [FINDINGS]});
    aws.call("cloudwatch", SECOND, "disable_alarm_actions", names);
    aws.clear_log();
    let run = drill(&aws, &[]).code(3);
    let tried = tried(&run.json());
    let (_, condition, reason) = tried.iter().find(|(name, ..)| name.contains("findings")).unwrap();
    assert_eq!(condition, "failed", "{run:?}");
    assert!(reason.contains("its actions are disabled"), "{reason}");
    assert!(set(&aws).iter().all(|(name, _)| name == HEARTBEAT), "{:?}", set(&aws));
}
