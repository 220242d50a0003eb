//! `mrbackup.toml`: found and obeyed.

use std::fs;
use std::path::PathBuf;

use crate::support::{SAMPLE, account, deployed, parts_of_a_deployment};

fn with_file<'a>(command: &'a str, file: &'a str) -> [&'a str; 3] {
    [command, "--config", file]
}

#[test]
fn the_sample_is_the_defaults() {
    let aws = deployed();
    aws.clear_log();
    let sample = aws.file("sample/mrbackup.toml", SAMPLE);
    let plan = aws.mrbackup(with_file("plan", &sample).into_iter().chain(["--exit-code"]));
    let plan = plan.success();
    let parts = parts_of_a_deployment();
    plan.stdout_starts_with(format!(
        "✔ default: no changes, {parts} resources match the record.\n"
    ));
    aws.mrbackup(with_file("up", &sample)).success();
    aws.assert_nothing_written();
}

#[test]
fn the_nearest_file_above_counts_and_flags_win() {
    let aws = account();
    let path =
        PathBuf::from(aws.file(
            "nearest/mrbackup.toml",
            &SAMPLE.replace("name = \"default\"", "name = \"filed\""),
        ));
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
    let changed = aws.file(
        "changed/mrbackup.toml",
        &SAMPLE.replace("log_retention_days = 90", "log_retention_days = 30"),
    );
    let up = aws.mrbackup(with_file("up", &changed).into_iter().chain(["--all"])).success();
    up.stdout_has("retention_days: 90 → 30");
    // Without a file the recorded settings stand.
    aws.mrbackup(["up"]).success();
    let plan = aws.mrbackup(["plan", "--exit-code"]).success();
    let parts = parts_of_a_deployment();
    plan.stdout_starts_with(format!(
        "✔ default: no changes, {parts} resources match the record.\n"
    ));
    let bare = aws.file(
        "bare/mrbackup.toml",
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n",
    );
    let back = aws.mrbackup(with_file("up", &bare).into_iter().chain(["--all"])).success();
    back.stdout_has("retention_days: 30 → 90");
}

#[test]
fn less_protection_needs_a_word() {
    let aws = deployed();
    aws.clear_log();
    let shorter = SAMPLE.replace("delete_after_days = 2555", "delete_after_days = 1000");
    let path = aws.file("less/mrbackup.toml", &shorter);
    let refused = aws.mrbackup(with_file("up", &path)).code(1);
    for line in [
        "nothing was changed, because it would protect less:",
        "rule weekly keeps backups 1000 days, 2555 days before",
        "rule weekly keeps copies in eu-west-1 1000 days, 2555 days before",
        "--allow-less-protection",
    ] {
        refused.stderr_has(line);
    }
    let plan = aws.mrbackup(with_file("plan", &path)).code(3);
    plan.stdout_has("✘ less protection: rule weekly keeps backups");
    plan.stdout_has("rules.weekly.lifecycle.delete_after_days: 2555 → 1000");
    aws.assert_nothing_written();
    aws.mrbackup(with_file("up", &path).into_iter().chain(["--allow-less-protection"])).success();
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn the_published_recipes_rules_are_refused_for_their_hole() {
    let aws = account();
    let second =
        "[[rules.copies]]\nregion = \"us-west-2\"\ncold_after_days = 30\ndelete_after_days = 365\n";
    let at = SAMPLE.rfind(second).unwrap();
    let recipe = aws.file("recipe/mrbackup.toml", &SAMPLE[..at]);
    let refused = aws.mrbackup(with_file("up", &recipe)).code(1);
    refused.stderr_has("us-west-2 gets no copy: 52 times a year");
    refused.stderr_has("--allow-gaps");
    aws.assert_nothing_written();
    let plan = aws.mrbackup(with_file("plan", &recipe)).code(3);
    plan.stdout_has("worst gap 48 h (Sat 02:00 → Mon 02:00)");
    aws.mrbackup(with_file("up", &recipe).into_iter().chain(["--allow-gaps"])).success();
}

#[test]
fn the_files_addresses_are_subscribed() {
    let aws = account();
    let path = aws.file(
        "email/mrbackup.toml",
        &SAMPLE.replace("email = []", "email = [\"ops@example.com\"]"),
    );
    let up = aws.mrbackup(with_file("up", &path)).success();
    up.stdout_has("ops@example.com has not confirmed in us-east-1 and us-west-2 yet");
    for region in ["us-east-1", "us-west-2"] {
        aws.confirm_email(region, "ops@example.com");
    }
    aws.mrbackup(with_file("status", &path)).all_as_recorded();
    let plan = aws.mrbackup(with_file("plan", &path).into_iter().chain(["--exit-code"]));
    plan.success();
}

/// A file is the whole truth: what it leaves out is dropped, with the word for it.
#[test]
fn a_file_that_leaves_out_a_recorded_region_drops_it() {
    let aws = deployed();
    let text = "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\n";
    let path = aws.file("fewer-regions/mrbackup.toml", text);
    let refused = aws.mrbackup(with_file("up", &path)).code(1);
    refused.stderr_has("eu-west-1 is dropped");
    let arguments = with_file("up", &path).into_iter().chain(["--allow-less-protection"]);
    aws.mrbackup(arguments).success();
    assert!(aws.inventory()["regions"].get("eu-west-1").is_none());
}
