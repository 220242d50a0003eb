//! What needs attention, the worst first: what, why, and what helps.

use std::fmt;

use crate::model::region::Region;
use crate::report::one_fact::one_fact_a_line;
use crate::report::table::Mark;
use crate::report::{BAD, CARE, GOOD, Problem};

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// A region or a service could not be read.
    Unread,
    /// Nothing is backed up or copied any more.
    Stopped,
    /// A resource has no good recovery point.
    Unprotected,
    /// The newest recovery point of a resource is too old.
    Late,
    /// The last proved restore of a type took longer than its RTO.
    Slow,
    /// Whether a recovery point can be restored was to be tried, and is not known.
    Unproved,
    /// A failure would be told to nobody.
    Untold,
    /// What a test restored is still there, and paid for.
    LeftOver,
    /// A resource of the deployment is not as recorded.
    Drift,
    /// Nothing is broken.
    Note,
    /// What was asked for, and is well.
    Well,
}

impl Severity {
    fn mark(self) -> Mark {
        match self {
            Self::Unread => ("?", BAD),
            Self::Stopped
            | Self::Unprotected
            | Self::Late
            | Self::Slow
            | Self::Unproved
            | Self::Untold
            | Self::LeftOver
            | Self::Drift => ("✘", BAD),
            Self::Note => ("!", CARE),
            Self::Well => ("✔", GOOD),
        }
    }

    /// Whether it needs somebody's attention.
    pub(super) fn is_bad(self) -> bool {
        self < Self::Note
    }
}

/// One fact that a person has to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(super) severity: Severity,
    /// What, and why.
    pub(super) text: String,
    /// Lines below it: AWS's answer, and what helps.
    pub(super) details: Vec<String>,
}

impl Finding {
    pub(crate) fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self { severity, text: text.into(), details: Vec::new() }
    }

    /// What could not be read, and why.
    pub(super) fn unread(what: impl fmt::Display, problem: &Problem) -> Self {
        let message = problem.to_string();
        let mut lines = message.lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        Self::new(Severity::Unread, format!("{what}: {first}")).with(lines.map(str::to_owned))
    }

    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// The findings in the order in which they are written: what differs in its region alone is one.
pub(super) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.severity);
    let alike = |one: &Finding, other: &Finding| {
        one.severity == other.severity && one.details.is_empty() && other.details.is_empty()
    };
    let merged = findings.chunk_by(alike).flat_map(|alike| {
        let [only] = alike else {
            let lines: Vec<String> = alike.iter().map(|finding| finding.text.clone()).collect();
            let severity = alike[0].severity;
            return one_fact_a_line(&lines)
                .into_iter()
                .map(|line| Finding::new(severity, line))
                .collect();
        };
        vec![only.clone()]
    });
    merged.collect()
}

/// Writes findings that are in order.
pub(super) fn write_findings(f: &mut fmt::Formatter<'_>, findings: &[Finding]) -> fmt::Result {
    for Finding { severity, text, details } in findings {
        let (sign, style) = severity.mark();
        writeln!(f, "{style}{sign}{style:#} {text}")?;
        details.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
    }
    Ok(())
}

/// The first of the names, and how many more there are.
pub(super) fn listed(
    names: impl Iterator<Item = String>,
    count: usize,
    limit: usize,
) -> Vec<String> {
    let more = count.checked_sub(limit).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {more} more: --all shows them"));
    names.take(limit).chain(more).collect()
}

/// The regions as a sentence names them.
pub(super) fn regions_in_a_row<'a>(regions: impl IntoIterator<Item = &'a Region>) -> String {
    let regions: Vec<&str> = regions.into_iter().map(Region::as_str).collect();
    crate::terminal::wrap::in_a_row(&regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_one_fact_is_one_line() {
        let drift = Finding::new(Severity::Drift, "topic differs").with(["is a".to_owned()]);
        let findings = vec![
            Finding::new(Severity::Note, "a in us-east-1"),
            drift.clone(),
            Finding::new(Severity::Late, "late in us-east-1"),
            Finding::new(Severity::Unread, "us-west-2 does not answer"),
            Finding::new(Severity::Late, "late in us-west-2"),
        ];
        let texts: Vec<String> =
            in_order(findings).into_iter().map(|finding| finding.text).collect();
        let wanted = [
            "us-west-2 does not answer",
            "late in us-east-1 and us-west-2",
            "topic differs",
            "a in us-east-1",
        ];
        assert_eq!(texts, wanted);
    }
}
