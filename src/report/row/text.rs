//! A row as a person reads it.

use std::fmt;

use crate::report::row::fields::Tense;
use crate::report::row::{Condition, Row, fields};
use crate::report::{BAD, CARE, DIM, GOOD};

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, style) = match self.condition {
            Condition::Created | Condition::ToCreate => ("+", GOOD),
            Condition::Updated | Condition::ToChange => ("~", CARE),
            Condition::Removed => ("-", GOOD),
            Condition::ToDelete => ("-", BAD),
            Condition::NotOurs
            | Condition::InProgress
            | Condition::Pending
            | Condition::Skipped
            | Condition::Retained
            | Condition::LeftOver
            | Condition::NoneWanted
            | Condition::Kept => ("!", CARE),
            Condition::Unknown => ("?", BAD),
            Condition::Ok if self.attention.is_empty() => ("✔", GOOD),
            _ => ("✘", BAD),
        };
        write!(f, "  {style}{mark}{style:#} {:<20} {}", self.kind, self.name)?;
        if self.condition != Condition::Ok {
            write!(f, "  {style}{}{style:#}", self.condition.words())?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        writeln!(f)?;
        let tense = match self.condition {
            Condition::Updated | Condition::ToChange => Tense::Planned,
            _ => Tense::Found,
        };
        fields::write(f, &self.changes, tense, 6)?;
        for note in &self.notes {
            writeln!(f, "      {DIM}note: {note}{DIM:#}")?;
        }
        if let Some(error) = &self.error {
            writeln!(f, "      {}", error.to_string().replace('\n', "\n      "))?;
        }
        Ok(())
    }
}
