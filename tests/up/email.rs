//! Subscribers: added, removed, pending, confirmed, lost; and never an address in a tag.

use serde_json::{Value, json};

use crate::life_cycle::{UP, deployed};
use crate::support::harness::{Aws, account};

const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];

fn pending(address: &str, region: &str) -> String {
    format!("{address} has not confirmed in {region} yet; the link in its e-mail lives 48 hours")
}

/// The address's owner follows the links of both topics.
#[track_caller]
fn confirm(aws: &Aws, address: &str) {
    for region in REGIONS {
        aws.confirm_email(region, address);
    }
}

#[track_caller]
fn subscriptions(aws: &Aws, region: &str) -> Vec<Value> {
    let topic = json!({"TopicArn": aws.arn("sns", region, "mrbackup-default-alerts")});
    let list = aws.call("sns", region, "list_subscriptions_by_topic", topic);
    list["Subscriptions"].as_array().unwrap().clone()
}

#[track_caller]
fn unsubscribe(aws: &Aws, region: &str) {
    for subscription in subscriptions(aws, region) {
        let arn = json!({"SubscriptionArn": subscription["SubscriptionArn"]});
        aws.call("sns", region, "unsubscribe", arn);
    }
}

#[test]
fn a_pending_subscription_is_said_every_time_until_it_is_confirmed() {
    let aws = account();
    let up = aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    let status = aws.mrbackup(["status"]).code(3);
    let again = aws.mrbackup(["up"]).success();
    for region in REGIONS {
        let pending = pending("ops@example.com", region);
        for outcome in [&up, &status, &again] {
            assert!(outcome.stdout.contains(&pending), "{outcome:?}");
        }
        let nobody = format!("✘ no subscriber has confirmed: alarms from {region} reach nobody\n");
        assert!(status.stdout.contains(&nobody), "{status:?}");
    }

    // Each topic sends a link of its own.
    aws.confirm_email("us-east-1", "ops@example.com");
    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains(&pending("ops@example.com", "us-west-2")), "{status:?}");
    assert!(!status.stdout.contains("us-east-1 yet"), "{status:?}");
    assert!(status.stdout.contains("alarms from us-west-2 reach nobody"), "{status:?}");
    assert!(!status.stdout.contains("alarms from us-east-1"), "{status:?}");
    aws.confirm_email("us-west-2", "ops@example.com");
    let status = aws.mrbackup(["status"]).success();
    assert!(!status.stdout.contains("confirmed"), "{status:?}");
}

#[test]
fn addresses_are_added_one_by_one_and_removed() {
    let aws = deployed();
    let status = aws.mrbackup(["status"]).success();
    assert!(status.stdout.contains("! nobody is told of failures"), "{status:?}");
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    confirm(&aws, "a@example.com");
    let up = aws.mrbackup(["up", "--email", "b@example.com"]).success();
    // Both topics, and what the watchdog is told.
    assert!(up.stdout.contains("Created 0, updated 3, unchanged 30."), "{up:?}");
    let status = aws.mrbackup(["status"]).success();
    for region in REGIONS {
        assert!(status.stdout.contains(&pending("b@example.com", region)), "{status:?}");
    }
    assert!(!status.stdout.contains("a@example.com has not"), "{status:?}");

    // The last that would be told of a failure stays until another has confirmed.
    let kept = aws.mrbackup(["up", "--remove-email", "A@example.com"]).success();
    let stays = |region: &str| {
        format!("a@example.com stays subscribed in {region} until another address has confirmed")
    };
    let status = aws.mrbackup(["status"]).success();
    for region in REGIONS {
        assert!(kept.stdout.contains(&stays(region)), "{kept:?}");
        assert!(status.stdout.contains(&stays(region)), "{status:?}");
    }
    // In each region on its own.
    aws.confirm_email("us-east-1", "b@example.com");
    aws.mrbackup(["up"]).success();
    assert_eq!(endpoints(&aws, "us-east-1"), ["b@example.com"]);
    let status = aws.mrbackup(["status"]).success();
    assert!(status.stdout.contains(&stays("us-west-2")), "{status:?}");
    assert!(!status.stdout.contains(&stays("us-east-1")), "{status:?}");
    aws.confirm_email("us-west-2", "b@example.com");
    let plan = aws.mrbackup(["plan"]).success();
    assert!(
        plan.stdout.contains("subscribers: a@example.com, b@example.com → b@example.com\n"),
        "{plan:?}"
    );
    aws.mrbackup(["up"]).success();
    for region in REGIONS {
        assert_eq!(endpoints(&aws, region), ["b@example.com"], "{region}");
    }
    aws.mrbackup(["status"]).success();
}

#[track_caller]
fn endpoints(aws: &Aws, region: &str) -> Vec<String> {
    let subscriptions = subscriptions(aws, region);
    let endpoints = subscriptions.iter().map(|one| one["Endpoint"].as_str().unwrap().to_owned());
    endpoints.collect()
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
    for region in REGIONS {
        let words = format!("b@example.com never confirmed in {region} and cannot be unsubscribed");
        assert!(pending.stdout.contains(&words), "{pending:?}");
    }
    // It keeps nothing from being removed.
    aws.mrbackup(["down"]).success();
}

#[test]
fn a_lost_subscriber_is_missed() {
    let aws = deployed();
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    confirm(&aws, "ops@example.com");
    aws.mrbackup(["status"]).success();
    for region in REGIONS {
        unsubscribe(&aws, region);
    }

    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains("1 of 1 subscribers are gone from the topics"), "{status:?}");
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    confirm(&aws, "ops@example.com");
    aws.mrbackup(["status"]).success();
}

/// A link in one e-mail was followed: the other topic still knows the address, so that a bare `up` mends it.
#[test]
fn a_subscriber_lost_in_one_region_is_named_and_subscribed_again() {
    for lost in REGIONS {
        let aws = deployed();
        aws.mrbackup(["up", "--email", "ops@example.com"]).success();
        confirm(&aws, "ops@example.com");
        unsubscribe(&aws, lost);
        let status = aws.mrbackup(["status", "-o", "json"]).code(3).json();
        let rows = status["resources"].as_array().unwrap();
        let differing: Vec<&Value> =
            rows.iter().filter(|row| row["condition"] == "differs").collect();
        assert_eq!(differing.len(), 1, "{status}");
        assert_eq!(
            (&differing[0]["region"], &differing[0]["kind"]),
            (&json!(lost), &json!("subscriptions"))
        );
        let change = &differing[0]["changes"][0];
        assert_eq!(change["field"], "subscribers");
        let text = aws.mrbackup(["status"]).code(3);
        let nobody = format!("no subscriber has confirmed: alarms from {lost} reach nobody");
        assert!(text.stdout.contains(&nobody), "{text:?}");
        aws.mrbackup(["up"]).success();
        aws.confirm_email(lost, "ops@example.com");
        aws.mrbackup(["status"]).success();
        assert_eq!(endpoints(&aws, lost), ["ops@example.com"]);
    }
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
