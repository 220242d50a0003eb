//! Rules, functions, and the chain from an event to a queue.

use local_aws::TestAccount;
use local_aws::{AwsError, Fault, Origin, eventually};
use serde_json::{Value, json};

use super::{REGION, refused, role, send};

/// A zip file of `handler.py`, which publishes each event on the topic in its environment and says where it ran.
const FUNCTION: &str = include_str!("function.zip.base64");

#[test]
fn a_rule_keeps_its_tags_and_loses_what_is_left_out() {
    let aws = TestAccount::new();
    let put = |more: Value| {
        let mut rule = json!({ "Name": "r", "EventPattern": r#"{"source":["aws.backup"]}"# });
        rule.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        send(&aws, "events", "put_rule", rule).expect("a valid rule")
    };
    let tag = |value: &str| json!([{ "Key": "a", "Value": value }]);
    let rule = put(json!({ "State": "DISABLED", "Description": "d", "Tags": tag("b") }));
    put(json!({ "Tags": tag("c") }));
    let read = send(&aws, "events", "describe_rule", json!({ "Name": "r" })).expect("a rule");
    assert_eq!(
        (&read["State"], read["Description"].as_str().unwrap_or("")),
        (&json!("ENABLED"), "")
    );
    let arn = json!({ "ResourceARN": rule["RuleArn"] });
    assert_eq!(
        send(&aws, "events", "list_tags_for_resource", arn).expect("tags")["Tags"],
        tag("b")
    );
}

#[test]
fn targets_hold_their_rule() {
    let aws = TestAccount::new();
    let none = send(&aws, "events", "list_targets_by_rule", json!({ "Rule": "none" }));
    refused(none, 400, "ResourceNotFoundException", "none");
    let none = send(&aws, "events", "remove_targets", json!({ "Rule": "none", "Ids": ["a"] }));
    refused(none, 400, "ResourceNotFoundException", "none");
    let rule = json!({ "Name": "r", "EventPattern": r#"{"source":["aws.backup"]}"# });
    send(&aws, "events", "put_rule", rule).expect("a valid rule");
    let topic =
        send(&aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic")["TopicArn"]
            .clone();
    let there = format!("arn:aws:lambda:us-west-2:{}:function:f", aws.id());
    let target = json!({ "Rule": "r", "Targets": [{ "Id": "a", "Arn": there }] });
    refused(
        send(&aws, "events", "put_targets", target),
        400,
        "ValidationException",
        "Cross-region",
    );
    let target = json!({ "Rule": "r", "Targets": [{ "Id": "a", "Arn": topic }] });
    send(&aws, "events", "put_targets", target).expect("a valid target");
    let delete = || send(&aws, "events", "delete_rule", json!({ "Name": "r" }));
    refused(delete(), 400, "ValidationException", "Rule can't be deleted since it has targets.");
    send(&aws, "events", "remove_targets", json!({ "Rule": "r", "Ids": ["a"] })).expect("a target");
    delete().expect("a rule without targets");
}

#[track_caller]
fn function(aws: &TestAccount, role: &str, topic: &Value) -> Result<Value, AwsError> {
    let arguments = json!({
        "FunctionName": "f",
        "Runtime": "python3.13",
        "Architectures": ["arm64"],
        "Handler": "handler.handle",
        "Role": role,
        "Code": { "ZipFile": { "$base64": FUNCTION.trim() } },
        "Environment": { "Variables": { "TOPIC": topic } },
        "Tags": { "a": "b" },
    });
    send(aws, "lambda", "create_function", arguments)
}

#[test]
fn a_function_needs_a_role_that_lambda_can_assume() {
    let aws = TestAccount::new();
    aws.iam_lag_tries(1);
    let message = "The role defined for the function cannot be assumed by Lambda.";
    let wrong = role(&aws, "wrong", "backup.amazonaws.com");
    refused(function(&aws, &wrong, &json!("t")), 400, "InvalidParameterValueException", message);
    let right = role(&aws, "right", "lambda.amazonaws.com");
    refused(function(&aws, &right, &json!("t")), 400, "InvalidParameterValueException", message);
    function(&aws, &right, &json!("t")).expect("the second try");
}

#[test]
fn changes_of_a_function_wait_for_each_other() {
    let aws = TestAccount::new();
    aws.slow_functions(2);
    let role = role(&aws, "lambda", "lambda.amazonaws.com");
    function(&aws, &role, &json!("t")).expect("a valid function");
    let update = |timeout: usize| {
        let arguments = json!({ "FunctionName": "f", "Timeout": timeout });
        send(&aws, "lambda", "update_function_configuration", arguments)
    };
    let status = || {
        let read = send(&aws, "lambda", "get_function", json!({ "FunctionName": "f" }))
            .expect("a function");
        read["Configuration"]["LastUpdateStatus"].clone()
    };
    for timeout in [7, 8] {
        refused(update(timeout), 409, "ResourceConflictException", "An update is in progress");
        assert_eq!((status(), status()), (json!("InProgress"), json!("InProgress")));
        eventually("a function that is ready", || (status() != "InProgress").then_some(()));
        update(timeout).expect("nothing else is going on");
    }
}

#[test]
fn a_policy_without_statements_is_gone() {
    let aws = TestAccount::new();
    let role = role(&aws, "lambda", "lambda.amazonaws.com");
    function(&aws, &role, &json!("t")).expect("a valid function");
    let get = || send(&aws, "lambda", "get_policy", json!({ "FunctionName": "f" }));
    refused(get(), 404, "ResourceNotFoundException", "");
    let permission = json!({
        "FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    });
    send(&aws, "lambda", "add_permission", permission.clone()).expect("a valid permission");
    get().expect("a policy");
    refused(
        send(&aws, "lambda", "add_permission", permission),
        409,
        "ResourceConflictException",
        "(s)",
    );
    let statement = json!({ "FunctionName": "f", "StatementId": "s" });
    send(&aws, "lambda", "remove_permission", statement).expect("a statement");
    refused(get(), 404, "ResourceNotFoundException", "");
}

#[test]
fn an_event_runs_the_function_whose_message_reaches_the_queue() {
    let aws = TestAccount::new();
    let topic =
        send(&aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic")["TopicArn"]
            .clone();
    let inbox = aws.inbox(REGION, "t");
    let lambda = role(&aws, "lambda", "lambda.amazonaws.com");
    let made = function(&aws, &lambda, &topic).expect("a valid function");
    let rule = json!({ "Name": "r", "EventPattern": r#"{"source":["tests"]}"# });
    let rule = send(&aws, "events", "put_rule", rule).expect("a valid rule");
    let target = json!({ "Rule": "r", "Targets": [{ "Id": "a", "Arn": made["FunctionArn"] }] });
    send(&aws, "events", "put_targets", target).expect("a valid target");
    // Nobody has allowed the rule to run the function, so this one is lost.
    put_event(&aws, 1);
    let permission = json!({
        "FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com", "SourceArn": rule["RuleArn"], "SourceAccount": aws.id(),
    });
    send(&aws, "lambda", "add_permission", permission).expect("a valid permission");
    let denied = Fault::error(403, "AuthorizationError", "not yet").on("sns", "Publish");
    let denied = aws.fault(denied.in_functions().first(1));
    put_event(&aws, 2);
    // The function fails, and Lambda runs it again.
    let messages = inbox.take(1);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let message: Value = serde_json::from_str(&messages[0].body).expect("ours is JSON");
    assert_eq!(denied.fired(), 1);
    assert_eq!(message["event"]["detail"]["number"], 2);
    assert_eq!(message["event"]["account"], aws.id());
    assert_eq!((&message["region"], &message["arn"]), (&json!(REGION), &made["FunctionArn"]));
    let log = aws.log();
    let published = log.iter().filter(|call| call.is("sns", "Publish"));
    let published: Vec<_> =
        published.map(|call| (call.request.origin, call.code.as_str())).collect();
    let wanted = [(Origin::Function, "AuthorizationError"), (Origin::Function, "")];
    assert_eq!(published, wanted);
}

#[track_caller]
fn put_event(aws: &TestAccount, number: usize) {
    let detail = json!({ "number": number }).to_string();
    let event = json!({ "Source": "tests", "DetailType": "t", "Detail": detail });
    aws.call("events", REGION, "put_events", json!({ "Entries": [event] }));
}

#[test]
fn only_aws_sends_events_in_its_name() {
    let aws = TestAccount::new();
    let entry = |source: &str| json!({ "Source": source, "DetailType": "t", "Detail": "{}" });
    let entries = json!({ "Entries": [entry("aws.backup"), entry("tests"), entry("aws.ec2")] });
    let answer = send(&aws, "events", "put_events", entries).expect("errors are inside");
    let codes: Vec<Option<&str>> = answer["Entries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|result| result["ErrorCode"].as_str())
        .collect();
    let refused = Some("NotAuthorizedForSourceException");
    assert_eq!(codes, [refused, None, refused]);
    assert_eq!(answer["FailedEntryCount"], 2);
    assert!(answer["Entries"][1]["EventId"].is_string(), "{answer}");
}
