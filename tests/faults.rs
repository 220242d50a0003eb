//! Lost answers, lag, refusals and interruptions: the same end as an undisturbed run, and no twin.

use std::env;
use std::time::Duration;

use local_aws::Fault;
use serde_json::{Value, json};

use crate::harness::{Aws, account};
use crate::life_cycle::{UP, deployed};

/// The calls that create something, and how many of each an undisturbed run makes.
const CREATES: &[(&str, &str, usize)] = &[
    ("iam", "CreateRole", 4),
    ("backup", "CreateBackupVault", 3),
    ("backup", "CreateBackupPlan", 1),
    ("backup", "CreateBackupSelection", 1),
    ("sns", "CreateTopic", 2),
    ("logs", "CreateLogGroup", 3),
    ("lambda", "CreateFunction", 3),
    ("lambda", "AddPermission", 3),
];

/// The calls that make something or replace it whole, so that they are simply sent again.
const UPSERTS: &[(&str, &str, usize)] = &[
    ("lambda", "PutFunctionEventInvokeConfig", 3),
    ("events", "PutRule", 3),
    ("events", "PutTargets", 3),
    ("monitoring", "PutMetricAlarm", 2),
];

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
    let status = aws.mrbackup(["status", "-o", "json"]);
    assert_eq!(status.exit_code(), Some(0), "{what}: {status:?}");
    let plans = aws.call("backup", "us-east-1", "list_backup_plans", json!({}));
    let plans = plans["BackupPlansList"].as_array().unwrap();
    assert_eq!(plans.len(), 1, "{what}: a twin of the plan");
    let id = json!({"BackupPlanId": plans[0]["BackupPlanId"]});
    let selections = aws.call("backup", "us-east-1", "list_backup_selections", id);
    assert_eq!(selections["BackupSelectionsList"].as_array().unwrap().len(), 1, "{what}");
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
        for ((service, operation, undisturbed), more) in once.chain(again) {
            scope.spawn(move || {
                for (loss, fault) in kinds_of_loss() {
                    let what = format!("{operation}, {loss}");
                    let aws = account();
                    let before = aws.inventory();
                    let fired = aws.fault(fault().on(service, operation).first(1));
                    let up = aws.command().env("AWS_MAX_ATTEMPTS", "5").args(UP).run();
                    assert_eq!(up.exit_code(), Some(0), "{what}: {up:?}");
                    assert_eq!(fired.fired(), 1, "{what}");
                    let sent = aws.log().iter().filter(|call| call.is(service, operation)).count();
                    // An answer without a body says as much as any of theirs.
                    let more = if loss == "answer empty" { 0 } else { more };
                    assert_eq!(
                        sent,
                        undisturbed + more,
                        "{what}: a creating call is not sent again"
                    );
                    assert_complete_and_removable(&aws, &before, &what);
                }
            });
        }
    });
}

/// Killed while AWS's answer to the n-th change is on its way; the same command then finishes.
#[test]
fn a_killed_up_is_finished_by_the_next() {
    std::thread::scope(|scope| {
        for (service, operation, _) in CREATES.iter().chain(UPSERTS) {
            scope.spawn(move || {
                let aws = account();
                let before = aws.inventory();
                let held = aws.fault(Fault::hold().on(service, operation).first(1));
                let running = aws.command().args(UP).start();
                held.wait_held();
                running.kill();
                aws.clear_faults();
                aws.settle();
                aws.mrbackup(UP).success();
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
        ("events", "RemoveTargets"),
        ("lambda", "DeleteFunction"),
        ("sns", "DeleteTopic"),
        ("iam", "DeleteRole"),
    ];
    std::thread::scope(|scope| {
        for (service, operation) in deletes {
            scope.spawn(move || {
                let aws = account();
                let before = aws.inventory();
                aws.mrbackup(UP).success();
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
    for line in [
        "us-east-1 backup selection: waiting (0 s): IAM Role arn:aws:iam::",
        "us-east-1 validator function: waiting (0 s): The role defined for the function cannot be assumed by Lambda.",
        "us-west-2 watchdog function: waiting (0 s): The role defined for the function cannot be assumed by Lambda.",
        "us-west-2 watchdog destination: waiting (0 s): The provided destination config",
    ] {
        assert!(up.stderr.contains(line), "{line}\n{up:?}");
    }
    aws.mrbackup(["status"]).success();
}

#[test]
fn a_role_that_iam_does_not_show_yet_is_no_lost_role() {
    let aws = account();
    aws.stale_role_reads(3);
    aws.mrbackup(UP).success();
    let again = aws.mrbackup(["up"]).success();
    assert!(again.stdout.starts_with("✔ Nothing to do"), "{again:?}");
}

#[test]
fn throttling_is_ridden_out() {
    let aws = account();
    let before = aws.inventory();
    // `.ci/long` draws others.
    let seed = env::var("MRBACKUP_TEST_SEED").map_or(7, |seed| seed.parse().unwrap());
    let throttled = aws.fault(Fault::throttle().share(30, seed));
    aws.mrbackup(UP).success();
    aws.mrbackup(["down"]).success();
    assert!(throttled.fired() > 10, "{}", throttled.fired());
    aws.clear_faults();
    assert_eq!(aws.inventory(), before);
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
    assert!(up.stdout.contains("events:PutTargets on arn:aws:events:us-east-1:"), "{up:?}");
    assert!(up.stdout.contains("LimitExceededException: Too many targets"), "{up:?}");
    assert!(up.stdout.contains("Created 26, updated 0, unchanged 0, not done 5."), "{up:?}");
    aws.clear_faults();
    let again = aws.mrbackup(UP).success();
    assert!(again.stdout.contains("Created 5, updated 0, unchanged 26."), "{again:?}");
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
        "! findings alarm       mrbackup-default-findings  not begun: it needs the us-west-2 watchdog target",
        r#"allow it: {"Effect":"Allow","Action":"backup:CreateBackupPlan","Resource":"*"}"#,
        "Created 26, updated 0, unchanged 0, not done 5.",
    ] {
        assert!(up.stdout.contains(line), "{line}\n{up:?}");
    }
    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains("an `up` is under way or was cut short"), "{status:?}");
    aws.clear_faults();
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["status"]).success();
}

#[test]
fn a_region_that_is_down_is_named_and_the_rest_is_told() {
    let aws = deployed();
    let down = aws.region_down("eu-west-1");
    let status = aws.mrbackup(["status"]).code(3);
    assert!(down.fired() > 0);
    assert!(status.stdout.contains("eu-west-1: backup:ListBackupVaults failed"), "{status:?}");
    assert_eq!(status.stdout.matches('✔').count(), 30, "{status:?}");
    aws.clear_log();
    let up = aws.mrbackup(["up"]).code(1);
    assert!(up.stderr.contains("eu-west-1: backup:ListBackupVaults"), "{up:?}");
    assert!(aws.writes().is_empty());
    // What may be full keeps its plan and its alarms, unless that is meant.
    let refused = aws.mrbackup(["down"]).code(1);
    assert!(
        refused.stderr.contains("nothing was removed: not every vault could be looked at"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("eu-west-1 vault"), "{refused:?}");
    assert!(aws.writes().is_empty());
    let removed = aws.mrbackup(["down", "--keep-backups"]).code(1);
    let kept = "service role         mrbackup-default-AWSBackupServiceRole  kept: it stays until the eu-west-1 vault is gone";
    assert!(removed.stdout.contains(kept), "{removed:?}");
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
    assert!(status.stdout.contains("IAM cannot be read"), "{status:?}");
    assert!(status.stdout.contains("✔ vault                mrbackup-default"), "{status:?}");
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
    assert!(
        up.stderr.contains(
            "go on with the same command: mrbackup up --primary us-east-1 --secondary us-west-2"
        ),
        "{up:?}"
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
    for outcome in runs.map(crate::harness::Running::wait) {
        let code = outcome.exit_code();
        let another =
            outcome.stderr.contains("another run") || outcome.stdout.contains("another run");
        assert!(code == Some(0) || (code == Some(1) && another), "{outcome:?}");
    }
    aws.clear_faults();
    aws.mrbackup(UP).success();
    assert_complete_and_removable(&aws, &before, "two at once");
}
