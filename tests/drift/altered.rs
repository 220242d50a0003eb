//! What somebody has altered by hand is mended, whatever is in the way, with a selection at every moment.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::support::harness::Aws;

const REGION: &str = "us-east-1";

fn plan_id(aws: &Aws) -> Value {
    let plans = aws.call("backup", REGION, "list_backup_plans", json!({}));
    plans["BackupPlansList"][0]["BackupPlanId"].clone()
}

fn selections(aws: &Aws) -> Vec<Value> {
    let plan = json!({"BackupPlanId": plan_id(aws)});
    let list = aws.call("backup", REGION, "list_backup_selections", plan);
    list["BackupSelectionsList"].as_array().unwrap().clone()
}

/// Makes the only selection again under its name, selecting something else.
fn alter_selection(aws: &Aws, request_id: Option<&str>) -> String {
    let [listed] = &selections(aws)[..] else { panic!("one selection") };
    let id = json!({"BackupPlanId": plan_id(aws), "SelectionId": listed["SelectionId"]});
    let found = aws.call("backup", REGION, "get_backup_selection", id.clone());
    let mut selection = found["BackupSelection"].clone();
    selection["Conditions"]["StringEquals"].as_array_mut().unwrap().truncate(1);
    aws.call("backup", REGION, "delete_backup_selection", id);
    let mut again = json!({"BackupPlanId": plan_id(aws), "BackupSelection": selection});
    let request_id = request_id.or(listed["CreatorRequestId"].as_str());
    if let Some(request_id) = request_id.filter(|id| !id.is_empty()) {
        again["CreatorRequestId"] = request_id.into();
    }
    aws.call("backup", REGION, "create_backup_selection", again);
    listed["SelectionName"].as_str().unwrap().to_owned()
}

/// The program's writes about selections.
fn selection_writes(aws: &Aws) -> Vec<String> {
    let names = aws.writes();
    let names = names.iter().map(local_aws::Call::name);
    names.filter(|name| name.contains("BackupSelection")).collect()
}

#[track_caller]
fn assert_at_rest(aws: &Aws) {
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["status"]).success();
}

#[test]
fn an_altered_selection_is_mended_with_a_selection_at_every_moment() {
    let aws = deployed();
    let name = alter_selection(&aws, None);
    let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3).json();
    let rows = plan["resources"].as_array().unwrap();
    let row = rows.iter().find(|row| row["kind"] == "backup selection").unwrap();
    let fields: Vec<&str> = row["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["conditions.StringEquals.aws:ResourceTag/Environment", "name"], "{plan:#}");
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    let writes = selection_writes(&aws);
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[0].contains("CreateBackupSelection"), "{writes:?}");
    assert!(writes[1].contains("DeleteBackupSelection"), "{writes:?}");
    let [now] = &selections(&aws)[..] else { panic!("one selection") };
    assert_eq!(now["SelectionName"], format!("{name}-2"));
    assert_at_rest(&aws);

    // And again: the first name is free now.
    alter_selection(&aws, None);
    aws.mrbackup(["up"]).success();
    let [now] = &selections(&aws)[..] else { panic!("one selection") };
    assert_eq!(now["SelectionName"], name);
    assert_at_rest(&aws);
    aws.mrbackup(["down"]).success();
}

#[test]
fn a_run_that_was_killed_between_both_selections_is_finished() {
    let aws = deployed();
    alter_selection(&aws, None);
    let denied = Fault::error(403, "AccessDeniedException", "no");
    aws.fault(denied.on("backup", "DeleteBackupSelection"));
    aws.mrbackup(["up"]).code(1);
    aws.clear_faults();
    assert_eq!(selections(&aws).len(), 2);
    aws.mrbackup(["up"]).success();
    assert_eq!(selections(&aws).len(), 1);
    assert_at_rest(&aws);
}

/// What a person makes carries no request id of ours: it is somebody else's, is named, and stays.
#[test]
fn a_selection_of_our_name_that_is_not_ours_is_no_obstacle() {
    let aws = deployed();
    let name = alter_selection(&aws, Some(""));
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    let note = format!("note: the plan also has the selection {name}");
    assert!(plan.stdout.contains(&note), "{plan:?}");
    let up = aws.mrbackup(["up"]).success();
    assert!(up.stdout.contains(&note), "{up:?}");
    let mut names: Vec<String> =
        selections(&aws).iter().map(|s| s["SelectionName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, [name.clone(), format!("{name}-2")]);
    assert_at_rest(&aws);
    let down = aws.mrbackup(["down"]).code(3);
    assert!(down.stdout.contains(&name), "{down:?}");
}

/// The subscribers on the topics of both regions, confirmed or not.
fn confirm(aws: &Aws, address: &str) {
    for region in ["us-east-1", "us-west-2"] {
        aws.confirm_email(region, address);
    }
}

/// A deployment without a file whose one subscriber has confirmed.
fn subscribed() -> Aws {
    let aws = crate::support::harness::account();
    aws.mrbackup(crate::life_cycle::UP.into_iter().chain(["--email", "a@example.com"])).success();
    confirm(&aws, "a@example.com");
    aws.mrbackup(["status"]).success();
    aws
}

#[test]
fn a_subscriber_who_stays_for_now_is_told_and_shown() {
    let aws = subscribed();
    let change = ["--remove-email", "a@example.com", "--email", "b@example.com"];
    let plan = aws.mrbackup(["plan", "-o", "json"].iter().chain(&change)).success().json();
    let rows = plan["resources"].as_array().unwrap();
    let row = rows.iter().find(|row| row["kind"] == "subscriptions").unwrap();
    let (a, b) = ("a@example.com", "b@example.com");
    assert_eq!(
        row["changes"],
        json!([{"field": "subscribers", "old": [a], "new": [a, b]}]),
        "{plan:#}"
    );
    let up = aws.mrbackup(["up"].iter().chain(&change)).success();
    assert!(up.stdout.contains("a@example.com stays subscribed"), "{up:?}");
    assert!(!up.stdout.contains("reach nobody"), "{up:?}");
    confirm(&aws, b);
    aws.mrbackup(["up"]).success();
    assert!(!aws.inventory().to_string().contains(a));
    assert_at_rest(&aws);
}

#[test]
fn a_subscription_that_is_gone_is_a_difference_that_plan_names() {
    let aws = subscribed();
    for region in ["us-east-1", "us-west-2"] {
        let list = aws.call("sns", region, "list_subscriptions", json!({}));
        let arn = list["Subscriptions"][0]["SubscriptionArn"].clone();
        aws.call("sns", region, "unsubscribe", json!({"SubscriptionArn": arn}));
    }
    aws.mrbackup(["status"]).code(3);
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    assert!(plan.stdout.contains("of which only this hash is recorded"), "{plan:?}");
    assert!(plan.stdout.contains("1 of 1 subscribers are gone"), "{plan:?}");
    // It is nothing that `up` could mend, and so no failure of it.
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    confirm(&aws, "a@example.com");
    assert_at_rest(&aws);
}

/// A region that alarms have moved out of has no subscribers to remove where there were none.
#[test]
fn what_is_not_there_is_not_counted() {
    let aws = deployed();
    let moved = ["--primary", "eu-west-1", "--tertiary", "us-east-1", "--allow-less-protection"];
    let plan = aws.mrbackup(["plan", "-o", "json"].iter().chain(&moved)).success().json();
    let rows = plan["resources"].as_array().unwrap();
    let counted = |row: &&Value| row["kind"] == "subscriptions" && row["condition"] == "to-delete";
    assert_eq!(rows.iter().filter(counted).count(), 0, "{plan:#}");
}
