//! The alarms as deployed. What its tests share: a deployment with a queue on its topic, and what a message says.

mod code;
mod dashboards;
mod deleted_points;
mod delivery_logs;
mod drill;
mod drill_alarms;
mod drill_forwarding;
mod forwarding;
mod messages;
mod recovery;
mod second_region;
mod topic_keys;
mod watchdog;
mod wiring;

use std::ops::Deref;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use local_aws::{Inbox, Message, now};
use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, SECONDARY, VALIDATOR, VAULT};

const JOB: &str = "34176239-e96d-4e1a-9fad-529dbb3c3556";
const COPY_JOB: &str = "0175DE71-5784-589F-D8AC-541ACCB4CAC8";

/// The default deployment, and a queue on its topic.
struct Deployed {
    aws: Aws,
    inbox: Inbox,
}

impl Deref for Deployed {
    type Target = Aws;

    fn deref(&self) -> &Aws {
        &self.aws
    }
}

#[track_caller]
fn deployed() -> Deployed {
    let aws = crate::support::deployed();
    let inbox = aws.inbox(PRIMARY, "mrbackup-default-alerts");
    Deployed { aws, inbox }
}

impl Deployed {
    /// Runs the deployed function to its end, and returns what it has sent to the topic.
    #[track_caller]
    fn tell(&self, event: &Value) -> Vec<Message> {
        let before = self.published();
        let payload = json!({ "$base64": BASE64.encode(event.to_string()) });
        let arguments = json!({ "FunctionName": VALIDATOR, "Payload": payload });
        let answer = self.call("lambda", PRIMARY, "invoke", arguments);
        assert!(answer["FunctionError"].is_null(), "{event}\n{answer}");
        self.inbox.take(self.published() - before)
    }

    /// The same for an event that is to be one alarm.
    #[track_caller]
    fn alarm(&self, event: &Value) -> Message {
        let messages = self.tell(event);
        match <[Message; 1]>::try_from(messages) {
            Ok([message]) => message,
            Err(messages) => panic!("{event}\nis to be one message, and is {messages:#?}"),
        }
    }

    fn published(&self) -> usize {
        self.log().iter().filter(|call| call.is("sns", "Publish")).count()
    }

    /// The lines of the sample that name the volume, and those about its job.
    fn facts(&self, place: &str, job: &str, why: &str) -> Vec<String> {
        let volume = self.arn("ec2", PRIMARY, "volume/vol-0a1b2c3d4e5f60718");
        vec![
            format!("Resource:  {volume} (EBS)"),
            format!("To:        vault {VAULT} in {place}"),
            format!("Job:       {job}"),
            format!("Why:       {why}"),
        ]
    }
}

/// Waits for the next hour (UTC) where this one ends in a moment: the validator tells of a vault's deleted recovery points
/// once an hour.
fn keep_clear_of_the_hour() {
    let left = 3600 - now() % 3600;
    if left < 120 {
        std::thread::sleep(Duration::from_secs(left));
    }
}

/// What tests ask of a message.
trait Alarm {
    /// Asserts the subject, what a telephone shows under it, the line after that, and that each of these is a whole line
    /// of the body.
    fn says(&self, subject: &str, first: &str, lines: &[String]);

    /// The last line, which is for machines.
    fn record(&self) -> Value;
}

impl Alarm for Message {
    #[track_caller]
    fn says(&self, subject: &str, first: &str, lines: &[String]) {
        assert_eq!(self.subject, format!("mrbackup default: {subject}"), "{}", self.body);
        let glance = self.body.lines().next().unwrap_or_default();
        assert!(glance.len() <= 80 && glance.contains(" UTC. Run: mrbackup "), "{}", self.body);
        assert_eq!(self.body.lines().nth(1), Some(first), "{}", self.body);
        for line in lines {
            assert!(
                self.body.lines().any(|each| each == line),
                "no line {line:?} in\n{}",
                self.body
            );
        }
    }

    #[track_caller]
    fn record(&self) -> Value {
        let line = self.body.lines().last().unwrap_or_default();
        serde_json::from_str(line).expect("the last line is JSON")
    }
}

/// A COMPLETED job's event, its region of destination, and the recovery point that the job wrote.
fn completed(aws: &Aws) -> [(Value, &'static str, &'static str); 2] {
    [
        (
            aws.sample("backup-completed"),
            PRIMARY,
            "arn:aws:ec2:us-east-1::snapshot/snap-0f1e2d3c4b5a69788",
        ),
        (
            aws.sample("copy-completed"),
            SECONDARY,
            "arn:aws:ec2:us-west-2::snapshot/snap-0a9b8c7d6e5f40312",
        ),
    ]
}
