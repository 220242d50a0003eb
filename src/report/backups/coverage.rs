//! How a region's vault covers the resources: a line of counts, and what is not fresh by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::FailedJob;
use crate::model::recovery_point::PointFacts;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::time::{HOUR, Time, utc};
use crate::protection::coverage::{Counts, Coverage, Judged};
use crate::protection::freshness::Freshness;
use crate::protection::schedule::Run;
use crate::report::backups::counts::KnownCounts;
use crate::report::{BAD, CARE, DIM, GOOD, Problem, plural};

/// A region as the report shows it: how its vault covers the resources, or why that is unknown.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct CoverageRow {
    pub(super) region: Region,
    rpo_hours: Option<i64>,
    /// Of the types that have an allowance of their own.
    rpo_hours_by_type: BTreeMap<String, i64>,
    #[serde(skip)]
    counts: Counts,
    #[serde(flatten)]
    known: KnownCounts,
    /// What is not fresh, what was asked for by `--resource`, and with `--all` every one; `null` where they are unknown.
    resources: Option<Vec<ResourceRow>>,
    /// Whether the text names those that are fresh.
    #[serde(skip)]
    names_fresh: bool,
    /// Whether the resources are only those that the vault holds.
    #[serde(skip)]
    of_vault_alone: bool,
    /// Why the region is unknown.
    pub(super) error: Option<Problem>,
}

/// Which resources a region is shown with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    NotFresh,
    /// Those that were asked for, fresh or not.
    Asked,
    /// Every one in a document; the text names those that are not fresh.
    All,
}

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
struct ResourceRow {
    resource: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    freshness: Freshness,
    /// Its newest good recovery point; `null` where there is none.
    newest_point: Option<PointFacts>,
    /// The run that is expected to make its first point; `null` where none is, or where that is unknown.
    first_run: FirstRun,
    /// What shows whether it is there, where it may be gone.
    existence_check: Option<String>,
    /// AWS's words about its last job of the week, where that did not end well.
    last_failure: Option<String>,
}

impl ResourceRow {
    fn new(judged: &Judged<'_>, first_run: &FirstRun) -> Self {
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
    fn is_due(&self) -> bool {
        matches!(self.freshness, Freshness::Late { .. } | Freshness::Never { .. })
    }
}

impl CoverageRow {
    /// `first_run` is what a resource waits for that is not due yet.
    pub(super) fn new(
        region: &Region,
        coverage: &Coverage<'_>,
        first_run: &FirstRun,
        shown: Shown,
    ) -> Self {
        let show_fresh = shown != Shown::NotFresh;
        let rows =
            coverage.resources.iter().filter(|judged| show_fresh || !judged.freshness.is_fresh());
        let rpo = coverage.rpo.as_ref();
        let by_type = rpo.iter().flat_map(|rpo| &rpo.by_type);
        Self {
            region: region.clone(),
            rpo_hours: rpo.map(|rpo| rpo.minutes / 60),
            rpo_hours_by_type: by_type.map(|(kind, m)| (kind.clone(), m / 60)).collect(),
            counts: coverage.counts.clone(),
            known: KnownCounts::new(coverage),
            resources: (!coverage.of_vault_alone)
                .then(|| rows.map(|judged| ResourceRow::new(judged, first_run)).collect()),
            names_fresh: shown == Shown::Asked,
            of_vault_alone: coverage.of_vault_alone,
            error: None,
        }
    }

    pub(super) fn unknown(region: &Region, error: Problem) -> Self {
        Self {
            region: region.clone(),
            rpo_hours: None,
            rpo_hours_by_type: BTreeMap::new(),
            counts: Counts::default(),
            known: KnownCounts::default(),
            resources: None,
            names_fresh: false,
            of_vault_alone: false,
            error: Some(error),
        }
    }

    /// The resources that the text names.
    fn named(&self) -> impl Iterator<Item = &ResourceRow> {
        let rows = self.resources.iter().flatten();
        rows.filter(|row| self.names_fresh || !row.freshness.is_fresh())
    }

    /// Says of what is not fresh how its last backup, or its last copy to here, ended. `failed_jobs`
    /// are the newest first.
    pub(super) fn explain(&mut self, failed_jobs: &[FailedJob]) {
        let region = self.region.as_str();
        let concerns =
            |failed_job: &&FailedJob| failed_job.to.as_deref().is_none_or(|to| to == region);
        let last: HashMap<&str, &FailedJob> = failed_jobs
            .iter()
            .rev()
            .filter(concerns)
            .map(|failed_job| (failed_job.resource.as_str(), failed_job))
            .collect();
        for judged in
            self.resources.iter_mut().flatten().filter(|judged| !judged.freshness.is_fresh())
        {
            let said = |failed_job: &&FailedJob| {
                format!("{} {}: {}", failed_job.what, failed_job.state, failed_job.message)
            };
            judged.last_failure = last.get(judged.resource.as_str()).map(said);
        }
    }

    /// Says of what is due, and of which nobody makes a job, how to see whether it is there.
    pub(super) fn doubt(&mut self, idle: &BTreeSet<String>) {
        for judged in self.resources.iter_mut().flatten().filter(|judged| judged.is_due()) {
            if idle.contains(&judged.resource) {
                judged.existence_check = resource_types::existence_check(&judged.resource);
            }
        }
    }

    /// The one line that an operator reads first.
    pub(super) fn verdict(&self, f: &mut fmt::Formatter<'_>, in_primary: bool) -> fmt::Result {
        let region = &self.region;
        let what = if in_primary { "backup" } else { "copy" };
        if let Some(error) = &self.error {
            let message = error.to_string().replace('\n', "\n    ");
            return writeln!(f, "{BAD}?{BAD:#} {region} is unknown: {message}");
        }
        if self.rpo_hours.is_none() {
            return writeln!(
                f,
                "{CARE}!{CARE:#} no rule reaches {region}: nothing is promised there"
            );
        }
        if self.of_vault_alone {
            let fresh = plural(self.counts.fresh, "resource");
            let has = if self.counts.fresh == 1 { "has" } else { "have" };
            write!(f, "{CARE}!{CARE:#} {fresh} {has} a fresh {what} in {region}")?;
            if let Some(hours) = self.counts.oldest_hours {
                write!(f, "; oldest {hours} h")?;
            }
            return writeln!(f, "; which others there should be is unknown");
        }
        let all = self.counts.judged();
        let (mark, style) = match (self.counts.missing(), self.counts.pending) {
            (0, 0) => ("✔", GOOD),
            (0, _) => ("!", CARE),
            _ => ("✘", BAD),
        };
        let has = if all == 1 { "has" } else { "have" };
        write!(
            f,
            "{style}{mark}{style:#} {} of {} {has} a fresh {what} in {region}",
            self.counts.fresh,
            plural(all, "resource")
        )?;
        if let Some(hours) = self.counts.oldest_hours {
            write!(f, "; oldest {hours} h")?;
        }
        for (count, word) in [
            (self.counts.late, "late"),
            (self.counts.stopped, "stopped"),
            (self.counts.never, "never"),
            (self.counts.cannot_be_copied, "cannot be copied there"),
            (self.counts.pending, "pending"),
        ] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        writeln!(f)
    }

    pub(super) fn details(
        &self,
        f: &mut fmt::Formatter<'_>,
        now: Time,
        limit: usize,
    ) -> fmt::Result {
        for judged in self.named().take(limit) {
            writeln!(f, "    {judged}{}", age(&judged.freshness, now))?;
            if let Some(check) = &judged.existence_check {
                let other = if resource_types::is_cluster_id(&judged.resource) {
                    ", or be another name of a cluster that is listed by its own"
                } else {
                    ""
                };
                writeln!(
                    f,
                    "      it may be gone{other}: there is no job of it, while others are backed up. To see:\n        {check}"
                )?;
            }
            if let Some(failure) = &judged.last_failure {
                writeln!(f, "      its last {failure}")?;
            }
        }
        more(f, self.named().count(), limit)?;
        match self.counts.retired {
            0 => Ok(()),
            count => writeln!(
                f,
                "    {DIM}{} retired: gone, or without the tags now; their points expire by themselves{DIM:#}",
                plural(count, "resource")
            ),
        }
    }
}

impl fmt::Display for ResourceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, kind, .. } = self;
        let word = match &self.freshness {
            Freshness::Fresh { .. } => "fresh".to_owned(),
            Freshness::Late { .. } => "late".to_owned(),
            Freshness::Stopped { reason } => format!("stopped: {reason}"),
            Freshness::Never { reason } => format!("never: {reason}"),
            Freshness::Uncopyable { reason } => format!("cannot be copied there: {reason}"),
            Freshness::Pending { since, passed_over_since } => match &self.first_run {
                FirstRun::At(run) => {
                    format!("never, first run expected at {run}{}", waits(*since, *passed_over_since))
                }
                FirstRun::None => {
                    "never, and none is to be expected: plan or selection is not there".to_owned()
                }
                FirstRun::Unknown => {
                    "never, and whether a run is to be expected is unknown: plan and selection were not read"
                        .to_owned()
                }
            },
        };
        write!(f, "{resource} ({kind})  {word}")
    }
}

fn age(freshness: &Freshness, now: Time) -> String {
    let newest_is =
        |newest: Time| format!(", the newest good point is {} h old", (now - newest).max(0) / HOUR);
    match freshness {
        Freshness::Fresh { newest } => newest_is(*newest),
        Freshness::Late { newest, flaw } => {
            let flaw = flaw.iter().map(|flaw| format!("; {flaw}"));
            newest_is(*newest) + &flaw.collect::<String>()
        }
        Freshness::Stopped { .. }
        | Freshness::Never { .. }
        | Freshness::Uncopyable { .. }
        | Freshness::Pending { .. } => String::new(),
    }
}

/// What is known of how long a resource has waited for its first backup.
fn waits(since: Option<Time>, passed_over_since: Option<Time>) -> String {
    match (since, passed_over_since) {
        (Some(since), _) => format!("; it has waited since {} at least", utc(since)),
        (None, Some(since)) => format!(
            "; if it was tagged before {}, AWS Backup leaves it out: others were backed up",
            utc(since)
        ),
        (None, None) => String::new(),
    }
}

pub(super) fn more(f: &mut fmt::Formatter<'_>, count: usize, limit: usize) -> fmt::Result {
    match count.checked_sub(limit).filter(|more| *more > 0) {
        Some(more) => writeln!(f, "    and {more} more: --all shows them"),
        None => Ok(()),
    }
}
