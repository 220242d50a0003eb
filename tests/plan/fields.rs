//! `plan` and `--dry-run`: what would be done, field by field, and nothing done.

use local_aws::Fault;
use serde_json::json;

use crate::support::{
    Outcome, UP, account, deployed, parts_of_a_deployment, parts_of_a_tertiary, sample_but_for,
};

/// The first line of a plan.
#[track_caller]
fn counts(plan: &Outcome, [create, change, delete, unchanged]: [usize; 4]) {
    let counts = [(create, "to create"), (change, "to change"), (delete, "to delete")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let mut counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    if counts.is_empty() {
        let said = format!("✔ default: no changes, {unchanged} resources match the record.\n");
        plan.stdout_starts_with(said);
        return;
    }
    if unchanged > 0 {
        counts.push(format!("{unchanged} unchanged"));
    }
    plan.stdout_starts_with(format!("Plan for default: {}.\n", counts.join(", ")));
}

#[test]
fn a_plan_on_an_empty_account_creates_everything_and_writes_nothing() {
    let aws = account();
    let plan: Vec<&str> = ["plan"].into_iter().chain(UP.into_iter().skip(1)).collect();
    let planned = aws.mrbackup(&plan).success();
    counts(&planned, [parts_of_a_deployment(), 0, 0, 0]);
    aws.mrbackup(plan.iter().chain(&["--exit-code"])).code(3);
    let dry: Vec<&str> = UP.into_iter().chain(["--dry-run"]).collect();
    assert_eq!(aws.mrbackup(dry).success().stdout, planned.stdout);
    aws.assert_nothing_written();
}

#[test]
fn after_up_the_plan_is_empty() {
    let aws = deployed();
    aws.clear_log();
    let plan = aws.mrbackup(["plan", "--exit-code"]).success();
    counts(&plan, [0, 0, 0, aws.parts()]);
    let json = aws.mrbackup(["plan", "-o", "json"]).success().json();
    assert_eq!((&json["schema"], &json["changes"]), (&"mrbackup.plan/1".into(), &false.into()));
    aws.assert_nothing_written();
}

#[test]
fn only_changes_are_shown_with_old_and_new() {
    let aws = deployed();
    let rule = json!({
        "Name": "mrbackup-default-jobs",
        "State": "DISABLED",
        "EventPattern": aws.call("events", "us-east-1", "describe_rule", json!({"Name": "mrbackup-default-jobs"}))["EventPattern"],
    });
    aws.call("events", "us-east-1", "put_rule", rule);
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    plan.stdout_has("\nus-east-1 primary\n  ~ event rule           mrbackup-default-jobs  to change\n      state: DISABLED → ENABLED\n");
    counts(&plan, [0, 1, 0, aws.parts() - 1]);
}

#[test]
fn a_plan_says_that_up_would_refuse_it() {
    let aws = account();
    aws.call("sns", "us-east-1", "create_topic", json!({"Name": "mrbackup-default-alerts"}));
    let plan: Vec<&str> = ["plan"].into_iter().chain(UP.into_iter().skip(1)).collect();
    let refused = aws.mrbackup(plan).code(3);
    refused.stdout_has("alert topic          mrbackup-default-alerts  not ours");
    refused.stdout_has("`mrbackup up` refuses this");
}

/// The recipe's own rules: on Sundays the weekly rule takes the daily copy away.
#[test]
fn offline_it_is_said_too_that_up_would_refuse() {
    let aws = account();
    let copied = "delete_after_days = 2555\n\n[[rules.copies]]\nregion = \"us-west-2\"\n";
    let copied = format!("{copied}cold_after_days = 30\ndelete_after_days = 365");
    let lost = sample_but_for(&[(&copied, "delete_after_days = 2555")]);
    let file = aws.file("mrbackup.toml", &lost);
    for offline in [&["plan", "--offline"][..], &["plan"]] {
        let plan = [offline, &["--config", &file]].concat();
        let refused = aws.mrbackup(&plan).code(3);
        refused.stdout_has("`mrbackup up` refuses this, because copies are lost");
        let allowed = aws.mrbackup([&plan[..], &["--allow-gaps"]].concat()).success();
        allowed.stdout_lacks("refuses this");
    }
    aws.mrbackup(["up", "--config", &file]).code(1);
}

#[test]
fn offline_needs_neither_credentials_nor_a_network() {
    let aws = account();
    let offline = ["plan", "--offline", "--primary", "us-east-1", "--secondary", "us-west-2"];
    let run = aws.command().without_env("AWS_ACCESS_KEY_ID").without_env("AWS_ENDPOINT_URL");
    let plan = run.args(offline).run().success();
    counts(&plan, [parts_of_a_deployment() - parts_of_a_tertiary(), 0, 0, 0]);
    aws.mrbackup(["plan", "--offline"]).code(2);
    assert!(aws.log().is_empty());
}

#[test]
fn down_says_what_it_would_remove() {
    let aws = deployed();
    aws.clear_log();
    let dry = aws.mrbackup(["down", "--dry-run"]).success();
    counts(&dry, [0, 0, aws.parts(), 0]);
    aws.put_recovery_point("us-west-2", "mrbackup-default", json!({}));
    let refused = aws.mrbackup(["down", "--dry-run"]).code(3);
    refused.stdout_starts_with("✘ `mrbackup down` refuses");
    aws.assert_nothing_written();
}

/// AWS previews the next runs of a plan: where it knows better than the calendar here, it is said.
#[test]
fn a_preview_that_the_calendar_does_not_share_is_said() {
    let aws = deployed();
    let inventory = aws.inventory();
    let plan = &inventory["regions"]["us-east-1"]["backup"]["plans"][0];
    let id = &plan["BackupPlanId"];
    let answer = |at: &str| {
        let mut rules = plan["Document"]["Rules"].clone();
        rules[0]["RuleId"] = json!("rule-1");
        let at: jiff::Timestamp = at.parse().unwrap();
        let run = json!({"ExecutionTime": at.as_second(), "RuleId": "rule-1", "RuleExecutionType": "SNAPSHOTS"});
        json!({
            "BackupPlanId": id,
            "BackupPlan": {"BackupPlanName": "mrbackup-default", "Rules": rules},
            "ScheduledRunsPreview": [run],
        })
        .to_string()
    };
    let status = |at: &str| {
        let reply = Fault::reply(200, "application/json", &answer(at));
        aws.fault(reply.on("backup", "GetBackupPlan"));
        let status = aws.mrbackup(["status"]).all_as_recorded();
        aws.clear_faults();
        status
    };
    assert_eq!(plan["Document"]["Rules"][0]["RuleName"], "daily");
    let shared = status("2031-11-24T02:00:00Z");
    shared.stdout_lacks("believe AWS");
    let other = status("2031-11-24T02:30:00Z");
    other.stdout_has("! AWS computes that rule daily runs at 2031-11-24T02:30:00Z");
}
