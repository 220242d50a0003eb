//! What differs of a resource, field by field, as a person reads it in 80 columns.

use std::fmt;

use serde_json::{Map, Value};

use crate::engine::{Change, diff};
use crate::report::row::value::{is_flat, paragraphs, place, shown};
use crate::terminal::wrap::{WIDTH, wrapped};

/// Whether what is wanted is still to be made, or is the record that something differs from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tense {
    Planned,
    Found,
}

/// Writes the fields that differ, each below `indent`.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    changes: &[Change],
    tense: Tense,
    indent: usize,
) -> fmt::Result {
    let mut rest: Vec<&Change> = changes.iter().collect();
    while let Some(change) = rest.first().copied() {
        rest.remove(0);
        let partner = rest.iter().position(|other| renamed(change, other).is_some());
        if let Some((line, inner)) = partner.and_then(|at| renamed(change, rest.remove(at))) {
            write_one(f, &line, tense, indent)?;
            write(f, &inner, tense, indent + 2)?;
        } else if let Some(inner) = by_member(change) {
            write(f, &inner, tense, indent)?;
        } else {
            write_one(f, change, tense, indent)?;
        }
    }
    Ok(())
}

/// Two members of one parent of which one goes and one comes, and which are mostly alike: another
/// name, as of a selection whose name says what it holds. With it what differs inside.
fn renamed(one: &Change, other: &Change) -> Option<(Change, Vec<Change>)> {
    let (gone, new) = if one.new.is_null() { (one, other) } else { (other, one) };
    let (parent, old_name) = gone.field.rsplit_once('.')?;
    let (new_parent, new_name) = new.field.rsplit_once('.')?;
    let objects = gone.old.is_object() && gone.new.is_null() && new.new.is_object();
    if !objects || !new.old.is_null() || parent != new_parent {
        return None;
    }
    let inner = diff(&gone.old, &new.new);
    let lost = inner.iter().filter(|change| !change.old.is_null()).count();
    let [old, new] = [old_name, new_name].map(|name| Value::from(place(name)));
    let line = Change { field: parent.to_owned(), old, new };
    (2 * lost <= leaves(&gone.old)).then_some((line, inner))
}

fn leaves(value: &Value) -> usize {
    value.as_object().map_or(1, |members| members.values().map(leaves).sum())
}

/// Two lists of statements, compared by `Sid`; of two that have one statement each, these.
fn by_member(change: &Change) -> Option<Vec<Change>> {
    let (old, new) = (change.old.as_array()?, change.new.as_array()?);
    let (old, new) = match (&old[..], &new[..]) {
        ([old @ Value::Object(_)], [new @ Value::Object(_)]) => (old.clone(), new.clone()),
        _ => (by_sid(old)?, by_sid(new)?),
    };
    let mut inner = diff(&old, &new);
    for member in &mut inner {
        member.field = format!("{}.{}", change.field, member.field);
    }
    Some(inner)
}

fn by_sid(statements: &[Value]) -> Option<Value> {
    let sid = |statement: &Value| Some((statement["Sid"].as_str()?.to_owned(), statement.clone()));
    let named: Option<Map<String, Value>> = statements.iter().map(sid).collect();
    named.filter(|named| named.len() == statements.len()).map(Value::Object)
}

/// In one line where that is short enough, and else what goes and what comes, item by item.
fn write_one(
    f: &mut fmt::Formatter<'_>,
    change: &Change,
    tense: Tense,
    indent: usize,
) -> fmt::Result {
    let field = place(&change.field);
    let blank = " ".repeat(indent);
    if is_flat(&change.old) && is_flat(&change.new) {
        let (old, new) = (shown(&change.old), shown(&change.new));
        let line = match tense {
            Tense::Planned => format!("{blank}{field}: {old} → {new}"),
            Tense::Found => format!("{blank}{field}: is {old}, recorded {new}"),
        };
        if line.chars().count() <= WIDTH {
            return writeln!(f, "{line}");
        }
    }
    write_path(f, &field, &blank)?;
    let (gone, new) = items(&change.old, &change.new);
    let marks = match tense {
        Tense::Planned => ["- ", "+ "],
        Tense::Found => ["is there: ", "recorded: "],
    };
    for (mark, items) in marks.into_iter().zip([gone, new]) {
        for item in items {
            let mut first = format!("{blank}  {mark}");
            for paragraph in paragraphs(item) {
                wrapped(f, &first, &format!("{blank}      "), &paragraph)?;
                first = format!("{blank}    ");
            }
        }
    }
    Ok(())
}

/// A field's path on lines of its own, broken behind a dot where it is too long for one.
fn write_path(f: &mut fmt::Formatter<'_>, field: &str, blank: &str) -> fmt::Result {
    let mut line = blank.to_owned();
    for part in field.split_inclusive('.') {
        let long = line.chars().count() + part.chars().count() > WIDTH;
        if long && line.trim() != "" {
            writeln!(f, "{line}")?;
            line = format!("{blank}  ");
        }
        line.push_str(part);
    }
    writeln!(f, "{line}")
}

/// What is only in the old value, and what only in the new one: of lists their items.
fn items<'a>(old: &'a Value, new: &'a Value) -> (Vec<&'a Value>, Vec<&'a Value>) {
    let (before, after) = (list(old), list(new));
    let without = |from: &[&'a Value], other: &[&'a Value]| -> Vec<&'a Value> {
        let mut other = other.to_vec();
        let mut left = from.to_vec();
        left.retain(|item| match other.iter().position(|same| same == item) {
            Some(same) => {
                other.swap_remove(same);
                false
            }
            None => true,
        });
        left
    };
    match (without(&before, &after), without(&after, &before)) {
        // Only their order or their form differs.
        (gone, come) if gone.is_empty() && come.is_empty() => (vec![old], vec![new]),
        items => items,
    }
}

/// A list's items; a single value is a list of one, and nothing is an empty one.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
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
        let days = |cold: i64| json!({"cold_after_days": cold, "delete_after_days": 365, "archive": false});
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
        let new = selection(
            &json!({"aws:ResourceTag/BackupEnabled": "yes", "aws:ResourceTag/Team": "a"}),
        );
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
        assert_eq!(
            text,
            "\x20     policy.Statement.Read.Action\n        + backup:DescribeBackupJob\n"
        );
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
        let text =
            planned(&json!({"list": [long(1), long(2)]}), &json!({"list": [long(2), long(1)]}));
        assert_eq!(text.lines().count(), 5, "{text}");
    }

    #[test]
    fn the_record_is_told_from_what_is_there() {
        let found = |old: &Value, new: &Value| Text(diff(old, new), Tense::Found).to_string();
        assert_eq!(
            found(&json!({"days": 7}), &json!({"days": 90})),
            "      days: is 7, recorded 90\n"
        );
        let arn = |name: &str| format!("arn:aws:iam::aws:policy/service-role/{name}");
        let both = json!({"managed_policies": [arn("Backup"), arn("Restores")]});
        assert_eq!(
            found(&json!({"managed_policies": [arn("Backup")]}), &both),
            "      managed_policies\n        recorded: arn:aws:iam::aws:policy/service-role/Restores\n"
        );
    }
}
