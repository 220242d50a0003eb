//! What a person reads of a difference.

use serde_json::json;

use super::*;

struct Text(Vec<Change>, Tense);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.0, self.1, 6)
    }
}

#[track_caller]
fn planned(old: &Value, new: &Value) -> String {
    let text = Text(diff(old, new), Tense::Planned).to_string();
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    text
}

#[test]
fn what_is_short_stands_in_one_line() {
    let text = planned(
        &json!({"state": "DISABLED", "email": ["a@x.com", "b@x.com"], "tags": {}}),
        &json!({"state": "ENABLED", "email": ["b@x.com"], "tags": {"Team": "a"}}),
    );
    assert_eq!(
        text,
        "      email: a@x.com, b@x.com → b@x.com\n\
             \x20     state: DISABLED → ENABLED\n\
             \x20     tags.Team: none → a\n"
    );
}

#[test]
fn a_rule_that_comes_is_said_in_words() {
    let days =
        |cold: i64| json!({"cold_after_days": cold, "delete_after_days": 365, "archive": false});
    let vault = |region: &str| {
        format!("arn:aws:backup:{region}:111122223333:backup-vault:mrbackup-default")
    };
    let rule = json!({
        "schedule": "cron(0 2 ? * * *)",
        "timezone": "Etc/UTC",
        "start_window_minutes": 480,
        "completion_window_minutes": 10080,
        "vault": "mrbackup-default",
        "lifecycle": days(40),
        "continuous": false,
        "copies": {vault("us-west-2"): days(30), vault("eu-west-1"): days(30)},
        "recovery_point_tags": {},
    });
    let text = planned(&json!({"rules": {}}), &json!({"rules": {"hourly": rule}}));
    assert_eq!(
        text,
        "\x20     rules.hourly
        + completion_window_minutes 10080, schedule cron(0 2 ? * * *),
            start_window_minutes 480, timezone Etc/UTC, vault mrbackup-default
          copies eu-west-1/mrbackup-default, us-west-2/mrbackup-default:
            cold_after_days 30, delete_after_days 365
          lifecycle: cold_after_days 40, delete_after_days 365
"
    );
}

#[test]
fn a_selection_of_another_name_differs_in_what_it_holds() {
    let selection = |tags: &Value| {
        json!({
            "role": "arn", "resources": ["*"], "list_of_tags": [], "not_resources": [],
            "conditions": {"StringEquals": tags},
        })
    };
    let old = selection(&json!({"aws:ResourceTag/BackupEnabled": "true"}));
    let new =
        selection(&json!({"aws:ResourceTag/BackupEnabled": "yes", "aws:ResourceTag/Team": "a"}));
    let text = planned(
        &json!({"selections": {"tagged-resources-11111111": old}}),
        &json!({"selections": {"tagged-resources-22222222": new}}),
    );
    assert_eq!(
        text,
        "\x20     selections: tagged-resources-11111111 → tagged-resources-22222222
        conditions.StringEquals.aws:ResourceTag/BackupEnabled: true → yes
        conditions.StringEquals.aws:ResourceTag/Team: none → a
"
    );
}

#[test]
fn a_copy_that_goes_elsewhere_names_both_places() {
    let copies = |region: &str| {
        let vault = format!("arn:aws:backup:{region}:111122223333:backup-vault:v");
        json!({"copies": {vault: {"cold_after_days": 30, "delete_after_days": 365}}})
    };
    let text = planned(&copies("eu-west-1"), &copies("eu-central-1"));
    assert_eq!(text, "      copies: eu-west-1/v → eu-central-1/v\n");
}

#[test]
fn rules_that_have_nothing_in_common_are_not_paired() {
    let rule = |schedule: &str, days: i64| json!({"schedule": schedule, "days": days});
    let text =
        planned(&json!({"rules": {"a": rule("x", 1)}}), &json!({"rules": {"b": rule("y", 2)}}));
    assert_eq!(
        text,
        "\x20     rules.a: days 1, schedule x → none\n      rules.b: none → days 2, schedule y\n"
    );
}

#[test]
fn statements_are_compared_by_their_sid_and_lists_by_their_items() {
    let read = |actions: &[&str]| json!({"Sid": "Read", "Effect": "Allow", "Action": actions, "Resource": "*"});
    let alarm =
        json!({"Sid": "Alarm", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*"});
    let actions =
        ["backup:DescribeBackupJob", "backup:DescribeCopyJob", "backup:DescribeRestoreJob"];
    let text = planned(
        &json!({"policy": {"Statement": [read(&actions[1..])]}}),
        &json!({"policy": {"Statement": [read(&actions), alarm.clone()]}}),
    );
    assert_eq!(text.matches("sns:Publish").count(), 1, "{text}");
    let text = planned(
        &json!({"policy": {"Statement": [read(&actions[1..]), alarm]}}),
        &json!({"policy": {"Statement": [read(&actions), alarm]}}),
    );
    assert_eq!(text, "\x20     policy.Statement.Read.Action\n        + backup:DescribeBackupJob\n");
}

#[test]
fn one_statement_without_a_sid_is_compared_field_by_field() {
    let trust = |service: &str| json!({"trust": {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}}]}});
    let text = planned(&trust("ec2.amazonaws.com"), &trust("backup.amazonaws.com"));
    assert_eq!(
        text,
        "\x20     trust.Statement.Principal.Service
        - ec2.amazonaws.com
        + backup.amazonaws.com
"
    );
}

#[test]
fn another_order_shows_both() {
    let long = |n: u8| format!("{n}{}", "x".repeat(40));
    let text = planned(&json!({"list": [long(1), long(2)]}), &json!({"list": [long(2), long(1)]}));
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn the_record_is_told_from_what_is_there() {
    let found = |old: &Value, new: &Value| Text(diff(old, new), Tense::Found).to_string();
    assert_eq!(found(&json!({"days": 7}), &json!({"days": 90})), "      days: is 7, recorded 90\n");
    let arn = |name: &str| format!("arn:aws:iam::aws:policy/service-role/{name}");
    let both = json!({"managed_policies": [arn("Backup"), arn("Restores")]});
    assert_eq!(
        found(&json!({"managed_policies": [arn("Backup")]}), &both),
        "      managed_policies\n        recorded: arn:aws:iam::aws:policy/service-role/Restores\n"
    );
}

#[test]
fn what_is_for_machines_is_said_in_words() {
    let hash = |letter: &str| letter.repeat(16);
    let old = json!({
        "code_sha256": "sYwWJRMO4Bs+qfZRNN9VbBv9TzMcVOjmQrn4fBGMjlE=",
        "input": {"plan": {"digest": hash("a")}, "id": hash("b"), "subscribers": [hash("c")]},
        "tags": {"mrbackup:id": hash("d")},
    });
    let new = json!({
        "code_sha256": "/OTpxwsIFX1xXtdYMQ9Jp7oF1lZq0SUt0uXTVdyWMGM=",
        "input": {"plan": {"digest": hash("1")}, "id": hash("2"), "subscribers": [hash("3")]},
        "tags": {"mrbackup:id": hash("4")},
        "subscribers": {hash("e"): "an address"},
    });
    let mut changes = diff(&old, &new);
    changes.retain(|change| change.field != "subscribers");
    let lost = format!("subscribers.{}", hash("e"));
    changes.push(Change { field: lost, old: Value::Null, new: "an address".into() });
    let text = Text(changes, Tense::Planned).to_string();
    assert_eq!(
        text,
        "      code: of another version or edited → of this version\n\
             \x20     input.id: of another deployment → of this deployment\n\
             \x20     input.plan: as recorded before → as recorded now\n\
             \x20     input.subscribers: 1 recorded → 1 recorded, and not the same\n\
             \x20     tags.mrbackup:id: of another deployment → of this deployment\n\
             \x20     subscribers: none → one whose address is not recorded\n"
    );
}
