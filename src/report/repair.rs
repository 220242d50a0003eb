//! The report of `repair`.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::instant;
use crate::model::region::Region;
use crate::model::resource_types::BackupSize;
use crate::model::time::Time;
use crate::protection::copies_to_make::{Copy, Skipped};
use crate::report::finding::{Finding, Severity, write_findings};
use crate::report::statement::{Statement, findings};
use crate::report::table::{Column, Table};
use crate::report::{BAD, DIM, Deployment, Exit, GOOD, Problem, Report, UnreadRegion};

/// Findings, and names in each, that are shown without `--all`.
const SHOWN: usize = 10;

/// Which copies are made again.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct RepairReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// How many copies are worth making.
    copies: usize,
    /// `null` in a dry run.
    started: Option<usize>,
    failed: usize,
    /// Regions that could not be read, so that it is unknown what they lack.
    unreachable_regions: Vec<UnreadRegion>,
    jobs: Vec<Started>,
    skipped: Vec<SkippedRow>,
    /// How many resources were looked at, and whether all of their points from a day on.
    #[serde(skip)]
    extent: (usize, bool),
}

/// A copy, started or to be started.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Started {
    resource: String,
    #[serde(rename = "region")]
    to: Region,
    recovery_point: String,
    /// When the recovery point was made.
    #[serde(rename = "created_at", serialize_with = "instant::serialize")]
    #[schemars(with = "Timestamp")]
    created: Time,
    /// `null` where AWS's number means nothing.
    size: Option<BackupSize>,
    job: Option<String>,
    error: Option<Problem>,
}

/// A resource that gets no copy.
#[derive(Debug, JsonSchema, Serialize)]
struct SkippedRow {
    resource: String,
    #[serde(rename = "region")]
    to: Region,
    reason: String,
}

impl Started {
    pub(crate) fn new(copy: &Copy, answer: Result<String, Failure>) -> Self {
        let (job, error) = match answer {
            Ok(job) => (Some(job), None),
            Err(failure) => (None, Some((&failure).into())),
        };
        Self { job, error, ..Self::planned(copy) }
    }

    fn planned(copy: &Copy) -> Self {
        Self {
            resource: copy.point.resource.clone(),
            to: copy.to.clone(),
            recovery_point: copy.point.arn.clone(),
            created: copy.point.created,
            size: BackupSize::new(&copy.point.resource, copy.point.bytes),
            job: None,
            error: None,
        }
    }
}

impl RepairReport {
    /// `started` is `None` in a dry run.
    pub(crate) fn new(
        deployment: Deployment,
        copies: &[Copy],
        skipped: Vec<Skipped>,
        unreachable_regions: Vec<UnreadRegion>,
        started: Option<Vec<Started>>,
    ) -> Self {
        let count = |jobs: &Vec<Started>| jobs.iter().filter(|job| job.job.is_some()).count();
        let begun = started.as_ref().map(count);
        let row = |Skipped { resource, to, reason }: Skipped| SkippedRow { resource, to, reason };
        Self {
            deployment,
            copies: copies.len(),
            failed: begun.map_or(0, |begun| copies.len() - begun),
            started: begun,
            unreachable_regions,
            jobs: started.unwrap_or_else(|| copies.iter().map(Started::planned).collect()),
            skipped: skipped.into_iter().map(row).collect(),
            extent: (0, false),
        }
    }

    /// The report with how many resources were looked at, and whether `since` asked for all points
    /// from a day on, be the newest copy fresh or not.
    pub(crate) fn with_extent(self, resources: usize, since: bool) -> Self {
        Self { extent: (resources, since), ..self }
    }

    /// Why there is nothing to copy.
    fn nothing(&self) -> &'static str {
        match self.extent {
            (0, _) => "no resource has the tags",
            (_, true) => "every good recovery point from then on is copied already",
            (_, false) => "every resource has its fresh copies",
        }
    }
}

impl Report for RepairReport {
    fn schema(&self) -> &'static str {
        "mrbackup.repair/1"
    }

    fn exit(&self) -> Exit {
        let well =
            self.failed == 0 && self.unreachable_regions.is_empty() && self.skipped.is_empty();
        if well { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl RepairReport {
    /// What was not started, and what gets no copy.
    fn findings(&self, limit: usize) -> Vec<Finding> {
        let failed = self.jobs.iter().filter_map(|job| {
            let message = job.error.as_ref()?.to_string();
            let mut lines = message.lines().map(|line| line.trim().to_owned());
            let why = lines.next().unwrap_or_default();
            let details = lines.collect();
            let severity = Severity::Unprotected;
            let said = Statement { severity, word: "no copy started", joint: "to", why, details };
            Some((Some(&job.to), job.resource.clone(), said))
        });
        let skipped = self.skipped.iter().map(|SkippedRow { resource, to, reason }| {
            let (why, details) = (reason.clone(), Vec::new());
            let severity = Severity::Late;
            let said = Statement { severity, word: "not copied", joint: "to", why, details };
            (Some(to), resource.clone(), said)
        });
        let unread = self.unreachable_regions.iter().map(UnreadRegion::finding);
        unread.chain(findings(failed.chain(skipped), limit)).collect()
    }

    /// One sentence, with numbers.
    fn verdict(&self, findings: usize) -> String {
        let copies = match self.copies {
            1 => "1 copy".to_owned(),
            copies => format!("{copies} copies"),
        };
        let left_out = self.skipped.len();
        let verdict = match self.started {
            _ if self.copies + left_out + self.unreachable_regions.len() == 0 => {
                format!("nothing to repair: {}", self.nothing())
            }
            _ if self.copies == 0 => "nothing can be copied now".to_owned(),
            None => format!("{copies} to make"),
            Some(started) if self.failed == 0 && started == self.copies => {
                format!("{copies} started")
            }
            Some(started) => format!("{started} of {copies} started"),
        };
        let left_out = match left_out {
            0 => String::new(),
            count => format!(", {count} left out"),
        };
        let findings = match findings {
            0 | 1 => String::new(),
            count => format!("; {count} findings, the worst first"),
        };
        format!("{}: {verdict}{left_out}{findings}.", self.deployment.deployment)
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = ["region", "role"].map(Column::Text).into_iter();
        let counts = ["to copy", "started", "not started", "left out"].map(Column::Number);
        let mut table = Table::new(columns.chain(counts));
        let jobs = self.jobs.iter().map(|job| Some(&job.to));
        let skipped = self.skipped.iter().map(|skipped| Some(&skipped.to));
        let found: Vec<Option<&Region>> = jobs.chain(skipped).collect();
        for region in self.deployment.headings(&found).into_iter().flatten() {
            let jobs = || self.jobs.iter().filter(|job| job.to == *region);
            let counts = [
                jobs().filter(|job| job.job.is_none() && job.error.is_none()).count(),
                jobs().filter(|job| job.job.is_some()).count(),
                jobs().filter(|job| job.error.is_some()).count(),
                self.skipped.iter().filter(|skipped| skipped.to == *region).count(),
            ];
            let number = |count| if count == 0 { String::new() } else { format!("{count}") };
            let role = self.deployment.role_of(region).unwrap_or_default();
            let cells = [region.as_str(), role].map(str::to_owned);
            table.row((" ", DIM), cells.into_iter().chain(counts.map(number)));
        }
        table.write(f)
    }

    /// A line for each copy.
    fn write_copies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Started { resource, to, created, size, job, error, .. } in &self.jobs {
            let size = size.as_ref().map(|size| format!(", {}", size.words())).unwrap_or_default();
            let point = format!("backup of {}{size}", minute(*created));
            match job {
                Some(id) => {
                    writeln!(f, "{GOOD}✔{GOOD:#} {resource} → {to}  {point}, copy job {id}")?;
                }
                None if error.is_none() => {
                    writeln!(f, "{GOOD}+{GOOD:#} {resource} → {to}  {point}, to be copied")?;
                }
                None => (),
            }
        }
        Ok(())
    }
}

impl fmt::Display for RepairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings(if f.alternate() { usize::MAX } else { SHOWN });
        let is_well = self.exit() == Exit::Success;
        let (mark, style) = if is_well { ("✔", GOOD) } else { ("✘", BAD) };
        writeln!(f, "{style}{mark}{style:#} {}", self.verdict(findings.len()))?;
        write_findings(f, &findings)?;
        if self.jobs.len() + self.skipped.len() > 0 {
            writeln!(f)?;
            self.write_table(f)?;
        }
        if f.alternate() {
            self.write_copies(f)?;
        } else if self.started.is_none() && self.copies > 0 {
            let all = self.deployment.command("repair --dry-run --all");
            writeln!(f, "  Each of them: {all}")?;
        }
        if self.started.is_some_and(|started| started > 0) {
            let status = self.deployment.command("status");
            writeln!(f, "The copies continue by themselves. Check at any time: {status}")?;
        }
        Ok(())
    }
}

fn minute(at: Time) -> String {
    let at = jiff::Timestamp::from_second(at);
    at.map(|at| at.strftime("%F %R UTC").to_string()).unwrap_or_default()
}
