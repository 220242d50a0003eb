//! Topics and the subscriptions that wait for their owners.

use serde_json::json;

use super::{REGION, refused, send};
use crate::harness;

#[test]
fn an_address_is_pending_until_its_owner_confirms() {
    let aws = harness::account();
    let topic =
        send(&aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic")["TopicArn"]
            .clone();
    let subscribe = |all: bool| {
        let arguments = json!({
            "TopicArn": topic, "Protocol": "email", "Endpoint": "ops@example.com", "ReturnSubscriptionArn": all,
        });
        send(&aws, "sns", "subscribe", arguments).expect("a subscription")["SubscriptionArn"]
            .clone()
    };
    let listed = || {
        let list = send(&aws, "sns", "list_subscriptions_by_topic", json!({ "TopicArn": topic }))
            .expect("a list");
        assert_eq!(list["Subscriptions"].as_array().map(Vec::len), Some(1));
        list["Subscriptions"][0]["SubscriptionArn"].clone()
    };
    let pending = || {
        let attributes = send(&aws, "sns", "get_topic_attributes", json!({ "TopicArn": topic }))
            .expect("a topic");
        attributes["Attributes"]["SubscriptionsPending"].clone()
    };
    assert_eq!(subscribe(false), "pending confirmation");
    let arn = subscribe(true);
    assert!(arn.as_str().is_some_and(|arn| arn.starts_with("arn:aws:sns:")), "{arn}");
    assert_eq!((listed(), pending()), (json!("PendingConfirmation"), json!("1")));
    let one = json!({ "SubscriptionArn": arn });
    let attributes =
        send(&aws, "sns", "get_subscription_attributes", one.clone()).expect("a subscription");
    assert_eq!(attributes["Attributes"]["PendingConfirmation"], "true");
    refused(
        send(&aws, "sns", "unsubscribe", one.clone()),
        400,
        "InvalidParameter",
        "pending confirmation",
    );
    aws.confirm_email(REGION, "ops@example.com");
    assert_eq!((listed(), pending()), (arn, json!("0")));
    send(&aws, "sns", "unsubscribe", one).expect("a confirmed subscription");
}

#[test]
fn a_url_is_pending_too() {
    let aws = harness::account();
    let topic =
        send(&aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic")["TopicArn"]
            .clone();
    let url = "https://ops.example.com/hook";
    let arguments = json!({ "TopicArn": topic, "Protocol": "https", "Endpoint": url, "ReturnSubscriptionArn": true });
    let arn = send(&aws, "sns", "subscribe", arguments).expect("a subscription")["SubscriptionArn"]
        .clone();
    let listed = || {
        let list = send(&aws, "sns", "list_subscriptions_by_topic", json!({ "TopicArn": topic }))
            .expect("a list");
        list["Subscriptions"][0]["SubscriptionArn"].clone()
    };
    assert_eq!(listed(), "PendingConfirmation");
    aws.confirm_email(REGION, url);
    assert_eq!(listed(), arn);
}

#[test]
fn a_topic_of_the_same_name_must_be_the_same() {
    let aws = harness::account();
    let create = |value: &str| {
        let tags = json!([{ "Key": "a", "Value": value }]);
        send(&aws, "sns", "create_topic", json!({ "Name": "t", "Tags": tags }))
    };
    let topic = create("b").expect("a topic");
    assert_eq!(create("b").expect("the same topic"), topic);
    refused(create("c"), 400, "InvalidParameter", "already exists with different tags");
    let none = json!({ "ResourceArn": format!("arn:aws:sns:{REGION}:{}:none", aws.id()) });
    refused(send(&aws, "sns", "list_tags_for_resource", none), 404, "ResourceNotFound", "");
}
