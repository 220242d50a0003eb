//! The report of `up`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::settings::Settings;
use crate::protection::schedule::Proof;
use crate::report::by_region::write_by_region;
use crate::report::row::Condition;
use crate::report::{
    BAD, Deployment, Exit, GOOD, Report, Row, plural, write_attention, write_rows, write_warnings,
};

/// What `up` made, changed and left.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct UpReport {
    #[serde(flatten)]
    deployment: Deployment,
    created: usize,
    updated: usize,
    removed: usize,
    unchanged: usize,
    failed: usize,
    /// Left behind in a region that could not be read.
    unknown: usize,
    /// A resource is backed up when it has all of these; empty where selections alone decide.
    select_tags: BTreeMap<String, String>,
    /// What is selected, to stand behind "resources".
    selected: String,
    /// What `up` cannot put right.
    attention: Vec<String>,
    /// What the calendar of the rules leaves open, and what costs more from now on.
    warnings: Vec<String>,
    resources: Vec<Row>,
}

impl UpReport {
    pub(crate) fn new(deployment: Deployment, settings: &Settings, resources: Vec<Row>) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            created: count(Condition::Created),
            updated: count(Condition::Updated),
            removed: count(Condition::Removed),
            unchanged: count(Condition::Ok),
            failed: count(Condition::Failed) + count(Condition::Skipped),
            unknown: count(Condition::Unknown),
            deployment,
            select_tags: settings.select_tags.clone(),
            selected: settings.selected_phrase(),
            attention: resources.iter().flat_map(|row| row.attention.clone()).collect(),
            warnings: Vec::new(),
            resources,
        }
    }

    /// The report with what the calendar of the rules does not hold.
    pub(crate) fn with_schedule(mut self, proof: &Proof) -> Self {
        self.attention.extend(proof.certain_lapses());
        Self { warnings: proof.possible_lapses(), ..self }
    }

    /// The report with what costs more from now on.
    pub(crate) fn with_prices(mut self, prices: Vec<String>) -> Self {
        self.warnings.extend(prices);
        self
    }

    fn lines(&self, of: fn(&Row) -> &Vec<String>) -> Vec<String> {
        self.resources.iter().flat_map(of).cloned().collect()
    }
}

impl Report for UpReport {
    fn schema(&self) -> &'static str {
        "mrbackup.up/1"
    }

    fn exit(&self) -> Exit {
        match (self.failed, self.unknown) {
            (0, 0) => Exit::Success,
            (0, _) => Exit::NeedsAttention,
            _ => Exit::Failed,
        }
    }
}

impl UpReport {
    /// How many resources are in which condition, as far as any is.
    fn counts(&self) -> String {
        let not_begun = self.resources.iter().filter(|row| row.is(Condition::Skipped)).count();
        let counts = [
            ("created", self.created),
            ("updated", self.updated),
            ("removed", self.removed),
            ("failed", self.failed - not_begun),
            ("not begun", not_begun),
            ("unknown", self.unknown),
            ("unchanged", self.unchanged),
        ];
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        counts.map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
    }

    fn write_done(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        if self.created + self.updated + self.removed == 0 {
            let all = plural(self.unchanged, "resource");
            writeln!(f, "{GOOD}✔{GOOD:#} {name}: nothing to do, {all} match the record.")?;
        } else {
            writeln!(f, "{GOOD}✔{GOOD:#} {name} is set up: {}.", self.counts())?;
        }
        if f.alternate() {
            return write_rows(f, &self.deployment, &self.resources);
        }
        let counted = [
            (Condition::Created, "created"),
            (Condition::Updated, "updated"),
            (Condition::Removed, "removed"),
        ];
        let is_done = |row: &&Row| counted.iter().any(|(condition, _)| row.is(*condition));
        let done = self.resources.iter().filter(is_done);
        write_by_region(f, &self.deployment, done, &counted)?;
        let kept = self.resources.iter().filter(|row| row.is(Condition::Retained));
        write_rows(f, &self.deployment, kept)
    }

    /// Every row, and last of all why it did not go on.
    fn write_undone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_cause = |row: &&Row| row.is(Condition::Failed) || row.is(Condition::Unknown);
        let (causes, others): (Vec<_>, Vec<_>) = self.resources.iter().partition(is_cause);
        let name = &self.deployment.deployment;
        writeln!(f, "{BAD}✘{BAD:#} {name} is not complete: {}.", self.counts())?;
        write_rows(f, &self.deployment, others)?;
        self.write_findings(f)?;
        writeln!(f)?;
        write_rows(f, &self.deployment, causes)?;
        let again = self.deployment.command("up");
        writeln!(f, "What was made stays, and is used by the next run: {again}")
    }

    fn write_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_attention(f, &self.attention)?;
        write_warnings(f, &[self.lines(|row| &row.warnings), self.warnings.clone()].concat())
    }
}

impl fmt::Display for UpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.failed + self.unknown > 0 {
            return self.write_undone(f);
        }
        self.write_done(f)?;
        self.write_findings(f)?;
        if self.created > 0 {
            writeln!(
                f,
                "Resources {} are backed up; until there is one, status exits with 3.",
                self.selected
            )?;
            writeln!(f, "Check at any time: {}", self.deployment.command("status"))?;
        }
        Ok(())
    }
}
