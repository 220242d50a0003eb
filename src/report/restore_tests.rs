//! The part of `status` that shows what came of AWS Backup's restore tests, a row a region.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::region::Region;
use crate::model::time::{Time, utc};
use crate::recovery::tests_seen::{Outcome, Tested};
use crate::report::finding::{Finding, Severity};
use crate::report::{Problem, plural};

/// What came of the last run of a region's tests.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct RestoreTestsRow {
    pub(crate) region: Region,
    /// When the last run began; `null` before the first.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) last_run_at: Option<Time>,
    /// Whether a function in this region judges what was restored.
    pub(crate) judged: bool,
    /// The resources that were tested, and those of which the vault has a recovery point and that were not.
    pub(crate) tests: Vec<TestedRow>,
    /// Why it is not known which were to be tested.
    pub(crate) error: Option<Problem>,
}

/// What came of the test of a resource.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct TestedRow {
    pub(crate) resource: String,
    pub(crate) resource_type: String,
    pub(crate) outcome: Outcome,
    /// The restore job; `null` where there is none.
    pub(crate) job: Option<String>,
    /// Minutes that the restore took.
    pub(crate) minutes: Option<i64>,
    /// What was found of it, or AWS's words of why it failed.
    pub(crate) message: Option<String>,
    /// ARN of what was restored.
    pub(crate) restored: Option<String>,
    /// AWS's word of what became of that: `DELETING`, `SUCCESSFUL`, `FAILED`.
    pub(crate) deletion: Option<String>,
    pub(crate) deletion_message: Option<String>,
}

impl From<Tested<'_>> for TestedRow {
    fn from(tested: Tested<'_>) -> Self {
        let Tested { resource, kind, outcome, job } = tested;
        let job = job.cloned().unwrap_or_default();
        let minutes = job.minutes().filter(|_| job.has_ended());
        Self {
            resource,
            resource_type: kind,
            outcome,
            job: Some(job.id).filter(|id| !id.is_empty()),
            minutes,
            message: job.validation_message.or(job.message),
            restored: job.made,
            deletion: job.deletion,
            deletion_message: job.deletion_message,
        }
    }
}

impl TestedRow {
    fn line(&self) -> String {
        let Self { resource, resource_type, message, .. } = self;
        let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        format!("{resource} ({resource_type}){message}")
    }
}

impl RestoreTestsRow {
    fn with(&self, outcome: &Outcome) -> Vec<&TestedRow> {
        self.tests.iter().filter(|test| test.outcome == *outcome).collect()
    }

    /// What a person has to know of: failures, what is missing without a word of AWS's, and what is still paid for.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let region = &self.region;
        if let Some(error) = &self.error {
            let what = format!("{region}: what its restore tests had to restore is unknown");
            return vec![Finding::unread(what, error)];
        }
        let of = |outcome: Outcome, severity, words: fn(usize) -> String| {
            let tests = self.with(&outcome);
            let text = format!("{region}: {}", words(tests.len()));
            let lines = tests.iter().map(|test| test.line());
            (!tests.is_empty()).then(|| Finding::new(severity, text).with(lines))
        };
        let findings = [
            of(Outcome::Wrong, Severity::Unprotected, |count| {
                let verb = if count == 1 { "does" } else { "do" };
                format!(
                    "{} of its restore tests {verb} not hold what it should",
                    plural(count, "restored resource")
                )
            }),
            of(Outcome::Failed, Severity::Unprotected, |count| {
                format!("AWS Backup could not restore {} as a test", plural(count, "resource"))
            }),
            of(Outcome::Skipped, Severity::Unproved, |count| {
                format!(
                    "AWS Backup tested no recovery point of {}, although its vault has one",
                    plural(count, "resource")
                )
            }),
            of(Outcome::NotJudged, Severity::Unproved, |count| {
                let verb = if count == 1 { "was" } else { "were" };
                format!(
                    "{} of its restore tests {verb} not validated in time",
                    plural(count, "restored resource")
                )
            }),
            self.left_over(),
        ];
        findings.into_iter().flatten().collect()
    }

    /// What AWS Backup could not delete.
    fn left_over(&self) -> Option<Finding> {
        let left = self.tests.iter().filter(|test| test.deletion.as_deref() == Some("FAILED"));
        let lines: Vec<String> = left
            .map(|test| {
                let what = test.restored.as_deref().unwrap_or(&test.resource);
                let why = test.deletion_message.as_deref().unwrap_or("AWS gives no reason");
                format!("{what}: {why}")
            })
            .collect();
        let resources = plural(lines.len(), "restored resource");
        let text = format!(
            "{}: AWS Backup could not delete {resources} of its tests, which AWS bills until it is gone: delete it by hand",
            self.region
        );
        (!lines.is_empty()).then(|| Finding::new(Severity::LeftOver, text).with(lines))
    }

    /// The types of what was found wrong.
    pub(crate) fn judged_wrong(&self) -> Vec<&str> {
        self.with(&Outcome::Wrong).into_iter().map(|test| test.resource_type.as_str()).collect()
    }

    /// What is as it is meant to be, and still no proof.
    pub(crate) fn warning(&self) -> Option<String> {
        let restored = self.with(&Outcome::Restored).len();
        let text = format!(
            "{}: its restore tests are not validated there: only the primary and the secondary region have the function that does",
            self.region
        );
        (!self.judged && restored > 0).then_some(text)
    }
}

impl fmt::Display for RestoreTestsRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let region = &self.region;
        let Some(run) = self.last_run_at else {
            return writeln!(f, "  Restore tests in {region}: none has run yet.");
        };
        let (tests, proved) = (self.tests.len(), self.with(&Outcome::Proved).len());
        let all = plural(tests, "resource");
        writeln!(f, "  Restore tests in {region}, {}: {proved} of {all} proved.", utc(run))
    }
}
