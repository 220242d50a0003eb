//! A row as a person reads it.

use std::fmt;

use serde_json::Value;

use crate::report::row::{Condition, Row};
use crate::report::{BAD, CARE, DIM, GOOD};

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, style) = match self.condition {
            Condition::Created | Condition::ToCreate => ("+", GOOD),
            Condition::Updated | Condition::ToChange => ("~", CARE),
            Condition::Removed => ("-", GOOD),
            Condition::ToDelete => ("-", BAD),
            Condition::NotOurs
            | Condition::Settling
            | Condition::Pending
            | Condition::Skipped
            | Condition::Retained
            | Condition::LeftOver
            | Condition::NoneWanted => ("!", CARE),
            Condition::Unknown => ("?", BAD),
            Condition::Ok if self.attention.is_empty() => ("✔", GOOD),
            _ => ("✘", BAD),
        };
        write!(f, "  {style}{mark}{style:#} {:<20} {}", self.kind, self.name)?;
        if self.condition != Condition::Ok {
            write!(f, "  {style}{}{style:#}", self.condition.words())?;
        }
        if let Some(why) = &self.why {
            write!(f, ": {why}")?;
        }
        writeln!(f)?;
        for change in &self.changes {
            let (old, new) = (shown(&change.old), shown(&change.new));
            match self.condition {
                Condition::Updated | Condition::ToChange => {
                    writeln!(f, "      {}: {old} → {new}", place(&change.field))?;
                }
                _ => writeln!(f, "      {}: is {old}, recorded {new}", place(&change.field))?,
            }
        }
        for note in &self.notes {
            writeln!(f, "      {DIM}note: {note}{DIM:#}")?;
        }
        if let Some(error) = &self.error {
            writeln!(f, "      {}", error.to_string().replace('\n', "\n      "))?;
        }
        Ok(())
    }
}

/// A field's path as a person reads it: the ARN of a vault as `REGION/NAME`.
fn place(field: &str) -> String {
    let Some((before, arn)) = field.split_once("arn:") else { return field.to_owned() };
    match arn.split(':').collect::<Vec<_>>()[..] {
        [_, "backup", region, _, "backup-vault", name] => format!("{before}{region}/{name}"),
        _ => field.to_owned(),
    }
}

/// A value as a person reads it: text without quotes, nothing as `none`, and of an object or a list
/// that is flat what it holds.
fn shown(value: &Value) -> String {
    let flat = |value: &Value| !value.is_object() && !value.is_array();
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(flat) && !items.is_empty() => {
            items.iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) if members.values().all(flat) && !members.is_empty() => {
            let said = members
                .iter()
                .filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)));
            said.map(|(key, value)| format!("{key} {}", shown(value)))
                .collect::<Vec<_>>()
                .join(", ")
        }
        other => other.to_string(),
    }
}
