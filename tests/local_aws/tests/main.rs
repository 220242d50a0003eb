//! The local AWS itself: its refusals refuse and its faults fire, or the tests that lean on them would prove nothing.

mod alarms;
mod chain;
mod crowd;
mod dashboards;
mod faults;
mod forwarding;
mod iam;
mod inventory;
mod invocations;
mod jobs;
mod lists;
mod locks;
mod metrics;
mod model;
mod pages;
mod patterns;
mod plans;
mod points;
mod recordings;
mod resources;

mod restore_testing;
mod restore_tests;
mod restores;
mod restores_jobs;
mod restores_points;
mod restores_read;
mod restores_refused;
mod sequential;
mod tagging;
mod topics;
mod vaults;

use local_aws::TestAccount;
use local_aws::{AwsError, Call, Via};
use serde_json::{Value, json};

const REGION: &str = "us-east-1";

/// Calls as the program under test would.
#[track_caller]
fn send(
    aws: &TestAccount,
    service: &str,
    operation: &str,
    arguments: Value,
) -> Result<Value, AwsError> {
    aws.try_call(Via::Program, service, REGION, operation, arguments)
}

/// Asserts that AWS refuses with this code, and says it with this text.
#[track_caller]
fn refused(answer: Result<Value, AwsError>, status: u64, code: &str, message: &str) -> AwsError {
    let error = answer.expect_err("AWS would refuse this");
    assert_eq!((error.status, error.code.as_str()), (status, code), "{error}");
    assert!(error.message.contains(message), "{error}");
    error
}

/// Makes a role that the service may assume, and returns its ARN.
#[track_caller]
fn role(aws: &TestAccount, name: &str, service: &str) -> String {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
    });
    let arguments = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() });
    let role = send(aws, "iam", "create_role", arguments).expect("a valid role");
    role["Role"]["Arn"].as_str().expect("roles have ARNs").to_owned()
}

/// Makes a vault as the program would.
#[track_caller]
fn make_vault(aws: &TestAccount, name: &str) {
    send(aws, "backup", "create_backup_vault", json!({ "BackupVaultName": name }))
        .expect("a valid vault");
}

/// A plan with one rule of this name.
fn plan(rule: &str) -> Value {
    json!({
        "BackupPlanName": "plan",
        "Rules": [{ "RuleName": rule, "TargetBackupVaultName": "va", "Lifecycle": { "DeleteAfterDays": 365 } }],
    })
}

/// Makes a plan as the program would, and returns its id.
#[track_caller]
fn new_plan(aws: &TestAccount, request_id: &str, document: &Value) -> String {
    let arguments = json!({ "BackupPlan": document, "CreatorRequestId": request_id });
    let plan = send(aws, "backup", "create_backup_plan", arguments).expect("a valid plan");
    plan["BackupPlanId"].as_str().expect("plans have ids").to_owned()
}

#[test]
fn accounts_and_regions_are_worlds_of_their_own() {
    let (aws, other) = (TestAccount::new(), TestAccount::new());
    let empty = other.inventory();
    aws.call("backup", REGION, "create_backup_vault", json!({ "BackupVaultName": "va" }));
    aws.call("backup", "ap-south-1", "create_backup_vault", json!({ "BackupVaultName": "vb" }));
    let inventory = aws.inventory();
    let regions: Vec<&String> =
        inventory["regions"].as_object().expect("two regions").keys().collect();
    assert_eq!(regions, ["ap-south-1", REGION]);
    assert_eq!(inventory["regions"]["ap-south-1"]["backup"]["vaults"][0]["BackupVaultName"], "vb");
    assert_eq!(other.inventory(), empty);
    assert_eq!(aws.call("sts", REGION, "get_caller_identity", json!({}))["Account"], aws.id());
}

#[test]
fn the_log_names_what_the_program_asks_and_leaves_out_the_test() {
    let aws = TestAccount::new();
    let vault = json!({ "BackupVaultName": "va", "BackupVaultTags": { "a": "b" } });
    send(&aws, "backup", "create_backup_vault", vault).expect("a valid vault");
    aws.call("backup", REGION, "list_backup_vaults", json!({}));
    send(&aws, "backup", "list_backup_vaults", json!({ "MaxResults": 5 })).expect("a valid list");
    send(&aws, "events", "list_rules", json!({})).expect("a valid list");
    send(&aws, "iam", "get_role", json!({ "RoleName": "none" })).expect_err("there is none");
    let log = aws.log();
    let names: Vec<String> = log.iter().map(Call::name).collect();
    assert_eq!(
        names,
        [
            "backup.CreateBackupVault us-east-1",
            "backup.ListBackupVaults us-east-1",
            "events.ListRules us-east-1",
            "iam.GetRole us-east-1",
        ]
    );
    assert_eq!(log[0].input()["BackupVaultName"], "va");
    assert_eq!(log[0].input()["BackupVaultTags"]["a"], "b");
    assert_eq!(log[1].input()["MaxResults"], "5");
    assert_eq!(log[3].input()["RoleName"], "none");
    assert_eq!((log[3].status, log[3].code.as_str()), (Some(404), "NoSuchEntity"));
    assert_eq!(aws.writes().len(), 1);
    aws.clear_log();
    assert!(aws.log().is_empty());
}
