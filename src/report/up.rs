//! The report of `up`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::protection::schedule::Proof;
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
    /// A resource is backed up when it has all of these.
    select_tags: BTreeMap<String, String>,
    /// What `up` cannot put right.
    attention: Vec<String>,
    /// What the calendar of the rules leaves open.
    warnings: Vec<String>,
    resources: Vec<Row>,
}

impl UpReport {
    pub(crate) fn new(
        deployment: Deployment,
        select_tags: BTreeMap<String, String>,
        resources: Vec<Row>,
    ) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            created: count(Condition::Created),
            updated: count(Condition::Updated),
            removed: count(Condition::Removed),
            unchanged: count(Condition::Ok),
            failed: count(Condition::Failed) + count(Condition::Skipped),
            unknown: count(Condition::Unknown),
            deployment,
            select_tags,
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

impl fmt::Display for UpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quiet = self.created + self.updated + self.removed + self.failed + self.unknown == 0;
        if quiet {
            let all = plural(self.unchanged, "resource");
            writeln!(f, "{GOOD}✔{GOOD:#} Nothing to do: {all} as wanted.")?;
        } else {
            write_rows(f, &self.deployment, &self.resources)?;
            let Self { created, updated, removed, unchanged, failed, .. } = self;
            write!(f, "\nCreated {created}, updated {updated}, ")?;
            if *removed > 0 {
                write!(f, "removed {removed}, ")?;
            }
            write!(f, "unchanged {unchanged}")?;
            match failed {
                0 => writeln!(f, ".")?,
                _ => writeln!(f, ", {BAD}not done {failed}{BAD:#}.")?,
            }
        }
        write_attention(f, &self.attention)?;
        write_warnings(f, &[self.lines(|row| &row.warnings), self.warnings.clone()].concat())?;
        if self.failed > 0 {
            writeln!(
                f,
                "What was made stays, and is used by the next run: {}",
                self.deployment.command("up")
            )?;
        } else if self.created > 0 {
            let tags: Vec<String> =
                self.select_tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let status = self.deployment.command("status");
            writeln!(
                f,
                "Backed up is what carries {}; until something does, status exits with 3",
                tags.join(" and ")
            )?;
            writeln!(f, "Look at any time with: {status}")?;
        }
        Ok(())
    }
}
