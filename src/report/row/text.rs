//! A row as a person reads it.

use std::fmt;

use crate::report::DIM;
use crate::report::row::condition::Look;
use crate::report::row::fields::Tense;
use crate::report::row::{Condition, Row, fields};

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Look { mark, style, words, .. } = match self.condition {
            // Only a person can mend what is as wanted otherwise.
            Condition::Ok if !self.attention.is_empty() => Condition::Failed.look(),
            condition => condition.look(),
        };
        write!(f, "  {style}{mark}{style:#} {:<20} {}", self.kind, self.name)?;
        if self.condition != Condition::Ok {
            write!(f, "  {style}{words}{style:#}")?;
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
