//! `recover` again, after whatever happened to the run before: each resource is made once.

use std::time::Duration;

use local_aws::Fault;
use serde_json::{Value, json};

use crate::recovery::{
    LOST, is_whole, jobs, land, lost, lost_but_for, made, once, rows, settings, started,
};
use crate::support::{Aws, Running, SECONDARY};

/// Kills a run at the n-th call of an operation, before AWS acts or after it has.
fn kill_at(aws: &Aws, recover: &[&str], (service, operation): (&str, &str), n: usize, acts: bool) {
    let fault = if acts { Fault::hold() } else { Fault::hold_before() };
    let held = aws.fault(fault.on(service, operation).after(n - 1));
    let running = aws.command().args(recover).start();
    held.wait_held();
    running.kill();
    // First: what is let go while nobody has noticed the caller's end would act.
    aws.settle();
    aws.clear_faults();
}

/// A run that is killed at ten points, one after the other. AWS forgets the tokens meanwhile, and a newer point lands.
#[test]
fn a_recovery_that_is_killed_ten_times_makes_each_thing_once() {
    let aws = lost();
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    let start = ("backup", "StartRestoreJob");
    let list = ("backup", "ListRestoreJobs");
    let points = [
        (start, 1, false),
        (start, 1, true),
        (start, 3, true),
        (list, 2, true),
        (("tagging", "TagResources"), 1, false),
        (("tagging", "TagResources"), 1, true),
        (("rds", "CreateDBInstance"), 1, false),
        (("rds", "CreateDBInstance"), 1, true),
        (("elasticfilesystem", "CreateMountTarget"), 1, false),
        (("elasticfilesystem", "CreateMountTarget"), 2, true),
    ];
    for (number, (call, n, acts)) in points.into_iter().enumerate() {
        kill_at(&aws, &recover, call, n, acts);
        aws.forget_restore_tokens();
        if number == 3 {
            land(&aws, 1, &LOST[..4]);
        }
        assert!(jobs(&aws).values().all(|count| *count == 1), "{call:?} {n}: {:?}", jobs(&aws));
    }
    let run = aws.mrbackup(recover).success();
    assert_eq!(jobs(&aws), once(&LOST));
    run.stdout_has("A newer recovery point has landed since the restore of ");
    run.stdout_has("; it is not restored again.");
    let things = made(&aws);
    assert_eq!(things.len(), LOST.len(), "{things:#?}");
    things.iter().for_each(|(arn, thing)| is_whole(&aws, arn, thing, true));
}

/// The second has made its plan when the first begins, with a point that has landed since.
#[test]
fn two_recoveries_at_once_make_each_thing_once() {
    let aws = lost();
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    let planned = aws.fault(Fault::hold_before().on("backup", "ListRestoreJobs").nth(2));
    let late = aws.command().args(recover).start();
    planned.wait_held();
    land(&aws, 1, &LOST);
    aws.mrbackup(recover).success();
    planned.release();
    let late = late.wait().success();
    assert_eq!(jobs(&aws), once(&LOST));
    assert_eq!(made(&aws).len(), LOST.len());
    late.stdout_starts_with("✔ 8 of 8 resources are restored");

    // And side by side.
    let aws = lost_but_for(&LOST[..4]);
    aws.slow_jobs(3);
    aws.fault(Fault::delay(Duration::from_millis(100)).on("backup", "StartRestoreJob"));
    let recover = ["recover", "--region", SECONDARY, "--config", &settings(&aws)];
    let runs = [aws.command().args(recover).start(), aws.command().args(recover).start()];
    for run in runs.map(Running::wait) {
        run.success();
    }
    assert_eq!(jobs(&aws), once(&LOST[..4]));
}

#[test]
fn what_is_gone_and_what_failed_is_made_anew_and_nothing_else() {
    let aws = lost();
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    // Half of them fail, and the others come back.
    let half = ["vol-0a1b2c3d4e5f60718", "orders", "customers", "fs-0123456789abcdef0"];
    for source in half {
        aws.fail_jobs(source, "The snapshot is being used by nobody");
    }
    let run = aws.mrbackup(recover).code(3);
    run.stdout_starts_with("✘ 4 of 8 resources are restored in us-west-2");
    run.stdout_has("✘ 4 resources: failed\n    The snapshot is being used by nobody\n");
    for (kind, source) in
        [("EBS", half[0]), ("RDS", half[1]), ("DynamoDB", half[2]), ("EFS", half[3])]
    {
        run.stdout_has(format!("· {} ({kind})", aws.restore_source("us-east-1", kind, source)));
    }
    run.stdout_has(
        "To continue what runs and restore what failed: mrbackup recover --region us-west-2",
    );
    assert_eq!((jobs(&aws), made(&aws).len()), (once(&LOST), 4));

    aws.let_jobs_end_well();
    aws.clear_log();
    aws.mrbackup(recover).success();
    let mut anew = started(&aws);
    anew.sort();
    assert_eq!(anew, ["customers", "fs-0123456789abcdef0", "orders", "vol-0a1b2c3d4e5f60718"]);
    assert_eq!(made(&aws).len(), LOST.len());

    // Somebody deletes two of them: these alone are made again.
    let gone: Vec<String> = made(&aws)
        .iter()
        .filter(|(_, thing)| thing["type"] == "EBS" || thing["type"] == "DynamoDB")
        .map(|(arn, _)| arn.clone())
        .collect();
    for arn in &gone {
        aws.delete_restored(SECONDARY, arn);
    }
    aws.clear_log();
    aws.mrbackup(recover).success();
    let mut anew = started(&aws);
    anew.sort();
    assert_eq!(anew, ["customers", "vol-0a1b2c3d4e5f60718"]);
    let things = made(&aws);
    assert_eq!(things.len(), LOST.len());
    things.iter().for_each(|(arn, thing)| is_whole(&aws, arn, thing, true));
    aws.clear_log();
    aws.mrbackup(recover).success();
    assert_eq!(aws.restore_requests(), Vec::<Value>::new());
}

/// Ctrl-C ends the run and no job; a lost answer is no second job.
#[test]
#[cfg(unix)]
fn an_interrupted_recovery_leaves_its_jobs_running_and_says_how_to_go_on() {
    let some = [LOST[0], LOST[5]];
    let aws = lost_but_for(&some);
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    aws.keep_restores_pending(true);
    let cut = aws.fault(Fault::cut().on("backup", "StartRestoreJob").first(1));
    let polled = aws.fault(Fault::delay(Duration::ZERO).on("backup", "ListRestoreJobs").nth(3));
    let running = aws.command().args(recover).start();
    polled.wait_fired();
    running.signal("INT");
    let run = running.wait().code(130);
    assert_eq!(cut.fired(), 1);
    run.stderr_has("2 restore jobs continue without mrbackup: AWS Backup cannot stop them.");
    run.stderr_has("mrbackup recover --region us-west-2");
    assert_eq!(jobs(&aws), once(&some));

    // The jobs go on, and so does the command.
    let dry = aws.mrbackup(recover.iter().chain(&["--dry-run", "-o", "json"])).success().json();
    assert!(rows(&dry).values().all(|row| row["state"] == "running"), "{dry:#}");
    aws.keep_restores_pending(false);
    aws.end_jobs(SECONDARY);
    aws.mrbackup(recover).success();
    assert_eq!(jobs(&aws), once(&some));
    for (arn, thing) in &made(&aws) {
        is_whole(&aws, arn, thing, true);
        assert_eq!(thing["tags"]["team"], json!("shop"));
    }
}
