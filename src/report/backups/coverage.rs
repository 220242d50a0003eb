//! How a region's vault covers the resources: a row of counts, and what is not fresh by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::FailedJob;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::protection::coverage::{Counts, Coverage};
use crate::protection::schedule::span;
use crate::report::backups::counts::KnownCounts;
use crate::report::backups::resources::{FirstRun, ResourceRow};
use crate::report::table::Mark;
use crate::report::{BAD, CARE, GOOD, Problem};

/// A region as the report shows it: how its vault covers the resources, or why that is unknown.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct CoverageRow {
    pub(super) region: Region,
    pub(super) rpo_hours: Option<i64>,
    /// Of the types that have an allowance of their own.
    rpo_hours_by_type: BTreeMap<String, i64>,
    #[serde(skip)]
    pub(super) counts: Counts,
    #[serde(flatten)]
    known: KnownCounts,
    /// What is not fresh, what was asked for by `--resource`, and with `--all` every one; `null` where they are unknown.
    resources: Option<Vec<ResourceRow>>,
    /// Whether the text names those that are fresh.
    #[serde(skip)]
    names_fresh: bool,
    /// Whether the resources are only those that the vault holds.
    #[serde(skip)]
    pub(super) of_vault_alone: bool,
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

    /// Those that the text names.
    pub(super) fn named(&self) -> impl Iterator<Item = &ResourceRow> {
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

    /// Whether a row of the table is good, and why not.
    fn mark(&self) -> Mark {
        let nothing = self.counts.judged() == 0 || self.rpo_hours.is_none();
        let is_unsure = nothing || self.of_vault_alone || self.counts.pending > 0;
        match self.counts.missing() {
            _ if self.error.is_some() => ("?", BAD),
            0 if is_unsure => ("!", CARE),
            0 => ("✔", GOOD),
            _ => ("✘", BAD),
        }
    }

    /// Its row in the table of regions, but for what only the vault tells.
    pub(super) fn cells(&self) -> (Mark, Vec<String>) {
        if self.error.is_some() {
            return (self.mark(), vec!["unknown".to_owned()]);
        }
        let counts = &self.counts;
        let fresh = match self.rpo_hours {
            None => String::new(),
            Some(_) if self.of_vault_alone => format!("{}/?", counts.fresh),
            Some(_) => format!("{}/{}", counts.fresh, counts.judged()),
        };
        let number = |count: usize| if count == 0 { String::new() } else { count.to_string() };
        let bad =
            [counts.late, counts.stopped, counts.never, counts.cannot_be_copied, counts.pending];
        let hours = |hours: Option<i64>| hours.map(|hours| span(hours * 60)).unwrap_or_default();
        let mut cells = vec![fresh];
        cells.extend(bad.map(number));
        cells.push(hours(counts.oldest_hours));
        cells.push(self.rpo_hours.map_or("no rule".to_owned(), |hours| span(hours * 60)));
        (self.mark(), cells)
    }
}
