//! Alarms from the outside: AWS Backup's documented events go in, and what a topic's subscribers get comes out.

use serde_json::{Value, json};

use super::account::{Account, Via};
use super::point_events;
use super::sync::eventually;

const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../validator/events");
/// The account of the samples.
const SAMPLE_ACCOUNT: &str = "111122223333";

/// A queue on a topic, so that what its subscribers get can be read.
pub struct Inbox {
    account: Account,
    region: String,
    queue: Value,
    subscription: Value,
}

/// A message as a subscriber by e-mail gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// The text below it.
    pub body: String,
}

impl Account {
    /// An event that AWS documents, by the name of its file, as if it were of this account.
    ///
    /// # Panics
    ///
    /// When there is no such sample.
    #[track_caller]
    pub fn sample(&self, name: &str) -> Value {
        let path = format!("{EVENTS}/{name}.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text.replace(SAMPLE_ACCOUNT, self.id()),
            Err(error) => panic!("cannot read {path}: {error}"),
        };
        serde_json::from_str(&text).expect("samples are JSON")
    }

    /// AWS Backup sends an event to the region's default bus, which gives it another id and time.
    ///
    /// # Panics
    ///
    /// When `EventBridge` does not take it.
    #[track_caller]
    pub fn emit(&self, region: &str, event: &Value) {
        let entries = json!({ "Entries": [point_events::entry(event)] });
        let answer = match self.try_call(Via::Emulator, "events", region, "put_events", entries) {
            Ok(answer) => answer,
            Err(error) => panic!("EventBridge in {region}: {error}"),
        };
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }

    /// Subscribes a new queue to the topic of this name.
    #[track_caller]
    pub fn inbox(&self, region: &str, topic: &str) -> Inbox {
        let name = format!("inbox-of-{topic}");
        let queue = self.call("sqs", region, "create_queue", json!({ "QueueName": name }));
        let arguments = json!({
            "TopicArn": self.arn("sns", region, topic),
            "Protocol": "sqs",
            "Endpoint": self.arn("sqs", region, &name),
            "ReturnSubscriptionArn": true,
        });
        let subscription = self.call("sns", region, "subscribe", arguments);
        Inbox {
            account: self.clone(),
            region: region.to_owned(),
            queue: queue["QueueUrl"].clone(),
            subscription: subscription["SubscriptionArn"].clone(),
        }
    }

    /// What a function itself has logged, line by line. A run's lines appear together, when it has ended.
    pub fn function_log(&self, region: &str, function: &str) -> Vec<String> {
        let group = json!({ "logGroupName": format!("/aws/lambda/{function}") });
        let answer = self.call("logs", region, "filter_log_events", group);
        let events = answer["events"].as_array().cloned().unwrap_or_default();
        let lines = events.iter().filter_map(|event| event["message"].as_str());
        let is_lambdas = |line: &str| {
            ["START ", "END ", "REPORT "].iter().any(|word| {
                line.strip_prefix(word).is_some_and(|rest| rest.starts_with("RequestId:"))
            })
        };
        lines.filter(|line| !is_lambdas(line)).map(|line| line.trim_end().to_owned()).collect()
    }

    /// The same, once these many lines are there.
    #[track_caller]
    pub fn await_function_log(&self, region: &str, function: &str, count: usize) -> Vec<String> {
        eventually(&format!("{count} lines in the log of {function}"), || {
            let lines = self.function_log(region, function);
            (lines.len() >= count).then_some(lines)
        })
    }
}

impl Inbox {
    /// Waits for this many messages, and takes them with whatever else has come by then.
    #[track_caller]
    pub fn take(&self, count: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        eventually(&format!("{count} messages on the topic"), || {
            let missing = messages.len() < count;
            let arrived = self.receive(u64::from(missing));
            let all_there = arrived.is_empty() && !missing;
            messages.extend(arrived);
            all_there.then_some(())
        });
        messages
    }

    /// What is in the queue, or comes within these seconds.
    #[track_caller]
    fn receive(&self, seconds: u64) -> Vec<Message> {
        let arguments = json!({
            "QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": seconds,
        });
        let answer = self.account.call("sqs", &self.region, "receive_message", arguments);
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        messages.iter().map(|message| self.open(message)).collect()
    }

    /// Takes a message out of SNS's envelope and off the queue.
    #[track_caller]
    fn open(&self, message: &Value) -> Message {
        let handle = json!({ "QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"] });
        self.account.call("sqs", &self.region, "delete_message", handle);
        let envelope: Value = serde_json::from_str(message["Body"].as_str().unwrap_or_default())
            .expect("SNS wraps messages in JSON");
        let text = |member: &str| envelope[member].as_str().unwrap_or_default().to_owned();
        Message { subject: text("Subject"), body: text("Message") }
    }

    /// Unsubscribes and removes the queue.
    #[track_caller]
    pub fn close(self) {
        let subscription = json!({ "SubscriptionArn": self.subscription });
        self.account.call("sns", &self.region, "unsubscribe", subscription);
        let queue = json!({ "QueueUrl": self.queue });
        self.account.call("sqs", &self.region, "delete_queue", queue);
    }
}
