//! `config init`: the settings in force as a file that reads back as the same.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Aws, SAMPLE, account, deployed_with_email};

const OFFLINE: [&str; 9] = [
    "config",
    "init",
    "--offline",
    "--primary",
    "us-east-1",
    "--secondary",
    "us-west-2",
    "--tertiary",
    "eu-west-1",
];

/// The settings with these arguments, but for where they come from.
#[track_caller]
fn settings(aws: &Aws, arguments: &[&str]) -> Vec<(String, String)> {
    let show = ["config", "show", "-o", "json"];
    let json = aws.mrbackup(show.iter().chain(arguments)).success().json();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = json["settings"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "setting"), text(row, "value"))).collect()
}

/// A path of this test's in which nothing is.
fn fresh(aws: &Aws, name: &str) -> String {
    let beside = aws.file(&format!("{name}/.keep"), "");
    let path = Path::new(&beside).with_file_name("mrbackup.toml");
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_sample_reads_back_as_itself() {
    let aws = account();
    let sample = aws.file("sample/mrbackup.toml", SAMPLE);
    let written = fresh(&aws, "written");
    aws.mrbackup(["config", "init", "--config", &sample, &written]).success();
    assert_eq!(settings(&aws, &["--config", &written]), settings(&aws, &["--config", &sample]));
    // Without credentials and without a file it is the same file.
    let printed = aws.mrbackup(OFFLINE.iter().chain(&["-"])).success().stdout;
    assert_eq!(printed, fs::read_to_string(&written).unwrap());
    assert!(printed.lines().all(|line| line.chars().count() <= 110), "{printed}");
    assert!(aws.log().is_empty());
    let plan = aws.mrbackup(["plan", "--offline", "--config", &written]).success().stdout;
    assert_eq!(plan, aws.mrbackup(["plan", "--offline", "--config", &sample]).success().stdout);
}

#[test]
fn what_is_recorded_is_written_with_its_subscribers_and_changes_nothing() {
    let aws = deployed_with_email("ops@example.com");
    aws.clear_log();
    let written = fresh(&aws, "written");
    let report = aws.mrbackup(["config", "init", &written]).success();
    assert!(
        report.stdout.contains(&format!("Wrote the settings in force to {written}.")),
        "{report:?}"
    );
    assert!(aws.writes().is_empty());
    let text = fs::read_to_string(&written).unwrap();
    assert!(text.contains(&format!("# expected_account = \"{}\"", aws.id())), "{text}");
    let plan = aws.mrbackup(["plan", "--exit-code", "--config", &written]).success();
    assert!(plan.stdout.contains(": no changes, "), "{plan:?}");
}

#[test]
fn an_existing_file_is_not_overwritten_unless_that_is_said() {
    let aws = account();
    let path = aws.file("there/mrbackup.toml", "# mine\n");
    let refused = aws.mrbackup(OFFLINE.iter().chain(&[path.as_str()])).code(1);
    assert!(
        refused.stderr.contains("is there already") && refused.stderr.contains("--force"),
        "{refused:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    aws.mrbackup(OFFLINE.iter().chain(&[path.as_str(), "--force"])).success();
    assert!(fs::read_to_string(&path).unwrap().contains("[[rules]]"));
    let nowhere = format!("{path}/no/such");
    let refused = aws.mrbackup(OFFLINE.iter().chain(&[nowhere.as_str()])).code(1);
    assert!(refused.stderr.contains("cannot be written"), "{refused:?}");
    // As JSON it is one document, and the text is in it.
    let json = aws.mrbackup(OFFLINE.iter().chain(&["--stdout", "-o", "json"])).success().json();
    assert!(json["path"].is_null() && json["text"].as_str().unwrap().contains("[[rules]]"));
}

#[test]
fn options_are_in_it_and_regions_are_needed() {
    let aws = account();
    let more =
        ["--set", "rules.daily.delete_after_days=400", "--email", "ops@example.com", "--stdout"];
    let text = aws.mrbackup(OFFLINE.iter().chain(&more)).success().stdout;
    assert!(text.contains("delete_after_days = 400 "), "{text}");
    assert!(text.contains("email = [\"ops@example.com\"]"), "{text}");
    let none = aws.mrbackup(["config", "init", "--offline", "--stdout"]).code(2);
    assert!(none.stderr.contains("--primary is missing"), "{none:?}");
}
