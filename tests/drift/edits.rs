//! Every kind of edit and deletion by hand: named by `plan` and `status` with its field, mended by one `up`.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended};
use crate::support::{Aws, JOBS_RULE, PRIMARY, SERVICE_ROLE, VALIDATOR, VALIDATOR_ROLE, deployed};

pub(super) const DRIFTS: &[Drift] = &[
    Drift {
        what: "trust policy of the service role",
        edit: |aws| trust(aws, SERVICE_ROLE),
        region: None,
        kind: "service role",
        field: Some("trust.Statement"),
    },
    Drift {
        what: "managed policy detached",
        edit: |aws| {
            let policy =
                "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";
            aws.detach_policy(SERVICE_ROLE, policy);
        },
        region: None,
        kind: "service role",
        field: Some("managed_policies"),
    },
    Drift {
        what: "a tag of ours on a vault",
        edit: |aws| {
            let arn = aws.vault_arn("us-west-2");
            let tags = json!({"ResourceArn": arn, "Tags": {"mrbackup:id": "0000"}});
            aws.call("backup", "us-west-2", "tag_resource", tags);
        },
        region: Some("us-west-2"),
        kind: "vault",
        field: Some("tags.mrbackup:id"),
    },
    Drift {
        what: "vault deleted",
        edit: |aws| {
            aws.delete_vault("eu-west-1");
        },
        region: Some("eu-west-1"),
        kind: "vault",
        field: None,
    },
    Drift {
        what: "plan edited",
        edit: |aws| {
            aws.edit_plan(|document| {
                let mut rules = document["Rules"].as_array_mut().unwrap().iter_mut();
                let daily = rules.find(|rule| rule["RuleName"] == "daily").unwrap();
                daily["ScheduleExpression"] = "cron(0 5 ? * * *)".into();
            });
        },
        region: Some(PRIMARY),
        kind: "backup plan",
        field: Some("rules.daily.schedule"),
    },
    Drift {
        what: "selection deleted",
        edit: Aws::delete_selection,
        region: Some(PRIMARY),
        kind: "backup selection",
        field: None,
    },
    Drift {
        what: "plan deleted with its selection",
        edit: Aws::delete_plan,
        region: Some(PRIMARY),
        kind: "backup plan",
        field: None,
    },
    Drift {
        what: "topic deleted",
        edit: |aws| {
            let topic = json!({"TopicArn": aws.topic_arn(PRIMARY)});
            aws.call("sns", PRIMARY, "delete_topic", topic);
        },
        region: Some(PRIMARY),
        kind: "alert topic",
        field: None,
    },
    Drift {
        what: "retention of the log group",
        edit: |aws| {
            let retention =
                json!({"logGroupName": format!("/aws/lambda/{VALIDATOR}"), "retentionInDays": 1});
            aws.call("logs", PRIMARY, "put_retention_policy", retention);
        },
        region: Some(PRIMARY),
        kind: "log group",
        field: Some("retention_days"),
    },
    Drift {
        what: "log group deleted",
        edit: |aws| {
            let group = json!({"logGroupName": format!("/aws/lambda/{VALIDATOR}")});
            aws.call("logs", PRIMARY, "delete_log_group", group);
        },
        region: Some(PRIMARY),
        kind: "log group",
        field: None,
    },
    Drift {
        what: "trust policy of the validator's role",
        edit: |aws| trust(aws, VALIDATOR_ROLE),
        region: Some(PRIMARY),
        kind: "validator role",
        field: Some("trust.Statement"),
    },
    Drift {
        what: "inline policy altered",
        edit: |aws| {
            let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}"#;
            aws.put_inline_policy(VALIDATOR_ROLE, "validator", document);
        },
        region: Some(PRIMARY),
        kind: "validator role",
        field: Some("policy.Statement"),
    },
    Drift {
        what: "inline policy deleted",
        edit: |aws| {
            let policy = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator"});
            aws.call("iam", PRIMARY, "delete_role_policy", policy);
        },
        region: Some(PRIMARY),
        kind: "validator role",
        field: Some("policy"),
    },
    Drift {
        what: "validator's role made again",
        edit: |aws| aws.make_role_again(VALIDATOR_ROLE),
        region: Some(PRIMARY),
        kind: "validator function",
        field: Some("tags.mrbackup:role-id"),
    },
    Drift {
        what: "function's environment",
        edit: |aws| {
            configure(aws, json!({"Environment": {"Variables": {"DEPLOYMENT": "theirs"}}}));
        },
        region: Some(PRIMARY),
        kind: "validator function",
        field: Some("configuration.environment.DEPLOYMENT"),
    },
    Drift {
        what: "function's runtime",
        edit: |aws| configure(aws, json!({"Runtime": "python3.12"})),
        region: Some(PRIMARY),
        kind: "validator function",
        field: Some("configuration.runtime"),
    },
    Drift {
        what: "function's code",
        edit: |aws| {
            let code = json!({"FunctionName": VALIDATOR, "ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}});
            aws.call("lambda", PRIMARY, "update_function_code", code);
            settled(aws);
        },
        region: Some(PRIMARY),
        kind: "validator function",
        field: Some("code_sha256"),
    },
    Drift {
        what: "function deleted",
        edit: |aws| {
            aws.call("lambda", PRIMARY, "delete_function", json!({"FunctionName": VALIDATOR}));
        },
        region: Some(PRIMARY),
        kind: "validator function",
        field: None,
    },
    Drift {
        what: "rule disabled",
        edit: |aws| {
            aws.call("events", PRIMARY, "disable_rule", json!({"Name": JOBS_RULE}));
        },
        region: Some(PRIMARY),
        kind: "event rule",
        field: Some("state"),
    },
    Drift {
        what: "rule's pattern",
        edit: |aws| {
            let rule = json!({"Name": JOBS_RULE, "EventPattern": r#"{"source":["aws.ec2"]}"#});
            aws.call("events", PRIMARY, "put_rule", rule);
        },
        region: Some(PRIMARY),
        kind: "event rule",
        field: Some("pattern.source"),
    },
    Drift {
        what: "target removed",
        edit: |aws| {
            let targets = json!({"Rule": JOBS_RULE, "Ids": ["validator"]});
            aws.call("events", PRIMARY, "remove_targets", targets);
        },
        region: Some(PRIMARY),
        kind: "event target",
        field: None,
    },
    Drift {
        what: "permission removed",
        edit: |aws| {
            let permission = json!({"FunctionName": VALIDATOR, "StatementId": JOBS_RULE});
            aws.call("lambda", PRIMARY, "remove_permission", permission);
        },
        region: Some(PRIMARY),
        kind: "invoke permission",
        field: None,
    },
];

fn trust(aws: &Aws, role: &str) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let policy = json!({"RoleName": role, "PolicyDocument": document});
    aws.call("iam", PRIMARY, "update_assume_role_policy", policy);
}

fn configure(aws: &Aws, mut change: Value) {
    change["FunctionName"] = VALIDATOR.into();
    aws.call("lambda", PRIMARY, "update_function_configuration", change);
    settled(aws);
}

fn settled(aws: &Aws) {
    let name = json!({"FunctionName": VALIDATOR});
    let status = || aws.call("lambda", PRIMARY, "get_function_configuration", name.clone());
    while status()["LastUpdateStatus"] == "InProgress" {
        std::thread::yield_now();
    }
}

#[test]
fn each_kind_of_drift_is_named_and_mended() {
    assert_each_named_and_mended(DRIFTS);
}

/// What has lost its tag is left, with the line that gives it back; and the line does.
#[test]
fn the_way_back_is_an_aws_cli_line() {
    let aws = deployed();
    let arn = aws.vault_arn("eu-west-1");
    let untag = json!({"ResourceArn": arn, "TagKeyList": ["mrbackup:deployment"]});
    aws.call("backup", "eu-west-1", "untag_resource", untag);
    let refused = aws.mrbackup(["up"]).code(1);
    let line = format!(
        "aws backup tag-resource --resource-arn {arn} --tags mrbackup:deployment=default --region eu-west-1"
    );
    refused.stderr_has(&line);
    let tag = json!({"ResourceArn": arn, "Tags": {"mrbackup:deployment": "default"}});
    aws.call("backup", "eu-west-1", "tag_resource", tag);
    aws.mrbackup(["status"]).all_as_recorded();
}
