//! Subscribers: added, removed, pending, confirmed, lost; and never an address in a tag.

use serde_json::json;

use crate::harness::account;
use crate::life_cycle::{UP, deployed};

const PENDING: &str = "ops@example.com has not confirmed yet";

#[test]
fn a_pending_subscription_is_said_every_time_until_it_is_confirmed() {
    let aws = account();
    let up = aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    assert!(up.stdout.contains(PENDING) && up.stdout.contains("48 hours"), "{up:?}");
    let status = aws.mrbackup(["status"]).code(3);
    assert!(
        status.stdout.contains("✘ no subscriber has confirmed: alarms reach nobody"),
        "{status:?}"
    );
    assert!(status.stdout.contains(PENDING), "{status:?}");
    let again = aws.mrbackup(["up"]).success();
    assert!(again.stdout.contains(PENDING), "{again:?}");

    aws.confirm_email("us-east-1", "ops@example.com");
    let status = aws.mrbackup(["status"]).success();
    assert!(!status.stdout.contains(PENDING), "{status:?}");
}

#[test]
fn addresses_are_added_one_by_one_and_removed() {
    let aws = deployed();
    let status = aws.mrbackup(["status"]).success();
    assert!(status.stdout.contains("! nobody is told of failures"), "{status:?}");
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    aws.confirm_email("us-east-1", "a@example.com");
    let up = aws.mrbackup(["up", "--email", "b@example.com"]).success();
    assert!(up.stdout.contains("Created 0, updated 1, unchanged 13."), "{up:?}");
    let status = aws.mrbackup(["status"]).success();
    assert!(status.stdout.contains("b@example.com has not confirmed"), "{status:?}");
    assert!(!status.stdout.contains("a@example.com has not"), "{status:?}");

    // The last that would be told of a failure stays until another has confirmed.
    let kept = aws.mrbackup(["up", "--remove-email", "A@example.com"]).success();
    let words = "a@example.com stays subscribed until another address has confirmed";
    assert!(kept.stdout.contains(words), "{kept:?}");
    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains(words), "{status:?}");
    aws.confirm_email("us-east-1", "b@example.com");
    let plan = aws.mrbackup(["plan"]).success();
    assert!(
        plan.stdout.contains("email: a@example.com, b@example.com → b@example.com\n"),
        "{plan:?}"
    );
    aws.mrbackup(["up"]).success();
    let topic = format!("arn:aws:sns:us-east-1:{}:mrbackup-default-alerts", aws.id());
    let list =
        aws.call("sns", "us-east-1", "list_subscriptions_by_topic", json!({"TopicArn": topic}));
    let endpoints: Vec<&str> = list["Subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subscription| subscription["Endpoint"].as_str().unwrap())
        .collect();
    assert_eq!(endpoints, ["b@example.com"]);
    aws.mrbackup(["status"]).success();
}

/// Nobody can unsubscribe a pending address: it is said, and dies by itself.
#[test]
fn the_last_subscriber_goes_with_the_word_for_it() {
    let aws = deployed();
    aws.mrbackup(["up", "--email", "b@example.com"]).success();
    let last = ["up", "--remove-email", "b@example.com"];
    let refused = aws.mrbackup(last).code(1);
    assert!(refused.stderr.contains("the last subscriber goes"), "{refused:?}");
    let pending = aws.mrbackup(last.into_iter().chain(["--allow-less-protection"])).success();
    assert!(
        pending.stdout.contains("b@example.com never confirmed and cannot be unsubscribed"),
        "{pending:?}"
    );
    // It keeps nothing from being removed.
    aws.mrbackup(["down"]).success();
}

#[test]
fn a_lost_subscriber_is_missed() {
    let aws = deployed();
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    aws.confirm_email("us-east-1", "ops@example.com");
    aws.mrbackup(["status"]).success();
    let topic = format!("arn:aws:sns:us-east-1:{}:mrbackup-default-alerts", aws.id());
    let list =
        aws.call("sns", "us-east-1", "list_subscriptions_by_topic", json!({"TopicArn": topic}));
    let arn = list["Subscriptions"][0]["SubscriptionArn"].clone();
    aws.call("sns", "us-east-1", "unsubscribe", json!({"SubscriptionArn": arn}));

    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains("1 of 1 subscribers are gone from the topic"), "{status:?}");
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    aws.confirm_email("us-east-1", "ops@example.com");
    aws.mrbackup(["status"]).success();
}

#[test]
fn no_address_goes_into_a_tag() {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    let subscribing = |operation: &str| operation == "Subscribe";
    for call in aws.writes() {
        let has = call.input().to_string().contains("example.com");
        assert_eq!(has, subscribing(&call.request.operation), "{}", call.name());
    }
}
