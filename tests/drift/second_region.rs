//! Edits of what alarms go through in either region, and of the watchdog that looks from the second.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended};
use crate::support::{Aws, JOBS_RULE, PRIMARY, SECONDARY, VALIDATOR, WATCHDOG};

const WATCHDOG_ROLE: &str = "mrbackup-default-watchdog-us-west-2";
const FINDINGS: &str = "mrbackup-default-findings";
const HEARTBEAT: &str = "mrbackup-default-heartbeat";

pub(super) const DRIFTS: &[Drift] = &[
    Drift {
        what: "watchdog's log group deleted",
        edit: |aws| {
            let group = json!({"logGroupName": format!("/aws/lambda/{WATCHDOG}")});
            aws.call("logs", SECONDARY, "delete_log_group", group);
        },
        region: Some(SECONDARY),
        kind: "watchdog log group",
        field: None,
    },
    Drift {
        what: "owner's statement taken out of the topic's policy",
        edit: |aws| shut_out_the_owner(aws, PRIMARY),
        region: Some(PRIMARY),
        kind: "alert topic",
        field: Some("owner_may_publish"),
    },
    Drift {
        what: "owner's statement taken out of the topic's policy",
        edit: |aws| shut_out_the_owner(aws, SECONDARY),
        region: Some(SECONDARY),
        kind: "alert topic",
        field: Some("owner_may_publish"),
    },
    Drift {
        what: "topic deleted",
        edit: |aws| {
            let topic = aws.arn("sns", SECONDARY, "mrbackup-default-alerts");
            aws.call("sns", SECONDARY, "delete_topic", json!({"TopicArn": topic}));
        },
        region: Some(SECONDARY),
        kind: "alert topic",
        field: None,
    },
    Drift {
        what: "failures told to nobody",
        edit: |aws| destination(aws, PRIMARY, VALIDATOR, ("DestinationConfig", json!({}))),
        region: Some(PRIMARY),
        kind: "failure destination",
        field: Some("on_failure"),
    },
    Drift {
        what: "failed events not run again",
        edit: |aws| destination(aws, SECONDARY, VALIDATOR, ("MaximumRetryAttempts", json!(0))),
        region: Some(SECONDARY),
        kind: "failure destination",
        field: Some("retries"),
    },
    Drift {
        what: "failure destination deleted",
        edit: |aws| no_destination(aws, PRIMARY, VALIDATOR),
        region: Some(PRIMARY),
        kind: "failure destination",
        field: None,
    },
    Drift {
        what: "failure destination deleted",
        edit: |aws| no_destination(aws, SECONDARY, VALIDATOR),
        region: Some(SECONDARY),
        kind: "failure destination",
        field: None,
    },
    Drift {
        what: "failure destination of the watchdog deleted",
        edit: |aws| no_destination(aws, SECONDARY, WATCHDOG),
        region: Some(SECONDARY),
        kind: "watchdog destination",
        field: None,
    },
    Drift {
        what: "rule disabled",
        edit: |aws| {
            aws.call("events", SECONDARY, "disable_rule", json!({"Name": JOBS_RULE}));
        },
        region: Some(SECONDARY),
        kind: "event rule",
        field: Some("state"),
    },
    Drift {
        what: "function deleted",
        edit: |aws| {
            aws.call("lambda", SECONDARY, "delete_function", json!({"FunctionName": VALIDATOR}));
        },
        region: Some(SECONDARY),
        kind: "validator function",
        field: None,
    },
    Drift {
        what: "target removed",
        edit: |aws| {
            let targets = json!({"Rule": JOBS_RULE, "Ids": ["validator"]});
            aws.call("events", SECONDARY, "remove_targets", targets);
        },
        region: Some(SECONDARY),
        kind: "event target",
        field: None,
    },
    Drift {
        what: "permission removed",
        edit: |aws| {
            let permission = json!({"FunctionName": VALIDATOR, "StatementId": JOBS_RULE});
            aws.call("lambda", SECONDARY, "remove_permission", permission);
        },
        region: Some(SECONDARY),
        kind: "invoke permission",
        field: None,
    },
    Drift {
        what: "schedule disabled",
        edit: |aws| {
            aws.call("events", SECONDARY, "disable_rule", json!({"Name": WATCHDOG}));
        },
        region: Some(SECONDARY),
        kind: "watchdog schedule",
        field: Some("state"),
    },
    Drift {
        what: "schedule changed",
        edit: |aws| {
            let rule = json!({"Name": WATCHDOG, "ScheduleExpression": "rate(1 day)"});
            aws.call("events", SECONDARY, "put_rule", rule);
        },
        region: Some(SECONDARY),
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
        region: Some(SECONDARY),
        kind: "watchdog target",
        field: Some("input.primary"),
    },
    Drift {
        what: "a promise to the watchdog changed",
        edit: |aws| {
            let mut input = input(aws);
            input["regions"][SECONDARY]["promised_minutes"] = 1_000_000.into();
            target(aws, Some(&input));
        },
        region: Some(SECONDARY),
        kind: "watchdog target",
        field: Some("input.regions.us-west-2.promised_minutes"),
    },
    Drift {
        what: "watchdog told nothing",
        edit: |aws| target(aws, None),
        region: Some(SECONDARY),
        kind: "watchdog target",
        field: Some("input"),
    },
    Drift {
        what: "target of the schedule removed",
        edit: |aws| {
            let targets = json!({"Rule": WATCHDOG, "Ids": ["watchdog"]});
            aws.call("events", SECONDARY, "remove_targets", targets);
        },
        region: Some(SECONDARY),
        kind: "watchdog target",
        field: None,
    },
    Drift {
        what: "permission of the schedule removed",
        edit: |aws| {
            let permission = json!({"FunctionName": WATCHDOG, "StatementId": WATCHDOG});
            aws.call("lambda", SECONDARY, "remove_permission", permission);
        },
        region: Some(SECONDARY),
        kind: "watchdog permission",
        field: None,
    },
    Drift {
        what: "watchdog deleted",
        edit: |aws| {
            aws.call("lambda", SECONDARY, "delete_function", json!({"FunctionName": WATCHDOG}));
        },
        region: Some(SECONDARY),
        kind: "watchdog function",
        field: None,
    },
    Drift {
        what: "watchdog's inline policy altered",
        edit: |aws| {
            let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}"#;
            aws.put_inline_policy(WATCHDOG_ROLE, "watchdog", document);
        },
        region: Some(SECONDARY),
        kind: "watchdog role",
        field: Some("policy.Statement"),
    },
    Drift {
        what: "threshold of the alarm",
        edit: |aws| alarm(aws, FINDINGS, json!({"Threshold": 100.0})),
        region: Some(SECONDARY),
        kind: "findings alarm",
        field: Some("configuration.threshold"),
    },
    Drift {
        what: "alarm tells nobody",
        edit: |aws| alarm(aws, HEARTBEAT, json!({"AlarmActions": []})),
        region: Some(SECONDARY),
        kind: "heartbeat alarm",
        field: Some("configuration.alarm_actions"),
    },
    Drift {
        what: "end of the alarm tells nobody",
        edit: |aws| alarm(aws, FINDINGS, json!({"OKActions": []})),
        region: Some(SECONDARY),
        kind: "findings alarm",
        field: Some("configuration.ok_actions"),
    },
    Drift {
        what: "missing data is no alarm",
        edit: |aws| alarm(aws, HEARTBEAT, json!({"TreatMissingData": "notBreaching"})),
        region: Some(SECONDARY),
        kind: "heartbeat alarm",
        field: Some("configuration.missing_data"),
    },
    Drift {
        what: "alarm over a unit that no data has",
        edit: |aws| alarm(aws, FINDINGS, json!({"Unit": "Count"})),
        region: Some(SECONDARY),
        kind: "findings alarm",
        field: Some("configuration.unit"),
    },
    Drift {
        what: "actions of the alarm disabled",
        edit: |aws| {
            let names = json!({"AlarmNames": [HEARTBEAT]});
            aws.call("cloudwatch", SECONDARY, "disable_alarm_actions", names);
        },
        region: Some(SECONDARY),
        kind: "heartbeat alarm",
        field: Some("configuration.actions_enabled"),
    },
    Drift {
        what: "a tag of ours on an alarm",
        edit: |aws| {
            let arn = aws.arn("cloudwatch", SECONDARY, &format!("alarm:{FINDINGS}"));
            let tags =
                json!({"ResourceARN": arn, "Tags": [{"Key": "mrbackup:id", "Value": "0000"}]});
            aws.call("cloudwatch", SECONDARY, "tag_resource", tags);
        },
        region: Some(SECONDARY),
        kind: "findings alarm",
        field: Some("tags.mrbackup:id"),
    },
    Drift {
        what: "alarm deleted",
        edit: |aws| {
            aws.call("cloudwatch", SECONDARY, "delete_alarms", json!({"AlarmNames": [HEARTBEAT]}));
        },
        region: Some(SECONDARY),
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
    aws.call("events", SECONDARY, "list_targets_by_rule", json!({"Rule": WATCHDOG}))["Targets"]
        .clone()
}

fn input(aws: &Aws) -> Value {
    serde_json::from_str(targets(aws)[0]["Input"].as_str().unwrap()).unwrap()
}

fn target(aws: &Aws, input: Option<&Value>) {
    let mut target = json!({"Id": "watchdog", "Arn": targets(aws)[0]["Arn"]});
    if let Some(input) = input {
        target["Input"] = input.to_string().into();
    }
    aws.call("events", SECONDARY, "put_targets", json!({"Rule": WATCHDOG, "Targets": [target]}));
}

/// Puts the alarm again, as it is but for these members.
pub(super) fn alarm(aws: &Aws, name: &str, change: Value) {
    let found = aws.call("cloudwatch", SECONDARY, "describe_alarms", json!({"AlarmNames": [name]}));
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
    aws.call("cloudwatch", SECONDARY, "put_metric_alarm", alarm);
}

#[test]
fn each_drift_of_what_alarms_go_through_is_named_and_mended() {
    assert_each_named_and_mended(DRIFTS);
}
