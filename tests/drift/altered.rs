//! What somebody has altered by hand is mended, whatever is in the way, with a selection at every moment.

use local_aws::Fault;
use serde_json::json;

use crate::support::{ALERT_REGIONS, Aws, PRIMARY, Row, deployed, deployed_with_email};

/// Makes the only selection again under its name, selecting something else.
fn alter_selection(aws: &Aws, request_id: Option<&str>) -> String {
    let (listed, id) = (aws.selections().remove(0), aws.selection_id());
    let found = aws.call("backup", PRIMARY, "get_backup_selection", id.clone());
    let mut selection = found["BackupSelection"].clone();
    selection["Conditions"]["StringEquals"].as_array_mut().unwrap().truncate(1);
    aws.call("backup", PRIMARY, "delete_backup_selection", id);
    let mut again = json!({"BackupPlanId": aws.plan_id(), "BackupSelection": selection});
    let request_id = request_id.or(listed["CreatorRequestId"].as_str());
    if let Some(request_id) = request_id.filter(|id| !id.is_empty()) {
        again["CreatorRequestId"] = request_id.into();
    }
    aws.call("backup", PRIMARY, "create_backup_selection", again);
    listed["SelectionName"].as_str().unwrap().to_owned()
}

/// The program's writes about selections.
fn selection_writes(aws: &Aws) -> Vec<String> {
    let names = aws.write_names().into_iter();
    names.filter(|name| name.contains("BackupSelection")).collect()
}

#[test]
fn an_altered_selection_is_mended_with_a_selection_at_every_moment() {
    let aws = deployed();
    let name = alter_selection(&aws, None);
    let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3).report();
    let selection = plan.row("backup selection", PRIMARY);
    assert_eq!(
        selection.changes(),
        ["conditions.StringEquals.aws:ResourceTag/Environment", "name"],
        "{plan:#?}"
    );
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    let writes = selection_writes(&aws);
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[0].contains("CreateBackupSelection"), "{writes:?}");
    assert!(writes[1].contains("DeleteBackupSelection"), "{writes:?}");
    let [now] = &aws.selections()[..] else { panic!("one selection") };
    assert_eq!(now["SelectionName"], format!("{name}-2"));
    aws.assert_at_rest();

    // And again: the first name is free now.
    alter_selection(&aws, None);
    aws.mrbackup(["up"]).success();
    let [now] = &aws.selections()[..] else { panic!("one selection") };
    assert_eq!(now["SelectionName"], name);
    aws.assert_at_rest();
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
    assert_eq!(aws.selections().len(), 2);
    aws.mrbackup(["up"]).success();
    assert_eq!(aws.selections().len(), 1);
    aws.assert_at_rest();
}

/// What a person makes carries no request id of ours: it is somebody else's, is named, and stays.
#[test]
fn a_selection_of_our_name_that_is_not_ours_is_no_obstacle() {
    let aws = deployed();
    let name = alter_selection(&aws, Some(""));
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    let note = format!("note: the plan also has the selection {name}");
    plan.stdout_has(&note);
    let up = aws.mrbackup(["up", "--all"]).success();
    up.stdout_has(&note);
    let mut names: Vec<String> =
        aws.selections().iter().map(|s| s["SelectionName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, [name.clone(), format!("{name}-2")]);
    aws.assert_at_rest();
    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has(&name);
}

/// A deployment without a file whose one subscriber has confirmed.
fn subscribed() -> Aws {
    let aws = deployed_with_email("a@example.com");
    aws.confirm("a@example.com");
    aws.mrbackup(["status"]).all_as_recorded();
    aws
}

#[test]
fn a_subscriber_who_stays_for_now_is_told_and_shown() {
    let aws = subscribed();
    let change = ["--remove-email", "a@example.com", "--email", "b@example.com"];
    let plan = aws.mrbackup(["plan", "-o", "json"].iter().chain(&change)).success().report();
    let (a, b) = ("a@example.com", "b@example.com");
    for region in ALERT_REGIONS {
        let changes = json!([{"field": "subscribers", "old": [a], "new": [a, b]}]);
        assert_eq!(plan.row("subscriptions", region)["changes"], changes, "{plan:#?}");
    }
    let up = aws.mrbackup(["up"].iter().chain(&change)).success();
    up.stdout_has("a@example.com stays subscribed");
    up.stdout_lacks("reach no one");
    aws.confirm(b);
    aws.mrbackup(["up"]).success();
    assert!(!aws.inventory().to_string().contains(a));
    aws.assert_at_rest();
}

#[test]
fn a_subscription_that_is_gone_is_a_difference_that_plan_names() {
    let aws = subscribed();
    for region in ALERT_REGIONS {
        aws.unsubscribe_all(region);
    }
    aws.mrbackup(["status"]).code(3);
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    plan.stdout_has("one whose address is not recorded");
    plan.stdout_has("1 of 1 subscribers are gone");
    // It is nothing that `up` could mend, and so no failure of it.
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    aws.confirm("a@example.com");
    aws.assert_at_rest();
}

/// A region that alarms have moved out of has no subscribers to remove where there were none.
#[test]
fn what_is_not_there_is_not_counted() {
    let aws = deployed();
    let moved = ["--primary", "eu-west-1", "--tertiary", "us-east-1", "--allow-less-protection"];
    let plan = aws.mrbackup(["plan", "-o", "json"].iter().chain(&moved)).success().report();
    let rows = plan.rows();
    let deleted = |row: &&Row| row.kind() == "subscriptions" && row.condition() == "to-delete";
    assert_eq!(rows.iter().filter(deleted).count(), 0, "{plan:#?}");
}

/// Emulators leave the request id out of their lists: what has the name and the content of ours is ours,
/// and each `up` does not add another, which would be double backups.
#[test]
fn a_selection_without_a_request_id_is_known_by_name_and_content() {
    let aws = deployed();
    aws.list_no_request_ids();
    let name = aws.selections()[0]["SelectionName"].clone();
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    aws.assert_nothing_written();
    let text = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n\
                [select_tags]\nEnvironment = \"Production\"\nBackupEnabled = \"true\"\nTeam = \"a\"\n";
    let file = aws.file("others/mrbackup.toml", text);
    aws.mrbackup(["up", "--config", &file, "--allow-less-protection"]).success();
    let [now] = &aws.selections()[..] else { panic!("one selection") };
    assert_ne!(now["SelectionName"], name);
    aws.mrbackup(["down"]).success().stdout_has("; nothing is left.\n");
}
