//! Every kind of edit and deletion by hand: named by `plan` and `status` with its field, mended by one `up`.

mod additions;
mod altered;
mod corners;
mod second_region;

use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::support::harness::Aws;

const REGION: &str = "us-east-1";
const FUNCTION: &str = "mrbackup-default-validator";
const SERVICE_ROLE: &str = "mrbackup-default-AWSBackupServiceRole";
const VALIDATOR_ROLE: &str = "mrbackup-default-validator-us-east-1";
const RULE: &str = "mrbackup-default-jobs";

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
            let detach = json!({"RoleName": SERVICE_ROLE, "PolicyArn": policy});
            aws.call("iam", REGION, "detach_role_policy", detach);
        },
        region: None,
        kind: "service role",
        field: Some("managed_policies"),
    },
    Drift {
        what: "a tag of ours on a vault",
        edit: |aws| {
            let arn =
                format!("arn:aws:backup:us-west-2:{}:backup-vault:mrbackup-default", aws.id());
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
            let vault = json!({"BackupVaultName": "mrbackup-default"});
            aws.call("backup", "eu-west-1", "delete_backup_vault", vault);
        },
        region: Some("eu-west-1"),
        kind: "vault",
        field: None,
    },
    Drift {
        what: "plan edited",
        edit: edit_plan,
        region: Some(REGION),
        kind: "backup plan",
        field: Some("rules.daily.schedule"),
    },
    Drift {
        what: "selection deleted",
        edit: delete_selection,
        region: Some(REGION),
        kind: "backup selection",
        field: None,
    },
    Drift {
        what: "plan deleted with its selection",
        edit: |aws| {
            delete_selection(aws);
            aws.call("backup", REGION, "delete_backup_plan", json!({"BackupPlanId": plan_id(aws)}));
        },
        region: Some(REGION),
        kind: "backup plan",
        field: None,
    },
    Drift {
        what: "topic deleted",
        edit: |aws| {
            let topic = format!("arn:aws:sns:us-east-1:{}:mrbackup-default-alerts", aws.id());
            aws.call("sns", REGION, "delete_topic", json!({"TopicArn": topic}));
        },
        region: Some(REGION),
        kind: "alert topic",
        field: None,
    },
    Drift {
        what: "retention of the log group",
        edit: |aws| {
            let retention =
                json!({"logGroupName": format!("/aws/lambda/{FUNCTION}"), "retentionInDays": 1});
            aws.call("logs", REGION, "put_retention_policy", retention);
        },
        region: Some(REGION),
        kind: "log group",
        field: Some("retention_days"),
    },
    Drift {
        what: "log group deleted",
        edit: |aws| {
            let group = json!({"logGroupName": format!("/aws/lambda/{FUNCTION}")});
            aws.call("logs", REGION, "delete_log_group", group);
        },
        region: Some(REGION),
        kind: "log group",
        field: None,
    },
    Drift {
        what: "trust policy of the validator's role",
        edit: |aws| trust(aws, VALIDATOR_ROLE),
        region: Some(REGION),
        kind: "validator role",
        field: Some("trust.Statement"),
    },
    Drift {
        what: "inline policy altered",
        edit: |aws| {
            let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}]}"#;
            let policy = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator", "PolicyDocument": document});
            aws.call("iam", REGION, "put_role_policy", policy);
        },
        region: Some(REGION),
        kind: "validator role",
        field: Some("policy.Statement"),
    },
    Drift {
        what: "inline policy deleted",
        edit: |aws| {
            let policy = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator"});
            aws.call("iam", REGION, "delete_role_policy", policy);
        },
        region: Some(REGION),
        kind: "validator role",
        field: Some("policy"),
    },
    Drift {
        what: "validator's role made again",
        edit: make_validator_role_again,
        region: Some(REGION),
        kind: "validator function",
        field: Some("tags.mrbackup:role-id"),
    },
    Drift {
        what: "function's environment",
        edit: |aws| {
            configure(aws, json!({"Environment": {"Variables": {"DEPLOYMENT": "theirs"}}}));
        },
        region: Some(REGION),
        kind: "validator function",
        field: Some("configuration.environment.DEPLOYMENT"),
    },
    Drift {
        what: "function's runtime",
        edit: |aws| configure(aws, json!({"Runtime": "python3.12"})),
        region: Some(REGION),
        kind: "validator function",
        field: Some("configuration.runtime"),
    },
    Drift {
        what: "function's code",
        edit: |aws| {
            let code = json!({"FunctionName": FUNCTION, "ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}});
            aws.call("lambda", REGION, "update_function_code", code);
            settled(aws);
        },
        region: Some(REGION),
        kind: "validator function",
        field: Some("code_sha256"),
    },
    Drift {
        what: "function deleted",
        edit: |aws| {
            aws.call("lambda", REGION, "delete_function", json!({"FunctionName": FUNCTION}));
        },
        region: Some(REGION),
        kind: "validator function",
        field: None,
    },
    Drift {
        what: "rule disabled",
        edit: |aws| {
            aws.call("events", REGION, "disable_rule", json!({"Name": RULE}));
        },
        region: Some(REGION),
        kind: "event rule",
        field: Some("state"),
    },
    Drift {
        what: "rule's pattern",
        edit: |aws| {
            let rule = json!({"Name": RULE, "EventPattern": r#"{"source":["aws.ec2"]}"#});
            aws.call("events", REGION, "put_rule", rule);
        },
        region: Some(REGION),
        kind: "event rule",
        field: Some("pattern.source"),
    },
    Drift {
        what: "target removed",
        edit: |aws| {
            let targets = json!({"Rule": RULE, "Ids": ["validator"]});
            aws.call("events", REGION, "remove_targets", targets);
        },
        region: Some(REGION),
        kind: "event target",
        field: None,
    },
    Drift {
        what: "permission removed",
        edit: |aws| {
            let permission = json!({"FunctionName": FUNCTION, "StatementId": RULE});
            aws.call("lambda", REGION, "remove_permission", permission);
        },
        region: Some(REGION),
        kind: "invoke permission",
        field: None,
    },
];

fn trust(aws: &Aws, role: &str) {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let policy = json!({"RoleName": role, "PolicyDocument": document});
    aws.call("iam", REGION, "update_assume_role_policy", policy);
}

fn plan_id(aws: &Aws) -> Value {
    let plans = aws.call("backup", REGION, "list_backup_plans", json!({}));
    plans["BackupPlansList"][0]["BackupPlanId"].clone()
}

fn edit_plan(aws: &Aws) {
    let plan = aws.call("backup", REGION, "get_backup_plan", json!({"BackupPlanId": plan_id(aws)}));
    let mut document = plan["BackupPlan"].clone();
    for rule in document["Rules"].as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("RuleId");
        if rule["RuleName"] == "daily" {
            rule["ScheduleExpression"] = "cron(0 5 ? * * *)".into();
        }
    }
    let update = json!({"BackupPlanId": plan_id(aws), "BackupPlan": document});
    aws.call("backup", REGION, "update_backup_plan", update);
}

fn delete_selection(aws: &Aws) {
    let plan = plan_id(aws);
    let list = aws.call("backup", REGION, "list_backup_selections", json!({"BackupPlanId": plan}));
    let id = &list["BackupSelectionsList"][0]["SelectionId"];
    let selection = json!({"BackupPlanId": plan, "SelectionId": id});
    aws.call("backup", REGION, "delete_backup_selection", selection);
}

/// The same role under the same ARN, with another id.
fn make_validator_role_again(aws: &Aws) {
    let name = json!({"RoleName": VALIDATOR_ROLE});
    let role = aws.call("iam", REGION, "get_role", name.clone())["Role"].clone();
    let policy = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator"});
    let document =
        aws.call("iam", REGION, "get_role_policy", policy.clone())["PolicyDocument"].clone();
    aws.call("iam", REGION, "delete_role_policy", policy);
    aws.call("iam", REGION, "delete_role", name);
    let again = json!({
        "RoleName": VALIDATOR_ROLE,
        "Path": "/mrbackup/",
        "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"].to_string(),
        "Tags": role["Tags"],
    });
    aws.call("iam", REGION, "create_role", again);
    let policy = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator", "PolicyDocument": document.to_string()});
    aws.call("iam", REGION, "put_role_policy", policy);
}

fn configure(aws: &Aws, mut change: Value) {
    change["FunctionName"] = FUNCTION.into();
    aws.call("lambda", REGION, "update_function_configuration", change);
    settled(aws);
}

fn settled(aws: &Aws) {
    let name = json!({"FunctionName": FUNCTION});
    let status = || aws.call("lambda", REGION, "get_function_configuration", name.clone());
    while status()["LastUpdateStatus"] == "InProgress" {
        std::thread::yield_now();
    }
}

/// Whether a report has the resource, missing or with the field.
fn names(report: &Value, drift: &Drift) -> bool {
    let rows = report["resources"].as_array().unwrap();
    let is_it = |row: &&Value| row["kind"] == drift.kind && row["region"].as_str() == drift.region;
    rows.iter().filter(is_it).any(|row| match drift.field {
        None => row["condition"] == "missing" || row["condition"] == "to-create",
        Some(field) => row["changes"]
            .as_array()
            .is_some_and(|changes| changes.iter().any(|change| change["field"] == field)),
    })
}

fn assert_named_and_mended(drift: &Drift) {
    let what = format!("{} ({:?})", drift.what, drift.region);
    let aws = deployed();
    (drift.edit)(&aws);
    let status = aws.mrbackup(["status", "-o", "json"]).code(3);
    assert!(names(&status.json(), drift), "{what}: {status:?}");
    let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3);
    assert!(names(&plan.json(), drift), "{what}: {plan:?}");
    let up = aws.mrbackup(["up"]);
    assert_eq!(up.exit_code(), Some(0), "{what}: {up:?}");
    let plan = aws.mrbackup(["plan", "--exit-code"]);
    assert_eq!(plan.exit_code(), Some(0), "{what}: {plan:?}");
    let status = aws.mrbackup(["status"]);
    assert_eq!(status.exit_code(), Some(0), "{what}: {status:?}");
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
    let arn = format!("arn:aws:backup:eu-west-1:{}:backup-vault:mrbackup-default", aws.id());
    let untag = json!({"ResourceArn": arn, "TagKeyList": ["mrbackup:deployment"]});
    aws.call("backup", "eu-west-1", "untag_resource", untag);
    let refused = aws.mrbackup(["up"]).code(1);
    let line = format!(
        "aws backup tag-resource --resource-arn {arn} --tags mrbackup:deployment=default --region eu-west-1"
    );
    assert!(refused.stderr.contains(&line), "{refused:?}");
    let tag = json!({"ResourceArn": arn, "Tags": {"mrbackup:deployment": "default"}});
    aws.call("backup", "eu-west-1", "tag_resource", tag);
    aws.mrbackup(["status"]).success();
}
