//! What was recorded in one account makes the same in another.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, new_plan, plan, send};

#[test]
fn a_recording_is_the_writes_that_aws_took_with_the_ids_that_it_drew() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    send(&aws, "backup", "create_backup_vault", json!({ "BackupVaultName": "va" }))
        .expect_err("it is there");
    send(&aws, "backup", "list_backup_vaults", json!({})).expect("a valid list");
    let id = new_plan(&aws, "one", &plan("daily"));
    let update = json!({ "BackupPlanId": id, "BackupPlan": plan("weekly") });
    send(&aws, "backup", "update_backup_plan", update).expect("a valid plan");
    let recording = aws.recording();
    let operations: Vec<&Value> = recording.iter().map(|call| &call["operation"]).collect();
    assert_eq!(operations, ["create_backup_vault", "create_backup_plan", "update_backup_plan"]);
    assert_eq!(recording[1]["drawn"], id);
    assert_eq!(
        recording[2],
        json!({
            "service": "backup", "region": REGION, "operation": "update_backup_plan",
            "args": { "BackupPlanId": id, "BackupPlan": plan("weekly") },
        })
    );

    let other = TestAccount::new();
    other.replay(&recording);
    let plan = other.call("backup", REGION, "get_backup_plan", json!({ "BackupPlanId": id }));
    assert_eq!(plan["BackupPlan"]["Rules"][0]["RuleName"], "weekly");
    assert!(other.log().is_empty(), "it is the test's own doing");
}

#[test]
fn bytes_and_the_ids_of_roles_come_through_a_recording() {
    let aws = TestAccount::new();
    let role = super::role(&aws, "runs", "lambda.amazonaws.com");
    let function = json!({
        "FunctionName": "f", "Role": role, "Runtime": "python3.13", "Handler": "f.g",
        "Code": { "ZipFile": { "$zip": { "f.py": "g = print" } } },
    });
    let made = send(&aws, "lambda", "create_function", function).expect("a valid function");
    let recording = aws.recording();
    let again = TestAccount::new();
    let text = Value::Array(recording).to_string().replace(aws.id(), again.id());
    let calls: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    again.replay(&calls);
    let role =
        |aws: &TestAccount| aws.call("iam", REGION, "get_role", json!({ "RoleName": "runs" }));
    assert_eq!(role(&again)["Role"]["RoleId"], role(&aws)["Role"]["RoleId"]);
    let function = json!({ "FunctionName": "f" });
    let function = again.call("lambda", REGION, "get_function_configuration", function);
    assert_eq!(function["CodeSha256"], made["CodeSha256"]);
}
