//! A dry run that finds something not ready, or that does not come, reaches whoever the region's topic notifies.

use std::time::Duration;

use local_aws::{Inbox, Message};
use serde_json::json;

use super::{NO_DATA, NOT_READY};
use crate::support::{
    Aws, PRIMARY, SECONDARY, TOPIC, UP, VAULT, account, deployed_with_recovery_alarms,
};

const HOUR: Duration = Duration::from_hours(1);
const PUBLISH: [&str; 5] = ["recover", "--region", SECONDARY, "--dry-run", "--publish"];

#[track_caller]
fn state(aws: &Aws, alarm: &str) -> String {
    aws.alarm_state(SECONDARY, alarm)
}

/// As a dry run publishes it that finds everything ready.
fn all_is_ready(aws: &Aws) {
    let dimensions =
        json!([{"Name": "Deployment", "Value": "default"}, {"Name": "Region", "Value": SECONDARY}]);
    let datum = json!({
        "MetricName": "RecoveryNotReady", "Dimensions": dimensions, "Value": 0.0, "Unit": "Count",
    });
    let data = json!({"Namespace": "mrbackup", "MetricData": [datum]});
    aws.call("cloudwatch", SECONDARY, "put_metric_data", data);
}

/// The next message of the alarm. Those of the watchdog's, which is not running, are none of this.
#[track_caller]
fn next(inbox: &Inbox, alarm: &str) -> Message {
    let name = format!("\"{alarm}\"");
    loop {
        let mut messages = inbox.take(1).into_iter();
        if let Some(found) = messages.find(|message| message.subject.contains(&name)) {
            return found;
        }
    }
}

#[test]
fn what_is_not_ready_is_an_alarm_until_a_dry_run_finds_it_ready() {
    let aws = deployed_with_recovery_alarms();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    // No program can restore it.
    aws.put_restorable_point(SECONDARY, VAULT, "Timestream", "metrics");
    aws.mrbackup(PUBLISH).code(3);
    assert_eq!((state(&aws, NOT_READY), state(&aws, NO_DATA)), ("ALARM".into(), "OK".into()));
    let alarm = next(&inbox, NOT_READY);
    let command = "mrbackup recover --region us-west-2 --dry-run --name default";
    assert!(alarm.subject.starts_with("ALARM: "), "{alarm:?}");
    assert!(alarm.body.contains(command), "{alarm:?}");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("alarm {NOT_READY} is on: "));
    status.stdout_has(command);
    // Nothing is known between two dry runs: it stays on.
    aws.advance(30 * HOUR);
    assert_eq!(state(&aws, NOT_READY), "ALARM");
    all_is_ready(&aws);
    assert_eq!(state(&aws, NOT_READY), "OK");
    assert!(next(&inbox, NOT_READY).subject.starts_with("OK: "));
    aws.mrbackup(["status"]).code(3).stdout_lacks(NOT_READY);
}

#[test]
fn no_dry_run_for_two_days_is_an_alarm_until_the_next() {
    let aws = deployed_with_recovery_alarms();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    all_is_ready(&aws);
    assert!(next(&inbox, NO_DATA).subject.starts_with("OK: "));
    // One a day is enough, and one that is late by hours no alarm.
    for _ in 0..3 {
        aws.advance(30 * HOUR);
        assert_eq!(state(&aws, NO_DATA), "OK");
        all_is_ready(&aws);
    }
    aws.advance(47 * HOUR);
    assert_eq!(state(&aws, NO_DATA), "OK");
    // CloudWatch looks back a few periods further.
    aws.advance(4 * HOUR);
    assert_eq!(state(&aws, NO_DATA), "ALARM");
    assert_eq!(state(&aws, NOT_READY), "OK", "of what is not known nothing is said");
    let alarm = next(&inbox, NO_DATA);
    let command = "mrbackup recover --region us-west-2 --dry-run --name default";
    assert!(alarm.subject.starts_with("ALARM: "), "{alarm:?}");
    assert!(alarm.body.contains(command), "{alarm:?}");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("alarm {NO_DATA} is on: "));
    status.stdout_has(format!("{command} --publish"));
    aws.put_restorable_point(SECONDARY, VAULT, "Timestream", "metrics");
    aws.mrbackup(PUBLISH).code(3);
    assert_eq!(state(&aws, NO_DATA), "OK");
    assert!(next(&inbox, NO_DATA).subject.starts_with("OK: "));
}

#[test]
fn the_drill_sets_them_off_too() {
    let aws = account();
    let address = "ops@example.com";
    let both = ["--recovery-alarms", PRIMARY, "--recovery-alarms", SECONDARY, "--email", address];
    aws.mrbackup(UP.into_iter().chain(both)).success();
    aws.confirm(address);
    let before = [PRIMARY, SECONDARY].map(|region| aws.inbox(region, TOPIC));
    let run = aws.mrbackup(["drill", "alarm", "-o", "json"]).success();
    let report = run.json();
    let links = report["links"].as_array().unwrap();
    let compared = |kind: &str| links.iter().filter(|link| link["kind"] == kind).count();
    assert_eq!((compared("recovery alarm"), compared("recovery data alarm")), (2, 2), "{run:?}");
    for region in [PRIMARY, SECONDARY] {
        for alarm in [NOT_READY, NO_DATA] {
            let name = format!("{alarm} → {TOPIC}");
            let link = links.iter().find(|link| {
                link["kind"] == "alarm message" && link["region"] == region && link["name"] == name
            });
            let link = link.unwrap_or_else(|| panic!("{region} {name}: {run:?}"));
            assert_eq!(link["condition"], "ok", "{link}");
            assert_eq!(aws.alarm_state(region, alarm), "INSUFFICIENT_DATA");
        }
    }
    let subjects = |at: usize, count| -> Vec<String> {
        before[at].take(count).into_iter().map(|message| message.subject).collect()
    };
    for (at, count) in [(0, 2), (1, 4)] {
        let told = subjects(at, count);
        let alarms = told.iter().filter(|subject| subject.starts_with("ALARM: ")).count();
        assert_eq!(alarms, count, "{told:?}");
    }
    let left = aws.mrbackup(["drill", "alarm", "--no-alarms"]).success();
    left.stdout_has("from us-east-1 as far as was tested: not its alarms");
}

/// Whom the region's topic lets in counts in the primary too, once it has an alarm.
#[test]
fn a_topic_that_shuts_cloudwatch_out_is_said_where_they_are() {
    for (more, alarmed) in [(&[][..], false), (&["--recovery-alarms", PRIMARY], true)] {
        let aws = account();
        aws.mrbackup(UP.iter().chain(more)).success();
        let key = json!({
            "TopicArn": aws.arn("sns", PRIMARY, TOPIC), "AttributeName": "KmsMasterKeyId",
            "AttributeValue": "alias/aws/sns",
        });
        aws.call("sns", PRIMARY, "set_topic_attributes", key);
        let status = aws.mrbackup(["status"]).code(3);
        assert_eq!(status.stdout.contains("which CloudWatch cannot use"), alarmed, "{status:?}");
    }
}
