//! The part of `status` that tells the truth about the backups: read from the vaults, not from what was configured.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::backups::{Sighting, Trouble};
use crate::freshness::{Place, Primary, Standing, Time};
use crate::region::Region;
use crate::report::{BAD, BOLD, CARE, DIM, GOOD, Problem, VaultRow, plural};
use crate::settings::Settings;

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;
/// Lines of each kind that are shown without `--all`.
const SHOWN: usize = 10;

/// How every resource is backed up, by region.
#[derive(Debug, Serialize)]
pub(crate) struct BackupsReport {
    /// Resources that carry the select tags now; `null` where the primary could not be read.
    resources: Option<usize>,
    /// What a resource has to carry.
    #[serde(skip)]
    tags: String,
    #[serde(skip)]
    primary: Region,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
    regions: Vec<Coverage>,
    /// Jobs of the last week that did not end well; `null` where they could not be read.
    troubles: Option<Vec<Trouble>>,
    /// Resources with the select tags in regions that the plan does not reach.
    not_covered: Vec<NotCovered>,
    /// Resources that were asked for by `--resource` and that nothing backs up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_selected: Vec<String>,
    vaults: Vec<VaultRow>,
    #[serde(skip)]
    now: Time,
    #[serde(skip)]
    all: bool,
}

/// How well a region's vault does.
#[derive(Debug, Serialize)]
struct Coverage {
    region: Region,
    promised_hours: Option<i64>,
    fresh: usize,
    late: usize,
    never: usize,
    pending: usize,
    /// Resources with good points within the promised age that are gone, or carry the tags no more.
    retired: usize,
    /// Age of the oldest fresh point, in hours.
    oldest_hours: Option<i64>,
    /// What is not fresh, and what was asked for.
    resources: Vec<Judged>,
    /// Why the region is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

#[derive(Debug, Serialize)]
struct Judged {
    resource: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    standing: Standing,
    /// When its first run is expected, in the words of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_run: Option<String>,
}

/// Resources that carry the tags in a region that the plan does not select from.
#[derive(Debug, Serialize)]
pub(crate) struct NotCovered {
    pub(crate) region: Region,
    pub(crate) resources: Vec<String>,
}

/// What was read.
pub(crate) struct Findings<'a> {
    pub(crate) sighting: &'a Sighting,
    pub(crate) troubles: Option<Vec<Trouble>>,
    pub(crate) not_covered: Vec<NotCovered>,
    pub(crate) vaults: Vec<VaultRow>,
}

impl BackupsReport {
    /// Of the resources that were asked for every line is shown, and with `all` of every one.
    pub(crate) fn new(
        settings: &Settings,
        findings: Findings<'_>,
        asked: &BTreeSet<String>,
        all: bool,
    ) -> Self {
        let Findings { sighting, troubles, not_covered, vaults } = findings;
        let empty = Primary::default();
        let (primary, error) = match &sighting.primary {
            Ok(primary) => (primary, None),
            Err(failure) => (&empty, Some(failure.into())),
        };
        let known = error.is_none();
        let next = |region: &Region| {
            vaults.iter().find(|row| row.region == *region).and_then(|row| row.next_runs.first())
        };
        let regions = sighting.places.iter().map(|(region, place)| match place {
            Ok(place) => {
                let mut coverage =
                    Coverage::of(place, primary, sighting.now, next(region), !asked.is_empty());
                if known && asked.is_empty() {
                    coverage.count_retired(place, primary);
                }
                coverage
            }
            Err(failure) => Coverage::unknown(region, failure.into()),
        });
        let regions = regions.collect();
        let not_selected =
            asked.iter().filter(|resource| known && !primary.resources.contains_key(*resource));
        let tags = settings.select_tags.iter().map(|(key, value)| format!("{key}={value}"));
        Self {
            resources: known.then_some(primary.resources.len()),
            tags: tags.collect::<Vec<_>>().join(" and "),
            primary: settings.regions.primary.clone(),
            error,
            regions,
            troubles,
            not_covered,
            not_selected: not_selected.cloned().collect(),
            vaults,
            now: sighting.now,
            all: all || !asked.is_empty(),
        }
    }

    /// Whether everything is fresh or not due yet, and everything could be read.
    pub(crate) fn is_healthy(&self) -> bool {
        let region = |region: &Coverage| region.error.is_none() && region.late + region.never == 0;
        self.error.is_none()
            && self.troubles.is_some()
            && self.not_selected.is_empty()
            && self.regions.iter().all(region)
            && self.vaults.iter().all(|vault| vault.error.is_none())
    }

    fn limit(&self) -> usize {
        if self.all { usize::MAX } else { SHOWN }
    }
}

impl Coverage {
    fn of(
        place: &Place,
        primary: &Primary,
        now: Time,
        first_run: Option<&String>,
        show_fresh: bool,
    ) -> Self {
        let mut coverage = Self::empty(&place.region);
        coverage.promised_hours = place.promised_minutes.map(|minutes| minutes / 60);
        let mut oldest = None;
        for (resource, kind) in &primary.resources {
            let Some(standing) = place.judge(resource, primary, now) else { continue };
            match &standing {
                Standing::Fresh { newest } => {
                    coverage.fresh += 1;
                    oldest = Some(oldest.map_or(*newest, |oldest: Time| oldest.min(*newest)));
                    if !show_fresh {
                        continue;
                    }
                }
                Standing::Late { .. } => coverage.late += 1,
                Standing::Never { .. } => coverage.never += 1,
                Standing::Pending => coverage.pending += 1,
            }
            let first_run = first_run.filter(|_| standing == Standing::Pending).cloned();
            coverage.resources.push(Judged {
                resource: resource.clone(),
                kind,
                standing,
                first_run,
            });
        }
        coverage.oldest_hours = oldest.map(|oldest| (now - oldest).max(0) / HOUR);
        coverage
    }

    fn count_retired(&mut self, place: &Place, primary: &Primary) {
        let retired = place.newest.keys().filter(|r| !primary.resources.contains_key(*r));
        self.retired = retired.count();
    }

    fn unknown(region: &Region, error: Problem) -> Self {
        Self { error: Some(error), ..Self::empty(region) }
    }

    fn empty(region: &Region) -> Self {
        Self {
            region: region.clone(),
            promised_hours: None,
            fresh: 0,
            late: 0,
            never: 0,
            pending: 0,
            retired: 0,
            oldest_hours: None,
            resources: Vec::new(),
            error: None,
        }
    }

    fn counted(&self) -> usize {
        self.fresh + self.late + self.never + self.pending
    }

    /// The one line that an operator reads first.
    fn verdict(&self, f: &mut fmt::Formatter<'_>, in_primary: bool) -> fmt::Result {
        let region = &self.region;
        let what = if in_primary { "backup" } else { "copy" };
        if let Some(error) = &self.error {
            let message = error.to_string().replace('\n', "\n    ");
            return writeln!(f, "{BAD}?{BAD:#} {region} is unknown: {message}");
        }
        if self.promised_hours.is_none() {
            return writeln!(
                f,
                "{CARE}!{CARE:#} no rule reaches {region}: nothing is promised there"
            );
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

    fn details(&self, f: &mut fmt::Formatter<'_>, now: Time, limit: usize) -> fmt::Result {
        for judged in self.resources.iter().take(limit) {
            writeln!(f, "    {judged}{}", age(&judged.standing, now))?;
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
        let word = match &self.standing {
            Standing::Fresh { .. } => "fresh".to_owned(),
            Standing::Late { .. } => "late".to_owned(),
            Standing::Never { why } => format!("never: {why}"),
            Standing::Pending => match &self.first_run {
                Some(run) => format!("never, first run expected at {run}"),
                None => "never, none was due yet".to_owned(),
            },
        };
        write!(f, "{resource} ({kind})  {word}")
    }
}

fn age(standing: &Standing, now: Time) -> String {
    match standing {
        Standing::Fresh { newest } | Standing::Late { newest: Some(newest) } => {
            format!(", the newest good point is {} h old", (now - newest).max(0) / HOUR)
        }
        Standing::Late { newest: None } => ", and not looked at closer".to_owned(),
        _ => String::new(),
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize, limit: usize) -> fmt::Result {
    match count.checked_sub(limit).filter(|more| *more > 0) {
        Some(more) => writeln!(f, "    and {more} more: --all shows them"),
        None => Ok(()),
    }
}

impl fmt::Display for BackupsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is unknown comes first.
        if let Some(error) = &self.error {
            let message = error.to_string().replace('\n', "\n    ");
            writeln!(
                f,
                "{BAD}?{BAD:#} {}: which resources there are is unknown: {message}",
                self.primary
            )?;
        }
        let unknown = self.regions.iter().filter(|region| region.error.is_some());
        for region in unknown {
            region.verdict(f, region.region == self.primary)?;
        }
        for resource in &self.not_selected {
            writeln!(
                f,
                "{BAD}✘{BAD:#} {resource} is not among the resources of {} that carry {}: nothing backs it up",
                self.primary, self.tags
            )?;
        }
        if self.resources == Some(0) && self.not_selected.is_empty() {
            writeln!(
                f,
                "{CARE}!{CARE:#} No resource in {} carries {}: nothing is backed up.",
                self.primary, self.tags
            )?;
        }
        if self.resources.is_some_and(|count| count > 0) {
            for region in self.regions.iter().filter(|region| region.error.is_none()) {
                region.verdict(f, region.region == self.primary)?;
                region.details(f, self.now, self.limit())?;
            }
        }
        self.write_troubles(f)?;
        for NotCovered { region, resources } in &self.not_covered {
            writeln!(
                f,
                "{CARE}!{CARE:#} {} in {region} not covered: a plan selects from its own region alone. Cover them with: \
                 mrbackup up --name {region} --primary {region} --secondary REGION",
                plural(resources.len(), "resource")
            )?;
        }
        if self.vaults.is_empty() {
            return Ok(());
        }
        writeln!(f, "{BOLD}what the vaults hold{BOLD:#}")?;
        self.vaults.iter().try_for_each(|vault| write!(f, "{vault}"))
    }
}

impl BackupsReport {
    fn write_troubles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(troubles) = &self.troubles else {
            return writeln!(
                f,
                "{BAD}?{BAD:#} Jobs of the last week are unknown: they could not be read"
            );
        };
        if troubles.is_empty() {
            return Ok(());
        }
        let day = troubles.iter().filter(|trouble| trouble.ended >= self.now - DAY).count();
        writeln!(
            f,
            "{CARE}!{CARE:#} {} did not end well in the last week, {day} of them in the last day:",
            plural(troubles.len(), "job")
        )?;
        for trouble in troubles.iter().take(self.limit()) {
            let Trouble { what, state, resource, message, .. } = trouble;
            let to = trouble.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            writeln!(f, "    {what}{to} {state}: {resource}: {message}")?;
        }
        more(f, troubles.len(), self.limit())
    }
}
