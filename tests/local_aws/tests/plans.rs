//! Plans and selections: what is made once, what is refused, and what is remembered.

use std::time::Duration;

use local_aws::TestAccount;
use local_aws::Via;
use serde_json::{Value, json};

use super::{new_plan, plan, refused, role, send};

fn selection(name: &str, role: &str) -> Value {
    json!({
        "SelectionName": name,
        "IamRoleArn": role,
        "Resources": ["*"],
        "Conditions": {
            "StringEquals": [{ "ConditionKey": "aws:ResourceTag/Backup", "ConditionValue": "true" }],
        },
    })
}

#[test]
fn a_creator_request_id_is_one_plan() {
    let aws = TestAccount::new();
    let id = new_plan(&aws, "one", &plan("daily"));
    assert_eq!(new_plan(&aws, "one", &plan("daily")), id);
    let same = json!({ "BackupPlan": plan("daily"), "CreatorRequestId": "two" });
    let message = "Backup plan with the same plan document already exists";
    let error = refused(
        send(&aws, "backup", "create_backup_plan", same),
        400,
        "AlreadyExistsException",
        message,
    );
    assert!(error.response["Arn"].as_str().is_some_and(|arn| arn.ends_with(&id)), "{error:?}");
    // The same name with another document is a second plan.
    assert_ne!(new_plan(&aws, "three", &plan("weekly")), id);
    let list = send(&aws, "backup", "list_backup_plans", json!({})).expect("a list");
    assert_eq!(list["BackupPlansList"][0]["CreatorRequestId"], "one");
    // Another region knows nothing of it.
    let there = json!({ "BackupPlan": plan("daily"), "CreatorRequestId": "one" });
    let other = aws
        .try_call(Via::Program, "backup", "us-west-2", "create_backup_plan", there)
        .expect("a plan");
    assert_ne!(other["BackupPlanId"], *id);
}

#[test]
fn a_plan_comes_back_with_defaults() {
    let aws = TestAccount::new();
    let id = new_plan(&aws, "one", &plan("daily"));
    let read =
        send(&aws, "backup", "get_backup_plan", json!({ "BackupPlanId": id })).expect("a plan");
    let rule = &read["BackupPlan"]["Rules"][0];
    assert_eq!(read["CreatorRequestId"], "one");
    assert_eq!(
        (&rule["StartWindowMinutes"], &rule["ScheduleExpressionTimezone"], &rule["CopyActions"]),
        (&json!(480), &json!("Etc/UTC"), &json!([]))
    );
    assert_eq!(rule["RuleId"].as_str().map(str::len), Some(36));
}

#[test]
fn a_deleted_plan_is_not_forgotten() {
    let aws = TestAccount::new();
    let id = new_plan(&aws, "one", &plan("daily"));
    send(&aws, "backup", "delete_backup_plan", json!({ "BackupPlanId": id }))
        .expect("a plan without selections");
    let list = send(&aws, "backup", "list_backup_plans", json!({})).expect("a list");
    assert_eq!(list["BackupPlansList"], json!([]));
    let list = send(&aws, "backup", "list_backup_plans", json!({ "IncludeDeleted": true }))
        .expect("a list");
    assert_eq!(list["BackupPlansList"][0]["CreatorRequestId"], "one");
    assert!(list["BackupPlansList"][0]["DeletionDate"].is_string());
    let read = send(&aws, "backup", "get_backup_plan", json!({ "BackupPlanId": id }))
        .expect("the deleted plan");
    assert!(read["DeletionDate"].is_string());
    // The trap: its id still answers for it, though the document may be used again.
    assert_eq!(new_plan(&aws, "one", &plan("daily")), id);
    assert_ne!(new_plan(&aws, "two", &plan("daily")), id);
}

#[test]
fn a_lifecycle_leaves_90_days_in_cold_storage() {
    let aws = TestAccount::new();
    let refuse = |lifecycle: Value, message: &str| {
        for place in ["/Rules/0", "/Rules/0/CopyActions/0"] {
            let mut document = plan("daily");
            let vault = format!("arn:aws:backup:us-west-2:{}:backup-vault:va", aws.id());
            document["Rules"][0]["CopyActions"] = json!([{ "DestinationBackupVaultArn": vault }]);
            document.pointer_mut(place).expect("a lifecycle's owner")["Lifecycle"] =
                lifecycle.clone();
            let answer =
                send(&aws, "backup", "create_backup_plan", json!({ "BackupPlan": document }));
            refused(answer, 400, "InvalidParameterValueException", message);
        }
    };
    let message =
        "DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays";
    refuse(json!({ "MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119 }), message);
    refuse(json!({ "DeleteAfterDays": 36_501 }), "cannot be less than 1 or more than 36500 days");
}

#[test]
fn a_selection_needs_resources_a_prefix_and_a_plan() {
    let aws = TestAccount::new();
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let id = new_plan(&aws, "one", &plan("daily"));
    let refuse = |id: &str, selection: Value, message: &str| {
        let arguments = json!({ "BackupPlanId": id, "BackupSelection": selection });
        let answer = send(&aws, "backup", "create_backup_selection", arguments);
        refused(answer, 400, "InvalidParameterValueException", message);
    };
    let mut empty = selection("se", &role);
    empty["Resources"] = json!([]);
    refuse(&id, empty, "Either 'ListOfTags' or 'Resources' section must be non-empty.");
    let mut bare = selection("se", &role);
    bare["Conditions"]["StringEquals"][0]["ConditionKey"] = "Backup".into();
    refuse(&id, bare, "aws:ResourceTag/");
    refuse(
        "00000000-0000-4000-8000-000000000000",
        selection("se", &role),
        "Cannot find Backup plan",
    );
    let none = format!("arn:aws:iam::{}:role/none", aws.id());
    refuse(&id, selection("se", &none), "cannot be assumed by AWS Backup");
}

#[test]
fn a_selection_is_made_once_and_holds_its_plan() {
    let aws = TestAccount::new();
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let id = new_plan(&aws, "one", &plan("daily"));
    let create = |name: &str, request_id: &str| {
        let selection = selection(name, &role);
        let arguments = json!({ "BackupPlanId": id, "BackupSelection": selection, "CreatorRequestId": request_id });
        send(&aws, "backup", "create_backup_selection", arguments)
    };
    let first = create("se", "one").expect("a valid selection");
    assert_eq!(create("se", "one").expect("the same one")["SelectionId"], first["SelectionId"]);
    refused(create("se", "two"), 400, "AlreadyExistsException", "");
    let list = send(&aws, "backup", "list_backup_selections", json!({ "BackupPlanId": id }))
        .expect("a list");
    assert_eq!(list["BackupSelectionsList"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["BackupSelectionsList"][0]["CreatorRequestId"], "one");
    let delete = || send(&aws, "backup", "delete_backup_plan", json!({ "BackupPlanId": id }));
    let message = "Related backup plan selections must be deleted prior to backup plan deletion";
    refused(delete(), 400, "InvalidRequestException", message);
    let selection = json!({ "BackupPlanId": id, "SelectionId": first["SelectionId"] });
    send(&aws, "backup", "delete_backup_selection", selection.clone()).expect("a selection");
    let message = "Cannot find Backup plan";
    refused(
        send(&aws, "backup", "get_backup_selection", selection),
        400,
        "InvalidParameterValueException",
        message,
    );
    delete().expect("a plan without selections");
}

#[test]
fn a_plan_seems_selected_for_a_while() {
    let aws = TestAccount::new();
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let id = new_plan(&aws, "one", &plan("daily"));
    aws.slow_plans(2);
    let select = |name: &str| {
        let arguments = json!({ "BackupPlanId": id, "BackupSelection": selection(name, &role) });
        let answer = send(&aws, "backup", "create_backup_selection", arguments);
        answer.expect("a valid selection")["SelectionId"].clone()
    };
    let delete = || send(&aws, "backup", "delete_backup_plan", json!({ "BackupPlanId": id }));
    for selection in [select("s1"), select("s2")] {
        let selection = json!({ "BackupPlanId": id, "SelectionId": selection });
        send(&aws, "backup", "delete_backup_selection", selection).expect("a selection");
    }
    let message = "Related backup plan selections must be deleted prior to backup plan deletion";
    for _ in 0..2 {
        refused(delete(), 400, "InvalidRequestException", message);
    }
    delete().expect("a plan that nothing selects for");
}

#[test]
fn selections_come_in_pages() {
    let aws = TestAccount::new();
    let role = role(&aws, "backup", "backup.amazonaws.com");
    let id = new_plan(&aws, "one", &plan("daily"));
    for name in ["s1", "s2"] {
        let arguments = json!({ "BackupPlanId": id, "BackupSelection": selection(name, &role) });
        send(&aws, "backup", "create_backup_selection", arguments).expect("a valid selection");
    }
    aws.small_pages(1);
    let list = |arguments: Value| {
        let page = send(&aws, "backup", "list_backup_selections", arguments).expect("a page");
        (page["BackupSelectionsList"][0]["SelectionName"].clone(), page["NextToken"].clone())
    };
    let (first, token) = list(json!({ "BackupPlanId": id }));
    let (second, end) = list(json!({ "BackupPlanId": id, "NextToken": token }));
    assert_eq!((first, second, end), (json!("s1"), json!("s2"), Value::Null));
}

#[test]
fn a_new_role_is_not_known_at_once() {
    let aws = TestAccount::new();
    let select = |role: &str, id: &str| {
        let arguments = json!({ "BackupPlanId": id, "BackupSelection": selection("se", role) });
        send(&aws, "backup", "create_backup_selection", arguments)
    };
    let id = new_plan(&aws, "one", &plan("daily"));
    aws.iam_lag_tries(2);
    let first = role(&aws, "first", "backup.amazonaws.com");
    for _ in 0..2 {
        let message = format!("IAM Role {first} cannot be assumed by AWS Backup");
        refused(select(&first, &id), 400, "InvalidParameterValueException", &message);
    }
    select(&first, &id).expect("the third try");
    aws.iam_lag(Duration::from_hours(1));
    let second = role(&aws, "second", "backup.amazonaws.com");
    refused(
        select(&second, &id),
        400,
        "InvalidParameterValueException",
        "cannot be assumed by AWS Backup",
    );
    aws.iam_lag(Duration::ZERO);
    refused(select(&second, &id), 400, "AlreadyExistsException", "");
}
