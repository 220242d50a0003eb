//! What differs of a resource, field by field, as a person reads it in 80 columns.

mod plain;

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
    let said: Vec<Change> =
        changes.iter().map(|one| plain::in_words(one).unwrap_or_else(|| one.clone())).collect();
    let mut rest: Vec<&Change> = said.iter().collect();
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
mod tests;
