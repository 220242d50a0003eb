//! The report of `status`.

mod silence;

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::manifest::State;
use crate::model::region::Region;
use crate::model::time::Time;
use crate::protection::restores_proved::REMEMBERED_DAYS;
use crate::protection::schedule::span;
use crate::report::finding::{Finding, Severity, in_order, regions_in_a_row, write_findings};
use crate::report::row::Condition;
use crate::report::status::silence::{Silence, is_silent};
use crate::report::{
    BAD, BackupsReport, DIM, Deployment, Exit, GOOD, Report, RestoreTestsRow, RestoresProvedRow,
    Row, Verdict, plural, restores_proved, write_rows,
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
    /// The last run of AWS Backup's restore tests, a row a region that has them.
    restore_tests: Vec<RestoreTestsRow>,
    /// What drills and restore tests have proved, a row for each region.
    restores_proved: Vec<RestoresProvedRow>,
    /// When the five minutes began in which the watchdog ran last; `null` where it has not in the last 60 days, where its
    /// region was not asked for, and where that is unknown.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    watchdog_seen_at: Option<Time>,
    resources: Vec<Row>,
    /// How many there are, and how many of them are well; shown or not.
    #[serde(skip)]
    count: usize,
    #[serde(skip)]
    well: usize,
    /// What the record, the calendar and the vaults' policies need attention for.
    #[serde(skip)]
    findings: Vec<Finding>,
    /// Where a failure would be told to somebody who has confirmed.
    #[serde(skip)]
    told: Vec<Region>,
    /// The command that proves a first restore.
    #[serde(skip)]
    drill: Option<String>,
    #[serde(skip)]
    now: Time,
}

impl StatusReport {
    /// `findings` are what needs attention beside what the resources and the backups show.
    pub(crate) fn recorded(
        deployment: Deployment,
        state: State,
        findings: Vec<Finding>,
        backups: BackupsReport,
        resources: Vec<Row>,
    ) -> Self {
        let of_rows = resources.iter().flat_map(Row::attention_findings);
        let mut attention: Vec<Finding> = findings.iter().cloned().chain(of_rows).collect();
        attention.sort_by_key(|finding| finding.severity);
        let in_place = attention.is_empty() && resources.iter().all(Row::is_well);
        let healthy = in_place && backups.is_healthy();
        let verdict = if healthy { Verdict::Healthy } else { Verdict::NeedsAttention };
        let warnings = resources.iter().flat_map(|row| row.warnings.clone()).collect();
        Self {
            healthy,
            verdict,
            state: Some(state),
            attention: attention.into_iter().map(|finding| finding.text).collect(),
            warnings,
            backups: Some(backups),
            findings,
            ..Self::unrecorded(deployment, Verdict::NeedsAttention, resources)
        }
    }

    /// The report with the regions in which somebody would be told of a failure.
    pub(crate) fn with_told(self, told: Vec<Region>) -> Self {
        Self { told, ..self }
    }

    /// The report without the resources that are well: who asks for some wants to hear of the rest only what is wrong.
    pub(crate) fn without_what_is_well(mut self) -> Self {
        self.resources.retain(|row| !row.is_well());
        self
    }

    /// The report with more to know of, although nothing is broken.
    pub(crate) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// The report with what came of AWS Backup's restore tests.
    pub(crate) fn with_restore_tests(self, restore_tests: Vec<RestoreTestsRow>) -> Self {
        Self { restore_tests, ..self }
    }

    /// The report with what the metrics have kept: which restores were proved, and when the watchdog was seen. `drill` is what
    /// proves a first one, where there is something to prove.
    pub(crate) fn with_memory(
        self,
        restores_proved: Vec<RestoresProvedRow>,
        watchdog_seen_at: Option<Time>,
        drill: Option<String>,
        now: Time,
    ) -> Self {
        Self { restores_proved, watchdog_seen_at, drill, now, ..self }
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
            restore_tests: Vec::new(),
            restores_proved: Vec::new(),
            watchdog_seen_at: None,
            count: resources.iter().filter(|row| row.counts()).count(),
            well: resources.iter().filter(|row| row.counts() && row.is_well()).count(),
            findings: Vec::new(),
            told: Vec::new(),
            drill: None,
            now: Time::default(),
            resources,
        }
    }

    /// Whether `up` would put something right.
    fn is_broken(&self) -> bool {
        self.resources.iter().any(|row| !row.is_well() && !row.is(Condition::Unknown))
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
        match &self.backups {
            Some(backups) => self.write_recorded(f, backups)?,
            None => self.write_unrecorded(f)?,
        }
        self.advice(f)
    }
}

impl StatusReport {
    fn write_recorded(&self, f: &mut fmt::Formatter<'_>, backups: &BackupsReport) -> fmt::Result {
        let silence = Silence::new(&self.deployment, &self.resources);
        let findings = self.findings_in_order(backups, &silence, f.alternate());
        self.write_verdict(f, backups, &silence, &findings)?;
        write_findings(f, &findings)?;
        writeln!(f)?;
        backups.write_table(f, &self.deployment)?;
        self.restore_tests.iter().try_for_each(|tests| write!(f, "{tests}"))?;
        self.write_proved(f)?;
        if f.alternate() {
            backups.write_vaults(f)?;
            return write_rows(f, &self.deployment, &self.resources);
        }
        if !self.told.is_empty() {
            let told = regions_in_a_row(&self.told);
            writeln!(f, "  Alarms from {told} reach a subscriber who has confirmed.")?;
        }
        let all = match self.count - self.well {
            0 => format!("{} in place and as recorded", plural(self.count, "resource")),
            _ => format!("{} of {} as recorded", self.well, plural(self.count, "resource")),
        };
        writeln!(f, "  {all}. Details: {}", self.deployment.command("status --all"))
    }

    /// What restores have proved; where there was none, how one is proved.
    fn write_proved(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        restores_proved::write(f, &self.restores_proved)?;
        let Some(drill) = &self.drill else { return Ok(()) };
        if !restores_proved::is_nothing(&self.restores_proved) || !self.restore_tests.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "  {DIM}No restore was proved in the last {REMEMBERED_DAYS} days. Prove one: {drill}{DIM:#}"
        )
    }

    fn findings_in_order(
        &self,
        backups: &BackupsReport,
        silence: &Silence<'_>,
        all: bool,
    ) -> Vec<Finding> {
        let mut findings = silence.findings();
        findings.extend(self.findings.iter().cloned());
        let rows = self.resources.iter().filter(|row| !is_silent(row));
        findings.extend(rows.filter_map(Row::finding));
        findings.extend(self.resources.iter().flat_map(Row::attention_findings));
        if !all {
            findings.extend(self.resources.iter().flat_map(Row::note_findings));
        }
        findings.extend(backups.findings(&silence.regions()));
        findings.extend(self.warnings.iter().map(|line| Finding::new(Severity::Note, line)));
        in_order(findings)
    }

    /// One sentence; where a region is down what the others hold, and what helps.
    fn write_verdict(
        &self,
        f: &mut fmt::Formatter<'_>,
        backups: &BackupsReport,
        silence: &Silence<'_>,
        findings: &[Finding],
    ) -> fmt::Result {
        let name = &self.deployment.deployment;
        let bad = findings.iter().filter(|finding| finding.severity.is_bad()).count();
        let verdict = match (self.state, silence.words()) {
            (_, Some(words)) => words,
            (Some(State::Kept), None) => "removed, except for its backups".to_owned(),
            (_, None) => backups.verdict().unwrap_or_else(|| "needs attention".to_owned()),
        };
        let seen = self.watchdog_seen_at.map(|at| (self.now - at) / 60);
        // It ran at any moment of the five minutes.
        let seen = seen.map(|minutes| format!("; watchdog at most {} ago", span(minutes.max(1))));
        let verdict = format!("{verdict}{}", seen.unwrap_or_default());
        if self.healthy {
            return writeln!(f, "{GOOD}✔{GOOD:#} {name}: {verdict}.");
        }
        match bad {
            0 | 1 => writeln!(f, "{BAD}✘{BAD:#} {name}: {verdict}.")?,
            _ => writeln!(f, "{BAD}✘{BAD:#} {name}: {verdict}; {bad} findings, the worst first.")?,
        }
        let away = silence.regions();
        if away.is_empty() {
            return Ok(());
        }
        for line in backups.holds(&away) {
            writeln!(f, "  {line}.")?;
        }
        if let Some(region) = backups.first_that_answers(&away) {
            let look = self.deployment.command(&format!("status --all --region {region}"));
            writeln!(f, "  See them without waiting for the rest: {look}")?;
        }
        let watch = self.deployment.command("status --watch");
        writeln!(f, "  Check again every minute: {watch}")
    }

    fn write_unrecorded(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        match &self.verdict {
            Verdict::RecordLost { reason } => {
                writeln!(f, "{BAD}✘{BAD:#} Deployment {name}: record lost: {reason}.")?;
            }
            Verdict::Nothing { searched } => {
                writeln!(f, "No deployment {name} {}.", searched.extent())?;
                searched.there_are().iter().try_for_each(|others| writeln!(f, "{others}"))?;
                searched.write_unread(f)?;
            }
            Verdict::Healthy | Verdict::NeedsAttention => (),
        }
        write_rows(f, &self.deployment, &self.resources)
    }

    /// What to do next.
    fn advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Healthy => Ok(()),
            Verdict::NeedsAttention if !self.is_broken() => Ok(()),
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
