//! The queue of what EventBridge could not deliver to a rule's target: without one such an event is lost, and nobody hears of it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::raw_reads::RawReads;
use crate::account::tagging::{Service, Tagging};
use crate::aws::SendingOnce;
use crate::aws::raw::{Creating, Request, SQS};
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::policy_document;
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::scope::{Entry, Scope};
use crate::terminal::wrap::plural;

pub(super) static VALIDATOR: Kind = Kind::new("dead-letter queue").part_of("alarms");
pub(super) static WATCHDOG: Kind = Kind::new("watchdog dead-letter queue").part_of("watchdog");
pub(super) static FORWARDING: Kind = Kind::new("forwarding dead-letter queue").part_of("alarms");

pub(super) const VALIDATOR_ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(DeadLetterQueue::new(context, Lambda::Validator, region))
}));
pub(super) const WATCHDOG_ENTRY: Entry = Entry::new(Scope::Secondary(|context, region| {
    Arc::new(DeadLetterQueue::new(context, Lambda::Watchdog, region))
}));
pub(super) const FORWARDING_ENTRY: Entry = Entry::new(Scope::WithoutAlarms(|context, region| {
    Arc::new(DeadLetterQueue::new(context, Receiver::Secondary, region))
}));

fn kind(receiver: Receiver) -> &'static Kind {
    match receiver {
        Receiver::Function(Lambda::Validator) => &VALIDATOR,
        Receiver::Function(Lambda::Watchdog) => &WATCHDOG,
        Receiver::Secondary => &FORWARDING,
    }
}

/// The longest that SQS keeps a message: 14 days (API reference, `CreateQueue`).
const RETENTION_SECONDS: i64 = 1_209_600;
/// Of the statement that is ours in the queue's policy.
const SID: &str = "EventBridge";

#[derive(Serialize)]
pub(super) struct Spec {
    retention_seconds: i64,
    /// The statement that lets our rule put into it; `null` where the policy has none of ours.
    statement: Value,
    tags: Tags,
}

pub(super) struct DeadLetterQueue {
    context: Context,
    receiver: Receiver,
    region: Region,
    name: String,
    arn: String,
}

/// A queue as SQS tells of it.
struct Found {
    url: String,
    attributes: BTreeMap<String, String>,
    tags: Tags,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Url {
    queue_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QueueTags {
    #[serde(default)]
    tags: Tags,
}

impl DeadLetterQueue {
    fn new(context: &Context, receiver: impl Into<Receiver>, region: &Region) -> Self {
        let receiver = receiver.into();
        let id = StepId::regional(kind(receiver), region);
        let name = context.names.dead_letter_queue(receiver);
        let arn = context.names.dead_letter_queue_arn(receiver, region);
        Self { context: context.on_behalf_of(&id), receiver, region: region.clone(), name, arn }
    }

    /// What EventBridge needs to put into it (user guide, "Using dead-letter queues to process undelivered events").
    fn statement(&self) -> Value {
        policy_document::normal(&json!({"Statement": [{
            "Sid": SID,
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {
                "ArnEquals": {
                    "aws:SourceArn": self.context.names.event_rule_arn(self.receiver, &self.region),
                },
            },
        }]}))["Statement"][0]
            .take()
    }

    fn site(&self, action: &'static str) -> CallSite {
        CallSite::new(action, &self.region, &self.arn)
    }

    async fn send(
        &self,
        action: &'static str,
        operation: &'static str,
        params: Value,
    ) -> Result<Value, Failure> {
        let raw = self.context.clients.raw(&self.region);
        let request = Request::change(&SQS, operation, params);
        self.context.caller.call(self.site(action), || raw.send(&request)).await
    }

    /// What SQS says of it; `None` where there is no such queue.
    async fn read<O>(
        &self,
        action: &'static str,
        operation: &'static str,
        params: Value,
    ) -> Result<Option<O>, Failure>
    where
        O: DeserializeOwned + Debug + Send + Sync + 'static,
    {
        let Context { caller, clients, .. } = &self.context;
        let reads = RawReads::new(caller, clients, &self.region);
        if_found(reads.one(action, &self.arn, Request::of(&SQS, operation, params)).await)
    }

    async fn url(&self) -> Result<Option<String>, Failure> {
        let params = json!({"QueueName": self.name});
        let found: Option<Url> = self.read("sqs:GetQueueUrl", "GetQueueUrl", params).await?;
        Ok(found.map(|found| found.queue_url))
    }

    async fn tags(&self, url: &str) -> Result<Option<Tags>, Failure> {
        let params = json!({"QueueUrl": url});
        let found: Option<QueueTags> =
            self.read("sqs:ListQueueTags", "ListQueueTags", params).await?;
        Ok(found.map(|found| found.tags))
    }

    async fn attributes(&self, url: &str) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let params = json!({"QueueUrl": url, "AttributeNames": ["All"]});
        let found: Option<Attributes> =
            self.read("sqs:GetQueueAttributes", "GetQueueAttributes", params).await?;
        Ok(found.map(|found| found.attributes))
    }

    async fn find(&self) -> Result<Option<Found>, Failure> {
        let Some(url) = self.url().await? else { return Ok(None) };
        let (attributes, tags) = tokio::join!(self.attributes(&url), self.tags(&url));
        let (Some(attributes), Some(tags)) = (attributes?, tags?) else { return Ok(None) };
        Ok(Some(Found { url, attributes, tags }))
    }

    /// The URL of the queue of this name, if it is ours.
    async fn look(&self) -> Result<Option<String>, Failure> {
        let Some(Found { url, tags, .. }) = self.find().await? else { return Ok(None) };
        require_ours(&self.context, &tags, "queue", &self.name)?;
        Ok(Some(url))
    }

    async fn set(&self, url: &str, wanted: &Spec, policy: &Value) -> Result<(), Failure> {
        let attributes = json!({
            "MessageRetentionPeriod": wanted.retention_seconds.to_string(),
            "Policy": with_statement(policy, &wanted.statement).to_string(),
        });
        let params = json!({"QueueUrl": url, "Attributes": attributes});
        self.send("sqs:SetQueueAttributes", "SetQueueAttributes", params).await.map(|_| ())
    }

    /// What a person has to know of what is in it.
    fn undelivered(&self, url: &str, attributes: &BTreeMap<String, String>) -> Option<String> {
        let count = |name: &str| attributes.get(name).and_then(|count| count.parse().ok());
        let waiting: usize = count("ApproximateNumberOfMessages").unwrap_or_default();
        let taken: usize = count("ApproximateNumberOfMessagesNotVisible").unwrap_or_default();
        let events = waiting + taken;
        let region = &self.region;
        (events > 0).then(|| {
            format!(
                "{region}: EventBridge could not deliver about {}, and SQS keeps each for 14 days. Read: aws sqs receive-message --queue-url {url} --region {region}; then empty the queue: aws sqs purge-queue --queue-url {url} --region {region}",
                plural(events, "event")
            )
        })
    }
}

/// A queue's policy with our statement beside those of others.
fn with_statement(policy: &Value, ours: &Value) -> Value {
    let others = policy["Statement"].as_array().into_iter().flatten();
    let mut statements: Vec<Value> = others.filter(|one| one["Sid"] != SID).cloned().collect();
    statements.push(ours.clone());
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn policy_of(attributes: &BTreeMap<String, String>) -> Value {
    let text = attributes.get("Policy").map(String::as_str).unwrap_or_default();
    policy_document::normal(&serde_json::from_str(text).unwrap_or_default())
}

#[async_trait]
impl Resource for DeadLetterQueue {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(kind(self.receiver), &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        let tags = self.context.tags();
        Spec { retention_seconds: RETENTION_SECONDS, statement: self.statement(), tags }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some(Found { url, attributes, tags }) = self.find().await? else {
            return Ok(Live::Absent.into());
        };
        if !self.context.is_ours(&tags) {
            let tagging = Tagging::new(&self.context, Service::Sqs, &self.region, &url);
            return Ok(tagging.not_ours().into());
        }
        let policy = policy_of(&attributes);
        let statements = policy["Statement"].as_array();
        let (ours, others): (Vec<&Value>, Vec<&Value>) =
            statements.into_iter().flatten().partition(|one| one["Sid"] == SID);
        let retention = attributes.get("MessageRetentionPeriod");
        let mut observed = Observed::new(Spec {
            retention_seconds: retention.and_then(|text| text.parse().ok()).unwrap_or_default(),
            statement: ours.first().map_or(Value::Null, |one| (*one).clone()),
            tags: self.context.our_tags(&tags),
        });
        let sid = |one: &&Value| one["Sid"].as_str().unwrap_or("without a Sid").to_owned();
        let others = others.iter().map(sid);
        observed.notes = others.map(|sid| format!("its policy also has statement {sid}")).collect();
        let key = attributes.get("KmsMasterKeyId").filter(|key| !key.is_empty());
        observed.notes.extend(key.map(|key| format!("also encrypted with {key}")));
        observed.attention.extend(self.undelivered(&url, &attributes));
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        let clients = self.context.region(&self.region);
        let request: Creating<Url> = Creating::of(
            &SQS,
            "CreateQueue",
            json!({
                "QueueName": self.name,
                "Attributes": {
                    "MessageRetentionPeriod": wanted.retention_seconds.to_string(),
                    "Policy": with_statement(&Value::Null, &wanted.statement).to_string(),
                },
                "tags": wanted.tags,
            }),
        );
        let send = |once: &SendingOnce| once.send(&request);
        let site = self.site("sqs:CreateQueue");
        let made = |answer: Url| Some(answer.queue_url);
        let url = self.context.caller.create(&clients, site, send, made, || self.look()).await?;
        // SQS answers with a queue of this name and these attributes that is there already, whosever it
        // is. One that is new may not be shown for a second.
        if let Some(tags) = self.tags(&url).await? {
            require_ours(&self.context, &tags, "queue", &self.name)?;
        }
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        let Some(Found { url, attributes, .. }) = self.find().await? else {
            return Err(Failure::failed(
                format!("{}: queue {} has just been deleted", self.region, self.name),
                "run the same command again",
            ));
        };
        let tagging = Tagging::new(&self.context, Service::Sqs, &self.region, &url);
        tagging.retag(difference.of(|queue| &queue.tags)).await?;
        let changed = difference.of(|queue| (queue.retention_seconds, &queue.statement));
        if changed.is_some() {
            self.set(&url, difference.wanted, &policy_of(&attributes)).await?;
        }
        Ok(Told::nothing())
    }

    /// What is still in it goes with it.
    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        if let Some(url) = self.url().await? {
            let gone = self.send("sqs:DeleteQueue", "DeleteQueue", json!({"QueueUrl": url})).await;
            if_found(gone)?;
        }
        Ok(Removal::Gone)
    }
}
