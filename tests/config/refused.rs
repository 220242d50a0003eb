//! What in `mrbackup.toml` is refused, with the line where it is wrong.

use crate::support::{Aws, SAMPLE, account, for_each_case, sample_but_for};

/// What is wrong, the text in the sample that is replaced, what replaces it, and what is said.
const WRONG: &[(&str, &str, &str, &str)] = &[
    (
        "unknown key",
        "[alerts]",
        "[alerts]\ncolour = 1",
        ":55:1: no such setting; `mrbackup config show` has all names",
    ),
    (
        "a slip of the pen",
        "watchdog_minutes = 60",
        "watchdog_minute = 60",
        "no such setting; did you mean alerts.watchdog_minutes?",
    ),
    (
        "a slip of the pen in a rule",
        "cold_after_days = 30 ",
        "cold_after_day = 30 ",
        "no such setting; did you mean rules.daily.cold_after_days?",
    ),
    (
        "a slip of the pen in a table's name",
        "[freshness]",
        "[freshnes]",
        "no such setting; did you mean freshness?",
    ),
    (
        "what stands elsewhere",
        "name = \"default\"",
        "allowance_hours = 12",
        "no such setting; did you mean freshness.allowance_hours?",
    ),
    ("no table", "name = \"default\"", "restore = 12", "integer `12`, expected a map"),
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
        "copy that ends with its source",
        "cold_after_days = 30\ndelete_after_days = 365",
        "cold_after_days = 300",
        "after 365 days; what gets cold after 300 is kept at least 390 (rule daily, copy to us-west-2)",
    ),
    (
        "any of several values",
        "Environment = \"Production\"\nBackupEnabled",
        "Environment = [\"Production\", \"Staging\"]\nBackupEnabled",
        "expected a string; any of several values is any_tags of a selection ([[selections]])",
    ),
    (
        "values with a comma",
        "Environment = \"Production\"\nBackupEnabled",
        "Environment = \"Production,Staging\"\nBackupEnabled",
        "a tag's value takes no comma: any of several values is any_tags of a selection ([[selections]])",
    ),
    (
        "a vault in place of a region",
        "region = \"us-west-2\"",
        "region = \"arn:aws:backup:us-west-2:444455556666:backup-vault:central\"",
        "that is a vault of account 444455556666: a copy names a region",
    ),
    (
        "for ever",
        "delete_after_days = 365 ",
        "delete_after_days = 0 ",
        "left out, it is kept permanently",
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
        "no allowance",
        "allowance_hours = 12 ",
        "allowance_hours = 0 ",
        "allowance_hours can be 1 to 168 (a week)",
    ),
    (
        "allowance of two weeks",
        "# S3 = 48 ",
        "S3 = 336 ",
        "allowance_hours_by_type can be 1 to 168 (a week)",
    ),
    (
        "allowance of a type that is none",
        "# S3 = 48 ",
        "Buckets = 48 ",
        "Buckets is no type of resource: Aurora, ",
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
        assert_refused(&aws, what, &sample_but_for(&[(old, new)]), said);
    });
    assert!(aws.log().is_empty());
}

#[test]
fn a_rule_without_a_schedule_runs_when_aws_backup_runs_it_and_no_days_to_cold_storage_is_never() {
    let aws = account();
    let text = sample_but_for(&[
        ("schedule = \"cron(0 2 ? * * *)\"", ""),
        ("cold_after_days = 30 ", "cold_after_days = 0 "),
    ]);
    let path = aws.file("mrbackup.toml", &text);
    let shown = aws.mrbackup(["config", "show", "--config", &path]).success();
    shown.stdout_has_row("rules.daily.schedule default cron(0 5 ? * * *)");
    shown.stdout_has_row("rules.daily.cold_after_days file never");
}

#[test]
fn continuous_backups_that_are_kept_too_long_are_refused() {
    let aws = account();
    let long = "[[rules]]\nname = \"pitr\"\nschedule = \"cron(0 5 * * ? *)\"\ncontinuous = true\n";
    for (days, what, said) in [
        ("delete_after_days = 36\n", "36 days", "continuous backups are kept at most 35 days"),
        ("", "for ever", "a continuous rule needs delete_after_days, at most 35"),
    ] {
        assert_refused(&aws, what, &format!("{SAMPLE}\n{long}{days}"), said);
    }
    assert!(aws.log().is_empty());
}

#[test]
fn more_rules_and_copies_than_aws_backup_takes_are_refused() {
    let aws = account();
    let many = SAMPLE.to_owned() + &(3..12).map(|n| rule(n, "")).collect::<String>();
    assert_refused(&aws, "eleven rules", &many, "at most 10 rules in a plan");
    let copy = "[[rules.copies]]\nregion = \"us-west-2\"\n";
    let six = SAMPLE.to_owned() + &rule(3, &copy.repeat(6));
    assert_refused(&aws, "six copies", &six, "at most 5 copies in a rule");
    assert!(aws.log().is_empty());
}

fn rule(number: usize, copies: &str) -> String {
    format!("\n[[rules]]\nname = \"r{number}\"\nschedule = \"cron(0 {number} 1 * ? *)\"\n{copies}")
}

/// Asserts that `up` with this file is refused with this said, and a line shown. `what` is the file's folder.
#[track_caller]
fn assert_refused(aws: &Aws, what: &str, text: &str, said: &str) {
    let path = aws.file(&format!("{what}/mrbackup.toml"), text);
    let refused = aws.mrbackup(["up", "--config", &path]).code(2);
    refused.stderr_has(said).stderr_has("mrbackup.toml:").stderr_has("^");
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
    let path = aws.file("other-account/mrbackup.toml", &text);
    let refused = aws.mrbackup(["up", "--config", &path]).code(2);
    let said = format!("this is account {}, and the file is for another", aws.id());
    refused.stderr_has(&said);
    aws.assert_nothing_written();
}

/// What AWS would refuse after other things have been made.
#[test]
fn what_is_too_long_for_aws_is_refused_before_any_call() {
    use std::fmt::Write as _;
    let aws = account();
    let mut select = String::new();
    for n in 0..30 {
        let _ = writeln!(select, "\"{n:02}{}\" = \"{}\"", "k".repeat(100), "v".repeat(250));
    }
    let from = "Environment = \"Production\"\nBackupEnabled = \"true\"\n";
    let long = sample_but_for(&[(from, &select)]);
    let file = aws.file("long.toml", &long);
    for arguments in [&["up"][..], &["plan"], &["plan", "--offline"]] {
        let refused = aws.mrbackup(arguments.iter().copied().chain(["--config", &file])).code(2);
        refused.stderr_has("the watchdog's input is ").stderr_has("EventBridge takes 8192");
    }
    let twice = sample_but_for(&[("[tags]\n", "[tags]\nTeam = \"a\"\nteam = \"b\"\n")]);
    let file = aws.file("twice.toml", &twice);
    let refused = aws.mrbackup(["up", "--config", &file]).code(2);
    refused.stderr_has("another key differs from it in case only");
    assert!(aws.log().is_empty());
}
