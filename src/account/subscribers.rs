//! Whose a subscription of a topic is: by its keyed hash, because no address stands in a tag.

use aws_sdk_sns::types::Subscription;

use crate::account::context::Context;
use crate::config::subscriber::Protocol;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

/// Whose a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// Recorded.
    Wanted,
    /// Recorded once, and to be ended.
    Former,
    Foreign,
}

pub(crate) fn ownership(context: &Context, subscription: &Subscription) -> Ownership {
    let hash = context.subscriber_hash(subscription.endpoint().unwrap_or_default());
    let settings = &context.settings;
    match is_told(subscription) {
        true if settings.subscribers.contains(&hash) => Ownership::Wanted,
        true if settings.former.subscribers.contains(&hash) => Ownership::Former,
        _ => Ownership::Foreign,
    }
}

/// Whether it could be one of ours: its protocol is the one that its endpoint's form says.
pub(crate) fn is_told(subscription: &Subscription) -> bool {
    let protocol = Protocol::from_endpoint(subscription.endpoint().unwrap_or_default());
    subscription.protocol() == Some(protocol.as_str())
}

/// SNS shows `PendingConfirmation` in place of an ARN until the endpoint has confirmed.
pub(crate) fn is_confirmed(subscription: &Subscription) -> bool {
    subscription.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"))
}

/// What a subscription lets through only, where somebody has set that: SNS drops the rest unsaid
/// (API reference, `SetSubscriptionAttributes`, `FilterPolicy`).
pub(crate) async fn filter(
    context: &Context,
    region: &Region,
    subscription: &Subscription,
) -> Result<Option<String>, Failure> {
    let sns = context.region(region).sns;
    let arn = subscription.subscription_arn().unwrap_or_default();
    let send = || sns.get_subscription_attributes().subscription_arn(arn).send();
    let site = CallSite::new("sns:GetSubscriptionAttributes", region, arn);
    let attributes = context.caller.call(site, send).await?.attributes.unwrap_or_default();
    let filter =
        attributes.get("FilterPolicy").filter(|policy| !["", "{}"].contains(&policy.trim()));
    Ok(filter.cloned())
}

/// Confirmed subscriptions of others; a pending one is nobody's yet.
pub(crate) async fn foreign_on(context: &Context, region: &Region) -> Result<Vec<String>, Failure> {
    // Without a record nobody's hash can be told.
    let ours = |s: &Subscription| {
        is_told(s) && (context.id.is_empty() || ownership(context, s) != Ownership::Foreign)
    };
    let found = list_once(context, region).await?.unwrap_or_default();
    let foreign = found.into_iter().filter(|s| is_confirmed(s) && !ours(s));
    Ok(foreign.map(|s| s.endpoint.unwrap_or_default()).collect())
}

/// The subscriptions of a region's topic, read once in a run for the steps that observe them.
pub(crate) async fn list_once(
    context: &Context,
    region: &Region,
) -> Result<Option<Vec<Subscription>>, Failure> {
    context.listings.subscriptions.get(region, || list(context, region)).await
}

/// All subscriptions of the topic; `None` where there is no topic.
pub(crate) async fn list(
    context: &Context,
    region: &Region,
) -> Result<Option<Vec<Subscription>>, Failure> {
    list_of(context, region, &context.names.topic_arn(region)).await
}

/// All subscriptions of any topic; `None` where there is none.
///
/// # Errors
/// Where they cannot be listed.
pub(crate) async fn list_of(
    context: &Context,
    region: &Region,
    topic: &str,
) -> Result<Option<Vec<Subscription>>, Failure> {
    let sns = context.region(region).sns;
    let send =
        |token| sns.list_subscriptions_by_topic().topic_arn(topic).set_next_token(token).send();
    let site = CallSite::new("sns:ListSubscriptionsByTopic", region, topic);
    let read = context.caller.pages("subscriptions", site, send, |page| {
        (page.subscriptions.unwrap_or_default(), page.next_token)
    });
    if_found(read.await)
}
