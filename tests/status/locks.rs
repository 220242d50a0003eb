//! A vault lock that does not allow what the rules, a drill or a repair keep: AWS fails every such job and copy.

use local_aws::now;
use serde_json::{Value, json};

use crate::support::{
    Aws, DAY, PRIMARY, SECONDARY, VAULT, deployed, fresh_everywhere, long_deployed, point,
    point_of_plan, sample_but_for, volume,
};

/// The deployment with a fresh resource, and the secondary's vault locked.
fn locked(members: Value) -> Aws {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    aws.lock_vault(SECONDARY, VAULT, members);
    aws
}

const ACCEPTS: &str = "us-west-2: the vault's lock accepts only what is kept ";

#[test]
fn status_plan_and_up_name_what_the_lock_does_not_allow_and_until_when_it_can_be_changed() {
    let from = now() + 3 * DAY;
    let aws = locked(json!({"MinRetentionDays": 400, "LockDate": from}));
    let day = jiff::Timestamp::from_second(i64::try_from(from).unwrap()).unwrap();
    let end = format!("The lock becomes permanent on {}\n", day.strftime("%F"));
    let daily = format!(
        "✘ {ACCEPTS}at least 400 d; rule daily keeps its copies 365 d, so each of them fails. {end}"
    );
    let drill = format!(
        "✘ {ACCEPTS}at least 400 d; `mrbackup drill backup` keeps 7 d what it makes, so it fails without a fitting --keep-days. {end}"
    );
    let runs = [
        aws.mrbackup(["status"]).code(3),
        aws.mrbackup(["plan"]).success(),
        aws.mrbackup(["up"]).success(),
    ];
    for run in runs {
        run.stdout_has(&daily).stdout_has(&drill).stdout_lacks("✘ us-east-1");
    }
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).json();
    assert_eq!(status["healthy"], false);
    assert!(status["attention"].to_string().contains("rule daily keeps its copies 365 d"));
    aws.mrbackup(["down", "--dry-run"]).stdout_lacks(ACCEPTS);
}

#[test]
fn a_maximum_is_exceeded_by_what_is_kept_longer_and_a_fitting_lock_is_no_matter() {
    let aws = locked(json!({"MinRetentionDays": 7, "MaxRetentionDays": 365}));
    aws.mrbackup(["status"]).success().stdout_lacks("accepts only");
    aws.lock_vault(PRIMARY, VAULT, json!({"MaxRetentionDays": 365, "LockDate": now() - DAY}));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "us-east-1: the vault's lock accepts only what is kept at most 365 d; rule weekly keeps its backups 2555 d, so each of them fails. The lock is permanent since",
    );
    status.stdout_lacks("rule daily").stdout_lacks("drill backup");
}

#[test]
fn a_lock_over_35_days_contradicts_a_continuous_rule() {
    let aws = deployed();
    let rule = "[[rules]]\nname = \"pitr\"\nschedule = \"cron(0 1 ? * * *)\"\ncontinuous = true\ndelete_after_days = 35\n\n[[rules]]";
    let file = aws.file("pitr/mrbackup.toml", &sample_but_for(&[("[[rules]]", rule)]));
    aws.lock_vault(PRIMARY, VAULT, json!({"MinRetentionDays": 36}));
    let plan = aws.mrbackup(["plan", "--config", &file]).success();
    plan.stdout_has("at least 36 d; rule pitr keeps its continuous backups 35 d and can keep them 35 d at most, so each of them fails. The lock can be changed or removed at any time");
}

#[test]
fn repair_starts_no_copy_that_the_lock_would_fail() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    point(&aws, PRIMARY, &resource, 5, &json!({}));
    aws.lock_vault(SECONDARY, VAULT, json!({"MaxRetentionDays": 30}));
    let repair = aws.mrbackup(["repair"]).code(3);
    repair.stdout_has(
        "the vault's lock accepts only what is kept at most 30 d, and this is kept 365 d",
    );
    let jobs = aws.copy_jobs(PRIMARY);
    let to = |job: &Value| job["DestinationBackupVaultArn"].as_str().unwrap().contains(SECONDARY);
    assert!(!jobs.is_empty() && !jobs.iter().any(to), "{jobs:?}");
}

#[test]
fn a_drill_that_the_lock_would_fail_is_refused_before_its_first_job() {
    let aws = deployed();
    let resource = volume(&aws, "vol-1");
    aws.lock_vault(SECONDARY, VAULT, json!({"MinRetentionDays": 30}));
    aws.clear_log();
    let refused = aws.mrbackup(["drill", "backup", &resource]).code(1);
    refused.stderr_has(
        "us-west-2: the vault's lock accepts only what is kept at least 30 d, and this is kept 7 d",
    );
    refused.stderr_has("--keep-days 30");
    aws.assert_nothing_written();
    aws.mrbackup(["drill", "backup", &resource, "--keep-days", "30"]).success();
}

#[test]
fn a_lock_contradicts_nothing_where_no_rule_runs_any_more() {
    let aws = deployed();
    point_of_plan(&aws, SECONDARY, &json!({"Lifecycle": {"DeleteAfterDays": 500}}));
    aws.lock_vault(SECONDARY, VAULT, json!({"MinRetentionDays": 400}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    aws.mrbackup(["status"]).code(3).stdout_lacks(ACCEPTS);
}
