//! Lost answers, lag, refusals and interruptions: the same end as an undisturbed run, and no twin.

use std::sync::LazyLock;
use std::time::Duration;

use local_aws::{Call, Fault};
use serde_json::{Value, json};

use crate::support::{
    Aws, HOOK, PRIMARY, Running, UP, account, deployed, deployed_with_choices,
    parts_of_a_deployment, parts_of_a_tertiary, with_choices,
};

/// A call, and the kinds of resources that it makes.
pub(crate) type Making = (&'static str, &'static str, &'static [&'static str]);

/// The calls that create something.
pub(crate) const CREATES: &[Making] = &[
    (
        "iam",
        "CreateRole",
        &[
            "service role",
            "validator role",
            "watchdog role",
            "forwarding role",
            "delivery log role",
        ],
    ),
    ("backup", "CreateBackupVault", &["vault"]),
    ("backup", "CreateBackupPlan", &["backup plan"]),
    ("backup", "CreateBackupSelection", &["backup selection"]),
    ("backup", "CreateRestoreTestingPlan", &["restore testing plan"]),
    ("backup", "CreateRestoreTestingSelection", &["restore testing selections"]),
    ("sns", "CreateTopic", &["alert topic"]),
    (
        "sqs",
        "CreateQueue",
        &["dead-letter queue", "watchdog dead-letter queue", "forwarding dead-letter queue"],
    ),
    (
        "logs",
        "CreateLogGroup",
        &["log group", "watchdog log group", "delivery log group", "failure log group"],
    ),
    ("lambda", "CreateFunction", &["validator function", "watchdog function"]),
    ("lambda", "AddPermission", &["invoke permission", "watchdog permission"]),
];

/// The calls that make something or replace it whole, so that they are simply sent again.
pub(crate) const UPSERTS: &[Making] = &[
    ("lambda", "PutFunctionEventInvokeConfig", &["failure destination", "watchdog destination"]),
    ("events", "PutRule", &["event rule", "watchdog schedule", "forwarding rule"]),
    ("events", "PutTargets", &["event target", "watchdog target", "forwarding target"]),
    (
        "monitoring",
        "PutMetricAlarm",
        &["findings alarm", "heartbeat alarm", "recovery alarm", "recovery data alarm"],
    ),
    ("monitoring", "PutDashboard", &["dashboard"]),
    ("sns", "SetTopicAttributes", &["delivery log"]),
];

/// How often an undisturbed run makes the call.
fn undisturbed(service: &str, operation: &str) -> usize {
    static CALLS: LazyLock<Vec<Call>> = LazyLock::new(|| deployed_with_choices().writes());
    let count = CALLS.iter().filter(|call| call.is(service, operation)).count();
    assert!(count > 0, "an undisturbed run does not call {operation}");
    count
}

/// A way in which an answer is lost, after AWS has acted.
type Loss = (&'static str, fn() -> Fault);

fn kinds_of_loss() -> [Loss; 4] {
    [
        ("answer cut", Fault::cut),
        ("answer truncated", Fault::truncate),
        ("answer empty", Fault::empty),
        ("500 after acting", || Fault::error_after(500, "InternalFailure", "internal")),
    ]
}

#[track_caller]
fn assert_complete_and_removable(aws: &Aws, before: &Value, what: &str) {
    if !aws.subscriptions(PRIMARY).is_empty() {
        aws.confirm(HOOK);
    }
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    let plans = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let plans = plans["BackupPlansList"].as_array().unwrap();
    assert_eq!(plans.len(), 1, "{what}: a twin of the plan");
    let mut names: Vec<Value> =
        aws.selections().into_iter().map(|one| one["SelectionName"].clone()).collect();
    names.sort_by_key(Value::to_string);
    let made = names.len();
    names.dedup();
    assert!(made == names.len() && [1, 5].contains(&made), "{what}: {names:?}");
    aws.mrbackup(["down"]).success();
    assert_eq!(&aws.inventory(), before, "{what}");
}

/// AWS has acted and the answer is lost: the run looks, adopts, and ends as if nothing had been,
/// whatever number of attempts the user wants for other calls.
#[test]
fn a_lost_answer_of_any_creating_call_does_no_harm() {
    std::thread::scope(|scope| {
        let once = CREATES.iter().map(|call| (call, 0));
        let again = UPSERTS.iter().map(|call| (call, 1));
        for ((service, operation, _), more) in once.chain(again) {
            scope.spawn(move || {
                for (loss, fault) in kinds_of_loss() {
                    let what = format!("{operation}, {loss}");
                    let aws = account();
                    let before = aws.inventory();
                    let fired = aws.fault(fault().on(service, operation).first(1));
                    let up = aws.command().env("AWS_MAX_ATTEMPTS", "5").args(with_choices()).run();
                    assert_eq!(up.exit_code(), Some(0), "{what}: {up:?}");
                    assert_eq!(fired.fired(), 1, "{what}");
                    let sent = aws.log().iter().filter(|call| call.is(service, operation)).count();
                    // An answer without a body says as much as any of theirs, except for one in CBOR that has members.
                    let says_all = loss == "answer empty" && *operation != "PutDashboard";
                    let more = if says_all { 0 } else { more };
                    assert_eq!(
                        sent,
                        undisturbed(service, operation) + more,
                        "{what}: a creating call is not sent again"
                    );
                    assert_complete_and_removable(&aws, &before, &what);
                }
            });
        }
    });
}

/// Every second deployment of a walk has a given role, vault and topic, and four selections more.
fn choices(aws: &Aws, at: usize) -> Vec<String> {
    if at % 2 == 1 {
        return aws.with_given();
    }
    with_choices().into_iter().map(str::to_owned).collect()
}

/// Killed while AWS's answer to the n-th change is on its way; the same command then finishes.
#[test]
fn a_killed_up_is_finished_by_the_next() {
    std::thread::scope(|scope| {
        for (at, (service, operation, _)) in CREATES.iter().chain(UPSERTS).enumerate() {
            scope.spawn(move || {
                let aws = account();
                let up = choices(&aws, at);
                let before = aws.inventory();
                let held = aws.fault(Fault::hold().on(service, operation).first(1));
                let running = aws.command().args(&up).start();
                held.wait_held();
                running.kill();
                aws.clear_faults();
                aws.settle();
                aws.mrbackup(&up).success();
                assert_complete_and_removable(&aws, &before, operation);
            });
        }
    });
}

#[test]
fn a_killed_down_is_finished_by_the_next() {
    let deletes = [
        ("backup", "DeleteBackupSelection"),
        ("backup", "DeleteBackupPlan"),
        ("backup", "DeleteBackupVault"),
        ("monitoring", "DeleteAlarms"),
        ("monitoring", "DeleteDashboards"),
        ("events", "RemoveTargets"),
        ("lambda", "DeleteFunction"),
        ("sns", "SetTopicAttributes"),
        ("sns", "DeleteTopic"),
        ("logs", "DeleteLogGroup"),
        ("iam", "DeleteRole"),
    ];
    std::thread::scope(|scope| {
        for (at, (service, operation)) in deletes.into_iter().enumerate() {
            scope.spawn(move || {
                let aws = account();
                let up = choices(&aws, at);
                let before = aws.inventory();
                aws.mrbackup(up).success();
                let held = aws.fault(Fault::hold().on(service, operation).first(1));
                let running = aws.command().args(["down"]).start();
                held.wait_held();
                running.kill();
                aws.clear_faults();
                aws.settle();
                let status = aws.mrbackup(["status"]);
                assert_ne!(
                    status.exit_code(),
                    Some(0),
                    "half a deployment is not healthy: {status:?}"
                );
                aws.mrbackup(["down"]).success();
                assert_eq!(aws.inventory(), before, "{operation}");
            });
        }
    });
}

#[test]
fn a_role_that_cannot_be_assumed_yet_is_waited_for_and_said() {
    let aws = account();
    aws.iam_lag_tries(3);
    let up = aws.mrbackup(UP).success();
    let not_assumed = "The role defined for the function cannot be assumed by Lambda.";
    for (step, why) in [
        ("us-east-1 backup selection", "IAM Role arn:aws:iam::"),
        ("us-east-1 validator function", not_assumed),
        ("us-west-2 watchdog function", not_assumed),
        ("us-west-2 watchdog destination", "The provided destination config"),
    ] {
        // How long it has waited by then depends on the machine.
        let waits = format!("        {step}: waiting (");
        let mut lines = up.stderr.lines().filter_map(|line| line.strip_prefix(&waits));
        let told = lines.any(|rest| {
            let (seconds, said) = rest.split_once(" s): ").unwrap_or_default();
            seconds.parse::<u64>().is_ok() && said.starts_with(why)
        });
        assert!(
            told,
            "{up:?}
{step} does not wait because {why:?}"
        );
    }
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn a_role_that_iam_does_not_show_yet_is_no_lost_role() {
    let aws = account();
    aws.stale_role_reads(3);
    aws.mrbackup(UP).success();
    let again = aws.mrbackup(["up"]).success();
    again.stdout_starts_with("✔ default: nothing to do");
}

#[test]
fn a_target_that_fails_inside_a_success_is_a_failure() {
    let aws = account();
    let body = json!({
        "FailedEntryCount": 1,
        "FailedEntries": [{
            "TargetId": "validator",
            "ErrorCode": "LimitExceededException",
            "ErrorMessage": "Too many targets",
        }],
    });
    let fault = Fault::reply(200, "application/x-amz-json-1.1", &body.to_string());
    let fired = aws.fault(fault.on("events", "PutTargets"));
    let up = aws.mrbackup(UP).code(1);
    assert!(fired.fired() > 0);
    up.stdout_has("events:PutTargets on arn:aws:events:us-east-1:");
    up.stdout_has("LimitExceededException: Too many targets");
    let targets = undisturbed("events", "PutTargets");
    let done = parts_of_a_deployment() - targets;
    up.stdout_starts_with(format!(
        "✘ default is not complete: created {done}, failed {targets}.\n"
    ));
    aws.clear_faults();
    let again = aws.mrbackup(UP).success();
    again.stdout_has(format!("created {targets}, unchanged {done}."));
}

#[test]
fn a_failed_step_skips_what_needs_it_and_the_rest_finishes() {
    let aws = account();
    let text = "User: u is not authorized to perform: backup:CreateBackupPlan";
    let denied = Fault::error(403, "AccessDeniedException", text).on("backup", "CreateBackupPlan");
    let denied = aws.fault(denied);
    let up = aws.mrbackup(UP).code(1);
    assert_eq!(denied.fired(), 1, "a denied call is not repeated");
    for line in [
        "✘ backup plan          mrbackup-default  failed",
        "backup selection     tagged-resources-",
        "not begun: it needs the us-east-1 backup plan",
        "! watchdog target      mrbackup-default-watchdog → mrbackup-default-watchdog  not begun: it needs the us-east-1 backup plan",
        r#"allow it: {"Effect":"Allow","Action":"backup:CreateBackupPlan","Resource":"*"}"#,
    ] {
        up.stdout_has(line);
    }
    let done = parts_of_a_deployment() - 3;
    up.stdout_starts_with(format!(
        "✘ default is not complete: created {done}, failed 1, not begun 2.\n"
    ));
    up.stdout_ends_with("\nWhat was made stays, and is used by the next run: mrbackup up\n");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("an `up` is running or was interrupted");
    aws.clear_faults();
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn a_region_that_is_down_is_named_and_the_rest_is_told() {
    let aws = deployed();
    let down = aws.region_down("eu-west-1");
    let status = aws.mrbackup(["status"]).code(3);
    assert!(down.fired() > 0);
    status.stdout_has("eu-west-1: backup:ListBackupVaults failed");
    // All but what is in it: the role that forwards its events is IAM's.
    let parts = parts_of_a_deployment();
    let well = parts - parts_of_a_tertiary() + 1;
    status.stdout_has(format!("  {well} of {parts} resources as recorded."));
    aws.clear_log();
    let up = aws.mrbackup(["up"]).code(1);
    up.stderr_has("eu-west-1: backup:ListBackupVaults");
    aws.assert_nothing_written();
    // What may be full keeps its plan and its alarms, until it is left out by name.
    for arguments in [&["down"][..], &["down", "--keep-backups"]] {
        let refused = aws.mrbackup(arguments).code(1);
        refused.stderr_has("nothing was removed: the record names what cannot be read");
        refused.stderr_has("  eu-west-1: backup:ListBackupVaults failed");
    }
    aws.assert_nothing_written();
    let removed = aws.mrbackup(["down", "--without-region", "eu-west-1"]).code(3);
    let kept = "mrbackup-default-AWSBackupServiceRole  kept: it keeps the record of what is left in eu-west-1";
    removed.stdout_has(kept);
    aws.clear_faults();
    aws.mrbackup(["down"]).success();
}

/// With IAM away the vaults' own record answers.
#[test]
fn without_iam_status_answers_from_the_vaults() {
    let aws = deployed();
    let away = aws.fault(Fault::reset().service("iam"));
    let status = aws.mrbackup(["status", "--region", "us-west-2"]).code(3);
    assert!(away.fired() > 0);
    status.stdout_has(" of IAM, which does not answer, are unknown\n    iam:");
    status.stdout_has_row("us-west-2 secondary 0/0");
}

#[test]
#[cfg(unix)]
fn ctrl_c_finishes_the_call_in_flight_and_says_how_to_go_on() {
    let aws = account();
    let before = aws.inventory();
    let held = aws.fault(Fault::hold().on("backup", "CreateBackupPlan").first(1));
    let running = aws.command().args(UP).start();
    held.wait_held();
    running.interrupt("Interrupted: finishing the calls in flight");
    held.release();
    let up = running.wait().code(130);
    up.stderr_has(
        "continue with the same command: mrbackup up --primary us-east-1 --secondary us-west-2",
    );
    aws.clear_faults();
    aws.mrbackup(UP).success();
    assert_complete_and_removable(&aws, &before, "Ctrl-C");
}

/// Two runs at once: one makes the deployment, the other converges or says that another is at work.
#[test]
fn two_ups_at_once_make_one_deployment() {
    let aws = account();
    let before = aws.inventory();
    let slow = Fault::delay(Duration::from_millis(200)).service("backup");
    aws.fault(slow);
    let runs = [aws.command().args(UP).start(), aws.command().args(UP).start()];
    for outcome in runs.map(Running::wait) {
        let code = outcome.exit_code();
        let another =
            outcome.stderr.contains("another run") || outcome.stdout.contains("another run");
        assert!(code == Some(0) || (code == Some(1) && another), "{outcome:?}");
    }
    aws.clear_faults();
    aws.mrbackup(UP).success();
    assert_complete_and_removable(&aws, &before, "two at once");
}
