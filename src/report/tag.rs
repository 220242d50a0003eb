//! The report of `tag` and `untag`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::report::finding::{Severity, write_findings};
use crate::report::statement::{Statement, findings};
use crate::report::table::{Column, Table};
use crate::report::{BAD, DIM, Deployment, Exit, GOOD, Report, plural};

/// Findings, and names in each, that are shown without `--all`.
const SHOWN: usize = 10;

/// What became of each ARN.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct TagReport {
    #[serde(flatten)]
    deployment: Deployment,
    dry_run: bool,
    changed: usize,
    unchanged: usize,
    failed: usize,
    resources: Vec<TagRow>,
    #[serde(skip)]
    command: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Changed,
    WouldChange,
    Unchanged,
    /// Not tried.
    Refused,
    Failed,
}

/// One ARN.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct TagRow {
    #[serde(rename = "resource")]
    pub(crate) arn: String,
    outcome: Outcome,
    reason: Option<String>,
    /// Where it is, as far as its ARN tells.
    #[serde(skip)]
    region: Option<Region>,
}

impl TagRow {
    fn new(arn: &str, outcome: Outcome, reason: Option<String>) -> Self {
        let region = arn.split(':').nth(3).and_then(|region| Region::parse(region).ok());
        Self { arn: arn.to_owned(), outcome, reason, region }
    }

    pub(crate) fn changed(arn: &str) -> Self {
        Self::new(arn, Outcome::Changed, None)
    }

    pub(crate) fn would_change(arn: &str) -> Self {
        Self::new(arn, Outcome::WouldChange, None)
    }

    pub(crate) fn unchanged(arn: &str) -> Self {
        Self::new(arn, Outcome::Unchanged, None)
    }

    pub(crate) fn refused(arn: &str, reason: String) -> Self {
        Self::new(arn, Outcome::Refused, Some(reason))
    }

    pub(crate) fn failed(arn: &str, reason: String) -> Self {
        Self::new(arn, Outcome::Failed, Some(reason))
    }

    /// The row of a resource that was asked about in this region: a bucket's ARN names none.
    pub(crate) fn in_region(self, region: &Region) -> Self {
        Self { region: Some(region.clone()), ..self }
    }

    fn statement(&self) -> Option<Statement> {
        let (severity, word) = match self.outcome {
            Outcome::Changed | Outcome::WouldChange | Outcome::Unchanged => return None,
            Outcome::Failed => (Severity::Unprotected, "failed"),
            Outcome::Refused => (Severity::Late, "left unchanged"),
        };
        let reason = self.reason.clone().unwrap_or_default();
        let mut lines = reason.lines().map(|line| line.trim().to_owned());
        let why = lines.next().unwrap_or_default();
        Some(Statement { severity, word, joint: "", why, details: lines.collect() })
    }
}

impl TagReport {
    pub(crate) fn new(
        deployment: Deployment,
        command: &'static str,
        dry_run: bool,
        resources: Vec<TagRow>,
    ) -> Self {
        let count = |outcomes: &[Outcome]| {
            resources.iter().filter(|row| outcomes.contains(&row.outcome)).count()
        };
        Self {
            deployment,
            dry_run,
            changed: count(&[Outcome::Changed, Outcome::WouldChange]),
            unchanged: count(&[Outcome::Unchanged]),
            failed: count(&[Outcome::Refused, Outcome::Failed]),
            resources,
            command,
        }
    }

    fn done(&self) -> &'static str {
        if self.command == "tag" { "tagged" } else { "untagged" }
    }

    /// One sentence, with numbers.
    fn verdict(&self, findings: usize) -> String {
        let (name, done) = (&self.deployment.deployment, self.done());
        let changed = plural(self.changed, "resource");
        let is_done = self.changed + self.failed == 0;
        let first = match self.dry_run {
            _ if is_done => format!("nothing to do, {} {done} already", are(self.unchanged)),
            true => format!("{changed} would be {done}"),
            false => format!("{changed} {done}"),
        };
        let count = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
        let already = count(self.unchanged, "already").filter(|_| !is_done);
        let counts = [Some(first), already, count(self.failed, "not")];
        let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let findings = match findings {
            0 | 1 => String::new(),
            count => format!("; {count} findings, the worst first"),
        };
        format!("{name}: {counts}{findings}.")
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = if self.dry_run { "to change" } else { self.done() };
        let columns = ["region", "role"].map(Column::Text).into_iter();
        let counts = [done, "already", "left unchanged", "failed"].map(Column::Number);
        let mut table = Table::new(columns.chain(counts));
        let found: Vec<_> = self.resources.iter().map(|row| row.region.as_ref()).collect();
        for region in self.deployment.headings(&found) {
            let role = region.and_then(|region| self.deployment.role_of(region));
            let name = region.map_or("no region named", Region::as_str);
            let count = |outcomes: &[Outcome]| {
                let rows = self.resources.iter().filter(|row| row.region.as_ref() == region);
                match rows.filter(|row| outcomes.contains(&row.outcome)).count() {
                    0 => String::new(),
                    count => count.to_string(),
                }
            };
            let counts = [
                count(&[Outcome::Changed, Outcome::WouldChange]),
                count(&[Outcome::Unchanged]),
                count(&[Outcome::Refused]),
                count(&[Outcome::Failed]),
            ];
            let cells = [name, role.unwrap_or_default()].map(str::to_owned);
            table.row((" ", DIM), cells.into_iter().chain(counts));
        }
        table.write(f)
    }

    /// A line for each that is, or is to be, as it was asked for.
    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.done();
        for TagRow { arn, outcome, .. } in &self.resources {
            match outcome {
                Outcome::Changed => writeln!(f, "{GOOD}✔{GOOD:#} {arn}  {done}")?,
                Outcome::WouldChange => writeln!(f, "{GOOD}+{GOOD:#} {arn}  would be {done}")?,
                Outcome::Unchanged => writeln!(f, "{DIM}✔{DIM:#} {arn}  {done} already")?,
                Outcome::Refused | Outcome::Failed => (),
            }
        }
        Ok(())
    }
}

fn are(count: usize) -> String {
    format!("{} {}", plural(count, "resource"), if count == 1 { "is" } else { "are" })
}

impl Report for TagReport {
    fn schema(&self) -> &'static str {
        if self.command == "tag" { "mrbackup.tag/1" } else { "mrbackup.untag/1" }
    }

    fn exit(&self) -> Exit {
        if self.failed == 0 { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl fmt::Display for TagReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = if f.alternate() { usize::MAX } else { SHOWN };
        let said = self.resources.iter();
        let said = said.filter_map(|row| Some((None, row.arn.clone(), row.statement()?)));
        let findings = findings(said, limit);
        let (mark, style) = if self.failed == 0 { ("✔", GOOD) } else { ("✘", BAD) };
        writeln!(f, "{style}{mark}{style:#} {}", self.verdict(findings.len()))?;
        write_findings(f, &findings)?;
        writeln!(f)?;
        self.write_table(f)?;
        if f.alternate() {
            self.write_rows(f)?;
        }
        if self.changed > 0 && !self.dry_run && self.command == "tag" {
            let status = self.deployment.command("status");
            writeln!(f, "Check at any time: {status}")?;
        }
        Ok(())
    }
}
