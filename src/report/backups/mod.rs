//! The part of `status` that tells the truth about the backups: read from the vaults, not from what was configured.

mod counts;
mod coverage;
mod findings;
mod near_misses;
mod not_covered;
mod plans;
mod resources;
mod table;
mod unknown_types;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::backups::{BackupInventory, FailedJob, NearMisses};
use crate::failure::Failure;
use crate::model::instant::instant;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::time::Time;
use crate::protection::coverage::{NotSelected, RegionalCoverage};
use crate::report::backups::coverage::{CoverageRow, Shown};
use crate::report::backups::near_misses::NearMissRows;
use crate::report::backups::not_covered::NotCoveredRows;
use crate::report::backups::plans::PlanRows;
use crate::report::backups::resources::{FirstRun, age};
use crate::report::backups::unknown_types::UnknownTypeRows;
use crate::report::{Problem, VaultRow};

pub(crate) use not_covered::NotCovered;

/// Lines of each kind that are shown without `--all`.
const SHOWN: usize = 10;

/// How every resource is backed up, by region.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct BackupsReport {
    #[serde(skip)]
    healthy: bool,
    /// Resources that have the select tags now; `null` where the primary could not be read.
    resources: Option<usize>,
    /// Selections that can take resources that no list of AWS shows: those are not judged.
    unlisted_selections: Vec<String>,
    /// What a selected resource does, and what several do.
    #[serde(skip)]
    is_selected: String,
    #[serde(skip)]
    are_selected: String,
    #[serde(skip)]
    primary: Region,
    error: Option<Problem>,
    /// Why it is unknown since when resources have waited for a first backup.
    waiting_error: Option<Problem>,
    /// Where nothing carries the tags: what nearly does.
    #[serde(flatten)]
    near_misses: NearMissRows,
    #[serde(flatten)]
    unknown: UnknownTypeRows,
    regions: Vec<CoverageRow>,
    #[serde(flatten)]
    plans: PlanRows,
    /// Jobs of the last week that did not end well; `null` where they could not be read.
    failed_jobs: Option<Vec<FailedJob>>,
    #[serde(flatten)]
    not_covered: NotCoveredRows,
    /// Resources that were asked for by `--resource` and that nothing backs up.
    not_selected: Vec<NotSelectedRow>,
    vaults: Vec<VaultRow>,
    #[serde(skip)]
    now: Time,
    #[serde(skip)]
    all: bool,
}

/// A resource that was asked for and does not have the select tags, is gone, or lies elsewhere.
#[derive(Debug, JsonSchema, Serialize)]
struct NotSelectedRow {
    resource: String,
    /// The time of its newest good point in each region that holds one.
    #[serde(rename = "newest_at", serialize_with = "instants")]
    #[schemars(with = "BTreeMap<Region, Timestamp>")]
    newest: BTreeMap<Region, Time>,
}

fn instants<S: Serializer>(
    times: &BTreeMap<Region, Time>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(times.iter().map(|(region, at)| (region, instant(*at))))
}

impl NotSelectedRow {
    fn new(NotSelected { resource, newest }: &NotSelected<'_>) -> Self {
        let newest = newest.iter().map(|(region, at)| ((*region).clone(), *at));
        Self { resource: (*resource).to_owned(), newest: newest.collect() }
    }

    fn what_is_left(&self, now: Time) -> String {
        let age = |(region, at): (&Region, &Time)| format!("{region} ({} old)", age(*at, now));
        match &self.newest.iter().map(age).collect::<Vec<_>>()[..] {
            [] => "no vault that could be read holds a good point of it".to_owned(),
            ages => format!("its newest good points: {}", ages.join(", ")),
        }
    }
}

/// What was read.
pub(crate) struct Findings<'a> {
    pub(crate) inventory: &'a BackupInventory,
    pub(crate) coverage: RegionalCoverage<'a, Failure>,
    /// Whether everything could be read, and everything is fresh or not due yet.
    pub(crate) healthy: bool,
    /// What nearly has the tags, or why that is unknown; `None` where something has them.
    pub(crate) near_misses: Option<Result<NearMisses, Failure>>,
    /// Whether a run is to be expected; `None` where plan or selection was not read.
    pub(crate) runs: Option<bool>,
    pub(crate) failed_jobs: Option<Vec<FailedJob>>,
    pub(crate) not_covered: NotCovered,
    pub(crate) vaults: Vec<VaultRow>,
}

fn shown(asked: &BTreeSet<String>, all: bool) -> Shown {
    match (asked.is_empty(), all) {
        (false, _) => Shown::Asked,
        (true, true) => Shown::All,
        (true, false) => Shown::NotFresh,
    }
}

impl BackupsReport {
    /// Of the resources that were asked for every line is shown, and with `all` of every one.
    pub(crate) fn new(
        settings: &Settings,
        findings: Findings<'_>,
        asked: &BTreeSet<String>,
        all: bool,
    ) -> Self {
        let Findings {
            inventory, coverage, healthy, runs, failed_jobs, not_covered, vaults, ..
        } = findings;
        let near_misses = NearMissRows::new(findings.near_misses);
        let first_run = |region: &Region| {
            let row = vaults.iter().find(|row| row.region == *region);
            let next = row.and_then(|row| row.next_runs.as_ref()).and_then(|runs| runs.first());
            match (runs, next) {
                (None, _) => FirstRun::Unknown,
                (Some(_), Some(next)) => FirstRun::At(next.clone()),
                (Some(_), None) => FirstRun::None,
            }
        };
        let shown = shown(asked, all);
        let rows = coverage.regions.iter().map(|(region, coverage)| match coverage {
            Ok(coverage) => {
                let mut row = CoverageRow::new(region, coverage, &first_run(region), shown);
                row.explain(failed_jobs.as_deref().unwrap_or_default());
                if let (Ok(primary), true) =
                    (&inventory.primary, **region == settings.regions.primary)
                {
                    row.doubt(&primary.idle);
                }
                row
            }
            Err(failure) => CoverageRow::unknown(region, (*failure).into()),
        });
        // Of these it is said that nobody knows.
        let is_known =
            |gone: &&NotSelected<'_>| !inventory.unknown.resources.contains(gone.resource);
        let not_selected = coverage.not_selected.iter().filter(is_known);
        let selected = inventory.primary.as_ref();
        Self {
            healthy,
            resources: selected.ok().map(|selected| selected.resources.len()),
            unlisted_selections: {
                let selections = settings.selections.iter().filter(|one| one.takes_unlisted());
                selections.map(|one| one.name.clone()).collect()
            },
            is_selected: settings.is_selected_words(),
            are_selected: settings.are_selected_words(),
            primary: settings.regions.primary.clone(),
            error: selected.err().map(Problem::from),
            waiting_error: inventory.unread_waiting.as_ref().map(Problem::from),
            near_misses,
            unknown: UnknownTypeRows::new(&inventory.unknown),
            regions: rows.collect(),
            plans: PlanRows::new(settings, selected.ok(), &coverage),
            not_selected: not_selected.map(NotSelectedRow::new).collect(),
            failed_jobs,
            not_covered: NotCoveredRows::new(not_covered),
            vaults,
            now: inventory.now,
            all: all || !asked.is_empty(),
        }
    }

    /// Whether everything is fresh or not due yet, and everything could be read.
    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy
    }

    fn limit(&self) -> usize {
        if self.all { usize::MAX } else { SHOWN }
    }
}
