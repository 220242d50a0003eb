//! Events that a rule sends to a bus in another region ("Sending and receiving events between AWS Regions").

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, refused, role, send};

const ELSEWHERE: &str = "eu-west-1";

/// A queue on the bus of the region, which says what arrives there.
fn listener(aws: &TestAccount) -> String {
    let queue = send(aws, "sqs", "create_queue", json!({ "QueueName": "arrived" }));
    let queue = queue.expect("a queue")["QueueUrl"].as_str().expect("a URL").to_owned();
    let rule = json!({ "Name": "listen", "EventPattern": r#"{"source":["aws.backup"]}"# });
    send(aws, "events", "put_rule", rule).expect("a valid rule");
    let target = json!({ "Id": "q", "Arn": aws.arn("sqs", REGION, "arrived") });
    let targets = json!({ "Rule": "listen", "Targets": [target] });
    send(aws, "events", "put_targets", targets).expect("a valid target");
    queue
}

fn arrived(aws: &TestAccount, queue: &str) -> Vec<Value> {
    let ask = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10 });
    let answer = send(aws, "sqs", "receive_message", ask).expect("a queue");
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    let bodies = messages.iter().filter_map(|message| message["Body"].as_str());
    bodies.map(|body| serde_json::from_str(body).expect("an event")).collect()
}

fn forward(aws: &TestAccount, from: &str, to: &str, role: &str) {
    let rule = json!({ "Name": "forward", "EventPattern": r#"{"source":["aws.backup"]}"# });
    aws.call("events", from, "put_rule", rule);
    let bus = aws.arn("events", to, "event-bus/default");
    let target = json!({ "Id": "bus", "Arn": bus, "RoleArn": role });
    aws.call("events", from, "put_targets", json!({ "Rule": "forward", "Targets": [target] }));
}

fn allow(aws: &TestAccount, action: &str, region: &str) {
    let bus = aws.arn("events", region, "event-bus/default");
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": bus });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let policy = json!({ "RoleName": "sender", "PolicyName": "p", "PolicyDocument": policy });
    send(aws, "iam", "put_role_policy", policy).expect("a valid policy");
}

#[test]
fn an_event_arrives_as_it_was_where_the_role_may_put_it_on_the_bus() {
    let aws = TestAccount::new();
    let queue = listener(&aws);
    let role = role(&aws, "sender", "events.amazonaws.com");
    forward(&aws, ELSEWHERE, REGION, &role);
    let event = aws.sample("vault-deleted");
    for (action, region) in [("events:PutRule", REGION), ("events:PutEvents", ELSEWHERE)] {
        allow(&aws, action, region);
        aws.emit(ELSEWHERE, &event);
        assert_eq!(arrived(&aws, &queue), [Value::Null; 0], "{action} in {region}");
    }
    allow(&aws, "events:PutEvents", REGION);
    aws.emit(ELSEWHERE, &event);
    let events = arrived(&aws, &queue);
    assert_eq!(events.len(), 1, "{events:?}");
    for (member, wanted) in [
        ("region", &json!(ELSEWHERE)),
        ("account", &json!(aws.id())),
        ("source", &json!("aws.backup")),
        ("resources", &event["resources"]),
        ("detail", &event["detail"]),
    ] {
        assert_eq!(&events[0][member], wanted, "{member}");
    }
    let trust = json!({ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" });
    let trust = json!({ "Version": "2012-10-17", "Statement": [trust] }).to_string();
    let trust = json!({ "RoleName": "sender", "PolicyDocument": trust });
    send(&aws, "iam", "update_assume_role_policy", trust).expect("a valid policy");
    aws.emit(ELSEWHERE, &event);
    assert_eq!(arrived(&aws, &queue), [Value::Null; 0], "EventBridge cannot assume the role");
}

/// "EventBridge can't route events received from a sender event bus to a third event bus."
#[test]
fn what_was_sent_once_is_not_sent_on() {
    let aws = TestAccount::new();
    let queue = listener(&aws);
    let role = role(&aws, "sender", "events.amazonaws.com");
    let between = "ap-south-1";
    allow(&aws, "events:PutEvents", "*");
    forward(&aws, ELSEWHERE, between, &role);
    forward(&aws, between, REGION, &role);
    aws.emit(ELSEWHERE, &aws.sample("vault-deleted"));
    assert_eq!(arrived(&aws, &queue), [Value::Null; 0], "two hops away");
    aws.emit(between, &aws.sample("vault-deleted"));
    assert_eq!(arrived(&aws, &queue).len(), 1, "one hop away");
}

#[test]
fn a_bus_elsewhere_wants_a_role_that_eventbridge_can_assume() {
    let aws = TestAccount::new();
    let rule = json!({ "Name": "forward", "EventPattern": r#"{"source":["aws.backup"]}"# });
    send(&aws, "events", "put_rule", rule).expect("a valid rule");
    let bus = aws.arn("events", ELSEWHERE, "event-bus/default");
    let put = |role: Option<&str>| {
        let mut target = json!({ "Id": "bus", "Arn": bus });
        if let Some(role) = role {
            target["RoleArn"] = role.into();
        }
        send(&aws, "events", "put_targets", json!({ "Rule": "forward", "Targets": [target] }))
    };
    refused(put(None), 400, "ValidationException", "RoleArn is required");
    let of_lambda = role(&aws, "other", "lambda.amazonaws.com");
    let none = of_lambda.replace("other", "none");
    for role in [&of_lambda, &none] {
        refused(put(Some(role)), 400, "ValidationException", "cannot be assumed by principal");
    }
    let role = role(&aws, "sender", "events.amazonaws.com");
    aws.iam_lag_tries(1);
    refused(put(Some(&role)), 400, "ValidationException", "cannot be assumed by principal");
    put(Some(&role)).expect("the role is known by now");
}
