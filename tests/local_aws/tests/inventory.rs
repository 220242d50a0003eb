//! The inventory shows what a program could leave behind, and is the same as long as that is.

use std::time::Duration;

use local_aws::TestAccount;
use local_aws::eventually;
use serde_json::{Value, json};

use super::{REGION, role};

/// Everything that a watchdog is made of.
fn build(aws: &TestAccount) {
    let call = |service: &str, operation: &str, arguments: Value| {
        aws.call(service, REGION, operation, arguments)
    };
    let topic = call("sns", "create_topic", json!({ "Name": "t" }))["TopicArn"].clone();
    let key = json!({
        "TopicArn": topic, "AttributeName": "KmsMasterKeyId", "AttributeValue": "alias/k",
    });
    call("sns", "set_topic_attributes", key);
    let alarm = json!({
        "AlarmName": "a", "Namespace": "tests", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching", "Tags": [{ "Key": "k", "Value": "v" }],
    });
    call("cloudwatch", "put_metric_alarm", alarm);
    let role = role(aws, "r", "lambda.amazonaws.com");
    let statement = json!({ "Effect": "Allow", "Action": "sns:Publish", "Resource": "*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let policy = json!({ "RoleName": "r", "PolicyName": "p", "PolicyDocument": policy });
    call("iam", "put_role_policy", policy);
    let function = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "h.h", "Role": role,
        "Code": { "ZipFile": { "$zip": { "h.py": "" } } },
    });
    let function = call("lambda", "create_function", function)["FunctionArn"].clone();
    let settings = json!({
        "FunctionName": "f", "MaximumRetryAttempts": 0,
        "DestinationConfig": { "OnFailure": { "Destination": topic } },
    });
    call("lambda", "put_function_event_invoke_config", settings);
    eventually("a function that is active", || {
        let name = json!({ "FunctionName": "f" });
        (call("lambda", "get_function_configuration", name)["State"] == "Active").then_some(())
    });
    let rule = json!({ "Name": "r", "ScheduleExpression": "rate(1 hour)" });
    call("events", "put_rule", rule);
    let target = json!({ "Id": "f", "Arn": function, "Input": r#"{"a":1}"# });
    call("events", "put_targets", json!({ "Rule": "r", "Targets": [target] }));
}

#[test]
fn nothing_of_a_watchdog_is_overlooked() {
    let aws = TestAccount::new();
    build(&aws);
    let inventory = aws.inventory();
    let region = &inventory["regions"][REGION];
    let alarm = &region["cloudwatch"]["alarms"][0];
    assert_eq!((&alarm["AlarmName"], &alarm["Tags"]["k"]), (&json!("a"), &json!("v")));
    let settings = &region["lambda"]["functions"][0]["EventInvokeConfig"];
    assert_eq!(
        settings["DestinationConfig"]["OnFailure"]["Destination"],
        aws.arn("sns", REGION, "t")
    );
    let rule = &region["events"]["rules"][0];
    assert_eq!(rule["ScheduleExpression"], "rate(1 hour)");
    assert_eq!(rule["Targets"][0]["Input"], json!({ "a": 1 }));
    assert_eq!(region["sns"]["topics"][0]["Attributes"]["KmsMasterKeyId"], "alias/k");
    let datum =
        json!({ "Namespace": "tests", "MetricData": [{ "MetricName": "m", "Value": 1.0 }] });
    aws.call("cloudwatch", REGION, "put_metric_data", datum);
    aws.advance(Duration::from_hours(1));
    assert_eq!(aws.inventory(), inventory, "data, states and time change nothing");
}
