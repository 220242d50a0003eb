//! The e-mail subscriptions of the alert topic: the topic is their record, the manifest holds only hashes.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_sns::types::Subscription;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::Site;
use crate::context::Context;
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{Failure, if_found};
use crate::region::Region;

/// What SNS shows in place of an ARN until the address is confirmed.
const PENDING: &str = "PendingConfirmation";
const PROTOCOL: &str = "email";

#[derive(Serialize, Deserialize)]
struct Spec {
    email: BTreeSet<String>,
}

/// Whose a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Recorded.
    Wanted,
    /// Recorded once, and to be ended.
    Former,
    Foreign,
}

pub(super) struct Subscriptions {
    context: Context,
    region: Region,
    topic: String,
}

impl Subscriptions {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(Kind::Subscriptions, region);
        let topic = context.names.topic_arn(region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), topic }
    }

    /// Recorded subscribers whose address is nowhere to be read: SNS deletes an unconfirmed
    /// subscription after 48 hours, and anybody can follow an unsubscribe link.
    fn lost(&self) -> usize {
        let known = &self.context.learnt().addresses;
        self.context.settings.subscribers.iter().filter(|hash| !known.contains_key(*hash)).count()
    }

    /// Whether alarms have moved away from here, so that nobody needs to be told through this topic.
    fn is_left(&self) -> bool {
        self.context.settings.former.primaries.contains(&self.region)
    }

    /// Says whether anybody would be told of a failure.
    fn judge(&self, confirmed: usize, observed: &mut Observed) {
        if self.is_left() {
            observed.warnings.clear();
            return;
        }
        let recorded = self.context.settings.subscribers.len();
        let lost = self.lost();
        if lost > 0 {
            observed.attention.push(format!(
                "{lost} of {recorded} subscribers are gone from the topic: add the address again with \
                 `mrbackup up --email`, or drop it with `--remove-email`"
            ));
        }
        if recorded == 0 {
            observed.warnings.push(
                "nobody is told of failures: add a subscriber with `mrbackup up --email ADDRESS`"
                    .to_owned(),
            );
        } else if confirmed == 0 {
            observed.attention.push("no subscriber has confirmed: alarms reach nobody".to_owned());
        }
    }

    fn standing(&self, subscription: &Subscription) -> Standing {
        let hash = self.context.subscriber_hash(subscription.endpoint().unwrap_or_default());
        let settings = &self.context.settings;
        match is_email(subscription) {
            true if settings.subscribers.contains(&hash) => Standing::Wanted,
            true if settings.former.subscribers.contains(&hash) => Standing::Former,
            _ => Standing::Foreign,
        }
    }

    /// Whether a subscription of ours is there to be compared; says what a person should know of it.
    ///
    /// One that is not wanted any more counts as absent while it has to stay: the last that would
    /// be told of a failure goes when another has confirmed.
    fn is_shown(
        &self,
        standing: Standing,
        subscription: &Subscription,
        confirmed: usize,
        observed: &mut Observed,
    ) -> bool {
        let address = subscription.endpoint().unwrap_or_default();
        let (shown, warning) = match (standing, is_confirmed(subscription)) {
            (Standing::Foreign, _) => return false,
            (Standing::Wanted, true) => return true,
            (Standing::Wanted, false) => (
                true,
                format!("{address} has not confirmed yet; the link in its e-mail lives 48 hours"),
            ),
            (Standing::Former, false) => (
                false,
                format!(
                    "{address} never confirmed and cannot be unsubscribed; SNS forgets it within 48 hours"
                ),
            ),
            (Standing::Former, true) => {
                if confirmed > 0 || self.context.settings.subscribers.is_empty() {
                    return true;
                }
                (false, format!("{address} stays subscribed until another address has confirmed"))
            }
        };
        observed.warnings.push(warning);
        shown
    }

    async fn subscribe(&self, address: &str) -> Result<(), Failure> {
        let sns = self.context.region(&self.region).sns;
        let send = || {
            sns.subscribe()
                .topic_arn(&self.topic)
                .protocol(PROTOCOL)
                .endpoint(address)
                .return_subscription_arn(true)
                .send()
        };
        self.context
            .caller
            .call(Site::new("sns:Subscribe", &self.region, &self.topic), send)
            .await?;
        Ok(())
    }

    /// Ends a confirmed subscription; SNS lets nobody end a pending one, which then dies by itself.
    async fn unsubscribe(&self, subscription: &Subscription) -> Result<(), Failure> {
        if !is_confirmed(subscription) {
            return Ok(());
        }
        let sns = self.context.region(&self.region).sns;
        let arn = subscription.subscription_arn().unwrap_or_default();
        let send = || sns.unsubscribe().subscription_arn(arn).send();
        if_found(
            self.context.caller.call(Site::new("sns:Unsubscribe", &self.region, arn), send).await,
        )?;
        Ok(())
    }
}

#[async_trait]
impl Step for Subscriptions {
    fn id(&self) -> StepId {
        StepId::regional(Kind::Subscriptions, &self.region)
    }

    fn name(&self) -> String {
        format!("e-mail to {}", self.context.names.topic())
    }

    fn needs(&self) -> Vec<StepId> {
        vec![StepId::regional(Kind::Topic, &self.region)]
    }

    fn lives_in(&self) -> Option<StepId> {
        Some(StepId::regional(Kind::Topic, &self.region))
    }

    /// SNS lets nobody remove a pending subscription; with the topic it goes.
    fn goes_with_it(&self) -> bool {
        true
    }

    fn wants_nothing(&self) -> bool {
        self.context.settings.subscribers.is_empty()
    }

    /// Every recorded subscriber whose address is known, from what was typed or from the topic.
    fn wanted(&self) -> Value {
        let known = self.context.learnt().addresses.clone();
        let recorded = self.context.settings.subscribers.iter();
        to_value(&Spec { email: recorded.filter_map(|hash| known.get(hash).cloned()).collect() })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let Some(found) = list(&self.context, &self.region).await? else { return Ok(Live::Absent) };
        let mut observed = Observed::default();
        let (ours, others): (Vec<_>, Vec<_>) =
            found.iter().map(|s| (self.standing(s), s)).partition(|(s, _)| *s != Standing::Foreign);
        observed.notes = others
            .iter()
            .map(|(_, s)| format!("also subscribed: {}", s.endpoint().unwrap_or_default()))
            .collect();
        let confirmed =
            ours.iter().filter(|(s, sub)| *s == Standing::Wanted && is_confirmed(sub)).count();
        let mut email = BTreeSet::new();
        for (standing, subscription) in ours {
            let address = subscription.endpoint().unwrap_or_default().to_owned();
            if self.is_shown(standing, subscription, confirmed, &mut observed) {
                email.insert(address.clone());
            }
            let hash = self.context.subscriber_hash(&address);
            let mut learnt = self.context.learnt();
            // With a topic that is going its subscribers go.
            if standing == Standing::Former && !self.is_left() {
                learnt.former_subscribers.insert(hash.clone());
            }
            learnt.addresses.insert(hash, address);
        }
        self.judge(confirmed, &mut observed);
        observed.spec = to_value(&Spec { email });
        Ok(Live::Ours(observed))
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let wanted: Spec = serde_json::from_value(self.wanted()).expect("made from a Spec");
        let have: BTreeSet<String> = live.map_or_else(BTreeSet::new, |observed| {
            serde_json::from_value::<Spec>(observed.spec.clone()).expect("made from a Spec").email
        });
        try_join_all(wanted.email.difference(&have).map(|address| self.subscribe(address))).await?;
        let surplus: BTreeSet<&String> = have.difference(&wanted.email).collect();
        if !surplus.is_empty() {
            let found = list(&self.context, &self.region).await?.unwrap_or_default();
            let is_surplus = |s: &&Subscription| {
                is_email(s) && s.endpoint.as_ref().is_some_and(|address| surplus.contains(address))
            };
            try_join_all(found.iter().filter(is_surplus).map(|s| self.unsubscribe(s))).await?;
        }
        Ok(())
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        Ok(Removal::Gone)
    }
}

fn is_email(subscription: &Subscription) -> bool {
    subscription.protocol() == Some(PROTOCOL)
}

fn is_confirmed(subscription: &Subscription) -> bool {
    subscription.subscription_arn().is_some_and(|arn| arn.starts_with("arn:") && arn != PENDING)
}

/// Confirmed subscriptions of others; a pending one is nobody's yet.
pub(super) async fn foreign_on(context: &Context, region: &Region) -> Result<Vec<String>, Failure> {
    let recorded = |address: &str| {
        context.id.is_empty()
            || [&context.settings.subscribers, &context.settings.former.subscribers]
                .iter()
                .any(|hashes| hashes.contains(&context.subscriber_hash(address)))
    };
    let foreign = |s: &Subscription| {
        is_confirmed(s) && !(is_email(s) && recorded(s.endpoint().unwrap_or_default()))
    };
    let found = list(context, region).await?.unwrap_or_default();
    Ok(found.into_iter().filter(foreign).map(|s| s.endpoint.unwrap_or_default()).collect())
}

/// All subscriptions of the topic; `None` where there is no topic.
async fn list(context: &Context, region: &Region) -> Result<Option<Vec<Subscription>>, Failure> {
    let sns = context.region(region).sns;
    let topic = context.names.topic_arn(region);
    let fetch = |token: Option<String>| {
        let (sns, topic) = (sns.clone(), topic.clone());
        async move {
            let send = || {
                sns.list_subscriptions_by_topic()
                    .topic_arn(&topic)
                    .set_next_token(token.clone())
                    .send()
            };
            let site = Site::new("sns:ListSubscriptionsByTopic", region, &topic);
            let page = context.caller.call(site, send).await?;
            Ok((page.subscriptions.unwrap_or_default(), page.next_token))
        }
    };
    if_found(context.caller.pages("subscriptions", fetch).await)
}
