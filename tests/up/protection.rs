//! Every kind of change that protects less: refused without the word for it, before anything is written.

use crate::support::{account, for_each_case};

/// A deployment that can lose something of every kind.
const FULL: &str = r#"
[regions]
primary = "us-east-1"
secondary = "us-west-2"
tertiary = "eu-west-1"

[select_tags]
BackupEnabled = "true"

[alerts]
email = ["ops@example.com"]

[[rules]]
name = "daily"
schedule = "cron(0 2 ? * * *)"
start_window_minutes = 60
completion_window_minutes = 240
delete_after_days = 35
continuous = true

[[rules.copies]]
region = "us-west-2"
delete_after_days = 365

[[rules]]
name = "monthly"
schedule = "cron(0 12 1 * ? *)"
start_window_minutes = 60
completion_window_minutes = 240

[[rules.copies]]
region = "eu-west-1"
"#;

/// What is lost, the text that is replaced, what replaces it, and what is said.
const LESS: &[(&str, &str, &str, &str)] = &[
    (
        "primary",
        "primary = \"us-east-1\"",
        "primary = \"us-east-2\"",
        "the primary region moves from us-east-1 to us-east-2",
    ),
    (
        "dropped region",
        "tertiary = \"eu-west-1\"\n",
        "tertiary = \"eu-west-2\"\n",
        "eu-west-1 is dropped",
    ),
    (
        "copy",
        "[[rules.copies]]\nregion = \"us-west-2\"\ndelete_after_days = 365\n",
        "",
        "rule daily no longer copies to us-west-2",
    ),
    (
        "retention",
        "delete_after_days = 35\n",
        "delete_after_days = 34\n",
        "rule daily keeps backups 34 days, 35 days before",
    ),
    (
        "retention of a copy",
        "delete_after_days = 365\n",
        "delete_after_days = 364\n",
        "rule daily keeps copies in us-west-2 364 days, 365 days before",
    ),
    (
        "end of what was for ever",
        "schedule = \"cron(0 12 1 * ? *)\"",
        "schedule = \"cron(0 12 1 * ? *)\"\ndelete_after_days = 36500",
        "rule monthly keeps backups 36500 days, permanently before",
    ),
    (
        "rule",
        "name = \"monthly\"",
        "name = \"other\"",
        "rule monthly is removed, and with it its backups and copies",
    ),
    (
        "schedule",
        "cron(0 2 ? * * *)",
        "cron(0 2 ? * MON-FRI *)",
        "the newest backup in us-west-2 may be",
    ),
    (
        "start window",
        "cron(0 2 ? * * *)\"\nstart_window_minutes = 60",
        "cron(0 2 ? * * *)\"\nstart_window_minutes = 120",
        "the newest backup in us-west-2 may be 26 h old, 25 h before",
    ),
    ("continuous", "continuous = true", "", "rule daily no longer keeps points for every moment"),
    (
        "one more select tag",
        "BackupEnabled = \"true\"",
        "BackupEnabled = \"true\"\nTeam = \"a\"",
        "resources need the tag Team=a from now on",
    ),
    (
        "another select tag",
        "BackupEnabled = \"true\"",
        "BackupEnabled = \"yes\"",
        "resources need the tag BackupEnabled=yes from now on",
    ),
    ("last subscriber", "email = [\"ops@example.com\"]", "", "the last subscriber is removed"),
];

#[test]
fn less_protection_of_each_kind_is_refused_before_anything_is_written() {
    let aws = account();
    let full = aws.file("full.toml", FULL);
    aws.mrbackup(["up", "--config", &full]).success();
    aws.confirm_email("us-east-1", "ops@example.com");
    aws.clear_log();
    for_each_case(LESS, |(what, old, new, said)| {
        assert_eq!(FULL.matches(old).count(), 1, "{what}");
        let mut text = FULL.replace(old, new);
        if *what == "dropped region" {
            text = text.replace("region = \"eu-west-1\"", "region = \"eu-west-2\"");
        }
        let less = aws.file(&format!("{what}.toml"), &text);
        let config = ["--config", &less];
        let refused = aws.mrbackup(["up"].iter().chain(&config)).code(1);
        assert!(refused.stderr.contains("it would protect less"), "{what}: {refused:?}");
        assert!(refused.stderr.contains(said), "{what}: {refused:?}");
        let plan = aws.mrbackup(["plan"].iter().chain(&config)).code(3);
        assert!(plan.stdout.replace("\n  ", " ").contains(said), "{what}: {plan:?}");
    });
    aws.assert_nothing_written();
    // And the other way round it is no loss.
    let less =
        aws.file("less.toml", &FULL.replace("delete_after_days = 365", "delete_after_days = 300"));
    aws.mrbackup(["up", "--allow-less-protection", "--config", &less]).success();
    aws.mrbackup(["up", "--config", &full]).success();
}
