//! The report of `tag` and `untag`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{BAD, CARE, DIM, Deployment, Exit, GOOD, Report, plural};

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
}

impl TagRow {
    fn new(arn: &str, outcome: Outcome, reason: Option<String>) -> Self {
        Self { arn: arn.to_owned(), outcome, reason }
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
        let done = if self.command == "tag" { "tagged" } else { "untagged" };
        for TagRow { arn, outcome, reason } in &self.resources {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            match outcome {
                Outcome::Changed => writeln!(f, "{GOOD}✔{GOOD:#} {arn}  {done}")?,
                Outcome::WouldChange => writeln!(f, "{GOOD}+{GOOD:#} {arn}  would be {done}")?,
                Outcome::Unchanged => writeln!(f, "{DIM}✔{DIM:#} {arn}  {done} already")?,
                Outcome::Refused => writeln!(f, "{CARE}!{CARE:#} {arn}  left alone{reason}")?,
                Outcome::Failed => writeln!(f, "{BAD}✘{BAD:#} {arn}  failed{reason}")?,
            }
        }
        let verb = if self.dry_run { format!("Would have {done}") } else { format!("Now {done}:") };
        writeln!(
            f,
            "{verb} {}, {} already, {} not.",
            plural(self.changed, "resource"),
            self.unchanged,
            self.failed
        )
    }
}
