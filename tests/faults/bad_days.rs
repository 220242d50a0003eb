//! Bad days: storms, a service that is down for a while, one that hangs, and one that refuses for ever.

use std::env;
use std::sync::Arc;
use std::thread;

use local_aws::{Armed, Call, Fault, now};
use serde_json::json;

use crate::support::{
    Aws, DAY, DELETE, HOUR, Outcome, PRIMARY, REGIONS, SECONDARY, UP, account, deployed,
    point_of_plan, points,
};

/// Of a hundred calls 30 are throttled and 10 answered 5xx, and of 5 the answer is lost.
fn storm(aws: &Aws, seed: u64) -> [Arc<Armed>; 3] {
    [
        Fault::throttle().share(30, seed),
        Fault::error(500, "InternalFailure", "internal").share(10, seed + 1000),
        Fault::cut().share(5, seed + 2000),
    ]
    .map(|fault| aws.fault(fault))
}

/// Runs the command in a storm, which must not keep it from its end.
#[track_caller]
fn in_storm(aws: &Aws, seed: u64, arguments: &[&str]) -> Outcome {
    let trouble = storm(aws, seed);
    let outcome = aws.mrbackup(arguments);
    assert_eq!(outcome.exit_code(), Some(0), "seed {seed}: {outcome:?}");
    // Of few calls none may be hit.
    let throttled = &trouble[0];
    assert!(throttled.fired() > 0 || throttled.seen() < 20, "seed {seed}: {arguments:?}");
    aws.clear_faults();
    outcome
}

/// Neither a twin of what AWS does not keep unique, nor anything that differs.
#[track_caller]
fn assert_deployed_once(aws: &Aws, seed: u64) {
    let plans = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    assert_eq!(plans["BackupPlansList"].as_array().unwrap().len(), 1, "seed {seed}: plans");
    assert_eq!(aws.selections().len(), 1, "seed {seed}: selections");
    let plan = aws.mrbackup(["plan"]).success();
    plan.stdout_has("no changes");
}

/// The first of four seeds that are tried. `.ci/long` draws others.
fn first_seed() -> u64 {
    env::var("MRBACKUP_TEST_SEED").map_or(11, |seed| seed.parse().unwrap())
}

fn for_each_seed(test: impl Fn(u64) + Sync) {
    let first = first_seed();
    thread::scope(|scope| {
        for seed in first..first + 4 {
            let test = &test;
            scope.spawn(move || test(seed));
        }
    });
}

#[test]
fn a_storm_is_ridden_out_by_the_first_run() {
    for_each_seed(|seed| {
        let aws = account();
        let before = aws.inventory();
        in_storm(&aws, seed, &UP);
        assert_deployed_once(&aws, seed);
        let more = ["up", "--copy-to", "ap-southeast-2", "--notify", "https://example.com/hook"];
        in_storm(&aws, seed + 100, &more);
        assert_deployed_once(&aws, seed);
        in_storm(&aws, seed + 200, &["down"]);
        assert_eq!(aws.inventory(), before, "seed {seed}");
    });
}

#[test]
fn a_storm_costs_no_backup_and_hides_none() {
    for_each_seed(|seed| {
        let aws = account();
        let disk = aws.arn("ec2", PRIMARY, "volume/vol-1");
        aws.put_tagged_resource(PRIMARY, &disk, &[("Team", "x")]);
        let before = aws.inventory();
        aws.mrbackup([&UP[..], &["--alerts", "none"]].concat()).success();
        aws.vaults_made(now() - 30 * DAY);
        in_storm(&aws, seed, &["tag", &disk]);
        let newest = json!({"ResourceArn": disk, "CreationDate": now() - 5 * HOUR});
        point_of_plan(&aws, PRIMARY, &newest);
        in_storm(&aws, seed + 100, &["repair"]);
        assert_eq!(aws.copy_jobs(PRIMARY).len(), 2, "seed {seed}");
        let status = in_storm(&aws, seed + 200, &["status", "-o", "json"]).report();
        for region in REGIONS {
            assert_eq!(status.backups_in(region)["fresh"], 1, "seed {seed}: {region}");
        }
        in_storm(&aws, seed + 300, &["untag", &disk]);
        in_storm(&aws, seed + 400, &DELETE);
        assert_eq!(points(&aws), 0, "seed {seed}");
        assert_eq!(aws.inventory(), before, "seed {seed}");
    });
}

/// Services of a region that are down when the command is in its midst, and back before its deadline.
#[test]
fn who_comes_back_in_time_is_waited_for() {
    let aws = account();
    let before = aws.inventory();
    for (command, service, first_write) in
        [(&UP[..], "sns", "CreateTopic"), (&["down"], "backup", "DeleteBackupPlan")]
    {
        let begun = aws.fault(Fault::hold_before().on(service, first_write).first(1));
        let running = aws.command().args(command).start();
        begun.wait_held();
        let away = ["backup", "sns", "lambda"]
            .map(|service| aws.fault(Fault::reset().service(service).region(SECONDARY).first(5)));
        begun.release();
        running.wait().success();
        assert!(away.iter().any(|away| away.fired() == 5), "{command:?}");
        aws.clear_faults();
    }
    assert_eq!(aws.inventory(), before);
}

/// It takes every call and never answers. Who looks gives it up once for each service; who waits for it says so.
#[test]
fn a_region_that_hangs_holds_no_command_up() {
    let (aws, elsewhere) = (deployed(), account());
    aws.clear_log();
    let commands: [(&Aws, &[&str], i32); 8] = [
        (&elsewhere, &["plan", "--primary", "us-west-2", "--secondary", "eu-west-1"], 3),
        (&aws, &["plan"], 1),
        (&aws, &["down", "--dry-run"], 1),
        (&aws, &["down"], 1),
        (&aws, &["repair"], 1),
        (&aws, &["drill", "alarm"], 3),
        (&aws, &["up"], 1),
        (&aws, &["list"], 3),
    ];
    let hang = || Fault::hold_before().region(PRIMARY);
    let _hang = [aws.fault(hang()), elsewhere.fault(hang())];
    thread::scope(|scope| {
        for (aws, arguments, code) in commands {
            scope.spawn(move || {
                let run = aws.command().env("MRBACKUP_CALL_TIMEOUT", "4").args(arguments).run();
                let run = run.code(code);
                run.stderr_has("us-east-1 backup: no answer yet, ");
            });
        }
    });
    // But for the drill of the second region's functions and alarms.
    let is_drill =
        |call: &Call| call.is("lambda", "Invoke") || call.is("monitoring", "SetAlarmState");
    assert!(aws.writes().iter().all(is_drill), "{:?}", aws.write_names());
}

/// It ends with what AWS said and how often it was asked, and the same command then goes on.
#[test]
fn what_is_throttled_for_ever_is_said_and_bounded() {
    let aws = account();
    let throttled = aws.fault(Fault::throttle().on("sns", "CreateTopic").region(SECONDARY));
    let up = aws.command().env("MRBACKUP_CALL_TIMEOUT", "15").args(UP).run().code(1);
    up.stdout_has("AWS keeps refusing sns:CreateTopic in us-west-2 (throttled), ");
    // Who comes to an operation that is refused already waits for what is left of the bound.
    let said = [14, 15].map(|s| format!("{} times in {s} s: Rate exceeded", throttled.fired()));
    assert!(said.iter().any(|said| up.stdout.contains(said)), "{}", up.stdout);
    up.stderr_has("us-west-2 sns: throttled, 1 call waiting, up to ");
    aws.clear_faults();
    aws.mrbackup(["up"]).success();
}
