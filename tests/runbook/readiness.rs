//! `recover --dry-run --publish`: readiness as metrics, and the example that publishes it every day.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use local_aws::Fault;
use serde_json::{Value, json};

use super::lost;
use crate::support::{Aws, SECONDARY, VAULT, deployed_without_alerts};

const DRY_RUN: [&str; 4] = ["recover", "--region", SECONDARY, "--dry-run"];

/// What was published, by metric.
fn published(aws: &Aws) -> BTreeMap<String, Value> {
    let calls = aws.log().into_iter().filter(|call| call.is("monitoring", "PutMetricData"));
    let data = calls.flat_map(|call| {
        assert_eq!(call.input()["Namespace"], "mrbackup");
        call.input()["MetricData"].as_array().unwrap().clone()
    });
    let named = |datum: Value| (datum["MetricName"].as_str().unwrap().to_owned(), datum);
    data.map(named).collect()
}

#[test]
fn readiness_is_published_where_it_is_asked_for_and_nothing_else_is_written() {
    let (aws, file) = lost();
    let later = aws.put_restorable_point(SECONDARY, VAULT, "Timestream", "metrics");
    assert!(later.starts_with("arn:"));
    aws.clear_log();
    let dry_run = DRY_RUN.into_iter().chain(["--config", &file]);
    let quiet = aws.mrbackup(dry_run.clone()).code(3);
    aws.assert_nothing_written();
    let printed = aws.mrbackup(dry_run.chain(["--publish"])).code(3);
    assert_eq!(printed.stdout, quiet.stdout);
    assert_eq!(aws.write_names().len(), 1, "{:?}", aws.write_names());
    let data = published(&aws);
    let values: BTreeMap<&str, &Value> =
        data.iter().map(|(name, datum)| (name.as_str(), &datum["Value"])).collect();
    let wanted =
        [("RecoveryNotReady", 1.0), ("RecoveryOldestDataHours", 0.0), ("RecoveryReady", 8.0)];
    assert_eq!(json!(values), json!(BTreeMap::from(wanted)));
    let dimensions = json!([
        { "Name": "Deployment", "Value": "default" }, { "Name": "Region", "Value": SECONDARY },
    ]);
    assert!(data.values().all(|datum| datum["Dimensions"] == dimensions), "{data:#?}");
    assert!(
        aws.log()
            .iter()
            .filter(|call| call.is("monitoring", "PutMetricData"))
            .all(|call| call.request.region == SECONDARY)
    );
}

#[test]
fn it_goes_with_a_dry_run_alone_and_its_failure_is_one() {
    let aws = deployed_without_alerts();
    let words = ["recover", "--region", SECONDARY, "--publish"];
    aws.mrbackup(words).code(2).stderr_has("--dry-run");
    aws.mrbackup(words.into_iter().chain(["--runbook"])).code(2).stderr_has("cannot be used with");
    aws.put_restorable_point(SECONDARY, VAULT, "DynamoDB", "customers");
    let denied = Fault::error(403, "AccessDenied", "not allowed");
    aws.fault(denied.on("monitoring", "PutMetricData"));
    let refused = aws.mrbackup(DRY_RUN.into_iter().chain(["--publish"])).code(1);
    refused.stderr_has("cloudwatch:PutMetricData");
}

/// The command lines of the example, as the runner's shell gets them.
fn lines_of_the_example() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/github/recover-dry-run.yml");
    let script = "import json, sys, yaml\n\
        workflow = yaml.safe_load(open(sys.argv[1]))\n\
        assert set(workflow) == {'name', True, 'permissions', 'jobs'}, workflow\n\
        assert 'secrets' not in open(sys.argv[1]).read()\n\
        steps = [step for job in workflow['jobs'].values() for step in job['steps']]\n\
        print(json.dumps([line for step in steps for line in step.get('run', '').splitlines()]))";
    let python = local_aws::python(&|_| {}).unwrap();
    let output = Command::new(python).args(["-c", script]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_example_that_runs_every_day_has_commands_that_exist() {
    let (aws, file) = lost();
    aws.clear_log();
    let lines = lines_of_the_example();
    let commands: Vec<&String> =
        lines.iter().filter(|line| line.starts_with("mrbackup ")).collect();
    assert_eq!(commands.len(), 2, "{lines:#?}");
    for line in commands {
        let words = line.split(" > ").next().unwrap().split(' ').skip(1);
        aws.mrbackup(words.chain(["--config", &file])).success();
    }
    assert_eq!(aws.log().iter().filter(|call| call.is("monitoring", "PutMetricData")).count(), 1);
}
