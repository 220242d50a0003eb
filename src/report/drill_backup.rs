//! The report of `drill backup`.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::instant;
use crate::model::job::{Job, JobStatus};
use crate::model::region::Region;
use crate::model::resource_types::BackupSize;
use crate::model::time::{HOUR, Time, day};
use crate::report::{BAD, Deployment, Exit, GOOD, Problem, Report, plural};

/// How one resource was backed up and copied.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DrillBackupReport {
    #[serde(flatten)]
    deployment: Deployment,
    resource: String,
    /// In how many days AWS Backup deletes what the drill made.
    #[serde(rename = "retention_days")]
    keep_days: i64,
    /// Whether the backup and every copy are there and good.
    healthy: bool,
    jobs: Vec<Leg>,
}

/// The backup, or a copy.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Leg {
    /// `backup` or `copy`.
    what: &'static str,
    /// Where the recovery point is.
    region: Region,
    job: Option<String>,
    /// AWS's word; `null` of a job that could not be started.
    state: Option<String>,
    message: Option<String>,
    /// By AWS's clock.
    seconds: Option<i64>,
    /// `null` where AWS's number means nothing.
    size: Option<BackupSize>,
    pub(crate) recovery_point: Option<String>,
    /// The status of the recovery point in its vault.
    status: Option<String>,
    /// When AWS Backup deletes it; `null` where that is not known.
    #[serde(rename = "expires_at", serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    deletes: Option<Time>,
    error: Option<Problem>,
}

impl Leg {
    pub(crate) fn new(job: &Job, region: &Region, ended: &JobStatus) -> Self {
        let (what, id) = match job {
            Job::Backup(id) => ("backup", id),
            Job::Copy(id) => ("copy", id),
        };
        Self {
            what,
            region: region.clone(),
            job: Some(id.clone()),
            state: Some(ended.state.clone()),
            message: ended.message.clone().filter(|message| !message.is_empty()),
            seconds: ended.seconds,
            size: BackupSize::new(&ended.resource, ended.bytes),
            recovery_point: ended.recovery_point.clone(),
            status: None,
            deletes: None,
            error: None,
        }
    }

    /// A copy that could not even be started.
    pub(crate) fn refused(region: &Region, failure: &Failure) -> Self {
        Self {
            what: "copy",
            region: region.clone(),
            job: None,
            state: None,
            message: None,
            seconds: None,
            size: None,
            recovery_point: None,
            status: None,
            deletes: None,
            error: Some(failure.into()),
        }
    }

    pub(crate) fn checked(&mut self, status: &str, deletes: Option<Time>) {
        self.status = Some(status.to_owned());
        self.deletes = deletes;
    }

    pub(crate) fn unchecked(&mut self, failure: &Failure) {
        self.error = Some(failure.into());
    }

    /// Whether the job has completed, whatever its recovery point is like.
    pub(crate) fn is_good(&self) -> bool {
        self.state.as_deref() == Some("COMPLETED")
    }

    /// Whether the recovery point was seen in its vault, and in good state.
    fn is_there(&self) -> bool {
        self.is_good() && matches!(self.status.as_deref(), Some("COMPLETED" | "AVAILABLE"))
    }
}

impl DrillBackupReport {
    pub(crate) fn new(
        deployment: Deployment,
        resource: String,
        keep_days: i64,
        jobs: Vec<Leg>,
    ) -> Self {
        let healthy = jobs.iter().all(Leg::is_there);
        Self { deployment, resource, keep_days, healthy, jobs }
    }
}

/// `1 h 02 min`, `3 min 20 s`, `41 s`.
fn span(seconds: i64) -> String {
    match (seconds / HOUR, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, style) = if self.is_there() { ("✔", GOOD) } else { ("✘", BAD) };
        let place = match self.what {
            "copy" => format!("copy to {}", self.region),
            _ => format!("backup in {}", self.region),
        };
        write!(
            f,
            "  {style}{mark}{style:#} {place:<28} {}",
            self.state.as_deref().unwrap_or("NOT STARTED")
        )?;
        if let Some(seconds) = self.seconds {
            write!(f, " in {}", span(seconds))?;
        }
        if let Some(size) = &self.size {
            write!(f, ", {}", size.words())?;
        }
        writeln!(f)?;
        if let Some(message) = &self.message {
            writeln!(f, "      AWS's answer: {message}")?;
        }
        if let Some(point) = &self.recovery_point {
            write!(f, "      {point}")?;
            if let Some(status) = &self.status {
                write!(f, " is {status}")?;
            }
            match self.deletes.and_then(day) {
                Some(day) => writeln!(f, ", deleted on {day}")?,
                None => writeln!(f)?,
            }
        }
        if let Some(error) = &self.error {
            writeln!(f, "      {}", error.to_string().replace('\n', "\n      "))?;
        }
        Ok(())
    }
}

impl Report for DrillBackupReport {
    fn schema(&self) -> &'static str {
        "mrbackup.drill-backup/1"
    }

    fn exit(&self) -> Exit {
        if self.healthy { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl fmt::Display for DrillBackupReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = &self.resource;
        if self.healthy {
            let copies = self.jobs.len() - 1;
            writeln!(
                f,
                "{GOOD}✔{GOOD:#} {resource} was backed up and copied to {}.",
                plural(copies, "more region")
            )?;
        } else {
            writeln!(f, "{BAD}✘{BAD:#} {resource} was not backed up everywhere.")?;
        }
        self.jobs.iter().try_for_each(|leg| write!(f, "{leg}"))?;
        let kept = self.jobs.iter().filter(|leg| leg.recovery_point.is_some()).count();
        if kept > 0 {
            writeln!(
                f,
                "What the drill made stays for {} days, and is then deleted by AWS Backup.",
                self.keep_days
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_at_a_glance() {
        assert_eq!([41, 200, 3725].map(span), ["41 s", "3 min 20 s", "1 h 02 min"]);
    }
}
