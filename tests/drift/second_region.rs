//! Edits of what alarms go through in either region, and of the watchdog that looks from the second.

use serde_json::{Value, json};

use super::{Drift, FUNCTION, REGION, RULE};
use crate::support::harness::Aws;

const SECOND: &str = "us-west-2";
const WATCHDOG: &str = "mrbackup-default-watchdog";
const WATCHDOG_ROLE: &str = "mrbackup-default-watchdog-us-west-2";
const FINDINGS: &str = "mrbackup-default-findings";
const HEARTBEAT: &str = "mrbackup-default-heartbeat";

pub(super) const DRIFTS: &[Drift] = &[
    Drift {
        what: "owner's statement taken out of the topic's policy",
        edit: |aws| shut_out_the_owner(aws, REGION),
        region: Some(REGION),
        kind: "alert topic",
        field: Some("owner_may_publish"),
    },
    Drift {
        what: "owner's statement taken out of the topic's policy",
        edit: |aws| shut_out_the_owner(aws, SECOND),
        region: Some(SECOND),
        kind: "alert topic",
        field: Some("owner_may_publish"),
    },
    Drift {
        what: "topic deleted",
        edit: |aws| {
            let topic = aws.arn("sns", SECOND, "mrbackup-default-alerts");
            aws.call("sns", SECOND, "delete_topic", json!({"TopicArn": topic}));
        },
        region: Some(SECOND),
        kind: "alert topic",
        field: None,
    },
    Drift {
        what: "failures told to nobody",
        edit: |aws| destination(aws, REGION, FUNCTION, ("DestinationConfig", json!({}))),
        region: Some(REGION),
        kind: "failure destination",
        field: Some("on_failure"),
    },
    Drift {
        what: "failed events not run again",
        edit: |aws| destination(aws, SECOND, FUNCTION, ("MaximumRetryAttempts", json!(0))),
        region: Some(SECOND),
        kind: "failure destination",
        field: Some("retries"),
    },
    Drift {
        what: "failure destination deleted",
        edit: |aws| no_destination(aws, REGION, FUNCTION),
        region: Some(REGION),
        kind: "failure destination",
        field: None,
    },
    Drift {
        what: "failure destination deleted",
        edit: |aws| no_destination(aws, SECOND, FUNCTION),
        region: Some(SECOND),
        kind: "failure destination",
        field: None,
    },
    Drift {
        what: "failure destination of the watchdog deleted",
        edit: |aws| no_destination(aws, SECOND, WATCHDOG),
        region: Some(SECOND),
        kind: "watchdog destination",
        field: None,
    },
    Drift {
        what: "rule disabled",
        edit: |aws| {
            aws.call("events", SECOND, "disable_rule", json!({"Name": RULE}));
        },
        region: Some(SECOND),
        kind: "event rule",
        field: Some("state"),
    },
    Drift {
        what: "function deleted",
        edit: |aws| {
            aws.call("lambda", SECOND, "delete_function", json!({"FunctionName": FUNCTION}));
        },
        region: Some(SECOND),
        kind: "validator function",
        field: None,
    },
    Drift {
        what: "target removed",
        edit: |aws| {
            let targets = json!({"Rule": RULE, "Ids": ["validator"]});
            aws.call("events", SECOND, "remove_targets", targets);
        },
        region: Some(SECOND),
        kind: "event target",
        field: None,
    },
    Drift {
        what: "permission removed",
        edit: |aws| {
            let permission = json!({"FunctionName": FUNCTION, "StatementId": RULE});
            aws.call("lambda", SECOND, "remove_permission", permission);
        },
        region: Some(SECOND),
        kind: "invoke permission",
        field: None,
    },
    Drift {
        what: "schedule disabled",
        edit: |aws| {
            aws.call("events", SECOND, "disable_rule", json!({"Name": WATCHDOG}));
        },
        region: Some(SECOND),
        kind: "watchdog schedule",
        field: Some("state"),
    },
    Drift {
        what: "schedule changed",
        edit: |aws| {
            let rule = json!({"Name": WATCHDOG, "ScheduleExpression": "rate(1 day)"});
            aws.call("events", SECOND, "put_rule", rule);
        },
        region: Some(SECOND),
        kind: "watchdog schedule",
        field: Some("schedule"),
    },
    Drift {
        what: "what the watchdog is told changed",
        edit: |aws| {
            let mut input = input(aws);
            input["primary"] = "eu-west-1".into();
            target(aws, Some(&input));
        },
        region: Some(SECOND),
        kind: "watchdog target",
        field: Some("input.primary"),
    },
    Drift {
        what: "a promise to the watchdog changed",
        edit: |aws| {
            let mut input = input(aws);
            input["regions"][SECOND]["promised_minutes"] = 1_000_000.into();
            target(aws, Some(&input));
        },
        region: Some(SECOND),
        kind: "watchdog target",
        field: Some("input.regions.us-west-2.promised_minutes"),
    },
    Drift {
        what: "watchdog told nothing",
        edit: |aws| target(aws, None),
        region: Some(SECOND),
        kind: "watchdog target",
        field: Some("input"),
    },
    Drift {
        what: "target of the schedule removed",
        edit: |aws| {
            let targets = json!({"Rule": WATCHDOG, "Ids": ["watchdog"]});
            aws.call("events", SECOND, "remove_targets", targets);
        },
        region: Some(SECOND),
        kind: "watchdog target",
        field: None,
    },
    Drift {
        what: "permission of the schedule removed",
        edit: |aws| {
            let permission = json!({"FunctionName": WATCHDOG, "StatementId": WATCHDOG});
            aws.call("lambda", SECOND, "remove_permission", permission);
        },
        region: Some(SECOND),
        kind: "watchdog permission",
        field: None,
    },
    Drift {
        what: "watchdog deleted",
        edit: |aws| {
            aws.call("lambda", SECOND, "delete_function", json!({"FunctionName": WATCHDOG}));
        },
        region: Some(SECOND),
        kind: "watchdog function",
        field: None,
    },
    Drift {
        what: "watchdog's inline policy altered",
        edit: |aws| {
            let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}"#;
            let policy = json!({"RoleName": WATCHDOG_ROLE, "PolicyName": "watchdog", "PolicyDocument": document});
            aws.call("iam", REGION, "put_role_policy", policy);
        },
        region: Some(SECOND),
        kind: "watchdog role",
        field: Some("policy.Statement"),
    },
    Drift {
        what: "threshold of the alarm",
        edit: |aws| alarm(aws, FINDINGS, json!({"Threshold": 100.0})),
        region: Some(SECOND),
        kind: "findings alarm",
        field: Some("configuration.threshold"),
    },
    Drift {
        what: "alarm tells nobody",
        edit: |aws| alarm(aws, HEARTBEAT, json!({"AlarmActions": []})),
        region: Some(SECOND),
        kind: "heartbeat alarm",
        field: Some("configuration.alarm_actions"),
    },
    Drift {
        what: "end of the alarm tells nobody",
        edit: |aws| alarm(aws, FINDINGS, json!({"OKActions": []})),
        region: Some(SECOND),
        kind: "findings alarm",
        field: Some("configuration.ok_actions"),
    },
    Drift {
        what: "missing data is no alarm",
        edit: |aws| alarm(aws, HEARTBEAT, json!({"TreatMissingData": "notBreaching"})),
        region: Some(SECOND),
        kind: "heartbeat alarm",
        field: Some("configuration.missing_data"),
    },
    Drift {
        what: "alarm over a unit that no data has",
        edit: |aws| alarm(aws, FINDINGS, json!({"Unit": "Count"})),
        region: Some(SECOND),
        kind: "findings alarm",
        field: Some("configuration.unit"),
    },
    Drift {
        what: "actions of the alarm disabled",
        edit: |aws| {
            let names = json!({"AlarmNames": [HEARTBEAT]});
            aws.call("cloudwatch", SECOND, "disable_alarm_actions", names);
        },
        region: Some(SECOND),
        kind: "heartbeat alarm",
        field: Some("configuration.actions_enabled"),
    },
    Drift {
        what: "a tag of ours on an alarm",
        edit: |aws| {
            let arn = aws.arn("cloudwatch", SECOND, &format!("alarm:{FINDINGS}"));
            let tags =
                json!({"ResourceARN": arn, "Tags": [{"Key": "mrbackup:id", "Value": "0000"}]});
            aws.call("cloudwatch", SECOND, "tag_resource", tags);
        },
        region: Some(SECOND),
        kind: "findings alarm",
        field: Some("tags.mrbackup:id"),
    },
    Drift {
        what: "alarm deleted",
        edit: |aws| {
            aws.call("cloudwatch", SECOND, "delete_alarms", json!({"AlarmNames": [HEARTBEAT]}));
        },
        region: Some(SECOND),
        kind: "heartbeat alarm",
        field: None,
    },
];

/// What is left is a statement of somebody else's.
fn shut_out_the_owner(aws: &Aws, region: &str) {
    let topic = aws.arn("sns", region, "mrbackup-default-alerts");
    let statement = json!({
        "Sid": "theirs",
        "Effect": "Allow",
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let attribute = json!({"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy});
    aws.call("sns", region, "set_topic_attributes", attribute);
}

/// Puts it again, as it is but for this member.
fn destination(aws: &Aws, region: &str, function: &str, (member, value): (&str, Value)) {
    let name = json!({"FunctionName": function});
    let found = aws.call("lambda", region, "get_function_event_invoke_config", name.clone());
    let mut config = name;
    for member in ["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"] {
        config[member] = found[member].clone();
    }
    config[member] = value;
    aws.call("lambda", region, "put_function_event_invoke_config", config);
}

fn no_destination(aws: &Aws, region: &str, function: &str) {
    let function = json!({"FunctionName": function});
    aws.call("lambda", region, "delete_function_event_invoke_config", function);
}

fn targets(aws: &Aws) -> Value {
    aws.call("events", SECOND, "list_targets_by_rule", json!({"Rule": WATCHDOG}))["Targets"].clone()
}

fn input(aws: &Aws) -> Value {
    serde_json::from_str(targets(aws)[0]["Input"].as_str().unwrap()).unwrap()
}

fn target(aws: &Aws, input: Option<&Value>) {
    let mut target = json!({"Id": "watchdog", "Arn": targets(aws)[0]["Arn"]});
    if let Some(input) = input {
        target["Input"] = input.to_string().into();
    }
    aws.call("events", SECOND, "put_targets", json!({"Rule": WATCHDOG, "Targets": [target]}));
}

/// Puts the alarm again, as it is but for these members.
fn alarm(aws: &Aws, name: &str, change: Value) {
    let found = aws.call("cloudwatch", SECOND, "describe_alarms", json!({"AlarmNames": [name]}));
    let mut alarm = json!({});
    for member in [
        "AlarmName",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "ComparisonOperator",
        "Threshold",
        "Period",
        "EvaluationPeriods",
        "TreatMissingData",
        "ActionsEnabled",
        "AlarmActions",
        "OKActions",
    ] {
        alarm[member] = found["MetricAlarms"][0][member].clone();
    }
    if let (Value::Object(alarm), Value::Object(change)) = (&mut alarm, change) {
        alarm.extend(change);
    }
    aws.call("cloudwatch", SECOND, "put_metric_alarm", alarm);
}
