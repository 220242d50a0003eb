//! The functions' code and policies by themselves: their unit tests, the Python they need, and what they may do.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use crate::support::{Aws, UP, account, deployed, deployed_with_choices};

/// The functions' own unit tests need nothing but the Python environment of the local AWS.
#[test]
fn the_validators_unit_tests_pass() {
    python(&["-B", "-m", "unittest", "discover", "-s", "tests/validator"], "");
}

#[test]
fn the_watchdogs_unit_tests_pass() {
    python(&["-B", "-m", "unittest", "discover", "-s", "tests/watchdog"], "");
}

/// Both functions beside each other, against a clock and an account that are made up.
#[test]
fn two_weeks_of_simulated_nights_are_as_silent_as_they_should_be() {
    python(&["-B", "-m", "unittest", "discover", "-s", "tests/weather"], "");
}

/// Lambda's pinned runtime is Python 3.13; what older grammar takes, it takes too.
#[test]
fn the_functions_code_is_python_of_any_runtime() {
    let parse = "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read(), feature_version=(3, 10))";
    for source in ["src/steps/function_code/validator.py", "src/steps/function_code/watchdog.py"] {
        python(&["-B", "-c", parse, source], "");
    }
}

/// Reads of what has no name before it is made, or whose id AWS draws: a low finding, and meant.
const MEANT: [&str; 2] = ["LOW", "Unnecessary use of Resource *"];

/// What `parliament` has to say of policies, even if it takes it for low (as an action that AWS does not know).
#[track_caller]
fn findings(policies: &Map<String, Value>) -> Vec<String> {
    let script = ["-B", "-W", "ignore", "tests/alarms/policies.py"];
    let answer = python(&script, &Value::Object(policies.clone()).to_string());
    let findings: Vec<Value> = serde_json::from_str(&answer).expect("a list");
    let meant = |finding: &&Value| finding[1] == MEANT[0] && finding[2] == MEANT[1];
    findings.iter().filter(|finding| !meant(finding)).map(Value::to_string).collect()
}

/// The policies in the account's roles, by role and name.
#[track_caller]
fn policies(aws: &Aws) -> Map<String, Value> {
    let inventory = aws.inventory();
    let roles = inventory["iam"]["roles"].as_array().cloned().unwrap_or_default();
    let mut policies = Map::new();
    for role in roles {
        for (name, document) in role["InlinePolicies"].as_object().into_iter().flatten() {
            let role = role["RoleName"].as_str().unwrap_or_default();
            policies.insert(format!("{role} {name}"), document.clone());
        }
    }
    policies
}

/// Of what is off by default.
const LOG_POLICIES: &[&str] =
    &["mrbackup-default-delivery-log-us-east-1 log", "mrbackup-default-delivery-log-us-west-2 log"];

#[test]
fn the_policies_that_are_made_are_without_findings() {
    let with_keys = account();
    let keys =
        ["us-east-1", "us-west-2"].map(|region| with_keys.arn("kms", region, "key/1234abcd"));
    let keys = keys.iter().flat_map(|key| ["--topic-key-arn", key]);
    with_keys.mrbackup(UP.into_iter().chain(keys)).success();
    for (aws, more) in
        [(deployed(), &[][..]), (with_keys, &[]), (deployed_with_choices(), LOG_POLICIES)]
    {
        let policies = policies(&aws);
        let names: Vec<&str> = policies.keys().map(String::as_str).collect();
        let wanted = [
            "mrbackup-default-forward-eu-west-1 forward",
            "mrbackup-default-validator-us-east-1 validator",
            "mrbackup-default-validator-us-west-2 validator",
            "mrbackup-default-watchdog-us-west-2 watchdog",
        ];
        assert_eq!(names, [more, &wanted].concat());
        assert_eq!(findings(&policies), [""; 0]);
    }
}

/// The check would see what is wrong.
#[test]
fn a_bad_policy_has_findings() {
    let statement = |action: &str, resource: &str| {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    for bad in [
        statement("sns:Publsh", "*"),
        statement("sns:Publish", "arn:aws:sqs:us-east-1:111122223333:q"),
    ] {
        let findings = findings(&Map::from_iter([("bad".to_owned(), bad.clone())]));
        assert!(!findings.is_empty(), "{bad}");
    }
}

/// Runs it with this input to its good end, and returns what it printed.
#[track_caller]
fn python(arguments: &[&str], input: &str) -> String {
    let interpreter = match local_aws::python(&|_| {}) {
        Ok(interpreter) => interpreter,
        Err(message) => panic!("{message}"),
    };
    let mut child = Command::new(interpreter)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the interpreter starts");
    let mut pipe = child.stdin.take().expect("a pipe was asked for");
    pipe.write_all(input.as_bytes()).expect("it reads its input");
    drop(pipe);
    let output = child.wait_with_output().expect("our own child");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}
