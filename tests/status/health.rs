//! What no deployment is healthy with: nobody who is told, and nothing that is protected.

use serde_json::json;

use crate::support::{
    Aws, PRIMARY, SAMPLE, UP, account, deployed, deployed_without_alerts, fresh_everywhere, volume,
};

/// A volume of the primary with these tags.
fn tagged(aws: &Aws, name: &str, tags: &[(&str, &str)]) -> String {
    let arn = aws.arn("ec2", PRIMARY, &format!("volume/{name}"));
    aws.put_tagged_resource(PRIMARY, &arn, tags);
    arn
}

const NOBODY: &str = "no one is notified of failures";
const NOTHING: &str = "nothing is backed up: no resource in us-east-1 has BackupEnabled=true and Environment=Production";

/// A first `up` did all that it was told to: what is missing is said, and is no failure.
#[test]
fn a_first_up_succeeds_and_says_what_is_missing_and_status_does_not() {
    let aws = account();
    let up = aws.mrbackup(UP).success();
    up.stdout_has(format!("✘ {NOBODY}"));
    up.stdout_has("Resources with BackupEnabled=true and Environment=Production are backed up; until there is one, status exits with 3.\n");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("✘ {NOBODY}")).stdout_has(format!("✘ default: {NOTHING}"));
    let json = aws.mrbackup(["up", "-o", "json"]).success().json();
    assert!(json["attention"][0].as_str().unwrap().starts_with(NOBODY), "{json:#}");
    // Either alone is enough.
    volume(&aws, "vol-1");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("✘ {NOBODY}")).stdout_lacks(NOTHING);
    let aws = deployed_without_alerts();
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(format!("✘ default: {NOTHING}")).stdout_lacks(NOBODY);
    volume(&aws, "vol-1");
    aws.mrbackup(["status"]).success().stdout_lacks(NOBODY);
}

#[test]
fn that_nobody_is_told_can_be_intended_by_flag_environment_and_file() {
    let aws = deployed();
    volume(&aws, "vol-1");
    let begin = SAMPLE.find("[alerts]").unwrap();
    let end = SAMPLE.find("# KMS keys for the vaults").unwrap();
    let word = format!("alerts = \"none\"\n{}{}", &SAMPLE[..begin], &SAMPLE[end..]);
    let word = aws.file("word/mrbackup.toml", &word);
    let table = SAMPLE.replace("required = true", "required = false");
    let table = aws.file("table/mrbackup.toml", &table);
    for off in [&["--alerts", "none"][..], &["--config", &word], &["--config", &table]] {
        aws.mrbackup(["up"].iter().chain(off)).success().stdout_lacks(NOBODY);
        aws.mrbackup(["status"]).success();
        aws.mrbackup(["up"]).success().stdout_has("nothing to do");
        let show = aws.mrbackup(["config", "show"]).success();
        show.stdout_has("alerts.required").stdout_has("false");
        aws.mrbackup(["up", "--alerts", "required"]).success().stdout_has(NOBODY);
        aws.mrbackup(["status"]).code(3);
    }
    let by_environment = aws.command().env("MRBACKUP_ALERTS", "none").args(["up"]).run();
    by_environment.success();
    aws.mrbackup(["status"]).success();
    // Who adds a subscriber wants it to be there.
    aws.mrbackup(["up", "--email", "a@example.com"]).success();
    aws.mrbackup(["status"]).code(3).stdout_has("no subscriber has confirmed");
    let both = aws.mrbackup(["up", "--alerts", "none", "--email", "b@example.com"]).code(2);
    both.stderr_has(
        "--alerts none means that no one is to be notified, and b@example.com is to be added",
    );
    let wrong = aws.file("wrong/mrbackup.toml", "alerts = \"nobody\"\n");
    let wrong = aws.mrbackup(["plan", "--config", &wrong]).code(2);
    wrong.stderr_has("invalid value: string \"nobody\", expected \"none\" or a table");
}

#[test]
fn what_nearly_carries_the_tags_is_named_where_nothing_does() {
    let aws = deployed_without_alerts();
    let case =
        tagged(&aws, "vol-case", &[("Environment", "Production"), ("BackupEnabled", "True")]);
    let key = tagged(&aws, "vol-key", &[("environment", "Production"), ("BackupEnabled", "true")]);
    let half = tagged(&aws, "vol-half", &[("BackupEnabled", "true")]);
    let other = tagged(&aws, "vol-other", &[("Environment", "Staging")]);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "! 3 resources nearly have the select tags, and AWS Backup compares each letter:\n",
    );
    for line in [
        format!("    {case}  has BackupEnabled=True, lacks BackupEnabled=true\n"),
        format!("    {key}  has environment=Production, lacks Environment=Production\n"),
        format!("    {half}  lacks Environment=Production\n"),
    ] {
        status.stdout_has(line);
    }
    status.stdout_lacks(&other);
    let json = aws.mrbackup(["status", "-o", "json"]).code(3).json();
    assert_eq!(
        json["backups"]["near_misses"][0],
        json!({
            "resource": case, "has": ["BackupEnabled=True"], "lacks": ["BackupEnabled=true"],
        })
    );
    // Where something is protected they are nobody's fault.
    volume(&aws, "vol-1");
    aws.mrbackup(["status"]).success().stdout_lacks("nearly");
}

/// The tertiary's copies, which are made once a week.
const WEEKLY_COPIES: &str =
    "region = \"eu-west-1\"\ncold_after_days = 90\ndelete_after_days = 2555\n";

/// What expires before the next one comes: it was never mentioned, and the watchdog cried once a week.
#[test]
fn a_region_that_is_without_a_recovery_point_at_times_is_told_by_plan_up_and_status() {
    let aws = account();
    let kept = |days: &str| format!("region = \"eu-west-1\"\ndelete_after_days = {days}\n");
    let file = |name: &str, days: &str| {
        let text = SAMPLE.replacen("required = true", "required = false", 1);
        assert!(text.contains(WEEKLY_COPIES));
        aws.file(name, &text.replacen(WEEKLY_COPIES, &kept(days), 1))
    };
    let short = file("short/mrbackup.toml", "5");
    let said = "✘ eu-west-1: rule weekly keeps what it makes 5 days, and the next recovery point comes after 7 d at worst";
    aws.mrbackup(["plan", "--offline", "--config", &short]).success().stdout_has(said);
    aws.mrbackup(["plan", "--config", &short]).success().stdout_has(said);
    let up = aws.mrbackup(["up", "--config", &short, "-o", "json"]).success().json();
    let attention = up["attention"].as_array().unwrap();
    assert!(
        attention.iter().any(|line| line.to_string().contains("for 48 h there is none")),
        "{up}"
    );
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    aws.mrbackup(["status"]).code(3).stdout_has(said);
    aws.mrbackup(["status", "--region", "us-west-2"]).success().stdout_lacks("keeps what it makes");

    // What a late start leaves open is no more than worth knowing.
    let week = file("week/mrbackup.toml", "7");
    let said = "! eu-west-1: rule weekly keeps what it makes 7 days, and a job that starts late in its window comes after 7 d 8 h at worst: for 8 h there may be no recovery point";
    aws.mrbackup(["up", "--config", &week]).success().stdout_has(said);
    aws.mrbackup(["status"]).success().stdout_has(said);

    let good = file("good/mrbackup.toml", "8");
    aws.mrbackup(["up", "--config", &good]).success().stdout_lacks("keeps what it makes");
    aws.mrbackup(["status"]).success().stdout_lacks("keeps what it makes");
}

#[test]
fn two_continuous_rules_are_said_to_be_one_too_many() {
    let aws = account();
    let rule = |name: &str, days: u8| {
        format!(
            "[[rules]]\nname = \"{name}\"\nschedule = \"cron(0 14 ? * * *)\"\ncontinuous = true\ndelete_after_days = {days}\n\n"
        )
    };
    let rules = format!("{}{}[[rules]]", rule("pitr", 35), rule("week", 7));
    let file = aws.file("pitr/mrbackup.toml", &SAMPLE.replacen("[[rules]]", &rules, 1));
    let plan = aws.mrbackup(["plan", "--offline", "--config", &file]).success();
    let words = plan.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("AWS Backup makes the continuous backups of pitr alone, which keeps longest, and disregards week"), "{words}");
}
