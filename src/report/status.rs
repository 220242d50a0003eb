//! The report of `status`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::manifest::State;
use crate::report::row::Condition;
use crate::report::{
    BAD, BackupsReport, Deployment, Exit, GOOD, Report, Row, Verdict, plural, write_attention,
    write_rows, write_warnings,
};

/// Whether each resource is there, ours, and as recorded.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct StatusReport {
    #[serde(flatten)]
    deployment: Deployment,
    healthy: bool,
    #[serde(flatten)]
    verdict: Verdict,
    state: Option<State>,
    attention: Vec<String>,
    warnings: Vec<String>,
    /// `null` without a record, which has what should be there.
    backups: Option<BackupsReport>,
    resources: Vec<Row>,
    /// How many there are, shown or not.
    #[serde(skip)]
    count: usize,
}

impl StatusReport {
    pub(crate) fn recorded(
        deployment: Deployment,
        state: State,
        mut attention: Vec<String>,
        backups: BackupsReport,
        resources: Vec<Row>,
    ) -> Self {
        attention.extend(resources.iter().flat_map(|row| row.attention.clone()));
        let in_place = attention.is_empty() && resources.iter().all(Row::is_well);
        let healthy = in_place && backups.is_healthy();
        let verdict = if healthy { Verdict::Healthy } else { Verdict::NeedsAttention };
        let warnings = resources.iter().flat_map(|row| row.warnings.clone()).collect();
        Self {
            deployment,
            healthy,
            verdict,
            state: Some(state),
            attention,
            warnings,
            backups: Some(backups),
            count: resources.iter().filter(|row| row.counts()).count(),
            resources,
        }
    }

    /// The report with more to know of, although nothing is broken.
    pub(crate) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub(crate) fn unrecorded(
        deployment: Deployment,
        verdict: Verdict,
        resources: Vec<Row>,
    ) -> Self {
        Self {
            deployment,
            healthy: false,
            verdict,
            state: None,
            attention: Vec::new(),
            warnings: Vec::new(),
            backups: None,
            count: resources.iter().filter(|row| row.counts()).count(),
            resources,
        }
    }

    /// The report with how many resources were looked at, where not all of them are shown.
    pub(crate) fn with_count(self, count: usize) -> Self {
        Self { count, ..self }
    }

    fn broken(&self) -> usize {
        let broken = self.resources.iter().filter(|row| !row.is_well());
        broken.count() - self.unknown()
    }

    fn unknown(&self) -> usize {
        self.resources.iter().filter(|row| row.is(Condition::Unknown)).count()
    }
}

impl Report for StatusReport {
    fn schema(&self) -> &'static str {
        "mrbackup.status/1"
    }

    fn exit(&self) -> Exit {
        if self.healthy { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.headline(f)?;
        write_attention(f, &self.attention)?;
        if let Some(backups) = &self.backups {
            write!(f, "{backups}")?;
        }
        write_rows(f, &self.deployment, &self.resources)?;
        write_warnings(f, &self.warnings)?;
        self.advice(f)
    }
}

impl StatusReport {
    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        match &self.verdict {
            Verdict::Healthy => {
                let all = plural(self.count, "part");
                writeln!(
                    f,
                    "{GOOD}✔{GOOD:#} Deployment {name}: {all} in place, ours, and as recorded."
                )?;
            }
            Verdict::NeedsAttention => {
                let (bad, unknown, all) = (self.broken(), self.unknown(), self.count);
                let what = match (unknown, bad) {
                    (0, 0) => format!("all its {all} parts are as recorded, but"),
                    (0, _) => format!("{bad} of its {all} parts not as recorded."),
                    (_, 0) => format!("{unknown} of its {all} parts could not be read."),
                    (..) => format!(
                        "{bad} of its {all} parts not as recorded, {unknown} could not be read."
                    ),
                };
                writeln!(f, "{BAD}✘{BAD:#} Deployment {name} needs attention: {what}")?;
            }
            Verdict::RecordLost { reason } => {
                writeln!(f, "{BAD}✘{BAD:#} Deployment {name}: record lost: {reason}.")?;
            }
            Verdict::Nothing { searched } => {
                writeln!(f, "No deployment {name} {}.", searched.extent())?;
                searched.there_are().iter().try_for_each(|others| writeln!(f, "{others}"))?;
                searched.write_unread(f)?;
            }
        }
        Ok(())
    }

    /// What to do next.
    fn advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Healthy => Ok(()),
            Verdict::NeedsAttention if self.broken() == 0 => Ok(()),
            Verdict::NeedsAttention => {
                writeln!(f, "Repair what differs or is missing: {}", self.deployment.command("up"))
            }
            Verdict::RecordLost { .. } => writeln!(
                f,
                "Take it up again: {}\nOr remove it: {}",
                self.deployment.command("up --primary REGION --secondary REGION"),
                self.deployment.command("down")
            ),
            Verdict::Nothing { searched } if searched.there_are().is_some() => {
                writeln!(f, "Name one of these: mrbackup status --name NAME")
            }
            Verdict::Nothing { .. } => writeln!(
                f,
                "Begin: {}",
                self.deployment
                    .command("up --primary us-east-1 --secondary us-west-2 --tertiary eu-west-1")
            ),
        }
    }
}
