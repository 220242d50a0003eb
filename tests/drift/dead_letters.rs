//! Edits of the queues of what EventBridge could not deliver, and what is said of what is in them.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended};
use crate::support::{Aws, FORWARD_RULE, PRIMARY, SECONDARY, TERTIARY, deployed};

const JOBS: &str = "mrbackup-default-jobs-undelivered";
const WATCHDOG: &str = "mrbackup-default-watchdog-undelivered";
const FORWARD: &str = "mrbackup-default-forward-undelivered";

pub(super) const DRIFTS: &[Drift] = &[
    drift("queue deleted", PRIMARY, "dead-letter queue", None, |aws| delete(aws, PRIMARY, JOBS)),
    drift(
        "messages kept for less long",
        PRIMARY,
        "dead-letter queue",
        Some("retention_seconds"),
        |aws| {
            set(aws, PRIMARY, JOBS, json!({"MessageRetentionPeriod": "60"}));
        },
    ),
    drift("our rule may not put into it", PRIMARY, "dead-letter queue", Some("statement"), |aws| {
        set(aws, PRIMARY, JOBS, json!({"Policy": ""}));
    }),
    drift(
        "another rule may",
        SECONDARY,
        "watchdog dead-letter queue",
        Some("statement.Condition"),
        |aws| {
            let policy = json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "EventBridge",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": aws.arn("sqs", SECONDARY, WATCHDOG),
            }]});
            set(aws, SECONDARY, WATCHDOG, json!({"Policy": policy.to_string()}));
        },
    ),
    drift(
        "a tag of ours",
        TERTIARY,
        "forwarding dead-letter queue",
        Some("tags.mrbackup:id"),
        |aws| {
            let tags =
                json!({"QueueUrl": url(aws, TERTIARY, FORWARD), "Tags": {"mrbackup:id": "0000"}});
            aws.call("sqs", TERTIARY, "tag_queue", tags);
        },
    ),
    drift(
        "target without a queue",
        TERTIARY,
        "forwarding target",
        Some("dead_letter_queue"),
        |aws| {
            let rule = json!({"Rule": FORWARD_RULE});
            let mut targets = aws.call("events", TERTIARY, "list_targets_by_rule", rule);
            let mut target = targets["Targets"][0].take();
            target.as_object_mut().unwrap().remove("DeadLetterConfig");
            let targets = json!({"Rule": FORWARD_RULE, "Targets": [target]});
            aws.call("events", TERTIARY, "put_targets", targets);
        },
    ),
];

const fn drift(
    what: &'static str,
    region: &'static str,
    kind: &'static str,
    field: Option<&'static str>,
    edit: fn(&Aws),
) -> Drift {
    Drift { what, edit, region: Some(region), kind, field }
}

fn url(aws: &Aws, region: &str, name: &str) -> Value {
    aws.call("sqs", region, "get_queue_url", json!({"QueueName": name}))["QueueUrl"].take()
}

fn set(aws: &Aws, region: &str, name: &str, attributes: Value) {
    let attributes = json!({"QueueUrl": url(aws, region, name), "Attributes": attributes});
    aws.call("sqs", region, "set_queue_attributes", attributes);
}

fn delete(aws: &Aws, region: &str, name: &str) {
    aws.call("sqs", region, "delete_queue", json!({"QueueUrl": url(aws, region, name)}));
}

#[test]
fn each_edit_of_a_queue_is_named_and_mended() {
    assert_each_named_and_mended(DRIFTS);
}

#[test]
fn what_others_let_into_the_queue_is_noted_and_stays() {
    let aws = deployed();
    let theirs = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "theirs", "Effect": "Allow", "Principal": {"AWS": aws.id()}, "Action": "sqs:*", "Resource": "*"},
    ]});
    set(&aws, PRIMARY, JOBS, json!({"Policy": theirs.to_string()}));
    aws.mrbackup(["up"]).success();
    let status = aws.mrbackup(["status", "--all"]);
    status.stdout_has("its policy also has statement theirs");
    let attributes = json!({"QueueUrl": url(&aws, PRIMARY, JOBS), "AttributeNames": ["Policy"]});
    let policy = aws.call("sqs", PRIMARY, "get_queue_attributes", attributes);
    let policy = policy["Attributes"]["Policy"].as_str().unwrap();
    assert!(policy.contains("theirs") && policy.contains("EventBridge"), "{policy}");
}

#[test]
fn an_event_that_was_not_delivered_is_said_until_it_is_read() {
    let aws = deployed();
    let message = json!({"QueueUrl": url(&aws, TERTIARY, FORWARD), "MessageBody": "{}"});
    aws.call("sqs", TERTIARY, "send_message", message);
    let said = "eu-west-1: EventBridge could not deliver about 1 event; SQS keeps each for 14 days: \
                read them in queue mrbackup-default-forward-undelivered, then purge it";
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(said);
    aws.call("sqs", TERTIARY, "purge_queue", json!({"QueueUrl": url(&aws, TERTIARY, FORWARD)}));
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
}
