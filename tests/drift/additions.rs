//! What others add is named and stays; what only looks different is no difference.

use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::support::harness::Aws;

const REGION: &str = "us-east-1";
const FUNCTION: &str = "mrbackup-default-validator";
const SERVICE_ROLE: &str = "mrbackup-default-AWSBackupServiceRole";
const VALIDATOR_ROLE: &str = "mrbackup-default-validator-us-east-1";
const RULE: &str = "mrbackup-default-jobs";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#;

fn put_inline(aws: &Aws, role: &str, name: &str, document: &str) {
    let policy = json!({"RoleName": role, "PolicyName": name, "PolicyDocument": document});
    aws.call("iam", REGION, "put_role_policy", policy);
}

fn notes(report: &Value) -> Vec<String> {
    let rows = report["resources"].as_array().unwrap();
    let notes = rows.iter().filter_map(|row| row["notes"].as_array()).flatten();
    notes.map(|note| note.as_str().unwrap().to_owned()).collect()
}

#[test]
fn additions_to_roles_and_function_are_noted_and_stay() {
    let aws = deployed();
    put_inline(&aws, SERVICE_ROLE, "theirs", POLICY);
    put_inline(&aws, VALIDATOR_ROLE, "theirs-too", POLICY);
    let attached = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";
    let attach = json!({"RoleName": VALIDATOR_ROLE, "PolicyArn": attached});
    aws.call("iam", REGION, "attach_role_policy", attach);
    let permission = json!({
        "FunctionName": FUNCTION, "StatementId": "their-statement", "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    });
    aws.call("lambda", REGION, "add_permission", permission);
    let before = aws.inventory();
    let expected = [
        "also has the inline policy theirs",
        &format!("also has the policy {attached}"),
        "also has the inline policy theirs-too",
        "the function also has the permission their-statement",
    ];
    for command in ["status", "plan"] {
        let report = aws.mrbackup([command, "-o", "json"]).success().json();
        assert_eq!(notes(&report), expected, "{command}");
    }
    aws.mrbackup(["up"]).success();
    assert_eq!(aws.inventory(), before);
}

/// The same document in other words: lists of one, values without a list, another order.
fn in_other_words(document: &Value) -> Value {
    let mut document = document.clone();
    let statements = document["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        for member in ["Action", "Resource"] {
            let value = &mut statement[member];
            match value {
                Value::String(one) => *value = json!([one]),
                Value::Array(values) => values.reverse(),
                _ => (),
            }
        }
        if let Some(principal) = statement["Principal"].as_object_mut() {
            principal.values_mut().for_each(|value| *value = json!([value.clone()]));
        }
        statement.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    statements.reverse();
    if let [one] = &statements[..] {
        document["Statement"] = one.clone();
    }
    document
}

#[test]
fn the_same_policy_in_other_words_is_no_drift() {
    let aws = deployed();
    for role in [SERVICE_ROLE, VALIDATOR_ROLE] {
        let name = json!({"RoleName": role});
        let found = aws.call("iam", REGION, "get_role", name)["Role"].clone();
        let trust = in_other_words(&found["AssumeRolePolicyDocument"]);
        assert_ne!(trust, found["AssumeRolePolicyDocument"]);
        let update = json!({"RoleName": role, "PolicyDocument": trust.to_string()});
        aws.call("iam", REGION, "update_assume_role_policy", update);
    }
    let name = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator"});
    let policy = aws.call("iam", REGION, "get_role_policy", name)["PolicyDocument"].clone();
    put_inline(&aws, VALIDATOR_ROLE, "validator", &in_other_words(&policy).to_string());
    let rule = aws.call("events", REGION, "describe_rule", json!({"Name": RULE}));
    let mut pattern: Value = serde_json::from_str(rule["EventPattern"].as_str().unwrap()).unwrap();
    pattern["$or"].as_array_mut().unwrap().reverse();
    let put = json!({"Name": RULE, "EventPattern": pattern.to_string()});
    aws.call("events", REGION, "put_rule", put);

    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["status"]).success();
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    assert!(aws.writes().is_empty());
}
