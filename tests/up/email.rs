//! Subscribers: added, removed, pending, confirmed, lost; and never an address in a tag.

use serde_json::json;

use crate::support::{
    ALERT_REGIONS, Aws, Outcome, PRIMARY, SECONDARY, UP, account, deployed, deployed_with_email,
    volume, with_points,
};

/// Both regions of the alarms, as a line names them.
const BOTH: &str = "us-east-1 and us-west-2";

fn pending(address: &str, region: &str) -> String {
    format!(
        "{address} has not confirmed in {region} yet; the link in its e-mail expires after 48 hours"
    )
}

#[test]
fn a_pending_subscription_is_said_every_time_until_it_is_confirmed() {
    let aws = account();
    let up = aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    let status = aws.mrbackup(["status"]).code(3);
    let again = aws.mrbackup(["up"]).success();
    // One fact is one line, whatever the number of regions.
    for outcome in [&up, &status, &again] {
        outcome.stdout_has(pending("ops@example.com", BOTH));
        outcome.stdout_has_times(1, "has not confirmed");
    }
    let nobody =
        "✘ no subscriber has confirmed: alarms from us-east-1 and us-west-2 reach no one\n";
    status.stdout_has(nobody);

    // Each topic sends a link of its own.
    aws.confirm_email("us-east-1", "ops@example.com");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(pending("ops@example.com", "us-west-2"));
    status.stdout_lacks("us-east-1 yet");
    status.stdout_has("alarms from us-west-2 reach no one");
    status.stdout_lacks("alarms from us-east-1");
    aws.confirm_email("us-west-2", "ops@example.com");
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_lacks("not confirmed").stdout_lacks("reach no one");
}

#[test]
fn without_a_subscriber_it_is_said_that_nobody_is_told() {
    let aws = deployed();
    volume(&aws, "vol-1");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("✘ no one is notified of failures: add a subscriber with `mrbackup up --email ADDRESS`, or confirm that this is intended with `mrbackup up --alerts none`\n");
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    aws.confirm("a@example.com");
    aws.mrbackup(["status"]).success().stdout_lacks("no one is notified of failures");
}

/// The deployment with one subscriber who has confirmed, `a@example.com`, and one who has not, `b@example.com`.
#[track_caller]
fn with_two_subscribers() -> (Aws, Outcome) {
    let aws = deployed_with_email("a@example.com");
    aws.confirm("a@example.com");
    let up = aws.mrbackup(["up", "--email", "b@example.com"]).success();
    (aws, up)
}

#[test]
fn an_added_address_changes_topics_and_watchdog_and_is_pending_alone() {
    let (aws, up) = with_two_subscribers();
    // Both topics, and what the watchdog is told.
    up.stdout_has(format!("updated 3, unchanged {}.", aws.parts() - 3));
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has(pending("b@example.com", BOTH));
    status.stdout_lacks("a@example.com has not");
}

fn stays(region: &str) -> String {
    format!("a@example.com stays subscribed in {region} until another address has confirmed")
}

#[test]
fn the_last_that_would_be_told_stays_until_another_has_confirmed() {
    let (aws, _) = with_two_subscribers();
    let kept = aws.mrbackup(["up", "--remove-email", "A@example.com"]).success();
    let status = aws.mrbackup(["status"]).all_as_recorded();
    kept.stdout_has(stays(BOTH));
    status.stdout_has(stays(BOTH));
    // In each region on its own.
    aws.confirm_email(PRIMARY, "b@example.com");
    aws.mrbackup(["up"]).success();
    assert_eq!(endpoints(&aws, PRIMARY), ["b@example.com"]);
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has(stays(SECONDARY)).stdout_lacks(stays(PRIMARY));
}

#[test]
fn a_removed_address_goes_when_another_has_confirmed() {
    let (aws, _) = with_two_subscribers();
    aws.mrbackup(["up", "--remove-email", "A@example.com"]).success();
    aws.confirm("b@example.com");
    let plan = aws.mrbackup(["plan"]).success();
    plan.stdout_has("subscribers: a@example.com, b@example.com → b@example.com\n");
    aws.mrbackup(["up"]).success();
    for region in ALERT_REGIONS {
        assert_eq!(endpoints(&aws, region), ["b@example.com"], "{region}");
    }
    aws.mrbackup(["status"]).all_as_recorded();
}

#[track_caller]
fn endpoints(aws: &Aws, region: &str) -> Vec<String> {
    let subscriptions = aws.subscriptions(region);
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
    refused.stderr_has("the last subscriber is removed");
    let pending = aws.mrbackup(last.into_iter().chain(["--allow-less-protection"])).success();
    let words = format!("b@example.com never confirmed in {BOTH} and cannot be unsubscribed");
    pending.stdout_has(&words);
    // It keeps nothing from being removed.
    aws.mrbackup(["down"]).success();
}

#[test]
fn a_lost_subscriber_is_missed() {
    let aws = deployed();
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    aws.confirm("ops@example.com");
    aws.mrbackup(["status"]).all_as_recorded();
    for region in ALERT_REGIONS {
        aws.unsubscribe_all(region);
    }

    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("1 of 1 subscribers are gone from the topics");
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    aws.confirm("ops@example.com");
    aws.mrbackup(["status"]).all_as_recorded();
}

/// A link in one e-mail was followed: the other topic still knows the address, so that a bare `up` mends it.
#[test]
fn a_subscriber_lost_in_one_region_is_named_and_subscribed_again() {
    for lost in ALERT_REGIONS {
        let aws = deployed();
        aws.mrbackup(["up", "--email", "ops@example.com"]).success();
        aws.confirm("ops@example.com");
        aws.unsubscribe_all(lost);
        let status = aws.mrbackup(["status", "-o", "json"]).code(3).report();
        let rows = status.rows().into_iter().filter(|row| row.condition() == "differs");
        let [differing] = &rows.collect::<Vec<_>>()[..] else { panic!("not one: {status:#?}") };
        assert!(differing.is("subscriptions", Some(lost)), "{differing:#?}");
        assert_eq!(differing.changes()[0], "subscribers");
        let text = aws.mrbackup(["status"]).code(3);
        let nobody = format!("no subscriber has confirmed: alarms from {lost} reach no one");
        text.stdout_has(&nobody);
        aws.mrbackup(["up"]).success();
        aws.confirm_email(lost, "ops@example.com");
        aws.mrbackup(["status"]).all_as_recorded();
        assert_eq!(endpoints(&aws, lost), ["ops@example.com"]);
    }
}

#[test]
fn no_address_goes_into_a_tag() {
    let aws = deployed_with_email("ops@example.com");
    let subscribing = |operation: &str| operation == "Subscribe";
    for call in aws.writes() {
        let has = call.input().to_string().contains("example.com");
        assert_eq!(has, subscribing(&call.request.operation), "{}", call.name());
    }
}

/// No address stands in a tag, so that with the topics nobody knows the addresses any more: `down`, the last that does, names
/// the command that adds each, and the next `up`, which must not fail for it, says how one of each kind is added.
#[test]
fn whom_a_removal_that_keeps_backups_unsubscribes_is_told_with_the_command_to_add_each() {
    let aws = with_points();
    let queue = aws.arn("sqs", PRIMARY, "alarms");
    let page = "https://alarms.example.com/hook";
    let typed = ["--email", "ops@example.com", "--notify", &queue, "--notify", page];
    aws.mrbackup(["up"].into_iter().chain(typed)).success();
    let down = aws.mrbackup(["down", "--keep-backups"]).code(3);
    down.stdout_has(format!(
        "! 3 subscribers are no longer subscribed, and no address is kept: add them again with `mrbackup up --notify {queue} \
         --notify {page} --email ops@example.com`\n"
    ));

    let plan = aws.mrbackup(["plan"]).success();
    plan.stdout_has("3 of 3 subscribers are gone from the topics");
    let up = aws.mrbackup(["up"]).success();
    let json = aws.mrbackup(["up", "-o", "json"]).success().json();
    let said = "3 of 3 subscribers are gone from the topics, and only hashes of their addresses are recorded: add each again with \
                `mrbackup up --email ADDRESS`, or `mrbackup up --notify ENDPOINT` where it is a URL (https://...), the ARN of \
                a queue or a function, or a telephone number; drop one with `mrbackup up --remove-email ADDRESS` or \
                `mrbackup up --remove-notify ENDPOINT`";
    up.stdout_has(format!("✘ {said}\n"));
    let nobody = format!("✘ no subscriber has confirmed: alarms from {BOTH} reach no one\n");
    up.stdout_has(nobody);
    let attention = json["attention"].as_array().unwrap();
    assert!(attention.contains(&said.into()), "{attention:?}");
    let said = aws.mrbackup(["up"].into_iter().chain(typed)).success();
    said.stdout_lacks("are gone from the topics");
}

#[test]
fn after_a_removal_of_all_or_without_subscribers_nobody_is_missed() {
    let aws = deployed_with_email("ops@example.com");
    let down = aws.mrbackup(["down", "-o", "json"]).success();
    assert_eq!(down.json()["unsubscribed"], json!([]));
    let aws = with_points();
    aws.mrbackup(["down", "--keep-backups"]).code(3).stdout_lacks("no longer subscribed");
    aws.mrbackup(["up"]).success().stdout_lacks("are gone from the topics");
}
