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
use crate::report::{BAD, CARE, Deployment, Exit, GOOD, Problem, Report, UnreadRegion};

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

impl fmt::Display for RepairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for UnreadRegion { region, .. } in &self.unreachable_regions {
            writeln!(f, "{BAD}?{BAD:#} {region} could not be read: what it lacks is unknown")?;
        }
        for job in &self.jobs {
            let Started { resource, to, size, .. } = job;
            let size = size.as_ref().map(|size| format!(", {}", size.words())).unwrap_or_default();
            let point = format!("backup of {}{size}", minute(job.created));
            match (&job.job, &job.error) {
                (Some(id), _) => {
                    writeln!(f, "{GOOD}✔{GOOD:#} {resource} → {to}  {point}, copy job {id}")?;
                }
                (None, Some(error)) => {
                    let error = error.to_string().replace('\n', "\n    ");
                    writeln!(f, "{BAD}✘{BAD:#} {resource} → {to}  not started: {error}")?;
                }
                (None, None) => {
                    writeln!(f, "{GOOD}+{GOOD:#} {resource} → {to}  {point}, to be copied")?;
                }
            }
        }
        for SkippedRow { resource, to, reason } in &self.skipped {
            writeln!(f, "{CARE}!{CARE:#} {resource} → {to}  not copied: {reason}")?;
        }
        let all =
            if self.copies == 1 { "1 copy".to_owned() } else { format!("{} copies", self.copies) };
        match self.started {
            _ if self.copies + self.skipped.len() + self.unreachable_regions.len() == 0 => {
                writeln!(f, "{GOOD}✔{GOOD:#} Nothing to repair: {}.", self.nothing())
            }
            _ if self.copies == 0 => writeln!(f, "Found nothing that can be copied now."),
            None => writeln!(f, "Would make {all}."),
            Some(started) => writeln!(
                f,
                "Started {started} of {all}; {} left out. They go on by themselves: {}",
                self.skipped.len(),
                self.deployment.command("status")
            ),
        }
    }
}

fn minute(at: Time) -> String {
    let at = jiff::Timestamp::from_second(at);
    at.map(|at| at.strftime("%F %R UTC").to_string()).unwrap_or_default()
}
