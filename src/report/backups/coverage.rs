//! How well one region's vault does: counted, and what is not fresh by name.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::backups::FailedJob;
use crate::model::region::Region;
use crate::model::time::{HOUR, Time};
use crate::protection::freshness::{Freshness, SelectedResources, VaultView};
use crate::report::{BAD, CARE, DIM, GOOD, Problem, plural};

/// How well a region's vault does.
#[derive(Debug, Serialize)]
pub(super) struct Coverage {
    pub(super) region: Region,
    rpo_hours: Option<i64>,
    fresh: usize,
    pub(super) late: usize,
    pub(super) never: usize,
    pending: usize,
    /// Resources with good points within the promised age that are gone, or carry the tags no more.
    retired: usize,
    /// Age of the oldest fresh point, in hours.
    oldest_hours: Option<i64>,
    /// What is not fresh, and what was asked for.
    resources: Vec<Judged>,
    /// Whether the resources are only those that the vault holds.
    #[serde(skip)]
    alone: bool,
    /// Why the region is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Judged {
    resource: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    freshness: Freshness,
    /// When its first run is expected, in the words of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_run: Option<String>,
    /// What AWS said of its last job of the week, where that did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<String>,
}

impl Coverage {
    pub(super) fn new(
        view: &VaultView,
        primary: &SelectedResources,
        now: Time,
        first_run: Option<&String>,
        show_fresh: bool,
    ) -> Self {
        let mut coverage = Self::empty(&view.region);
        coverage.rpo_hours = view.rpo_minutes.map(|minutes| minutes / 60);
        let mut oldest = None;
        for (resource, kind) in &primary.resources {
            let Some(freshness) = view.judge(resource, primary, now) else { continue };
            match &freshness {
                Freshness::Fresh { newest } => {
                    coverage.fresh += 1;
                    oldest = Some(oldest.map_or(*newest, |oldest: Time| oldest.min(*newest)));
                    if !show_fresh {
                        continue;
                    }
                }
                Freshness::Late { .. } => coverage.late += 1,
                Freshness::Never { .. } => coverage.never += 1,
                Freshness::Pending => coverage.pending += 1,
            }
            let first_run = first_run.filter(|_| freshness == Freshness::Pending).cloned();
            coverage.resources.push(Judged {
                resource: resource.clone(),
                kind,
                freshness,
                first_run,
                last_failure: None,
            });
        }
        coverage.oldest_hours = oldest.map(|oldest| (now - oldest).max(0) / HOUR);
        coverage
    }

    /// What a vault shows of itself where nobody says which resources there should be.
    pub(super) fn of_vault_alone(view: &VaultView, now: Time) -> Self {
        let mut coverage = Self::empty(&view.region);
        coverage.rpo_hours = view.rpo_minutes.map(|minutes| minutes / 60);
        let due = view.due(now).unwrap_or(now);
        let fresh = view.newest.values().filter(|newest| **newest >= due);
        coverage.fresh = fresh.clone().count();
        coverage.oldest_hours = fresh.min().map(|oldest| (now - oldest).max(0) / HOUR);
        coverage.alone = true;
        coverage
    }

    pub(super) fn count_retired(&mut self, view: &VaultView, primary: &SelectedResources) {
        let retired = view.newest.keys().filter(|r| !primary.resources.contains_key(*r));
        self.retired = retired.count();
    }

    /// Says of what is not fresh how its last backup, or its last copy to here, ended. `troubles`
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
        for judged in self.resources.iter_mut().filter(|judged| !judged.freshness.is_fresh()) {
            let said = |failed_job: &&FailedJob| {
                format!("{} {}: {}", failed_job.what, failed_job.state, failed_job.message)
            };
            judged.last_failure = last.get(judged.resource.as_str()).map(said);
        }
    }

    pub(super) fn unknown(region: &Region, error: Problem) -> Self {
        Self { error: Some(error), ..Self::empty(region) }
    }

    fn empty(region: &Region) -> Self {
        Self {
            region: region.clone(),
            rpo_hours: None,
            fresh: 0,
            late: 0,
            never: 0,
            pending: 0,
            retired: 0,
            oldest_hours: None,
            resources: Vec::new(),
            alone: false,
            error: None,
        }
    }

    fn counted(&self) -> usize {
        self.fresh + self.late + self.never + self.pending
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
        if self.alone {
            let fresh = plural(self.fresh, "resource");
            let has = if self.fresh == 1 { "has" } else { "have" };
            write!(f, "{CARE}!{CARE:#} {fresh} {has} a fresh {what} in {region}")?;
            if let Some(hours) = self.oldest_hours {
                write!(f, "; oldest {hours} h")?;
            }
            return writeln!(f, "; which others there should be is unknown");
        }
        let all = self.counted();
        let (mark, style) = match (self.late + self.never, self.pending) {
            (0, 0) => ("✔", GOOD),
            (0, _) => ("!", CARE),
            _ => ("✘", BAD),
        };
        let has = if all == 1 { "has" } else { "have" };
        write!(
            f,
            "{style}{mark}{style:#} {} of {} {has} a fresh {what} in {region}",
            self.fresh,
            plural(all, "resource")
        )?;
        if let Some(hours) = self.oldest_hours {
            write!(f, "; oldest {hours} h")?;
        }
        for (count, word) in [(self.late, "late"), (self.never, "never"), (self.pending, "pending")]
        {
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
        for judged in self.resources.iter().take(limit) {
            writeln!(f, "    {judged}{}", age(&judged.freshness, now))?;
            if let Some(failure) = &judged.last_failure {
                writeln!(f, "      its last {failure}")?;
            }
        }
        more(f, self.resources.len(), limit)?;
        match self.retired {
            0 => Ok(()),
            count => writeln!(
                f,
                "    {DIM}{} retired: gone, or without the tags now; their points expire by themselves{DIM:#}",
                plural(count, "resource")
            ),
        }
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, kind, .. } = self;
        let word = match &self.freshness {
            Freshness::Fresh { .. } => "fresh".to_owned(),
            Freshness::Late { .. } => "late".to_owned(),
            Freshness::Never { why } => format!("never: {why}"),
            Freshness::Pending => match &self.first_run {
                Some(run) => format!("never, first run expected at {run}"),
                None => {
                    "never, and none is to be expected: plan or selection is not there".to_owned()
                }
            },
        };
        write!(f, "{resource} ({kind})  {word}")
    }
}

fn age(freshness: &Freshness, now: Time) -> String {
    match freshness {
        Freshness::Fresh { newest } | Freshness::Late { newest: Some(newest) } => {
            format!(", the newest good point is {} h old", (now - newest).max(0) / HOUR)
        }
        Freshness::Late { newest: None } => ", and not looked at closer".to_owned(),
        _ => String::new(),
    }
}

pub(super) fn more(f: &mut fmt::Formatter<'_>, count: usize, limit: usize) -> fmt::Result {
    match count.checked_sub(limit).filter(|more| *more > 0) {
        Some(more) => writeln!(f, "    and {more} more: --all shows them"),
        None => Ok(()),
    }
}
