//! The subscriptions of an alert topic: the topic is their record, the manifest holds only hashes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sns::types::Subscription;
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::subscribers::{self, Ownership, is_confirmed, is_told};
use crate::config::subscriber::Protocol;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Change, Difference, Fact, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::names::command;
use crate::model::region::Region;
use crate::steps::scope::{Entry, Scope};
use crate::steps::topic;

/// SNS lets nobody remove a pending subscription; with the topic it goes.
pub(crate) static KIND: Kind = Kind::new("subscriptions")
    .part_of("alarms")
    .depends_on(&[InRegion(&topic::KIND)])
    .inside(&topic::KIND)
    .deleted_with_parent()
    .tells(&[ADDRESSES.name(), STAYING.name(), FORMER.name()])
    .uses(&[ADDRESSES.name(), STAYING.name()]);

/// Addresses of recorded subscribers by keyed hash, as far as the topics know them.
pub(crate) const ADDRESSES: Fact<Addresses> = Fact::new("addresses of subscribers");
type Addresses = BTreeMap<String, String>;

/// Former subscribers that stay on the region's topic until another has confirmed.
const STAYING: Fact<BTreeSet<String>> = Fact::new("subscribers that stay");

/// Keyed hashes of former subscribers that are still on the region's topic.
pub(crate) const FORMER: Fact<BTreeSet<String>> = Fact::new("former subscribers");

pub(super) const ENTRY: Entry = Entry::new(Scope::AlarmRegions(|context, region| {
    Arc::new(Subscriptions::new(context, region))
}));

#[derive(Serialize)]
pub(super) struct Spec {
    /// Endpoints, each of which says by its form how it is reached.
    subscribers: BTreeSet<String>,
}

pub(super) struct Subscriptions {
    context: Context,
    region: Region,
    topic: String,
}

impl Subscriptions {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let topic = context.names.topic_arn(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), topic }
    }

    /// Whether alarms are no longer sent to this topic, so that nobody needs to be told through it.
    fn is_left(&self) -> bool {
        !self.context.settings.own_topics().contains(&&self.region)
    }

    /// The recorded subscribers' endpoints, from whichever topic still has them: SNS deletes
    /// an unconfirmed subscription after 48 hours, and anybody can follow an unsubscribe link.
    async fn known_to_topics(&self) -> Addresses {
        let regions = self.context.settings.own_topics().into_iter();
        let lists = join_all(regions.map(|region| subscribers::list_once(&self.context, region)));
        // A topic that cannot be read is said by its own step.
        let subscriptions = lists.await.into_iter().flatten().flatten().flatten();
        let hashed = |subscription: Subscription| {
            let endpoint = subscription.endpoint.unwrap_or_default();
            (self.context.subscriber_hash(&endpoint), endpoint)
        };
        subscriptions.map(hashed).collect()
    }

    /// Says whether anybody would be told of a failure: `told` have confirmed.
    fn judge(&self, told: usize, addresses: &Addresses, observed: &mut Observed<Spec>) {
        if self.is_left() {
            observed.warnings.clear();
            return;
        }
        let settings = &self.context.settings;
        let recorded = settings.subscribers.len();
        // Of all topics it is said once.
        let is_first = settings.own_topics().first() == Some(&&self.region);
        if let Some(words) = self.words_of_lost(addresses).filter(|_| is_first) {
            observed.attention.push(words);
            observed.manual_changes = self.lost(addresses);
        }
        if recorded == 0 && is_first && !settings.without_alerts {
            let up = |option| command(self.context.names.deployment.as_str(), option);
            observed.attention.push(format!(
                "no one is notified of failures: add a subscriber with `{}`, or confirm that this is intended with `{}`",
                up("up --email ADDRESS"),
                up("up --alerts none")
            ));
        } else if recorded > 0 && told == 0 {
            observed.attention.push(format!(
                "no subscriber has confirmed: alarms from {} reach no one",
                self.region
            ));
        }
    }

    /// How those that are lost are added again: nobody knows of which kind they are.
    fn words_of_lost(&self, addresses: &Addresses) -> Option<String> {
        let up = |option| command(self.context.names.deployment.as_str(), option);
        let (lost, recorded) =
            (self.lost(addresses).len(), self.context.settings.subscribers.len());
        (lost > 0).then(|| format!(
            "{lost} of {recorded} subscribers are gone from the topics, and only hashes of their addresses are recorded: add each again with `{}`, or `{}` where it is a URL (https://...), the ARN of a queue or a function, or a telephone number; drop one with `{}` or `{}`",
            up("up --email ADDRESS"),
            up("up --notify ENDPOINT"),
            up("up --remove-email ADDRESS"),
            up("up --remove-notify ENDPOINT")
        ))
    }

    /// Recorded subscribers whose address is known neither from what was typed nor from a topic.
    fn lost(&self, addresses: &Addresses) -> Vec<Change> {
        let is_known = |hash: &&String| {
            addresses.contains_key(*hash) || self.context.addresses.contains_key(*hash)
        };
        let recorded = self.context.settings.subscribers.iter();
        let lost = recorded.filter(|hash| !is_known(hash));
        let change = |hash| Change {
            field: format!("subscribers.{hash}"),
            old: Value::Null,
            new: "an address of which only this hash is recorded".into(),
        };
        lost.map(change).collect()
    }

    /// Whether a former subscriber is the last who would be told: `confirmed` others are.
    fn stays(&self, subscription: &Subscription, confirmed: usize) -> bool {
        let is_replaced = confirmed > 0 || self.context.settings.subscribers.is_empty();
        is_confirmed(subscription) && !is_replaced
    }

    /// Whether a subscription of ours is there to be compared; says what a person should know of it.
    ///
    /// One that is not wanted any more counts as wanted while it has to stay: the last that would
    /// be told of a failure goes when another has confirmed.
    fn is_shown(
        &self,
        ownership: Ownership,
        subscription: &Subscription,
        confirmed: usize,
        observed: &mut Observed<Spec>,
    ) -> bool {
        let endpoint = subscription.endpoint().unwrap_or_default();
        let region = &self.region;
        let (shown, warning) = match (ownership, is_confirmed(subscription)) {
            (Ownership::Foreign, _) => return false,
            (Ownership::Wanted, true) => return true,
            (Ownership::Wanted, false) => (
                true,
                format!(
                    "{endpoint} has not confirmed in {region} yet; {}",
                    Protocol::from_endpoint(endpoint).confirmation()
                ),
            ),
            (Ownership::Former, false) => (
                false,
                format!(
                    "{endpoint} never confirmed in {region} and cannot be unsubscribed; SNS deletes it within 48 hours"
                ),
            ),
            (Ownership::Former, true) if !self.stays(subscription, confirmed) => return true,
            (Ownership::Former, true) => (
                true,
                format!(
                    "{endpoint} stays subscribed in {region} until another address has confirmed"
                ),
            ),
        };
        observed.warnings.push(warning);
        shown
    }

    /// Says of each that has confirmed where a filter policy keeps alarms from it. One that cannot be
    /// read may have one too, and is no reason to refuse a change.
    async fn filtered(&self, ours: &[(Ownership, &Subscription)]) -> Vec<String> {
        let confirmed =
            ours.iter().map(|(_, subscription)| *subscription).filter(|s| is_confirmed(s));
        let read = confirmed.map(|subscription| async move {
            let endpoint = subscription.endpoint().unwrap_or_default();
            let region = &self.region;
            match subscribers::filter(&self.context, region, subscription).await {
                Ok(None) => None,
                Ok(Some(policy)) => Some(format!(
                    "{region}: a filter policy, which mrbackup does not set, keeps alarms from {endpoint}: {policy}"
                )),
                Err(failure) => Some(format!(
                    "{region}: whether a filter policy keeps alarms from {endpoint} is unknown: {failure}"
                )),
            }
        });
        join_all(read).await.into_iter().flatten().collect()
    }

    async fn subscribe(&self, endpoint: &str) -> Result<(), Failure> {
        self.context.listings.subscriptions.forget(&self.region);
        let sns = self.context.region(&self.region).sns;
        let send = || {
            sns.subscribe()
                .topic_arn(&self.topic)
                .protocol(Protocol::from_endpoint(endpoint).as_str())
                .endpoint(endpoint)
                .return_subscription_arn(true)
                .send()
        };
        let site = CallSite::new("sns:Subscribe", &self.region, &self.topic);
        self.context.caller.call(site, send).await?;
        Ok(())
    }

    /// Ends a confirmed subscription; SNS lets nobody end a pending one, which then dies by itself.
    async fn unsubscribe(&self, subscription: &Subscription) -> Result<(), Failure> {
        if !is_confirmed(subscription) {
            return Ok(());
        }
        self.context.listings.subscriptions.forget(&self.region);
        let sns = self.context.region(&self.region).sns;
        let arn = subscription.subscription_arn().unwrap_or_default();
        let send = || sns.unsubscribe().subscription_arn(arn).send();
        let site = CallSite::new("sns:Unsubscribe", &self.region, arn);
        if_found(self.context.caller.call(site, send).await)?;
        Ok(())
    }
}

#[async_trait]
impl Resource for Subscriptions {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        format!("of {}", self.context.names.topic())
    }

    fn may_be_absent(&self) -> bool {
        self.context.settings.subscribers.is_empty()
    }

    /// Every recorded subscriber whose endpoint is known, from what was typed or from a topic, and
    /// those who stay for now.
    fn wanted(&self, known: Known<'_>) -> Spec {
        let addresses = addresses(&self.context, known.everywhere(&ADDRESSES));
        let recorded = self.context.settings.subscribers.iter();
        let recorded = recorded.filter_map(|hash| addresses.get(hash));
        let staying = known.of(&STAYING, &self.region).into_iter().flatten();
        Spec { subscribers: recorded.chain(staying).cloned().collect() }
    }

    /// Where the topic has yet to be made, nothing else tells of those that cannot be subscribed to it.
    fn reason(&self, difference: Option<Difference<'_, Spec>>, known: Known<'_>) -> Option<String> {
        let addresses = addresses(&self.context, known.everywhere(&ADDRESSES));
        self.words_of_lost(&addresses).filter(|_| difference.is_none() && !self.is_left())
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let found = subscribers::list_once(&self.context, &self.region).await?;
        let addresses = self.known_to_topics().await;
        let Some(found) = found else {
            return Ok(Seen { told: Told::one(&ADDRESSES, addresses), ..Live::Absent.into() });
        };
        let mut observed = Observed::new(Spec { subscribers: BTreeSet::new() });
        let (mut staying, mut former) = (BTreeSet::new(), BTreeSet::new());
        let (ours, others): (Vec<_>, Vec<_>) = found
            .iter()
            .map(|s| (subscribers::ownership(&self.context, s), s))
            .partition(|(ownership, _)| *ownership != Ownership::Foreign);
        observed.notes = others
            .iter()
            .map(|(_, s)| format!("also subscribed: {}", s.endpoint().unwrap_or_default()))
            .collect();
        observed.is_empty = ours.is_empty();
        let told = |ownership| {
            let of = |(s, sub): &&(Ownership, &Subscription)| *s == ownership && is_confirmed(sub);
            ours.iter().filter(of).count()
        };
        let confirmed = told(Ownership::Wanted);
        let anybody = confirmed + told(Ownership::Former);
        if !self.is_left() {
            observed.attention = self.filtered(&ours).await;
        }
        for (ownership, subscription) in ours {
            let endpoint = subscription.endpoint().unwrap_or_default().to_owned();
            // With a topic that is going its subscribers go.
            if ownership == Ownership::Former && !self.is_left() {
                former.insert(self.context.subscriber_hash(&endpoint));
            }
            if ownership == Ownership::Former && self.stays(subscription, confirmed) {
                staying.insert(endpoint.clone());
            }
            if self.is_shown(ownership, subscription, confirmed, &mut observed) {
                observed.spec.subscribers.insert(endpoint);
            }
        }
        self.judge(anybody, &addresses, &mut observed);
        let told = Told::one(&ADDRESSES, addresses).and(&STAYING, staying).and(&FORMER, former);
        Ok(Seen { told, ..Live::Ours(observed).into() })
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        try_join_all(wanted.subscribers.iter().map(|endpoint| self.subscribe(endpoint))).await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        let Some((have, wanted)) = difference.of(|topic| &topic.subscribers) else {
            return Ok(Told::nothing());
        };
        try_join_all(wanted.difference(have).map(|endpoint| self.subscribe(endpoint))).await?;
        let surplus: BTreeSet<&String> = have.difference(wanted).collect();
        if !surplus.is_empty() {
            let found = subscribers::list(&self.context, &self.region).await?.unwrap_or_default();
            let is_surplus = |s: &&Subscription| {
                is_told(s) && s.endpoint.as_ref().is_some_and(|endpoint| surplus.contains(endpoint))
            };
            try_join_all(found.iter().filter(is_surplus).map(|s| self.unsubscribe(s))).await?;
        }
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        Ok(Removal::Gone)
    }
}

/// Addresses of subscribers by keyed hash, as typed and as subscribed.
pub(crate) fn addresses<'a>(
    context: &'a Context,
    subscribed: impl Iterator<Item = &'a Addresses>,
) -> Addresses {
    let typed = context.addresses.iter().chain(subscribed.flatten());
    typed.map(|(hash, address)| (hash.clone(), address.clone())).collect()
}
