//! `mrbackup schema toml`: what an editor knows of `mrbackup.toml`.

use serde_json::{Value, json};

use crate::support::schema::check_against;
use crate::support::{SAMPLE, account, sample_but_for};

const SCHEMA: &str = "mrbackup.toml/1";

fn check(text: &str) -> Result<(), String> {
    let file: Value = toml::from_str(text).unwrap();
    check_against(SCHEMA, &file)
}

#[test]
fn the_sample_and_what_init_writes_are_valid() {
    let aws = account();
    assert_eq!(check(SAMPLE), Ok(()));
    let path = aws.file("mrbackup.toml", SAMPLE);
    let much = aws.file("much/mrbackup.toml", include_str!("../earlier_versions/much_set.toml"));
    for file in [path, much] {
        let init = ["config", "init", "--offline", "--stdout", "--config", &file];
        let written = aws.mrbackup(init).success().stdout;
        assert_eq!(check(&written), Ok(()), "{written}");
    }
    assert_eq!(check(include_str!("../earlier_versions/much_set.toml")), Ok(()));
    assert!(aws.log().is_empty());
}

#[test]
fn what_the_file_is_refused_for_by_name_kind_or_limit_is_not_valid() {
    let aws = account();
    for (old, new) in [
        ("watchdog_minutes", "watchdog_minute"),
        ("[freshness]", "[freshnes]"),
        ("cold_after_days = 30 ", "cold_after_day = 30 "),
        ("watchdog_minutes = 60", "watchdog_minutes = 2"),
        ("log_retention_days = 90", "log_retention_days = 91"),
        ("allowance_hours = 12 ", "allowance_hours = \"12\" "),
        ("# S3 = 48 ", "Buckets = 48 "),
        ("required = true ", "required = \"no\" "),
        ("primary = \"us-east-1\"", ""),
    ] {
        let text = sample_but_for(&[(old, new)]);
        assert!(check(&text).is_err(), "{new}");
        let path = aws.file("mrbackup.toml", &text);
        aws.mrbackup(["plan", "--offline", "--config", &path]).code(2);
    }
    assert!(aws.log().is_empty());
}

#[test]
fn a_word_stands_in_place_of_the_alerts() {
    assert_eq!(check_against(SCHEMA, &json!({"alerts": "none"})), Ok(()));
    assert!(check_against(SCHEMA, &json!({"alerts": "some"})).is_err());
}

#[test]
fn the_schema_is_found_by_the_name_of_the_file() {
    let aws = account();
    let by_file = aws.mrbackup(["schema", "mrbackup.toml"]).success();
    assert_eq!(by_file.stdout, aws.mrbackup(["schema", "toml"]).success().stdout);
    let schema: Value = serde_json::from_str(&by_file.stdout).unwrap();
    let minutes = &schema["properties"]["alerts"]["anyOf"][1]["properties"]["watchdog_minutes"];
    let limits = [&minutes["minimum"], &minutes["maximum"], &minutes["default"]];
    assert_eq!(limits, [&json!(5), &json!(1440), &json!(60)], "{minutes}");
}
