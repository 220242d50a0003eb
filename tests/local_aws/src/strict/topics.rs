//! Topics: a different one of the same name, and subscriptions that wait for their owner.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Case, endpoints};
use crate::answer::{Answer, element};

/// Those that can be set.
const ATTRIBUTES: [&str; 7] = [
    "ArchivePolicy",
    "DeliveryPolicy",
    "DisplayName",
    "KmsMasterKeyId",
    "Policy",
    "SignatureVersion",
    "TracingConfig",
];

/// What those of the delivery log begin with.
const LOGGED: [&str; 5] = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "CreateTopic" if differs(case).await => {
            let message =
                "Invalid parameter: Tags Reason: Topic already exists with different tags";
            case.refuse(400, "InvalidParameter", message)
        }
        "SetTopicAttributes" => match attribute_fault(case) {
            Some(message) => case.refuse(400, "InvalidParameter", message),
            None => case.forward().await,
        },
        "Subscribe" => subscribe(case).await,
        "Unsubscribe" if pending(case, case.text("SubscriptionArn")).await => {
            let message = "Invalid parameter: SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation";
            case.refuse(400, "InvalidParameter", message)
        }
        "ListSubscriptions" | "ListSubscriptionsByTopic" => list(case).await,
        "GetSubscriptionAttributes" => attributes(case).await,
        "GetTopicAttributes" => counts(case).await,
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            let answer = case.forward().await;
            match answer.code().as_str() {
                "ResourceNotFoundException" => {
                    case.refuse(404, "ResourceNotFound", "Resource does not exist")
                }
                _ => answer,
            }
        }
        _ => case.forward().await,
    }
}

/// Whether the topic is there with other tags than those asked for.
async fn differs(case: Case<'_>) -> bool {
    let asked: BTreeMap<&str, &str> = (1..=50)
        .map(|index| {
            (
                case.text(&format!("Tags.member.{index}.Key")),
                case.text(&format!("Tags.member.{index}.Value")),
            )
        })
        .take_while(|(key, _)| !key.is_empty())
        .collect();
    let arn = case.request.arn(case.text("Name"));
    let tags = case
        .emulator
        .query(case.request, "sns", "ListTagsForResource", ("ResourceArn", &arn))
        .await;
    let text = tags.text();
    let there: BTreeMap<&str, &str> = members(&text)
        .filter_map(|tag| Some((element(tag, "Key")?, element(tag, "Value")?)))
        .collect();
    tags.is_success() && !asked.is_empty() && asked != there
}

fn attribute_fault(case: Case<'_>) -> Option<&'static str> {
    let name = case.text("AttributeName");
    if let Some(logged) = LOGGED.iter().find_map(|protocol| name.strip_prefix(protocol)) {
        return delivery_log_fault(logged, case.text("AttributeValue"));
    }
    if !ATTRIBUTES.contains(&name) {
        return Some("Invalid parameter: AttributeName");
    }
    let policy: Value = serde_json::from_str(case.text("AttributeValue")).unwrap_or_default();
    let is_policy = policy["Statement"].as_array().is_some_and(|list| !list.is_empty());
    (name == "Policy" && !is_policy).then_some("Invalid parameter: Policy Error: null")
}

/// "Amazon SNS message delivery status" (developer guide): a role, which may be taken off, or a percentage.
fn delivery_log_fault(logged: &str, value: &str) -> Option<&'static str> {
    let is_role = value.is_empty() || value.starts_with("arn:") && value.contains(":role/");
    let is_percentage = value.parse().is_ok_and(|percent: u8| percent <= 100);
    match logged {
        "SuccessFeedbackRoleArn" | "FailureFeedbackRoleArn" => {
            (!is_role).then_some("Invalid parameter: FeedbackRoleArn")
        }
        "SuccessFeedbackSampleRate" => {
            (!is_percentage).then_some("Invalid parameter: SuccessFeedbackSampleRate")
        }
        _ => Some("Invalid parameter: AttributeName"),
    }
}

async fn subscribe(case: Case<'_>) -> Answer {
    if let Some(message) = endpoints::fault(case.text("Protocol"), case.text("Endpoint")) {
        return case.refuse(400, "InvalidParameter", &message);
    }
    let answer = case.forward().await;
    let text = answer.text();
    let Some(said) = element(&text, "SubscriptionArn") else {
        return answer;
    };
    // The emulator says the ARN of an address and never that of a URL.
    let list = subscriptions(case).await;
    let arn = members(&list)
        .find(|member| element(member, "Endpoint") == Some(case.text("Endpoint")))
        .and_then(|member| element(member, "SubscriptionArn"))
        .unwrap_or(said);
    let asked = case.text("ReturnSubscriptionArn") == "true";
    let says = if asked || is_confirmed(case, case.text("Protocol"), case.text("Endpoint"), arn) {
        arn
    } else {
        "pending confirmation"
    };
    let body = text.replace(said, says);
    answer.with_body(body)
}

/// The topic's subscriptions as the emulator has them.
async fn subscriptions(case: Case<'_>) -> String {
    let arn = ("TopicArn", case.text("TopicArn"));
    case.emulator.query(case.request, "sns", "ListSubscriptionsByTopic", arn).await.text()
}

async fn list(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    let mut text = answer.text();
    for member in members(&answer.text()) {
        if !is_confirmed_member(case, member) {
            let arn = element(member, "SubscriptionArn").unwrap_or_default();
            text = text.replace(arn, "PendingConfirmation");
        }
    }
    answer.with_body(text)
}

async fn attributes(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    if !pending(case, case.text("SubscriptionArn")).await {
        return answer;
    }
    let text = answer.text().replace(
        "<key>PendingConfirmation</key><value>false</value>",
        "<key>PendingConfirmation</key><value>true</value>",
    );
    answer.with_body(text)
}

/// The attributes of a topic, with those counted as pending that are.
async fn counts(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    let list = subscriptions(case).await;
    let (confirmed, pending): (Vec<&str>, Vec<&str>) =
        members(&list).partition(|member| is_confirmed_member(case, member));
    let mut text = answer.text();
    for (key, count) in
        [("SubscriptionsConfirmed", confirmed.len()), ("SubscriptionsPending", pending.len())]
    {
        let open = format!("<key>{key}</key><value>");
        if let Some((before, rest)) = text.split_once(&open)
            && let Some((_, after)) = rest.split_once('<')
        {
            text = format!("{before}{open}{count}<{after}");
        }
    }
    answer.with_body(text)
}

/// Whether the subscription is there and waits for its owner.
async fn pending(case: Case<'_>, arn: &str) -> bool {
    let answer = case
        .emulator
        .query(case.request, "sns", "GetSubscriptionAttributes", ("SubscriptionArn", arn))
        .await;
    let text = answer.text();
    let attribute = |name: &str| {
        let (_, rest) = text.split_once(&format!("<key>{name}</key>"))?;
        element(rest, "value")
    };
    attribute("Protocol")
        .zip(attribute("Endpoint"))
        .is_some_and(|(protocol, endpoint)| !is_confirmed(case, protocol, endpoint, arn))
}

/// Whoever has to confirm does so when the test says it; the emulator does not wait for addresses.
fn is_confirmed(case: Case<'_>, protocol: &str, endpoint: &str, arn: &str) -> bool {
    !endpoints::asks(protocol, endpoint, &case.request.account)
        || case.proxied.state().confirmed.contains(arn)
}

/// The same of an element of a list.
fn is_confirmed_member(case: Case<'_>, member: &str) -> bool {
    let part = |name| element(member, name).unwrap_or_default();
    is_confirmed(case, part("Protocol"), part("Endpoint"), part("SubscriptionArn"))
}

fn members(xml: &str) -> impl Iterator<Item = &str> {
    xml.split("<member>").skip(1)
}
