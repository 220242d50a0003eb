//! A row as a person reads it.

use std::fmt;

use crate::engine::Change;
use crate::report::DIM;
use crate::report::finding::{Finding, Severity};
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

impl Row {
    /// What is wrong with it, where something is, or that it is still there; what only a person can mend stands in
    /// `attention`.
    pub(in crate::report) fn finding(&self) -> Option<Finding> {
        let is_left = self.is(Condition::Retained) || self.is(Condition::LeftOver);
        if self.is_well() && !is_left {
            return None;
        }
        let place = self.region.as_ref().map(|region| format!("{region}: ")).unwrap_or_default();
        let (kind, name, words) = (self.kind, &self.name, self.condition.look().words);
        let is = if self.is(Condition::Differs) { "" } else { "is " };
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let text = format!("{place}{kind} {name} {is}{words}{reason}");
        let severity = match self.condition {
            Condition::Unknown => Severity::Unread,
            _ if is_left => Severity::Note,
            Condition::Missing | Condition::NotOurs if self.is_vital() => Severity::Stopped,
            _ => Severity::Drift,
        };
        let fields = Fields(&self.changes).to_string();
        let fields = fields.lines().map(str::to_owned);
        let notes = self.notes.iter().map(|note| format!("note: {note}"));
        let error = self.error.as_ref().map(ToString::to_string).unwrap_or_default();
        let error = error.lines().map(|line| line.trim_start().to_owned()).collect::<Vec<_>>();
        Some(Finding::new(severity, text).with(fields.chain(notes).chain(error)))
    }

    /// What a person should know of one that is well: what others have added, and what was not judged.
    pub(in crate::report) fn note_findings(&self) -> impl Iterator<Item = Finding> {
        let place = self.region.as_ref().map(|region| format!("{region}: ")).unwrap_or_default();
        let what = format!("{place}{} {}", self.kind, self.name);
        let notes = self.notes.iter().filter(|_| self.is_well());
        notes.map(move |note| Finding::new(Severity::Note, format!("{what}: {note}")))
    }

    /// What of it only a person can put right.
    pub(in crate::report) fn attention_findings(&self) -> impl Iterator<Item = Finding> {
        let severity = if self.is_vital() {
            Severity::Stopped
        } else if ["alarms", "watchdog"].contains(&self.group) {
            Severity::Untold
        } else {
            Severity::Drift
        };
        self.attention.iter().map(move |line| Finding::new(severity, line))
    }

    /// Whether nothing is backed up or copied without it.
    fn is_vital(&self) -> bool {
        ["service role", "vault", "backup plan", "backup selection"].contains(&self.group)
    }
}

struct Fields<'a>(&'a [Change]);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fields::write(f, self.0, Tense::Found, 0)
    }
}
