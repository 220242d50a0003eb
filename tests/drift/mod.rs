//! Every kind of edit and deletion by hand: named by `plan` and `status` with its field, mended by one `up`.

mod additions;
mod altered;
mod corners;
mod second_region;

use serde_json::{Value, json};

use crate::support::{
    Aws, JOBS_RULE, PRIMARY, Report, SERVICE_ROLE, VALIDATOR, VALIDATOR_ROLE, deployed,
};

/// An edit by hand, the resource that it is found on, and the field; none where it is missing.
#[derive(Clone, Copy)]
struct Drift {
    what: &'static str,
    edit: fn(&Aws),
    region: Option<&'static str>,
    kind: &'static str,
    field: Option<&'static str>,
}

const DRIFTS: &[Drift] = &[
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
        edit: |aws| {
            aws.call("backup", PRIMARY, "delete_backup_selection", aws.selection_id());
        },
        region: Some(PRIMARY),
        kind: "backup selection",
        field: None,
    },
    Drift {
        what: "plan deleted with its selection",
        edit: |aws| {
            aws.call("backup", PRIMARY, "delete_backup_selection", aws.selection_id());
            aws.call(
                "backup",
                PRIMARY,
                "delete_backup_plan",
                json!({"BackupPlanId": aws.plan_id()}),
            );
        },
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

impl Drift {
    /// Makes the edit, and asserts that both reports name the resource as missing or with the field.
    #[track_caller]
    fn assert_named(&self, aws: &Aws) {
        (self.edit)(aws);
        for command in [&["status"][..], &["plan", "--exit-code"]] {
            let outcome = aws.command().args(command).args(["-o", "json"]).run().code(3);
            assert!(self.is_named(&outcome.report()), "{}: {outcome:?}", self.what);
        }
    }

    fn is_named(&self, report: &Report) -> bool {
        let rows = report.rows().into_iter().filter(|row| row.is(self.kind, self.region));
        rows.into_iter().any(|row| match self.field {
            None => ["missing", "to-create"].contains(&row.condition()),
            Some(field) => row.changes().contains(&field),
        })
    }

    #[track_caller]
    fn assert_mended(&self, aws: &Aws) {
        for command in [&["up"][..], &["plan", "--exit-code"], &["status"]] {
            let outcome = aws.mrbackup(command);
            assert_eq!(outcome.exit_code(), Some(0), "{}: {outcome:?}", self.what);
        }
    }
}

fn assert_named_and_mended(drift: &Drift) {
    let aws = deployed();
    drift.assert_named(&aws);
    drift.assert_mended(&aws);
    aws.mrbackup(["down"]).success();
}

#[test]
fn each_kind_of_drift_is_named_and_mended() {
    std::thread::scope(|scope| {
        let drifts: Vec<Drift> = DRIFTS.iter().chain(second_region::DRIFTS).copied().collect();
        for half in drifts.chunks(drifts.len().div_ceil(2)) {
            let half = half.to_vec();
            scope.spawn(move || half.iter().for_each(assert_named_and_mended));
        }
    });
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
    aws.mrbackup(["status"]).success();
}
