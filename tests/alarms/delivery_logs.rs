//! The log of deliveries that `delivery_log` asks for: of whom, made and removed as all else is.

use std::collections::BTreeSet;

use local_aws::{Call, Fault};
use serde_json::{Value, json};

use crate::support::{
    ALERT_REGIONS, Aws, HOOK, PRIMARY, REGIONS, SECONDARY, SERVICE_ROLE, TOPIC, UP, account,
    deployed,
};

const ON: [&str; 2] = ["--set", "alerts.delivery_log=true"];
const OFF: [&str; 3] = ["up", "--set", "alerts.delivery_log=false"];
const NOTIFY: [&str; 2] = ["--notify", HOOK];

/// A queue to notify.
#[track_caller]
fn queue(aws: &Aws) -> String {
    aws.call("sqs", PRIMARY, "create_queue", json!({"QueueName": "alarms"}));
    aws.arn("sqs", PRIMARY, "alarms")
}

/// The default deployment that notifies a URL, with the log.
#[track_caller]
fn with_log(aws: &Aws) {
    aws.mrbackup(UP.into_iter().chain(NOTIFY).chain(ON)).success();
    aws.confirm(HOOK);
}

/// The topic's attributes of the log, but for those that are off.
#[track_caller]
fn logged(aws: &Aws, region: &str) -> BTreeSet<String> {
    let topic = json!({"TopicArn": aws.topic_arn(region)});
    let attributes = aws.call("sns", region, "get_topic_attributes", topic)["Attributes"].take();
    let attributes = attributes.as_object().unwrap().iter();
    let is_on = |value: &Value| !["", "0"].contains(&value.as_str().unwrap());
    let on = attributes.filter(|(name, value)| name.contains("Feedback") && is_on(value));
    on.map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect()
}

fn attributes(aws: &Aws, region: &str, protocol: &str) -> BTreeSet<String> {
    let name = format!("mrbackup-default-delivery-log-{region}");
    let role = format!("arn:aws:iam::{}:role/mrbackup/{name}", aws.id());
    BTreeSet::from([
        format!("{protocol}FailureFeedbackRoleArn={role}"),
        format!("{protocol}SuccessFeedbackRoleArn={role}"),
        format!("{protocol}SuccessFeedbackSampleRate=100"),
    ])
}

/// Log groups and roles of the log.
#[track_caller]
fn parts(aws: &Aws) -> Vec<String> {
    let inventory = aws.inventory();
    let groups = ALERT_REGIONS.map(|region| inventory["regions"][region]["logs"]["groups"].clone());
    let groups = groups.iter().flat_map(|list| list.as_array().cloned().unwrap_or_default());
    let groups = groups.map(|group| group["logGroupName"].as_str().unwrap().to_owned());
    let roles = inventory["iam"]["roles"].as_array().cloned().unwrap_or_default();
    let roles = roles.into_iter().map(|role| role["RoleName"].as_str().unwrap().to_owned());
    let is_its = |name: &String| name.starts_with("sns/") || name.contains("-delivery-log-");
    groups.chain(roles).filter(is_its).collect()
}

fn is_about(call: &Call, text: &str) -> bool {
    call.request.input.to_string().contains(text)
}

fn is_of_the_log(call: &Call) -> bool {
    is_about(call, "-delivery-log-") || is_about(call, "sns/us-")
}

#[test]
fn only_protocols_that_subscribers_have_are_logged() {
    let aws = account();
    let queue = queue(&aws);
    let people = ["--email", "ops@example.com", "--notify", &queue];
    aws.mrbackup(UP.into_iter().chain(people).chain(ON)).success();
    for region in ALERT_REGIONS {
        assert_eq!(logged(&aws, region), attributes(&aws, region, "SQS"), "{region}");
    }
    assert_eq!(parts(&aws).len(), 6, "two groups and a role in each: {:?}", parts(&aws));
    aws.mrbackup(["plan", "--exit-code"]).success();
    // Another subscriber, and one fewer.
    aws.mrbackup(["up"].into_iter().chain(NOTIFY)).success();
    let both = attributes(&aws, SECONDARY, "SQS").into_iter();
    let both: BTreeSet<String> = both.chain(attributes(&aws, SECONDARY, "HTTP")).collect();
    assert_eq!(logged(&aws, SECONDARY), both);
    aws.confirm(HOOK);
    aws.mrbackup(["up", "--remove-notify", &queue]).success();
    assert_eq!(logged(&aws, SECONDARY), attributes(&aws, SECONDARY, "HTTP"));
    aws.mrbackup(["plan", "--exit-code"]).success();
}

/// SNS logs nothing of e-mail.
#[test]
fn without_such_a_subscriber_nothing_is_set_on_the_topic() {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"]).chain(ON)).success();
    for region in ALERT_REGIONS {
        assert_eq!(logged(&aws, region), BTreeSet::new());
    }
    aws.mrbackup(["plan", "--exit-code"]).success();
}

#[test]
fn without_the_setting_nobody_asks_for_it() {
    let aws = deployed();
    aws.mrbackup(["plan"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    assert!(!aws.log().iter().any(is_of_the_log));
}

#[test]
fn turned_off_it_is_removed_and_forgotten() {
    let aws = account();
    with_log(&aws);
    aws.mrbackup(OFF).success();
    for region in ALERT_REGIONS {
        assert_eq!(logged(&aws, region), BTreeSet::new());
    }
    assert_eq!(parts(&aws), [""; 0]);
    aws.clear_log();
    aws.assert_at_rest();
    assert!(!aws.log().iter().any(is_of_the_log));
    with_log(&aws);
    assert_eq!(logged(&aws, PRIMARY), attributes(&aws, PRIMARY, "HTTP"));
    aws.assert_at_rest();
}

/// The role first: with it SNS could make a group again.
#[test]
fn its_groups_are_removed_last() {
    let aws = account();
    let before = aws.inventory();
    with_log(&aws);
    aws.clear_log();
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
    let writes = aws.writes();
    let place = |operation: &str, text: &str| {
        let is_it = |call: &Call| call.request.operation == operation && is_about(call, text);
        let place = writes.iter().position(is_it);
        place.unwrap_or_else(|| panic!("no {operation} of {text}: {:?}", aws.write_names()))
    };
    for region in ALERT_REGIONS {
        let is_off =
            |call: &Call| call.is("sns", "SetTopicAttributes") && call.request.region == region;
        let off = writes.iter().position(is_off).unwrap();
        let role = place("DeleteRole", &format!("mrbackup-default-delivery-log-{region}"));
        let group = place("DeleteLogGroup", &format!("sns/{region}/"));
        assert!(off < role && role < group, "{region}: {:?}", aws.write_names());
    }
}

/// Before AWS acts, and after it has.
#[test]
fn killed_while_it_is_turned_off_the_next_up_or_down_finishes() {
    let calls = [("sns", "SetTopicAttributes"), ("logs", "DeleteLogGroup"), ("iam", "DeleteRole")];
    for (service, operation) in calls {
        for (fault, next) in [(Fault::hold_before(), "up"), (Fault::hold(), "down")] {
            let aws = account();
            let before = aws.inventory();
            with_log(&aws);
            kill(&aws, &OFF, fault.on(service, operation).first(2));
            aws.mrbackup([next]).success();
            assert_eq!(parts(&aws), [""; 0], "{operation}");
            if next == "up" {
                aws.assert_at_rest();
                aws.mrbackup(["down"]).success();
            }
            assert_eq!(aws.inventory(), before, "{operation}");
        }
    }
}

#[track_caller]
fn kill(aws: &Aws, command: &[&str], fault: Fault) {
    let held = aws.fault(fault);
    let running = aws.command().args(command).start();
    held.wait_held();
    running.kill();
    aws.settle();
    aws.clear_faults();
}

#[test]
fn down_finds_it_without_a_record() {
    let aws = account();
    let before = aws.inventory();
    with_log(&aws);
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

/// A group that SNS has made by itself has no tag of ours.
#[test]
fn a_group_that_sns_has_made_is_refused_with_what_makes_it_ours() {
    let aws = deployed();
    let group = format!("sns/{SECONDARY}/{}/{TOPIC}/Failure", aws.id());
    aws.call("logs", SECONDARY, "create_log_group", json!({"logGroupName": group}));
    let refused = aws.mrbackup(["up"].into_iter().chain(ON)).code(1);
    refused.stderr_has(format!("us-west-2 failure log group {group}"));
    let arn = aws.arn("logs", SECONDARY, &format!("log-group:{group}"));
    refused.stderr_has(format!("aws logs tag-resource --resource-arn {arn}"));
    let tags = json!({"resourceArn": arn, "tags": {"mrbackup:deployment": "default"}});
    aws.call("logs", SECONDARY, "tag_resource", tags);
    aws.mrbackup(["up"].into_iter().chain(ON)).success();
    aws.assert_at_rest();
}
