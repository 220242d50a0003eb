//! The part of `status` that shows what restores have proved, by region and type, and whether that is within the RTO.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::time::{Time, utc};
use crate::protection::restores_proved::{AgainstRto, REMEMBERED_DAYS, TypeProved};
use crate::protection::schedule::span;
use crate::report::finding::{Finding, Severity};
use crate::report::table::{Column, Mark, Table};
use crate::report::{BAD, BOLD, CARE, GOOD, Problem};

const COLUMNS: [Column; 6] = [
    Column::Text("region"),
    Column::Text("type"),
    Column::Text("last proved (UTC)"),
    Column::Number("took"),
    Column::Number("data age"),
    Column::Number("RTO"),
];

/// What drills and restore tests of a region have proved in the last 60 days.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct RestoresProvedRow {
    pub(crate) region: Region,
    /// The types that were restored in this time; `null` where that is unknown.
    pub(crate) types: Option<Vec<TypeProvedRow>>,
    /// Why it is unknown.
    pub(crate) error: Option<Problem>,
}

/// What is known of a type. CloudWatch has it by the hour: of several restores in one the worst counts.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct TypeProvedRow {
    resource_type: String,
    verdict: LastVerdict,
    /// When the hour began in which something was restored last.
    #[serde(serialize_with = "instant::serialize")]
    #[schemars(with = "Timestamp")]
    restored_at: Time,
    /// When the last hour began in which each verdict was good; `null` where there is none.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    proved_at: Option<Time>,
    /// Minutes that the longest restore of that hour took.
    minutes: Option<i64>,
    /// Minutes from the backup to its restore, of the oldest in that hour.
    data_age_minutes: Option<i64>,
    /// How long a restore of the type may take by the settings; `null` where they do not limit it.
    rto_minutes: Option<i64>,
    /// Whether the last that was proved took no longer; `null` without an RTO, and where none was proved.
    within_rto: Option<bool>,
    /// When the hour began in which a verdict was bad, if none is newer.
    #[serde(skip)]
    failed_at: Option<Time>,
}

/// What the last verdict was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum LastVerdict {
    Proved,
    Failed,
    /// It was restored, and nothing judged it.
    NotJudged,
}

impl RestoresProvedRow {
    pub(crate) fn new(
        region: &Region,
        known: Result<Vec<TypeProved>, Problem>,
        settings: &Settings,
    ) -> Self {
        let (types, error) = match known {
            Ok(known) => (Some(known), None),
            Err(problem) => (None, Some(problem)),
        };
        let rows = |known: Vec<TypeProved>| -> Vec<TypeProvedRow> {
            known.into_iter().map(|known| TypeProvedRow::new(known, settings)).collect()
        };
        Self { region: region.clone(), types: types.map(rows), error }
    }

    /// What a person has to know of; `judged_wrong` are types of which a test of AWS's is named as wrong already.
    pub(crate) fn findings(&self, judged_wrong: &[&str]) -> Vec<Finding> {
        let region = &self.region;
        if let Some(error) = &self.error {
            let what = format!("{region}: what restores have proved there is unknown");
            return vec![Finding::unread(what, error)];
        }
        let rows = self.types.iter().flatten();
        rows.flat_map(|row| {
            let failed =
                row.failed_at.filter(|_| !judged_wrong.contains(&row.resource_type.as_str()));
            let failed = failed.map(|at| {
                let text = format!(
                    "{region}: a restore of {} failed validation, in the hour from {}",
                    row.resource_type,
                    utc(at)
                );
                Finding::new(Severity::Unprotected, text)
            });
            [failed, row.too_long(region)]
        })
        .flatten()
        .collect()
    }
}

impl TypeProvedRow {
    fn new(known: TypeProved, settings: &Settings) -> Self {
        let rto_minutes = settings.rto_for(&known.kind);
        let within_rto = rto_minutes.and_then(|rto| match known.against(rto) {
            AgainstRto::Within => Some(true),
            AgainstRto::Longer => Some(false),
            AgainstRto::Unproved => None,
        });
        let verdict = match (known.failed_at, known.proved) {
            (Some(_), _) => LastVerdict::Failed,
            (None, Some(_)) => LastVerdict::Proved,
            (None, None) => LastVerdict::NotJudged,
        };
        Self {
            resource_type: known.kind,
            verdict,
            restored_at: known.restored.at,
            proved_at: known.proved.map(|hour| hour.at),
            minutes: known.proved.and_then(|hour| hour.minutes),
            data_age_minutes: known.proved.and_then(|hour| hour.data_age_minutes),
            rto_minutes,
            within_rto,
            failed_at: known.failed_at,
        }
    }

    fn too_long(&self, region: &Region) -> Option<Finding> {
        let (minutes, rto) = (self.minutes?, self.rto_minutes?);
        let text = format!(
            "{region}: the last proved restore of {} took {}, and its RTO is {}",
            self.resource_type,
            span(minutes),
            span(rto)
        );
        (self.within_rto == Some(false)).then(|| Finding::new(Severity::Slow, text))
    }

    fn mark(&self) -> Mark {
        match (self.verdict, self.within_rto) {
            (LastVerdict::Failed, _) | (_, Some(false)) => ("✘", BAD),
            (LastVerdict::NotJudged, _) => ("!", CARE),
            (LastVerdict::Proved, _) => ("✔", GOOD),
        }
    }

    fn cells(&self, region: &Region) -> [String; COLUMNS.len()] {
        let minutes = |minutes: Option<i64>| minutes.map(span).unwrap_or_default();
        let moment = |at: Time| utc(at).replace(" UTC", "");
        let proved = self.proved_at.map_or_else(|| "not in this time".to_owned(), moment);
        let proved = match (self.verdict, self.failed_at) {
            (LastVerdict::Failed, Some(at)) => format!("{proved}; failed {}", moment(at)),
            (LastVerdict::NotJudged, _) => {
                format!("restored {}, not judged", moment(self.restored_at))
            }
            _ => proved,
        };
        [
            region.to_string(),
            self.resource_type.clone(),
            proved,
            minutes(self.minutes),
            minutes(self.data_age_minutes),
            minutes(self.rto_minutes),
        ]
    }
}

/// Writes what was proved, where anything was restored.
pub(super) fn write(f: &mut fmt::Formatter<'_>, rows: &[RestoresProvedRow]) -> fmt::Result {
    let types = rows.iter().flat_map(|row| {
        let types = row.types.iter().flatten();
        types.map(move |of_type| (&row.region, of_type))
    });
    let mut table = Table::new(COLUMNS);
    let mut is_empty = true;
    for (region, of_type) in types {
        is_empty = false;
        table.row(of_type.mark(), of_type.cells(region));
    }
    if is_empty {
        return Ok(());
    }
    writeln!(f, "{BOLD}restores proved in the last {REMEMBERED_DAYS} days, by the hour{BOLD:#}")?;
    table.write(f)
}

/// Whether all regions were read, and nothing was restored in any.
pub(super) fn is_nothing(rows: &[RestoresProvedRow]) -> bool {
    !rows.is_empty() && rows.iter().all(|row| row.types.as_ref().is_some_and(Vec::is_empty))
}
