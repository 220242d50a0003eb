//! No row has a hash or a member of AWS's calls in it, whatever changes; and what `plan` names is what AWS then has.

use serde_json::json;

use crate::support::{Aws, PRIMARY, SECONDARY, VALIDATOR, WATCHDOG, deployed_with_email};

/// Members of AWS's calls and of this program's documents that no person has typed.
const INTERNAL: &[&str] = &[
    "code_sha256",
    "CreatorRequestId",
    "creator_request_id",
    "digest",
    "checksum",
    "revision",
    "RevisionId",
];

/// Refuses hashes, but for what is part of a name in AWS: the selection's.
#[track_caller]
fn assert_plain(text: &str) {
    let is_name = |word: &str| word.starts_with("tagged-resources-");
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_+/=".contains(c)));
    for word in words.filter(|word| !is_name(word)) {
        let hex = |part: &str| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit());
        let hash =
            word.split('-').any(|part| hex(part) && part.bytes().any(|b| b.is_ascii_lowercase()));
        let base64 = word.len() >= 40 && word.ends_with('=');
        assert!(!hash && !base64, "{word} in {text}");
    }
    for member in INTERNAL {
        assert!(!text.contains(member), "{member} in {text}");
    }
}

const SETS: &[&str] = &[
    "regions.copy_to=ap-south-1",
    "regions.tertiary=eu-west-2",
    "permissions_boundary=arn:aws:iam::ACCOUNT:policy/b",
    "select_tags.BackupEnabled=yes",
    "tags.Team=a",
    "alerts.log_retention_days=30",
    "alerts.watchdog_minutes=120",
    "freshness.allowance_hours=24",
    "freshness.allowance_hours_by_type.S3=48",
    "recovery.rto_minutes=120",
    "recovery.rto_minutes_by_type.S3=240",
    "kms_keys.us-west-2=arn:aws:kms:us-west-2:ACCOUNT:key/1",
    "rules.daily.schedule=cron(0 4 ? * * *)",
    "rules.daily.timezone=Europe/Berlin",
    "rules.daily.start_window_minutes=60",
    "rules.daily.completion_window_minutes=1440",
    "rules.daily.cold_after_days=never",
    "rules.daily.delete_after_days=never",
    "rules.weekly.name=sunday",
    "rules.daily.recovery_point_tags.BackupType=Nightly",
    "rules.daily.copies.us-west-2.delete_after_days=400",
];

#[test]
fn whatever_setting_changes_no_row_has_a_hash_in_it() {
    let aws = deployed_with_email("ops@example.com");
    for set in SETS {
        let set = set.replace("ACCOUNT", aws.id());
        let plan = aws.mrbackup(["plan", "--set", &set]);
        assert!([Some(0), Some(3)].contains(&plan.exit_code()), "{plan:?}");
        assert!(!plan.stdout.contains("0 to create, 0 to change"), "{set}: {plan:?}");
        assert!(!plan.stdout.contains("known after apply"), "{set}: {plan:?}");
        assert_plain(&plan.stdout);
    }
    let gone = aws.mrbackup(["plan", "--remove-email", "ops@example.com"]);
    assert_plain(&gone.stdout);
}

#[test]
fn whatever_somebody_has_edited_no_row_has_a_hash_in_it() {
    let aws = deployed_with_email("ops@example.com");
    let code = json!({"FunctionName": VALIDATOR, "ZipFile": {"$base64": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}});
    aws.call("lambda", PRIMARY, "update_function_code", code);
    let targets = aws.call("events", SECONDARY, "list_targets_by_rule", json!({"Rule": WATCHDOG}));
    let mut target = targets["Targets"][0].clone();
    let input = target["Input"].as_str().unwrap();
    let mut input: serde_json::Value = serde_json::from_str(input).unwrap();
    input["plan"]["digest"] = json!("0123456789abcdef");
    input["id"] = json!("0123456789abcdef");
    input["subscribers"] = json!(["0123456789abcdef01234567"]);
    target["Input"] = json!(input.to_string());
    aws.call("events", SECONDARY, "put_targets", json!({"Rule": WATCHDOG, "Targets": [target]}));
    for command in [&["plan"][..], &["status", "--all"], &["up"]] {
        let run = aws.mrbackup(command);
        assert_plain(&run.stdout);
    }
}

fn selection(aws: &Aws) -> String {
    let plans = aws.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let id = json!({"BackupPlanId": plans["BackupPlansList"][0]["BackupPlanId"]});
    let selections = aws.call("backup", PRIMARY, "list_backup_selections", id);
    let selections = selections["BackupSelectionsList"].as_array().unwrap();
    assert_eq!(selections.len(), 1, "{selections:?}");
    selections[0]["SelectionName"].as_str().unwrap().to_owned()
}

/// The name of the selection that a document has.
fn named(document: &serde_json::Value) -> String {
    let rows = document["resources"].as_array().unwrap().iter();
    let mut rows = rows.filter(|row| row["kind"] == "backup selection");
    rows.next().unwrap()["name"].as_str().unwrap().to_owned()
}

#[test]
fn the_selection_that_is_planned_is_the_one_that_aws_then_has() {
    let aws = deployed_with_email("ops@example.com");
    let before = selection(&aws);
    let set = ["--set", "select_tags.BackupEnabled=yes", "--allow-less-protection", "-o", "json"];
    let plan = aws.mrbackup(["plan"].iter().chain(&set)).success().json();
    let up = aws.mrbackup(["up"].iter().chain(&set)).success().json();
    let after = selection(&aws);
    assert_ne!(before, after);
    assert_eq!((named(&plan), named(&up)), (after.clone(), after));
}

#[test]
fn an_added_copy_shows_its_region_and_lifecycle() {
    let aws = deployed_with_email("ops@example.com");
    let copy = "[[rules.copies]]\nregion = \"eu-west-1\"";
    for (days, words) in [
        (
            "delete_after_days = 400\ncold_after_days = 40\n",
            "cold_after_days 40, delete_after_days 400",
        ),
        ("", "cold_after_days none, delete_after_days none"),
    ] {
        let text = crate::support::SAMPLE.replacen(
            "[[rules.copies]]\nregion = \"us-west-2\"",
            &format!("{copy}\n{days}\n[[rules.copies]]\nregion = \"us-west-2\""),
            1,
        );
        let file =
            aws.file("copy.toml", &text.replace("email = [] ", "email = [\"ops@example.com\"] "));
        let plan = aws.mrbackup(["plan", "--config", &file]).success();
        assert!(plan.stdout.contains("eu-west-1/mrbackup-default"), "{plan:?}");
        assert!(plan.stdout.contains(words), "{plan:?}");
    }
}
