//! Whether the watchdog runs, and whether what it says reaches anyone.

use local_aws::{Fault, NotRun};
use serde_json::{Value, json};

use super::{HOUR, Watched, alarm, ok, subjects};
use crate::support::{PRIMARY, SECONDARY, TOPIC, UP, WATCHDOG, account, deployed};

#[test]
fn a_watchdog_that_does_not_run_is_told_once_and_once_that_it_runs_again() {
    let watched = Watched::new();
    for _ in 0..2 {
        watched.is_silent();
    }
    watched.aws.call("events", SECONDARY, "disable_rule", json!({ "Name": WATCHDOG }));
    let Err(NotRun::Refused(why)) = watched.aws.run_schedule(SECONDARY, WATCHDOG) else {
        panic!("it is disabled");
    };
    assert!(why.contains("DISABLED"), "{why}");
    watched.aws.advance(6 * HOUR);
    assert_eq!(watched.take(1), [alarm("heartbeat")]);
    watched.aws.advance(6 * HOUR);
    assert_eq!(watched.take(0), [""; 0]);
    let status = watched.aws.mrbackup(["status"]).code(3);
    status.stdout_has("alarm mrbackup-default-heartbeat is on");
    watched.aws.mrbackup(["up"]).success();
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("heartbeat")]);
}

/// Nothing has beaten yet when the alarm is made: until the first run nobody is told that none came.
#[test]
fn a_fresh_deployment_raises_no_alarm() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    for _ in 0..3 {
        aws.advance(HOUR);
        aws.run_schedule(SECONDARY, WATCHDOG).unwrap_or_else(|error| panic!("{error}"));
    }
    let told = subjects(&inbox.take(1));
    assert!(told.iter().all(|subject| subject.starts_with("OK: ")), "{told:?}");
}

/// A watchdog whose code raises is told by Lambda itself, once a run.
#[test]
fn a_watchdog_that_raises_is_told_by_its_destination() {
    let watched = Watched::new();
    let denied = Fault::error(400, "ValidationError", "no metrics today");
    watched.aws.fault(denied.on("monitoring", "PutMetricData").in_functions());
    watched.aws.advance(HOUR);
    let Err(NotRun::Failed(error)) = watched.aws.run_schedule(SECONDARY, WATCHDOG) else {
        panic!("it cannot put its metrics");
    };
    assert!(error.to_string().contains("no metrics today"), "{error}");
    let messages = watched.inbox.take(1);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let record: Value = serde_json::from_str(&messages[0].body).expect("Lambda's record");
    assert_eq!(record["requestPayload"]["schema"], "mrbackup.watchdog/1");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
}

#[test]
fn a_lost_subscriber_is_told_through_the_other_topic() {
    let watched = Watched::new();
    let topic = json!({ "TopicArn": watched.aws.arn("sns", SECONDARY, TOPIC) });
    let list = watched.aws.call("sns", SECONDARY, "list_subscriptions_by_topic", topic);
    let subscriptions = list["Subscriptions"].as_array().expect("a list");
    let ops = subscriptions.iter().find(|each| each["Endpoint"] == "ops@example.com");
    let arn = json!({ "SubscriptionArn": ops.expect("subscribed")["SubscriptionArn"] });
    watched.aws.call("sns", SECONDARY, "unsubscribe", arn);
    let answer = watched.tick();
    assert_eq!(answer["outcome"], "told");
    let told = subjects(&watched.other.take(1));
    let ours = "mrbackup default: 2 findings: 1 subscriber lost in us-west-2, 1 nobody confirmed in us-west-2";
    assert_eq!(told, [ours]);
    assert_eq!(watched.take(1), [alarm("findings")]);
    watched.aws.mrbackup(["up"]).success();
    watched.aws.confirm_email(SECONDARY, "ops@example.com");
    watched.is_silent();
    assert_eq!(watched.take(1), [ok("findings")]);
}

/// A queue of the user's own is told by either region.
#[test]
fn a_queue_is_told_of_alarms_by_notify() {
    let aws = account();
    let queue = aws.call("sqs", SECONDARY, "create_queue", json!({ "QueueName": "alarms" }));
    let arn = aws.arn("sqs", SECONDARY, "alarms");
    let up = aws.mrbackup(UP.into_iter().chain(["--notify", &arn])).success();
    assert!(!up.stdout.contains("confirmed"), "a queue needs no confirmation: {up:?}");
    aws.mrbackup(["status"]).all_as_recorded();
    aws.emit(PRIMARY, &aws.sample("backup-failed"));
    let mirrored = aws.sample("backup-failed").to_string().replace(PRIMARY, SECONDARY);
    aws.emit(SECONDARY, &serde_json::from_str(&mirrored).unwrap());
    for region in [PRIMARY, SECONDARY] {
        aws.await_function_log(region, "mrbackup-default-validator", 1);
    }
    let mut told = Vec::new();
    while told.len() < 3 {
        let question = json!({ "QueueUrl": queue["QueueUrl"], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20 });
        let answer = aws.call("sqs", SECONDARY, "receive_message", question);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        assert!(!messages.is_empty(), "no more than {told:?}");
        told.extend(messages.iter().map(|message| {
            let envelope: Value =
                serde_json::from_str(message["Body"].as_str().unwrap()).expect("SNS's envelope");
            envelope["Subject"].as_str().unwrap_or_default().to_owned()
        }));
    }
    told.sort();
    let subject = |region: &str| format!("mrbackup default: backup job FAILED in {region} (EBS)");
    assert_eq!(told, [ok("heartbeat"), subject(PRIMARY), subject(SECONDARY)]);
    aws.mrbackup(["down"]).success();
}
