//! The SNS topic that alarms go to.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::subscribers;
use crate::account::tagging::{Service, Tagging, of_topic, to_sns};
use crate::account::topic_keys::{self, TopicKey};
use crate::account::topics;
use crate::aws::SendingOnce;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::policy_document;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::steps::scope::{Entry, Scope};
use crate::steps::topic_key_policy::{self, Publisher, Use};
use crate::steps::topic_policy;

pub(crate) static KIND: Kind = Kind::new("alert topic").part_of("alarms");

pub(super) const ENTRY: Entry =
    Entry::new(Scope::AlarmRegions(|context, region| Arc::new(Topic::new(context, region))))
        .linked(Lambda::Validator, 6);

#[derive(Serialize)]
pub(super) struct Spec {
    /// Whether the topic's policy lets the account's own callers publish, CloudWatch's alarms among them.
    owner_may_publish: bool,
    /// Compared only where a key is wanted, or was: another's key may be what somebody's security rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key: Option<String>,
    tags: Tags,
}

struct Attributes {
    policy: Value,
    key: Option<String>,
}

pub(super) struct Topic {
    context: Context,
    region: Region,
    arn: String,
}

impl Topic {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let arn = context.names.topic_arn(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), arn }
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.context, Service::Sns, &self.region, &self.arn)
    }

    async fn tags(&self) -> Result<Option<Tags>, Failure> {
        of_topic(&self.context, &self.region, &self.arn).await
    }

    fn key(&self) -> Option<&String> {
        self.context.settings.topic_keys.get(&self.region)
    }

    /// Policy and key; `None` where there is no topic.
    async fn attributes(&self) -> Result<Option<Attributes>, Failure> {
        let found = topics::attributes(&self.context, &self.region).await?;
        Ok(found.map(|mut attributes| {
            let policy = attributes.remove("Policy").unwrap_or_default();
            let key = attributes.remove("KmsMasterKeyId").filter(|key| !key.is_empty());
            Attributes { policy: serde_json::from_str(&policy).unwrap_or_default(), key }
        }))
    }

    /// Adds what keeps those who publish from using the topic's key, and what is not known of that.
    pub(super) async fn judge_key<S>(&self, key: &str, observed: &mut Observed<S>) {
        let not_judged = |why: String| format!("{why}; `mrbackup drill alarm` tries it");
        match topic_keys::read(&self.context, &self.region, key).await {
            Ok(TopicKey::OfAws) => observed.attention.extend(self.shut_out_by_aws(key)),
            Ok(TopicKey::OfCustomer(id, policy)) => {
                let findings = self.shut_out_by_policy(key, &id, &policy);
                observed.attention.extend(findings);
                let alarms = topic_key_policy::judged(&policy, &Publisher::CloudWatch);
                if self.has_alarms() && alarms == Use::UnderCondition {
                    let why = "its key's policy lets CloudWatch use it under a condition, which is not judged";
                    observed.notes.push(not_judged(why.to_owned()));
                }
            }
            Ok(TopicKey::Foreign(owner)) => observed.notes.push(not_judged(format!(
                "its key is of account {owner}, which alone can read its policy"
            ))),
            Ok(TopicKey::Gone) => observed.attention.push(format!(
                "{}: the topic's key {key} is not there: no one can publish, and alarms reach no one",
                self.region
            )),
            Err(failure) => {
                observed.notes.push(not_judged(format!("its key's policy was not read: {failure}")));
            }
        }
    }

    pub(super) fn has_alarms(&self) -> bool {
        let settings = &self.context.settings;
        self.region == settings.regions.secondary || settings.recovery_alarms.contains(&self.region)
    }

    /// Why CloudWatch cannot publish to a topic with AWS's own key. Its policy does not let CloudWatch use
    /// it, and cannot be changed (CloudWatch user guide, "Notifying users on alarm changes"); only the
    /// secondary region and those with recovery alarms have any, and the functions may use it.
    fn shut_out_by_aws(&self, key: &str) -> Option<String> {
        let is_given = self.context.settings.given_topics.contains_key(&self.region);
        let option = if is_given { "" } else { " (--topic-key-arn)" };
        self.has_alarms().then(|| {
            format!(
                "{}: the topic is encrypted with {key}, which CloudWatch cannot use: the watchdog's alarms reach no one. \
                 Encrypt it with a key of your own{option} whose policy lets cloudwatch.amazonaws.com use it, or with none",
                self.region
            )
        })
    }

    /// Who publishes to the topic and may not use its key. A function's role names only keys that are
    /// recorded; nothing of EventBridge publishes here.
    fn shut_out_by_policy(&self, key: &str, id: &str, policy: &Value) -> Vec<String> {
        let Context { names, settings, .. } = &self.context;
        let is_it = |recorded: &String| recorded == id || recorded.ends_with(&format!("/{id}"));
        let former = settings.former.topic_keys.get(&self.region);
        let is_recorded = self.key().into_iter().chain(former).any(is_it);
        let account = is_recorded.then_some(names.account.as_str());
        let validator = names.function_role_arn(Lambda::Validator, &self.region);
        let watchdog = names.function_role_arn(Lambda::Watchdog, &settings.regions.secondary);
        let function = |role_arn| Publisher::Function { role_arn, account };
        let mut publishers =
            vec![("the validator", function(&validator)), ("the watchdog", function(&watchdog))];
        if self.has_alarms() {
            publishers.push(("CloudWatch", Publisher::CloudWatch));
        }
        let shut_out = publishers.iter().filter_map(|(who, publisher)| {
            let region = &self.region;
            let end = format!("its alarms reach no one in {region}");
            match topic_key_policy::judged(policy, publisher) {
                Use::Allowed | Use::UnderCondition => None,
                Use::NotAllowed => Some(format!(
                    "{region}: the policy of the topic's key {key} does not let {who} use it: {end}. Add to it: {}",
                    publisher.statement()
                )),
                Use::Denied(sid) => Some(format!(
                    "{region}: statement {sid} of the policy of the topic's key {key} denies its use to {who}: {end}"
                )),
            }
        });
        shut_out.collect()
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        let tags = self.tags().await?;
        let require =
            |tags| require_ours(&self.context, &tags, "topic", &self.context.names.topic());
        tags.map(require).transpose()
    }

    async fn make_topic(&self) -> Result<(), Failure> {
        self.context.listings.subscriptions.forget(&self.region);
        let clients = self.context.region(&self.region);
        let send = |once: &SendingOnce| {
            once.sns()
                .create_topic()
                .name(self.context.names.topic())
                .set_tags(Some(to_sns(&self.context.tags())))
                .set_attributes(
                    self.key()
                        .map(|key| HashMap::from([("KmsMasterKeyId".to_owned(), key.clone())])),
                )
                .send()
        };
        let site = CallSite::new("sns:CreateTopic", &self.region, &self.arn);
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.topic_arn.map(|_| ()), || self.look())
            .await
    }
}

#[async_trait]
impl Resource for Topic {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.context.names.topic()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec { owner_may_publish: true, kms_key: self.key().cloned(), tags: self.context.tags() }
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let (tags, attributes) = tokio::join!(self.tags(), self.attributes());
        let Some(tags) = tags? else { return Ok(Live::Absent.into()) };
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let Some(Attributes { policy, key }) = attributes? else { return Ok(Live::Absent.into()) };
        let policy = policy_document::normal(&policy);
        let account = &self.context.names.account;
        let owner_may_publish = topic_policy::lets_owner_publish(&policy, account);
        let former = self.context.settings.former.topic_keys.get(&self.region);
        let compared =
            self.key().is_some() || former.is_some_and(|former| Some(former) == key.as_ref());
        let tags = self.context.our_tags(&tags);
        let kms_key = key.clone().filter(|_| compared);
        let mut observed = Observed::new(Spec { owner_may_publish, kms_key, tags });
        let prefix = format!("mrbackup-{}-", self.context.names.deployment);
        for sid in topic_policy::denials(&policy, account, &prefix) {
            observed.attention.push(format!(
                "{}: statement {sid} of the topic's policy denies publishing: alarms may reach no one",
                self.region
            ));
        }
        if let Some(key) = &key {
            self.judge_key(key, &mut observed).await;
        }
        if let Some(key) = key.filter(|_| !compared) {
            observed.notes.push(format!("also encrypted with {key}"));
        }
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.make_topic().await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        self.tagging().retag(difference.of(|topic| &topic.tags)).await?;
        if difference.of(|topic| topic.owner_may_publish).is_some() {
            let policy = self.attributes().await?.map(|live| live.policy).unwrap_or_default();
            let policy = topic_policy::with_owner(&policy, &self.arn, &self.context.names.account);
            topics::set(&self.context, &self.region, "Policy", &policy.to_string()).await?;
        }
        if let Some((_, key)) = difference.of(|topic| topic.kms_key.as_deref()) {
            // Without a value SNS encrypts no more with a key of the user's.
            let key = key.unwrap_or_default();
            topics::set(&self.context, &self.region, "KmsMasterKeyId", key).await?;
        }
        Ok(Told::nothing())
    }

    async fn removal_blocker(&self) -> Result<Option<String>, Failure> {
        let foreign = subscribers::foreign_on(&self.context, &self.region).await?.join(", ");
        Ok((!foreign.is_empty()).then(|| format!("others have subscribed to it: {foreign}")))
    }

    /// With the topic go all its subscriptions, those that could not be unsubscribed too.
    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        self.context.listings.subscriptions.forget(&self.region);
        if let Some(why) = self.removal_blocker().await? {
            return Ok(Removal::Kept(why));
        }
        let sns = self.context.region(&self.region).sns;
        let send = || sns.delete_topic().topic_arn(&self.arn).send();
        let site = CallSite::new("sns:DeleteTopic", &self.region, &self.arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(Removal::Gone)
    }
}
