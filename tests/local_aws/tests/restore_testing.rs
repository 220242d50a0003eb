//! Restore testing: plans and selections as AWS takes them (developer guide, "Restore testing"; botocore's model).

use local_aws::{AwsError, TestAccount, Via};
use serde_json::{Value, json};

use super::refused;
use super::restores::{Lost, WEST, with};

pub(crate) fn plan(vault: &str) -> Value {
    json!({
        "RestoreTestingPlanName": "mrbackup_default",
        "ScheduleExpression": "cron(0 5 1 * ? *)",
        "RecoveryPointSelection": {
            "Algorithm": "RANDOM_WITHIN_WINDOW",
            "IncludeVaults": [vault],
            "RecoveryPointTypes": ["SNAPSHOT", "CONTINUOUS"],
            "SelectionWindowDays": 8,
        },
    })
}

pub(crate) fn selection(kind: &str, role: &str) -> Value {
    json!({
        "RestoreTestingSelectionName": kind,
        "ProtectedResourceType": kind,
        "IamRoleArn": role,
        "ProtectedResourceArns": ["*"],
    })
}

impl Lost {
    pub(crate) fn vault(&self) -> String {
        self.aws.arn("backup", WEST, "backup-vault:va")
    }

    pub(crate) fn create_plan(&self, change: Value) -> Result<Value, AwsError> {
        let plan = with(plan(&self.vault()), change);
        let arguments = json!({ "RestoreTestingPlan": plan, "Tags": { "a": "b" } });
        self.send("backup", "create_restore_testing_plan", arguments)
    }

    pub(crate) fn create_selection(&self, kind: &str, change: Value) -> Result<Value, AwsError> {
        let selection = with(selection(kind, &self.role), change);
        let mut arguments = json!({ "RestoreTestingPlanName": "mrbackup_default" });
        arguments["RestoreTestingSelection"] = selection;
        self.send("backup", "create_restore_testing_selection", arguments)
    }

    fn of_plan(&self, operation: &str, more: Value) -> Result<Value, AwsError> {
        let named = json!({ "RestoreTestingPlanName": "mrbackup_default" });
        self.send("backup", operation, with(named, more))
    }

    fn of_selection(&self, operation: &str, more: Value) -> Result<Value, AwsError> {
        self.of_plan(operation, with(json!({ "RestoreTestingSelectionName": "EBS" }), more))
    }
}

#[test]
fn a_plan_and_its_selections_are_read_as_they_were_made() {
    let lost = Lost::new();
    let made = lost.create_plan(json!({})).expect("a valid plan");
    let arn = made["RestoreTestingPlanArn"].as_str().expect("an ARN").to_owned();
    assert!(arn.contains(":restore-testing-plan:mrbackup_default-"), "{arn}");
    let read = lost.of_plan("get_restore_testing_plan", json!({})).expect("a plan");
    let read = &read["RestoreTestingPlan"];
    assert_eq!(read["StartWindowHours"], 24);
    assert_eq!(read["ScheduleExpressionTimezone"], "Etc/UTC");
    assert_eq!(read["RecoveryPointSelection"]["SelectionWindowDays"], 8);
    lost.create_selection("EBS", json!({ "ValidationWindowHours": 2 })).expect("valid");
    lost.create_selection("S3", json!({})).expect("a valid selection");
    let read = lost.of_selection("get_restore_testing_selection", json!({})).expect("there");
    assert_eq!(read["RestoreTestingSelection"]["ProtectedResourceArns"], json!(["*"]));
    let list = lost.of_plan("list_restore_testing_selections", json!({})).expect("a list");
    let list = list["RestoreTestingSelections"].as_array().expect("a list").clone();
    assert_eq!(list.len(), 2);
    assert!(list[0]["ProtectedResourceArns"].is_null(), "lists leave it out");
    let plans = lost.send("backup", "list_restore_testing_plans", json!({})).expect("a list");
    assert_eq!(plans["RestoreTestingPlans"][0]["RestoreTestingPlanArn"], arn.as_str());
    assert_eq!(lost.aws.violations(), [] as [&str; 0]);
}

#[test]
fn a_plan_has_tags() {
    let lost = Lost::new();
    let made = lost.create_plan(json!({})).expect("a valid plan");
    let arn = json!({ "ResourceArn": made["RestoreTestingPlanArn"] });
    let tag = with(arn.clone(), json!({ "Tags": { "c": "d" } }));
    lost.send("backup", "tag_resource", tag).expect("a plan");
    let untag = with(arn.clone(), json!({ "TagKeyList": ["a"] }));
    lost.send("backup", "untag_resource", untag).expect("a plan");
    let tags = lost.send("backup", "list_tags", arn.clone()).expect("a plan");
    assert_eq!(tags["Tags"], json!({ "c": "d" }));
    lost.of_plan("delete_restore_testing_plan", json!({})).expect("nothing is in it");
    refused(lost.send("backup", "list_tags", arn), 400, "ResourceNotFoundException", "");
}

#[test]
fn an_update_leaves_the_rest_as_it_is() {
    let lost = Lost::new();
    lost.create_plan(json!({ "StartWindowHours": 4 })).expect("a valid plan");
    let change = json!({ "RestoreTestingPlan": { "ScheduleExpression": "cron(0 7 ? * 2 *)" } });
    lost.of_plan("update_restore_testing_plan", change).expect("a valid change");
    let read = lost.of_plan("get_restore_testing_plan", json!({})).expect("a plan");
    let read = &read["RestoreTestingPlan"];
    assert_eq!(read["ScheduleExpression"], "cron(0 7 ? * 2 *)");
    assert_eq!(read["StartWindowHours"], 4);
    assert_eq!(read["RecoveryPointSelection"]["Algorithm"], "RANDOM_WITHIN_WINDOW");
    let volume = json!(["arn:aws:ec2:us-west-2:111122223333:volume/vol-1"]);
    lost.create_selection("EBS", json!({ "ProtectedResourceArns": volume })).expect("valid");
    let conditions = json!({ "StringEquals": [{ "Key": "aws:ResourceTag/a", "Value": "b" }] });
    let only = json!({ "RestoreTestingSelection": { "ProtectedResourceConditions": conditions } });
    let answer = lost.of_selection("update_restore_testing_selection", only);
    refused(answer, 400, "InvalidParameterValueException", "cannot be combined");
    let both = json!({ "RestoreTestingSelection": {
        "ProtectedResourceArns": ["*"], "ProtectedResourceConditions": conditions,
    } });
    lost.of_selection("update_restore_testing_selection", both).expect("a valid change");
    let read = lost.of_selection("get_restore_testing_selection", json!({})).expect("there");
    assert_eq!(read["RestoreTestingSelection"]["ProtectedResourceConditions"], conditions);
    assert_eq!(read["RestoreTestingSelection"]["ProtectedResourceType"], "EBS");
}

#[test]
fn plans_that_aws_does_not_take_are_refused() {
    let lost = Lost::new();
    let invalid = |change: Value, text: &str| {
        refused(lost.create_plan(change), 400, "InvalidParameterValueException", text);
    };
    invalid(json!({ "RestoreTestingPlanName": "mrbackup-default" }), "underscores");
    invalid(json!({ "RestoreTestingPlanName": "a".repeat(51) }), "underscores");
    invalid(json!({ "ScheduleExpression": "rate(1 day)" }), "cron");
    invalid(json!({ "ScheduleExpression": "cron(0 5 1 * 2 *)" }), "cron");
    invalid(json!({ "StartWindowHours": 169 }), "StartWindowHours");
    let choice = |change: Value| {
        let choice = plan(&lost.vault())["RecoveryPointSelection"].clone();
        json!({ "RecoveryPointSelection": with(choice, change) })
    };
    invalid(choice(json!({ "SelectionWindowDays": 366 })), "SelectionWindowDays");
    invalid(choice(json!({ "IncludeVaults": ["va"] })), "vault selector");
    invalid(choice(json!({ "IncludeVaults": vec!["*"; 31] })), "30");
    let missing = lost.create_plan(choice(json!({ "RecoveryPointTypes": [] })));
    refused(missing, 400, "MissingParameterValueException", "RecoveryPointTypes");
    lost.create_plan(json!({})).expect("a valid plan");
    refused(lost.create_plan(json!({})), 400, "AlreadyExistsException", "mrbackup_default");
    for number in 1..100 {
        let name = json!({ "RestoreTestingPlanName": format!("plan_{number}") });
        lost.create_plan(name).expect("a valid plan");
    }
    let name = json!({ "RestoreTestingPlanName": "plan_100" });
    refused(lost.create_plan(name), 400, "LimitExceededException", "limit");
}

#[test]
fn selections_that_aws_does_not_take_are_refused() {
    let lost = Lost::new();
    let answer = lost.create_selection("EBS", json!({}));
    refused(answer, 400, "ResourceNotFoundException", "mrbackup_default");
    lost.create_plan(json!({})).expect("a valid plan");
    let invalid = |change: Value, text: &str| {
        let answer = lost.create_selection("EBS", change);
        refused(answer, 400, "InvalidParameterValueException", text);
    };
    let conditions =
        |key: &str| json!({ "StringEquals": [{ "Key": format!("{key}Team"), "Value": "a" }] });
    let tagged = "aws:ResourceTag/";
    invalid(json!({ "RestoreTestingSelectionName": "a-b" }), "underscores");
    invalid(json!({ "ProtectedResourceType": "EKS" }), "EKS");
    invalid(json!({ "ProtectedResourceArns": [] }), "required");
    invalid(json!({ "ProtectedResourceArns": ["*", "arn:aws:ec2:::a"] }), "not both");
    invalid(
        json!({ "ProtectedResourceArns": ["arn:a"], "ProtectedResourceConditions": conditions(tagged) }),
        "cannot be combined",
    );
    invalid(json!({ "ProtectedResourceArns": vec!["arn:a"; 31] }), "30");
    invalid(json!({ "ProtectedResourceConditions": conditions("") }), "aws:ResourceTag/");
    invalid(json!({ "ValidationWindowHours": 169 }), "ValidationWindowHours");
    invalid(json!({ "RestoreMetadataOverrides": { "subnetId": "subnet-1" } }), "subnetId");
    invalid(json!({ "IamRoleArn": format!("{}-none", lost.role) }), "cannot be assumed");
    lost.create_selection("EBS", json!({ "ProtectedResourceConditions": conditions(tagged) }))
        .expect("a valid selection");
    refused(lost.create_selection("EBS", json!({})), 400, "AlreadyExistsException", "EBS");
    for number in 1..30 {
        let name = json!({ "RestoreTestingSelectionName": format!("s_{number}") });
        lost.create_selection("EBS", name).expect("a valid selection");
    }
    refused(lost.create_selection("S3", json!({})), 400, "LimitExceededException", "limit");
}

/// A request that comes again after a lost answer is answered with what it made.
#[test]
fn a_request_id_makes_a_creation_safe_to_repeat() {
    let lost = Lost::new();
    let arguments = json!({ "RestoreTestingPlan": plan(&lost.vault()), "CreatorRequestId": "one" });
    let create = || lost.send("backup", "create_restore_testing_plan", arguments.clone());
    let first = create().expect("a valid plan");
    assert_eq!(
        create().expect("the same")["RestoreTestingPlanArn"],
        first["RestoreTestingPlanArn"]
    );
    let other = with(arguments.clone(), json!({ "CreatorRequestId": "two" }));
    let answer = lost.send("backup", "create_restore_testing_plan", other);
    refused(answer, 400, "AlreadyExistsException", "already exists");
}

#[test]
fn a_plan_goes_after_its_selections() {
    let lost = Lost::new();
    lost.create_plan(json!({})).expect("a valid plan");
    lost.create_selection("EBS", json!({})).expect("a valid selection");
    let answer = lost.of_plan("delete_restore_testing_plan", json!({}));
    refused(answer, 400, "InvalidRequestException", "prior to");
    lost.of_selection("delete_restore_testing_selection", json!({})).expect("it is there");
    let again = lost.of_selection("delete_restore_testing_selection", json!({}));
    refused(again, 400, "ResourceNotFoundException", "EBS");
    lost.of_plan("delete_restore_testing_plan", json!({})).expect("nothing is in it");
    let gone = lost.of_plan("get_restore_testing_plan", json!({}));
    refused(gone, 400, "ResourceNotFoundException", "mrbackup_default");
}

/// Developer guide, "Feature availability by AWS Region".
#[test]
fn three_partitions_have_no_restore_testing() {
    let aws = TestAccount::new();
    for region in ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
        let answer =
            aws.try_call(Via::Program, "backup", region, "list_restore_testing_plans", json!({}));
        refused(answer, 403, "AccessDeniedException", "operation");
    }
}
