//! `mrbackup.toml`: found, obeyed, and refused with the line where something is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Aws, Outcome, account, deployed, for_each_case, parts_of_a_deployment};

const SAMPLE: &str = include_str!("../../examples/mrbackup.toml");

/// A file of its own for a test.
fn file(name: &str, text: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("config_file").join(name);
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("mrbackup.toml");
    fs::write(&path, text).unwrap();
    path
}

fn with_file<'a>(command: &'a str, file: &'a Path) -> [&'a str; 3] {
    [command, "--config", file.to_str().unwrap()]
}

#[test]
fn the_sample_is_the_defaults() {
    let aws = deployed();
    aws.clear_log();
    let sample = file("sample", SAMPLE);
    let plan = aws.mrbackup(with_file("plan", &sample).into_iter().chain(["--exit-code"]));
    let plan = plan.success();
    let parts = parts_of_a_deployment();
    plan.stdout_ends_with(format!(
        "\nPlan: 0 to create, 0 to change, 0 to delete, {parts} unchanged.\n"
    ));
    aws.mrbackup(with_file("up", &sample)).success();
    aws.assert_nothing_written();
}

/// What is wrong, the text in the sample that is replaced, what replaces it, and what is said.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("unknown key", "[alerts]", "[alerts]\ncolour = 1", ":32:1: unknown field `colour`"),
    (
        "wrong type",
        "start_window_minutes = 480 ",
        "start_window_minutes = \"8h\" ",
        "invalid type: string \"8h\"",
    ),
    ("no region", "primary = \"us-east-1\"", "primary = \"us-east-9\"", "did you mean us-east-1?"),
    (
        "equal regions",
        "tertiary = \"eu-west-1\"",
        "tertiary = \"us-east-1\"",
        "primary and tertiary are both us-east-1",
    ),
    ("unix cron", "cron(0 2 ? * * *)", "0 2 * * *", "is no schedule for a backup rule"),
    ("rate", "cron(0 2 ? * * *)", "rate(1 day)", "rate(1 day)"),
    ("zone", "timezone = \"Etc/UTC\"", "timezone = \"Europe/Berlinn\"", "Europe/Berlin"),
    (
        "90 days",
        "delete_after_days = 365 ",
        "delete_after_days = 119 ",
        "must be at least cold_after_days + 90 = 120 (rule daily)",
    ),
    (
        "copy's 90 days",
        "delete_after_days = 365\n",
        "delete_after_days = 119\n",
        "(rule daily, copy to us-west-2)",
    ),
    (
        "continuous and cold",
        "continuous = false ",
        "continuous = true ",
        "at most 35 days and never in cold storage",
    ),
    (
        "start window",
        "start_window_minutes = 480 ",
        "start_window_minutes = 59 ",
        "the start window is at least 60 minutes, not 59",
    ),
    (
        "completion window",
        "completion_window_minutes = 10080 ",
        "completion_window_minutes = 539 ",
        "at least an hour longer",
    ),
    ("archive", "archive = false ", "archive = true ", "at most once a month"),
    (
        "copy to the primary",
        "region = \"us-west-2\"",
        "region = \"us-east-1\"",
        "another region than the primary",
    ),
    (
        "copy elsewhere",
        "region = \"us-west-2\"",
        "region = \"eu-west-2\"",
        "no vault in that region",
    ),
    (
        "aws: tag",
        "BackupType = \"Daily\"",
        "\"aws:x\" = \"Daily\"",
        "keys that begin with aws: are AWS's own",
    ),
    (
        "select tag",
        "BackupEnabled = \"true\"",
        "\"AWS:x\" = \"true\"",
        "keys that begin with aws: are AWS's own",
    ),
    (
        "own tag",
        "# CostCenter = \"1234\"",
        "\"aws:CostCenter\" = \"1234\"",
        "keys that begin with aws: are AWS's own",
    ),
    (
        "four further regions",
        "copy_to = []",
        "copy_to = [\"ap-south-1\", \"eu-west-2\", \"eu-west-3\", \"eu-north-1\"]",
        "at most 5 copies in a rule",
    ),
    (
        "further region twice",
        "copy_to = []",
        "copy_to = [\"us-west-2\"]",
        "secondary and copy_to are both us-west-2",
    ),
    (
        "boundary",
        "# permissions_boundary = \"arn:aws:iam::111122223333:policy/boundary\"",
        "permissions_boundary = \"boundary\"",
        "is not the ARN of an IAM policy",
    ),
    ("same name", "name = \"weekly\"", "name = \"daily\"", "two rules have the name daily"),
    ("e-mail", "email = []", "email = [\"ops\"]", "it has no @"),
    (
        "log retention",
        "log_retention_days = 90",
        "log_retention_days = 91",
        "log_retention_days can be 1, 3, 5, 7",
    ),
    (
        "key of another region",
        "\n[kms_keys]\n# us-west-2 = \"arn:aws:kms:us-west-2:",
        "\n[kms_keys]\nus-west-2 = \"arn:aws:kms:us-east-1:",
        "a key of us-east-1 cannot be that of a vault in us-west-2",
    ),
    (
        "topic key of another region",
        "[alerts.kms_keys]\n# us-west-2 = \"arn:aws:kms:us-west-2:",
        "[alerts.kms_keys]\nus-west-2 = \"arn:aws:kms:us-east-1:",
        "a key of us-east-1 cannot be that of a topic in us-west-2",
    ),
    ("subscriber", "notify = []", "notify = [\"http://example.com\"]", "need https"),
    (
        "watchdog too rare",
        "watchdog_minutes = 60",
        "watchdog_minutes = 1441",
        "watchdog_minutes can be",
    ),
    (
        "account",
        "# expected_account = \"111122223333\"",
        "expected_account = \"1\"",
        "an account is 12 digits",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_line_and_nothing_is_called() {
    let aws = account();
    for_each_case(WRONG, |(what, old, new, said)| {
        assert!(SAMPLE.contains(old), "{what}");
        let text = SAMPLE.replacen(old, new, 1);
        let path = file(&what.replace([' ', ':', '\''], "-"), &text);
        refused(&aws, &path, what, said);
    });
    let long = "[[rules]]\nname = \"pitr\"\nschedule = \"cron(0 5 * * ? *)\"\ncontinuous = true\n";
    for (days, what) in [("delete_after_days = 36\n", "36 days"), ("", "for ever")] {
        let text = format!("{SAMPLE}\n{long}{days}");
        refused(&aws, &file(what, &text), what, "continuous backups are kept at most 35 days");
    }
    let many = SAMPLE.to_owned() + &(3..12).map(|n| rule(n, "")).collect::<String>();
    refused(&aws, &file("rules", &many), "eleven rules", "at most 10 rules in a plan");
    let copy = "[[rules.copies]]\nregion = \"us-west-2\"\n";
    let six = SAMPLE.to_owned() + &rule(3, &copy.repeat(6));
    refused(&aws, &file("copies", &six), "six copies", "at most 5 copies in a rule");
    assert!(aws.log().is_empty());
}

fn rule(number: usize, copies: &str) -> String {
    format!("\n[[rules]]\nname = \"r{number}\"\nschedule = \"cron(0 {number} 1 * ? *)\"\n{copies}")
}

#[track_caller]
fn refused(aws: &Aws, path: &Path, what: &str, said: &str) {
    let outcome = aws.mrbackup(with_file("up", path)).code(2);
    assert!(outcome.stderr.contains(said), "{what}: {outcome:?}");
    assert!(
        outcome.stderr.contains("mrbackup.toml:") && outcome.stderr.contains('^'),
        "{outcome:?}"
    );
}

#[test]
fn a_file_that_cannot_be_one_is_refused() {
    let aws = account();
    for (path, said) in [
        ("/nonexistent/mrbackup.toml", "cannot be read: No such file"),
        ("/dev/zero", "cannot be read: it is not a file"),
        ("/", "cannot be read: it is not a file"),
    ] {
        let refused = aws.mrbackup(["up", "--config", path]).code(2);
        refused.stderr_has(said);
    }
    assert!(aws.log().is_empty());
}

#[test]
fn the_file_of_another_account_is_refused() {
    let aws = account();
    let text = SAMPLE.replace("# expected_account", "expected_account");
    let path = file("other account", &text);
    let refused = aws.mrbackup(with_file("up", &path)).code(2);
    let said = format!("this is account {}, and the file is for another", aws.id());
    refused.stderr_has(&said);
    aws.assert_nothing_written();
}

#[test]
fn the_nearest_file_above_counts_and_flags_win() {
    let aws = account();
    let path = file("nearest", &SAMPLE.replace("name = \"default\"", "name = \"filed\""));
    let inner = path.with_file_name("inner");
    fs::create_dir_all(&inner).unwrap();
    // A repository ends the search upwards.
    fs::create_dir_all(path.with_file_name(".git")).unwrap();
    let there = |arguments: &[&str]| {
        let mut run = aws.command().args(arguments);
        run.directory(&inner);
        run.run()
    };
    let up = there(&["up", "--tertiary", "eu-central-1", "-o", "json"]);
    let refused = up.code(2);
    assert!(
        refused.stderr.contains("no vault in that region"),
        "the rules name eu-west-1: {refused:?}"
    );
    let up = there(&["up", "-o", "json"]).success().json();
    assert_eq!(up["deployment"], "filed");
    let other = there(&["status", "--name", "other"]).code(3);
    other.stderr_has("is of another deployment, and is not used");
    let none = there(&["status", "--no-config", "-o", "json"]).code(3).json();
    assert_eq!(none["deployment"], "default");
    there(&["down"]).success();
}

#[test]
fn what_the_file_says_is_made_and_what_it_leaves_out_goes_back_to_the_default() {
    let aws = deployed();
    let changed =
        file("changed", &SAMPLE.replace("log_retention_days = 90", "log_retention_days = 30"));
    let up = aws.mrbackup(with_file("up", &changed)).success();
    up.stdout_has("retention_days: 90 → 30");
    // Without a file the recorded settings stand.
    aws.mrbackup(["up"]).success();
    let plan = aws.mrbackup(["plan", "--exit-code"]).success();
    let parts = parts_of_a_deployment();
    plan.stdout_ends_with(format!("0 to change, 0 to delete, {parts} unchanged.\n"));
    let bare = file(
        "bare",
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n",
    );
    let back = aws.mrbackup(with_file("up", &bare)).success();
    back.stdout_has("retention_days: 30 → 90");
}

#[test]
fn less_protection_needs_a_word() {
    let aws = deployed();
    aws.clear_log();
    let shorter = SAMPLE.replace("delete_after_days = 2555", "delete_after_days = 1000");
    let path = file("less", &shorter);
    let refused = aws.mrbackup(with_file("up", &path)).code(1);
    for line in [
        "nothing was changed, because it would protect less:",
        "rule weekly keeps backups 1000 days, 2555 days before",
        "rule weekly keeps copies in eu-west-1 1000 days, 2555 days before",
        "--allow-less-protection",
    ] {
        refused.stderr_has(line);
    }
    let plan = aws.mrbackup(with_file("plan", &path)).success();
    plan.stdout_has("✘ less protection: rule weekly keeps backups");
    plan.stdout_has("rules.weekly.lifecycle.delete_after_days: 2555 → 1000");
    aws.assert_nothing_written();
    aws.mrbackup(with_file("up", &path).into_iter().chain(["--allow-less-protection"])).success();
    aws.mrbackup(["status"]).success();
}

#[test]
fn the_published_recipes_rules_are_refused_for_their_hole() {
    let aws = account();
    let second =
        "[[rules.copies]]\nregion = \"us-west-2\"\ncold_after_days = 30\ndelete_after_days = 365\n";
    let at = SAMPLE.rfind(second).unwrap();
    let recipe = file("recipe", &SAMPLE[..at]);
    let refused = aws.mrbackup(with_file("up", &recipe)).code(1);
    refused.stderr_has("us-west-2 gets no copy: 52 times a year");
    refused.stderr_has("--allow-gaps");
    aws.assert_nothing_written();
    let plan = aws.mrbackup(with_file("plan", &recipe)).success();
    plan.stdout_has("worst gap 48 h (Sat 02:00 → Mon 02:00)");
    aws.mrbackup(with_file("up", &recipe).into_iter().chain(["--allow-gaps"])).success();
}

/// Flag, environment, file, recorded, default: in that order, and each is named.
#[test]
fn config_show_says_where_each_setting_came_from() {
    let aws = account();
    let origin = |outcome: Outcome, setting: &str| -> String {
        let json = outcome.success().json();
        let rows = json["settings"].as_array().unwrap();
        let row = rows.iter().find(|row| row["setting"] == setting).unwrap();
        format!("{} {}", row["value"].as_str().unwrap(), row["origin"].as_str().unwrap())
    };
    let path = file("show", &SAMPLE.replace("log_retention_days = 90", "log_retention_days = 30"));
    let show = |arguments: &[&str]| {
        let run = aws.command().env("MRBACKUP_SECONDARY", "us-west-2");
        run.args(["config", "show", "-o", "json", "--tertiary", "eu-west-1"]).args(arguments).run()
    };
    let with = ["--config", path.to_str().unwrap()];
    assert_eq!(origin(show(&with), "regions.primary"), "us-east-1 file");
    assert_eq!(origin(show(&with), "regions.secondary"), "us-west-2 environment");
    assert_eq!(origin(show(&with), "regions.tertiary"), "eu-west-1 flag");
    assert_eq!(origin(show(&with), "alerts.log_retention_days"), "30 file");
    assert_eq!(origin(show(&with), "runtime"), "python3.13 default");
    assert!(aws.log().is_empty(), "with a file nothing is called");

    let without = ["--primary", "us-east-1"];
    assert_eq!(origin(show(&without), "alerts.log_retention_days"), "90 default");
    aws.mrbackup(with_file("up", &path)).success();
    assert_eq!(origin(show(&[]), "alerts.log_retention_days"), "30 recorded");
    assert_eq!(origin(show(&[]), "regions.primary"), "us-east-1 recorded");
    let text = aws.mrbackup(["config", "show"]).success();
    let primary = text.stdout.lines().find(|line| line.starts_with("regions.primary "));
    let words: Vec<&str> = primary.unwrap().split_whitespace().collect();
    assert_eq!(words, ["regions.primary", "recorded", "us-east-1"], "{text:?}");
}

#[test]
fn the_files_addresses_are_subscribed() {
    let aws = account();
    let path = file("email", &SAMPLE.replace("email = []", "email = [\"ops@example.com\"]"));
    let up = aws.mrbackup(with_file("up", &path)).success();
    for region in ["us-east-1", "us-west-2"] {
        let pending = format!("ops@example.com has not confirmed in {region} yet");
        up.stdout_has(&pending);
        aws.confirm_email(region, "ops@example.com");
    }
    aws.mrbackup(with_file("status", &path)).success();
    let plan = aws.mrbackup(with_file("plan", &path).into_iter().chain(["--exit-code"]));
    plan.success();
}

/// A file is the whole truth: what it leaves out is dropped, with the word for it.
#[test]
fn a_file_that_leaves_out_a_recorded_region_drops_it() {
    let aws = deployed();
    let text = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n";
    let path = file("fewer regions", text);
    let refused = aws.mrbackup(with_file("up", &path)).code(1);
    refused.stderr_has("eu-west-1 is dropped");
    let arguments = with_file("up", &path).into_iter().chain(["--allow-less-protection"]);
    aws.mrbackup(arguments).success();
    assert!(aws.inventory()["regions"].get("eu-west-1").is_none());
}
