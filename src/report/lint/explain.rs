//! What a check of `lint` is about.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::lint::catalog::{CATALOG, Entry, find};
use crate::lint::severity::Severity;
use crate::report::{BOLD, Exit, Report};

/// The checks of `lint`.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ExplainReport {
    checks: Vec<CheckRow>,
}

/// A check.
#[derive(Debug, JsonSchema, Serialize)]
struct CheckRow {
    id: &'static str,
    name: &'static str,
    severity: Severity,
    /// What it finds.
    what: &'static str,
    /// Why that matters.
    reason: &'static str,
    fix: &'static str,
    page_title: &'static str,
    page: &'static str,
}

impl From<&'static Entry> for CheckRow {
    fn from(entry: &'static Entry) -> Self {
        let Entry { id, name, severity, what, reason, page, fix, .. } = entry;
        Self {
            id,
            name,
            severity: *severity,
            what,
            reason,
            fix,
            page_title: page.title,
            page: page.url,
        }
    }
}

impl ExplainReport {
    /// The check that a word names, or all of them for `all`.
    ///
    /// # Errors
    /// One sentence with the nearest name.
    pub(crate) fn new(word: &str) -> Result<Self, String> {
        if word == "all" {
            return Ok(Self { checks: CATALOG.iter().map(CheckRow::from).collect() });
        }
        if let Some(entry) = find(word) {
            return Ok(Self { checks: vec![entry.into()] });
        }
        let nearness = |entry: &&Entry| strsim::jaro_winkler(&word.to_lowercase(), entry.name);
        let near = CATALOG.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        let hint = match near.filter(|near| nearness(near) > 0.7) {
            Some(near) => format!("did you mean {} ({})?", near.name, near.id),
            None => "mrbackup lint --explain lists them all".to_owned(),
        };
        Err(format!("no check is called {word:?}: {hint}"))
    }
}

impl Report for ExplainReport {
    fn schema(&self) -> &'static str {
        "mrbackup.lint-explain/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for ExplainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [check] = &self.checks[..] else {
            for CheckRow { id, name, severity, what, .. } in &self.checks {
                writeln!(f, "  {BOLD}{id} {name}{BOLD:#} ({}): {what}", severity.as_str())?;
            }
            return Ok(());
        };
        let CheckRow { id, name, severity, what, reason, fix, page_title, page } = check;
        writeln!(f, "{BOLD}{id} {name}{BOLD:#} ({})", severity.as_str())?;
        writeln!(f, "  {what}")?;
        writeln!(f, "  why: {reason}")?;
        writeln!(f, "  fix: {fix}")?;
        writeln!(f, "  page: {page_title}")?;
        writeln!(f, "    {page}")
    }
}
