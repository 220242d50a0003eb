//! Edits of the queues of what EventBridge could not deliver, and what is said of what is in them.

use local_aws::Fault;
use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended};
use crate::support::{Aws, FORWARD_RULE, PRIMARY, SECONDARY, TERTIARY, UP, account, deployed};

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
            set(aws, PRIMARY, JOBS, &json!({"MessageRetentionPeriod": "60"}));
        },
    ),
    drift("our rule may not put into it", PRIMARY, "dead-letter queue", Some("statement"), |aws| {
        set(aws, PRIMARY, JOBS, &json!({"Policy": ""}));
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
            set(aws, SECONDARY, WATCHDOG, &json!({"Policy": policy.to_string()}));
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

fn set(aws: &Aws, region: &str, name: &str, attributes: &Value) {
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
    set(&aws, PRIMARY, JOBS, &json!({"Policy": theirs.to_string()}));
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
    let status = aws.mrbackup(["status"]).code(3);
    let queue = url(&aws, TERTIARY, FORWARD);
    status.stdout_has(format!(
        "eu-west-1: EventBridge could not deliver about 1 event, and SQS keeps each for 14 days. \
         Read: aws sqs receive-message --queue-url {queue} --region eu-west-1; \
         then empty the queue: aws sqs purge-queue --queue-url {queue} --region eu-west-1",
        queue = queue.as_str().unwrap()
    ));
    aws.call("sqs", TERTIARY, "purge_queue", json!({"QueueUrl": url(&aws, TERTIARY, FORWARD)}));
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
}

/// SQS takes a name again a minute after the deletion of its queue: `up` after `down` waits, and does not fail.
#[test]
fn a_name_that_was_given_up_a_moment_ago_is_waited_for() {
    let aws = account();
    let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
    let recently = Fault::error(400, "QueueDeletedRecently", message)
        .on("sqs", "CreateQueue")
        .region(TERTIARY)
        .first(2);
    let recently = aws.fault(recently);
    aws.mrbackup(UP).success();
    assert_eq!(recently.fired(), 2);
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
}

/// SQS answers `CreateQueue` with a queue of this name and these attributes, whosever it is.
#[test]
fn a_queue_that_somebody_makes_meanwhile_is_not_taken_over() {
    for same in [true, false] {
        let aws = account();
        let ours =
            aws.fault(Fault::hold_before().on("sqs", "CreateQueue").region(TERTIARY).first(1));
        let running = aws.command().args(UP).start();
        ours.wait_held();
        let log = aws.log();
        let asked = log
            .iter()
            .find(|call| call.is("sqs", "CreateQueue") && call.request.region == TERTIARY);
        let mut queue: Value = serde_json::from_slice(&asked.unwrap().request.body).unwrap();
        queue.as_object_mut().unwrap().remove("tags");
        if !same {
            queue.as_object_mut().unwrap().remove("Attributes");
        }
        aws.call("sqs", TERTIARY, "create_queue", queue);
        ours.release();
        let outcome = running.wait().code(1);
        outcome.stdout_has("forwarding dead-letter queue");
        let tags = json!({"QueueUrl": url(&aws, TERTIARY, FORWARD)});
        let tags = aws.call("sqs", TERTIARY, "list_queue_tags", tags)["Tags"].take();
        assert!(tags["mrbackup:deployment"].is_null(), "{tags}");
    }
}
