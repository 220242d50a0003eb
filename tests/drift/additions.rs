//! What others add is named and stays; what only looks different is no difference.

use serde_json::{Value, json};

use crate::support::{JOBS_RULE, PRIMARY, SERVICE_ROLE, VALIDATOR, VALIDATOR_ROLE, deployed};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#;

#[test]
fn additions_to_roles_and_function_are_noted_and_stay() {
    let aws = deployed();
    aws.put_inline_policy(SERVICE_ROLE, "theirs", POLICY);
    aws.put_inline_policy(VALIDATOR_ROLE, "theirs-too", POLICY);
    let attached = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";
    let attach = json!({"RoleName": VALIDATOR_ROLE, "PolicyArn": attached});
    aws.call("iam", PRIMARY, "attach_role_policy", attach);
    let permission = json!({
        "FunctionName": VALIDATOR, "StatementId": "their-statement", "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    });
    aws.call("lambda", PRIMARY, "add_permission", permission);
    let before = aws.inventory();
    let expected = [
        "also has the inline policy theirs",
        &format!("also has the policy {attached}"),
        "also has the inline policy theirs-too",
        "the function also has the permission their-statement",
    ];
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded().report();
    assert_eq!(status.notes(), expected);
    let plan = aws.mrbackup(["plan", "-o", "json"]).success().report();
    assert_eq!(plan.notes(), expected);
    aws.mrbackup(["up"]).success();
    assert_eq!(aws.inventory(), before);
}

/// What mrbackup sets nothing of is named, and stays when the function is repaired.
#[test]
fn what_others_set_on_a_function_is_noted_and_stays() {
    let aws = deployed();
    let key = aws.arn("kms", PRIMARY, "key/1234abcd");
    let queue = aws.arn("sqs", PRIMARY, "theirs");
    let set = json!({
        "FunctionName": VALIDATOR,
        "VpcConfig": {"SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]},
        "KMSKeyArn": key,
        "DeadLetterConfig": {"TargetArn": queue},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/theirs/all"},
    });
    aws.call("lambda", PRIMARY, "update_function_configuration", set);
    aws.settle();
    let expected = [
        "also in the VPC of these subnets (subnet-0a)".to_owned(),
        format!("also logs to /theirs/all, and not to /aws/lambda/{VALIDATOR}"),
        "also logs as JSON".to_owned(),
        format!("also encrypted with {key}"),
        format!("also sends what fails to {queue}"),
    ];
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded().report();
    assert_eq!(status.notes(), expected);
    let altered = json!({"FunctionName": VALIDATOR, "MemorySize": 128});
    aws.call("lambda", PRIMARY, "update_function_configuration", altered);
    aws.settle();
    aws.mrbackup(["up"]).success();
    let plan = aws.mrbackup(["plan", "-o", "json"]).success().report();
    assert_eq!(plan.notes(), expected);
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
        let found = aws.call("iam", PRIMARY, "get_role", name)["Role"].clone();
        let trust = in_other_words(&found["AssumeRolePolicyDocument"]);
        assert_ne!(trust, found["AssumeRolePolicyDocument"]);
        let update = json!({"RoleName": role, "PolicyDocument": trust.to_string()});
        aws.call("iam", PRIMARY, "update_assume_role_policy", update);
    }
    let name = json!({"RoleName": VALIDATOR_ROLE, "PolicyName": "validator"});
    let policy = aws.call("iam", PRIMARY, "get_role_policy", name)["PolicyDocument"].clone();
    aws.put_inline_policy(VALIDATOR_ROLE, "validator", &in_other_words(&policy).to_string());
    let rule = aws.call("events", PRIMARY, "describe_rule", json!({"Name": JOBS_RULE}));
    let mut pattern: Value = serde_json::from_str(rule["EventPattern"].as_str().unwrap()).unwrap();
    pattern["$or"].as_array_mut().unwrap().reverse();
    let put = json!({"Name": JOBS_RULE, "EventPattern": pattern.to_string()});
    aws.call("events", PRIMARY, "put_rule", put);

    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    aws.assert_nothing_written();
}
