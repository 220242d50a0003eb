//! `config show`: every setting, a row each, with where it came from.

use serde_json::{Value, json};

use crate::support::{Aws, Outcome, SAMPLE, WATCHDOG, account, sample_but_for};

const FILE: &str = r#"
expected_account = "111122223333"

[regions]
primary = "us-east-1"
secondary = "us-west-2"
copy_to = ["ap-south-1"]

[alerts]
email = ["ops@example.com"]

[kms_keys]
us-west-2 = "arn:aws:kms:us-west-2:111122223333:key/1"

[[rules]]
name = "daily"
schedule = "cron(0 2 ? * * *)"
delete_after_days = 400

[[rules.copies]]
region = "us-west-2"
cold_after_days = 30

[[rules.copies]]
region = "ap-south-1"

[[rules.copies]]
region = "eu-west-1"
"#;

fn shown(aws: &Aws, arguments: &[&str]) -> Vec<String> {
    let path = aws.file("mrbackup.toml", FILE);
    let file = if arguments.contains(&"--config") { Vec::new() } else { vec!["--config", &path] };
    let show = [&["config", "show", "-o", "json"], &*file].concat();
    let json = aws.mrbackup(show.iter().chain(arguments)).success().json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row: &Value| {
        format!("{} = {} ({})", text(row, "setting"), text(row, "value"), text(row, "origin"))
    };
    json["settings"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn every_setting_has_its_own_origin() {
    let aws = account();
    let flags = [
        "--copy-to",
        "eu-west-1",
        "--email",
        "dev@example.com",
        "--kms-key-arn",
        "arn:aws:kms:us-east-1:111122223333:key/2",
    ];
    let rows = shown(&aws, &flags);
    for row in [
        "expected_account = 111122223333 (file)",
        "regions.copy_to = ap-south-1 (file)",
        "regions.copy_to = eu-west-1 (flag)",
        "permissions_boundary = none (default)",
        "tags = none (default)",
        "alerts.email = dev@example.com (flag)",
        "alerts.email = ops@example.com (file)",
        "alerts.kms_keys = none (default)",
        "kms_keys.us-east-1 = arn:aws:kms:us-east-1:111122223333:key/2 (flag)",
        "kms_keys.us-west-2 = arn:aws:kms:us-west-2:111122223333:key/1 (file)",
        "rules.daily.schedule = cron(0 2 ? * * *) (file)",
        "rules.daily.timezone = Etc/UTC (default)",
        "rules.daily.cold_after_days = never (default)",
        "rules.daily.delete_after_days = 400 (file)",
        "rules.daily.continuous = false (default)",
        "rules.daily.recovery_point_tags = none (default)",
        "rules.daily.copies.us-west-2.cold_after_days = 30 (file)",
        "rules.daily.copies.us-west-2.delete_after_days = never (default)",
    ] {
        assert!(rows.iter().any(|shown| shown == row), "{row}: {rows:#?}");
    }
    let dropped = shown(&aws, &["--remove-email", "ops@example.com", "--copy-to", "eu-west-1"]);
    assert!(dropped.iter().any(|row| row == "alerts.email = none (file)"), "{dropped:#?}");
    assert!(aws.log().is_empty());
}

#[test]
fn recorded_subscribers_are_counted_and_defaults_are_a_row_a_field() {
    let aws = account();
    let up =
        ["up", "--primary", "us-east-1", "--secondary", "us-west-2", "--email", "a@example.com"];
    aws.mrbackup(up).success();
    let text = aws.mrbackup(["config", "show", "--email", "b@example.com"]).success().stdout;
    let line = |setting: &str, words: &str| {
        text.lines().any(|line| line.starts_with(setting) && line.ends_with(words))
    };
    assert!(line("alerts.email", "flag         b@example.com"), "{text}");
    assert!(line("alerts.notify", "recorded     1 whose address only the topic knows"), "{text}");
    assert!(line("rules.weekly.recovery_point_tags.LongTerm", "recorded     true"), "{text}");
    assert!(line("rules.daily.copies.us-west-2.delete_after_days", "recorded     365"), "{text}");
}

#[test]
fn the_allowance_is_shown_by_type_and_read_back_from_the_record() {
    let aws = account();
    let rows = |arguments: &[&str]| {
        let show = ["config", "show", "-o", "json"];
        let json = aws.mrbackup(show.iter().chain(arguments)).success().json();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = json["settings"].as_array().unwrap().iter();
        let rows = rows.filter(|row| text(row, "setting").starts_with("freshness."));
        let row = |row: &Value| {
            format!("{} {} {}", text(row, "setting"), text(row, "value"), text(row, "origin"))
        };
        rows.map(row).collect::<Vec<String>>()
    };
    let bare = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n";
    let usual = aws.file("usual/mrbackup.toml", bare);
    let none =
        ["freshness.allowance_hours 12 default", "freshness.allowance_hours_by_type none default"];
    assert_eq!(rows(&["--config", &usual]), none);
    let own = sample_but_for(&[
        ("allowance_hours = 12 ", "allowance_hours = 24 "),
        ("# S3 = 48 ", "S3 = 48 "),
    ]);
    let own = aws.file("own/mrbackup.toml", &own);
    let shown = |origin: &str| {
        ["allowance_hours 24", "allowance_hours_by_type.S3 48"]
            .map(|row| format!("freshness.{row} {origin}"))
    };
    assert_eq!(rows(&["--config", &own]), shown("file"));
    aws.mrbackup(["up", "--config", &own]).success();
    assert_eq!(rows(&[]), shown("recorded"));
    let status = aws.mrbackup(["status", "-o", "json"]);
    let second = status.report().backups_in("us-west-2").clone();
    assert_eq!(
        (&second["rpo_hours"], &second["rpo_hours_by_type"]["S3"]),
        (&json!(57), &json!(81))
    );
    // The watchdog is told of both, and of a usual allowance nothing but the ages.
    let promised = |aws: &Aws| {
        let targets = json!({"Rule": WATCHDOG});
        let targets = aws.call("events", "us-west-2", "list_targets_by_rule", targets);
        let input = targets["Targets"][0]["Input"].as_str().unwrap().to_owned();
        serde_json::from_str::<Value>(&input).unwrap()["regions"]["us-west-2"].clone()
    };
    let vault = "mrbackup-default";
    assert_eq!(
        promised(&aws),
        json!({"vault": vault, "promised_minutes": 57 * 60, "promised_minutes_by_type": {"S3": 81 * 60}})
    );
    let sample = aws.file("sample/mrbackup.toml", SAMPLE);
    aws.mrbackup(["up", "--config", &sample]).success();
    assert_eq!(promised(&aws), json!({"vault": vault, "promised_minutes": 45 * 60}));
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
    let path = aws.file(
        "show/mrbackup.toml",
        &SAMPLE.replace("log_retention_days = 90", "log_retention_days = 30"),
    );
    let show = |arguments: &[&str]| {
        let run = aws.command().env("MRBACKUP_SECONDARY", "us-west-2");
        run.args(["config", "show", "-o", "json", "--tertiary", "eu-west-1"]).args(arguments).run()
    };
    let with = ["--config", &path];
    assert_eq!(origin(show(&with), "regions.primary"), "us-east-1 file");
    assert_eq!(origin(show(&with), "regions.secondary"), "us-west-2 environment");
    assert_eq!(origin(show(&with), "regions.tertiary"), "eu-west-1 flag");
    assert_eq!(origin(show(&with), "alerts.log_retention_days"), "30 file");
    assert_eq!(origin(show(&with), "runtime"), "python3.13 default");
    assert!(aws.log().is_empty(), "with a file nothing is called");

    let without = ["--primary", "us-east-1"];
    assert_eq!(origin(show(&without), "alerts.log_retention_days"), "90 default");
    aws.mrbackup(["up", "--config", &path]).success();
    assert_eq!(origin(show(&[]), "alerts.log_retention_days"), "30 recorded");
    assert_eq!(origin(show(&[]), "regions.primary"), "us-east-1 recorded");
    let text = aws.mrbackup(["config", "show"]).success();
    let primary = text.stdout.lines().find(|line| line.starts_with("regions.primary "));
    let words: Vec<&str> = primary.unwrap().split_whitespace().collect();
    assert_eq!(words, ["regions.primary", "recorded", "us-east-1"], "{text:?}");
}

/// The sample with what stands in it as a comment, and with a further region.
fn all_of_the_sample() -> String {
    let uncommented = |line: &'static str| match line.strip_prefix("# ") {
        Some(set) if set.contains(" = ") || set.starts_with('[') => set,
        _ => line,
    };
    let lines = SAMPLE.lines().map(uncommented).flat_map(|line| [line, "\n"]);
    let text = lines.collect::<String>() + "[[rules.copies]]\nregion = \"ap-south-1\"\n";
    text.replace("copy_to = []", "copy_to = [\"ap-south-1\"]")
}

/// A name in its parts, of which one in quotes may have dots.
fn parts(name: &str) -> Vec<String> {
    let mut in_quotes = false;
    let parts = name.split(|c: char| {
        in_quotes ^= c == '"';
        c == '.' && !in_quotes
    });
    parts.map(str::to_owned).collect()
}

#[test]
fn every_setting_of_the_help_is_shown() {
    let aws = account();
    let path = aws.file("mrbackup.toml", &all_of_the_sample());
    let json = aws.mrbackup(["config", "show", "-o", "json", "--config", &path]).success().json();
    let rows = json["settings"].as_array().unwrap().iter();
    let rows: Vec<Vec<String>> = rows.map(|row| parts(row["setting"].as_str().unwrap())).collect();
    let help = aws.mrbackup(["help", "config"]).success().stdout;
    let (_, listed) = help.split_once("Every setting, with its default").unwrap();
    let names = listed.lines().filter(|line| line.starts_with("- ") || line.starts_with("  "));
    let names: Vec<&str> = names.filter_map(|line| line[2..].split_whitespace().next()).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let pattern = parts(name);
        let is_it = |row: &Vec<String>| {
            row.len() >= pattern.len()
                && pattern.iter().zip(row).all(|(part, own)| part == "*" || part == own)
        };
        // The names of selections, rules, copies and plans stand in the names of their settings.
        let is_name =
            ["selections.*.name", "rules.*.name", "rules.*.copies.*.region", "plans.*.name"]
                .contains(&name);
        assert!(is_name || rows.iter().any(is_it), "{name}: {rows:?}");
    }
    assert!(aws.log().is_empty());
}

#[test]
fn restores_and_the_regions_to_search_are_shown_where_they_are_set() {
    let aws = account();
    let rows = |file: &str, arguments: &[&str]| -> Vec<String> {
        let rows = shown(&aws, &[&["--config", file], arguments].concat()).into_iter();
        rows.filter(|row| row.starts_with("restore.") || row.starts_with("search")).collect()
    };
    let sample = aws.file("sample/mrbackup.toml", SAMPLE);
    assert!(rows(&sample, &[]).is_empty());
    let set = ["--set", "restore.us-west-2.zone=us-west-2b", "--set", "search_regions=us-east-1"];
    let flags = ["search_regions = us-east-1 (flag)", "restore.us-west-2.zone = us-west-2b (flag)"];
    assert_eq!(rows(&sample, &set), flags);
    let path = aws.file("all/mrbackup.toml", &all_of_the_sample());
    let all = rows(&path, &[]);
    for row in [
        "search_regions = us-west-2 (file)",
        "restore.us-west-2.security_groups = sg-0123456789abcdef0 (file)",
        "restore.us-west-2.instance_types.\"m7i.large\" = m6i.large (file)",
        "restore.us-west-2.buckets.acme-invoices = acme-invoices-usw2 (file)",
    ] {
        assert!(all.iter().any(|shown| shown == row), "{row}: {all:#?}");
    }
    let run = aws.command().env("MRBACKUP_SEARCH_REGIONS", "eu-west-1");
    let show = run.args(["config", "show", "--config", &path]).run().success();
    let named = show.stdout.lines().find(|line| line.starts_with("search_regions "));
    assert_eq!(
        named.unwrap().split_whitespace().collect::<Vec<_>>(),
        ["search_regions", "environment", "eu-west-1"]
    );
}
