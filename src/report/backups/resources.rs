//! What is said of each resource in a region, and in one line of all for which it is the same.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recovery_point::PointFacts;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::time::{HOUR, Time, utc};
use crate::protection::coverage::Judged;
use crate::protection::freshness::Freshness;
use crate::protection::schedule::{Run, span};
use crate::report::finding::{Finding, Severity};
use crate::report::statement::{self, Statement};

/// What is said of a resource that AWS Backup does not copy.
const UNCOPYABLE: &str = "cannot be copied";

/// The next run that reaches a region.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
#[serde(untagged)]
pub(super) enum FirstRun {
    At(Run),
    /// No plan runs, or nothing selects for it.
    None,
    /// Plan or selection was not read.
    Unknown,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ResourceRow {
    pub(super) resource: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    pub(super) freshness: Freshness,
    /// Its newest good recovery point; `null` where there is none.
    newest_point: Option<PointFacts>,
    /// The run that is expected to make its first point; `null` where none is, or where that is unknown.
    first_run: FirstRun,
    /// What shows whether it is there, where it may be gone.
    pub(super) existence_check: Option<String>,
    /// AWS's words about its last job of the week, where that did not end well.
    pub(super) last_failure: Option<String>,
}

impl ResourceRow {
    pub(super) fn new(judged: &Judged<'_>, first_run: &FirstRun) -> Self {
        let Judged { resource, kind, freshness, newest_point } = judged;
        let is_pending = matches!(freshness, Freshness::Pending { .. });
        Self {
            resource: (*resource).clone(),
            kind,
            freshness: freshness.clone(),
            newest_point: newest_point.cloned(),
            first_run: if is_pending { first_run.clone() } else { FirstRun::None },
            existence_check: None,
            last_failure: None,
        }
    }

    /// Whether an existing resource would be late or never.
    pub(super) fn is_due(&self) -> bool {
        matches!(self.freshness, Freshness::Late { .. } | Freshness::Never { .. })
    }

    fn statement(&self, now: Time) -> Statement {
        let (severity, word, why) = match &self.freshness {
            Freshness::Fresh { newest } => (Severity::Well, "fresh", newest_is(*newest, now)),
            Freshness::Late { newest, flaw } => {
                let flaw = flaw.as_ref().map(|flaw| format!("; {flaw}")).unwrap_or_default();
                (Severity::Late, "late", newest_is(*newest, now) + &flaw)
            }
            Freshness::Stopped { reason } => (Severity::Unprotected, "stopped", reason.clone()),
            Freshness::Never { reason } => (Severity::Unprotected, "never", reason.to_string()),
            Freshness::Uncopyable { reason } => (Severity::Unprotected, UNCOPYABLE, reason.clone()),
            Freshness::Pending { since, passed_over_since } => {
                (Severity::Note, "pending", self.waits(*since, *passed_over_since))
            }
        };
        let joint = if word == UNCOPYABLE { "to" } else { "in" };
        Statement { severity, word, joint, why, details: self.details() }
    }

    /// When its first backup is to come, and how long it has waited for it.
    fn waits(&self, since: Option<Time>, passed_over_since: Option<Time>) -> String {
        let run = match &self.first_run {
            FirstRun::At(run) => format!("first run {run}"),
            FirstRun::None => {
                return "no run is scheduled, as plan or selection is missing".to_owned();
            }
            FirstRun::Unknown => {
                return "whether a run is scheduled is unknown, as plan or selection was not read"
                    .to_owned();
            }
        };
        match (since, passed_over_since) {
            (Some(since), _) => format!("{run}; it has waited since {} at least", utc(since)),
            (None, Some(since)) => format!(
                "{run}; if it was tagged before {}, AWS Backup leaves it out: others were backed up",
                utc(since)
            ),
            (None, None) => run,
        }
    }

    /// AWS's last answer, and how to see whether the resource is there.
    fn details(&self) -> Vec<String> {
        let mut details =
            Vec::from_iter(self.last_failure.as_ref().map(|last| format!("its last {last}")));
        if let Some(check) = &self.existence_check {
            let other = if resource_types::is_cluster_id(&self.resource) {
                ", or be another name of a cluster that is listed by its own"
            } else {
                ""
            };
            details.push(format!(
                "it may be gone{other}: there is no job of it, while others are backed up. To see: {check}"
            ));
        }
        details
    }
}

fn newest_is(newest: Time, now: Time) -> String {
    format!("the newest good recovery point is {} old", age(newest, now))
}

/// How old something is, in whole hours.
pub(super) fn age(at: Time, now: Time) -> String {
    span((now - at).max(0) / HOUR * 60)
}

/// One finding for each fact, over all regions and resources of which it is true; `limit` of them, and of the names in
/// each.
pub(super) fn findings<'a>(
    rows: impl Iterator<Item = (&'a Region, &'a ResourceRow)>,
    now: Time,
    limit: usize,
) -> Vec<Finding> {
    let said = rows.map(|(region, row)| {
        (Some(region), format!("{} ({})", row.resource, row.kind), row.statement(now))
    });
    statement::findings(said, limit)
}
