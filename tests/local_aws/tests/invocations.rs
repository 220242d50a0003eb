//! Functions that are run by a schedule, by an event and by a caller, and what becomes of their failures.

use local_aws::TestAccount;
use local_aws::{AwsError, Call, NotRun, Via};
use serde_json::{Value, json};

use super::{REGION, refused, role, send};

/// Returns what it gets, and raises what it is told to.
const CODE: &str = r#"
import boto3
def handle(event, context):
    print("run")
    if "publish" in event:
        boto3.client("sns").publish(TopicArn=event["publish"], Message="m")
    said = event.get("detail") or event
    if "raise" in said:
        raise ValueError(said["raise"])
    return {"got": event}
"#;

/// A function, its topic's ARN, and a role that may publish there.
struct World {
    aws: TestAccount,
    topic: String,
}

fn world() -> World {
    let aws = TestAccount::new();
    let topic = send(&aws, "sns", "create_topic", json!({ "Name": "t" })).expect("a topic");
    let topic = topic["TopicArn"].as_str().expect("an ARN").to_owned();
    let role = role(&aws, "lambda", "lambda.amazonaws.com");
    let arguments = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "handler.handle", "Role": role,
        "Code": { "ZipFile": { "$zip": { "handler.py": CODE } } },
    });
    send(&aws, "lambda", "create_function", arguments).expect("a valid function");
    World { aws, topic }
}

impl World {
    fn may_publish(&self) {
        let statement =
            json!({ "Effect": "Allow", "Action": "sns:Publish", "Resource": self.topic });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let arguments =
            json!({ "RoleName": "lambda", "PolicyName": "p", "PolicyDocument": policy });
        send(&self.aws, "iam", "put_role_policy", arguments).expect("a valid policy");
    }

    fn destination(&self, retries: usize) -> Result<Value, AwsError> {
        let arguments = json!({
            "FunctionName": "f", "MaximumRetryAttempts": retries,
            "DestinationConfig": { "OnFailure": { "Destination": self.topic } },
        });
        send(&self.aws, "lambda", "put_function_event_invoke_config", arguments)
    }

    /// A rule of this name, with a target and the permission for it.
    fn rule(&self, name: &str, mut rule: Value, input: &Value) {
        rule["Name"] = name.into();
        let rule = send(&self.aws, "events", "put_rule", rule).expect("a valid rule");
        let mut target = json!({ "Id": "f", "Arn": self.aws.arn("lambda", REGION, "function:f") });
        if !input.is_null() {
            target["Input"] = input.to_string().into();
        }
        let targets = json!({ "Rule": name, "Targets": [target] });
        send(&self.aws, "events", "put_targets", targets).expect("a valid target");
        let permission = json!({
            "FunctionName": "f", "StatementId": name, "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com", "SourceArn": rule["RuleArn"],
        });
        send(&self.aws, "lambda", "add_permission", permission).expect("a valid permission");
    }

    fn hourly(&self, input: &Value) {
        self.rule("hourly", json!({ "ScheduleExpression": "rate(1 hour)" }), input);
    }
}

/// Why the rule was not run.
#[track_caller]
fn not_run(world: &World, rule: &str) -> String {
    match world.aws.run_schedule(REGION, rule) {
        Err(NotRun::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_schedule_runs_its_function_with_the_targets_input() {
    let world = world();
    world.hourly(&json!({ "a": [1] }));
    let ran = world.aws.run_schedule(REGION, "hourly");
    assert_eq!(ran, Ok(json!({ "got": { "a": [1] } })));
    world.rule("daily", json!({ "ScheduleExpression": "cron(0 5 * * ? *)" }), &Value::Null);
    let ran = world.aws.run_schedule(REGION, "daily").expect("it returns");
    assert_eq!(ran["got"]["detail-type"], "Scheduled Event");
    assert_eq!(ran["got"]["resources"][0], world.aws.arn("events", REGION, "rule/daily"));
}

#[test]
fn a_schedule_that_would_not_run_does_not() {
    let world = world();
    assert!(not_run(&world, "none").contains("no rule none"));
    world.rule("events", json!({ "EventPattern": r#"{"source":["x"]}"# }), &Value::Null);
    assert!(not_run(&world, "events").contains("no schedule"));
    world.hourly(&json!({}));
    let rule = || json!({ "Name": "hourly" });
    send(&world.aws, "events", "disable_rule", rule()).expect("a rule");
    assert!(not_run(&world, "hourly").contains("DISABLED"));
    send(&world.aws, "events", "enable_rule", rule()).expect("a rule");
    let statement = json!({ "FunctionName": "f", "StatementId": "hourly" });
    send(&world.aws, "lambda", "remove_permission", statement).expect("a permission");
    assert!(not_run(&world, "hourly").contains("no permission"));
    let function = json!({ "FunctionName": "f" });
    send(&world.aws, "lambda", "delete_function", function).expect("a function");
    assert!(not_run(&world, "hourly").contains("no function"));
}

#[test]
fn what_a_schedule_fails_with_comes_back_and_reaches_the_destination() {
    let world = world();
    let input = json!({ "raise": "no" });
    world.hourly(&input);
    world.may_publish();
    world.destination(1).expect("a valid configuration");
    let inbox = world.aws.inbox(REGION, "t");
    let Err(NotRun::Failed(error)) = world.aws.run_schedule(REGION, "hourly") else {
        panic!("it raises");
    };
    assert_eq!((&error["errorType"], &error["errorMessage"]), (&json!("ValueError"), &json!("no")));
    assert_eq!(world.aws.function_log(REGION, "f").iter().filter(|line| *line == "run").count(), 2);
    let messages = inbox.take(1);
    assert_eq!((messages.len(), messages[0].subject.as_str()), (1, ""));
    let record: Value = serde_json::from_str(&messages[0].body).expect("a record is JSON");
    let context = &record["requestContext"];
    assert_eq!(
        (&record["version"], &record["requestPayload"], &record["responsePayload"]),
        (&json!("1.0"), &input, &error)
    );
    assert_eq!(
        (&context["condition"], &context["approximateInvokeCount"]),
        (&json!("RetriesExhausted"), &json!(2))
    );
    assert_eq!(context["functionArn"], world.aws.arn("lambda", REGION, "function:f:$LATEST"));
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
}

#[test]
fn an_event_that_fails_reaches_the_destination_as_it_was() {
    let world = world();
    world.rule("events", json!({ "EventPattern": r#"{"source":["tests"]}"# }), &Value::Null);
    world.may_publish();
    world.destination(0).expect("a valid configuration");
    let inbox = world.aws.inbox(REGION, "t");
    let event = json!({ "Source": "tests", "DetailType": "t", "Detail": r#"{"raise":"no"}"# });
    world.aws.call("events", REGION, "put_events", json!({ "Entries": [event] }));
    let record: Value = serde_json::from_str(&inbox.take(1)[0].body).expect("a record is JSON");
    assert_eq!(record["requestPayload"]["detail"], json!({ "raise": "no" }));
    assert_eq!(record["requestPayload"]["source"], "tests");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
}

#[test]
fn a_destination_needs_a_role_that_may_publish() {
    let world = world();
    let message = "The provided destination config DestinationConfig(";
    refused(world.destination(0), 400, "InvalidParameterValueException", message);
    world.may_publish();
    world.destination(0).expect("a valid configuration");
    world.hourly(&json!({ "raise": "no" }));
    let inbox = world.aws.inbox(REGION, "t");
    let policy = json!({ "RoleName": "lambda", "PolicyName": "p" });
    send(&world.aws, "iam", "delete_role_policy", policy).expect("a policy");
    world.aws.run_schedule(REGION, "hourly").expect_err("it raises");
    world.may_publish();
    world.aws.run_schedule(REGION, "hourly").expect_err("it raises");
    assert_eq!(inbox.take(1).len(), 1, "what may not be published is lost");
}

#[test]
fn a_new_role_may_publish_when_iam_has_caught_up() {
    let world = world();
    world.may_publish();
    world.aws.iam_lag_tries(1);
    refused(world.destination(0), 400, "InvalidParameterValueException", "is not authorized");
    world.destination(0).expect("the second try");
}

#[test]
fn a_configuration_goes_with_its_function() {
    let world = world();
    let name = || json!({ "FunctionName": "f" });
    let get = || send(&world.aws, "lambda", "get_function_event_invoke_config", name());
    refused(get(), 404, "ResourceNotFoundException", "doesn't have an EventInvokeConfig");
    let delete = || send(&world.aws, "lambda", "delete_function_event_invoke_config", name());
    refused(delete(), 404, "ResourceNotFoundException", "doesn't have an EventInvokeConfig");
    world.may_publish();
    world.destination(1).expect("a valid configuration");
    let settings = get().expect("a configuration");
    assert_eq!(settings["MaximumRetryAttempts"], 1);
    assert_eq!(settings["DestinationConfig"]["OnFailure"]["Destination"], world.topic);
    assert_eq!(settings["FunctionArn"], world.aws.arn("lambda", REGION, "function:f:$LATEST"));
    delete().expect("a configuration");
    refused(get(), 404, "ResourceNotFoundException", "");
    world.destination(1).expect("a valid configuration");
    send(&world.aws, "lambda", "delete_function", name()).expect("a function");
    refused(get(), 404, "ResourceNotFoundException", "Function not found");
}

#[test]
fn a_call_says_that_the_function_raised() {
    let world = world();
    let invoke = |event: &Value| {
        let payload = json!({ "$base64": base64(event) });
        let arguments = json!({ "FunctionName": "f", "Payload": payload });
        send(&world.aws, "lambda", "invoke", arguments).expect("an answer")
    };
    let good = invoke(&json!({ "a": 1 }));
    assert!(good["FunctionError"].is_null(), "{good}");
    assert_eq!(good["Payload"], r#"{"got": {"a": 1}}"#);
    let bad = invoke(&json!({ "raise": "no" }));
    assert_eq!(bad["FunctionError"], "Unhandled");
    assert!(bad["Payload"].as_str().is_some_and(|text| text.contains("ValueError")), "{bad}");
}

#[test]
fn failures_are_counted() {
    let world = world();
    let alarm = json!({
        "AlarmName": "a", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum",
        "Dimensions": [{ "Name": "FunctionName", "Value": "f" }], "Period": 3600, "Threshold": 0.0,
        "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
    });
    send(&world.aws, "cloudwatch", "put_metric_alarm", alarm).expect("a valid alarm");
    let state = || world.aws.alarm_state(REGION, "a");
    world.hourly(&json!({}));
    world.aws.run_schedule(REGION, "hourly").expect("it returns");
    assert_eq!(state(), "OK");
    world.rule("bad", json!({ "ScheduleExpression": "rate(1 hour)" }), &json!({ "raise": "no" }));
    world.aws.run_schedule(REGION, "bad").expect_err("it raises");
    assert_eq!(state(), "ALARM");
}

#[test]
fn a_closed_topic_refuses_functions() {
    let world = world();
    let statement = json!({ "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": world.topic });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let arguments =
        json!({ "TopicArn": world.topic, "AttributeName": "Policy", "AttributeValue": policy });
    world.aws.try_call(Via::Aws, "sns", REGION, "set_topic_attributes", arguments).expect("valid");
    world.hourly(&json!({ "publish": world.topic }));
    let Err(NotRun::Failed(error)) = world.aws.run_schedule(REGION, "hourly") else {
        panic!("it may not publish");
    };
    assert_eq!(error["errorType"], "AuthorizationErrorException");
    let log = world.aws.log();
    let publish: Vec<&Call> = log.iter().filter(|call| call.is("sns", "Publish")).collect();
    assert_eq!((publish[0].status, publish[0].code.as_str()), (Some(403), "AuthorizationError"));
}

fn base64(event: &Value) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.encode(event.to_string())
}
