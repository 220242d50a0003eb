//! How long a recovery would take, by what was restored before, beside the RTO.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::settings::Settings;
use crate::model::time::{Time, day};
use crate::protection::restore_estimate::{Basis, OfType, back_after};
use crate::protection::restores_proved::{REMEMBERED_DAYS, TypeProved};
use crate::protection::schedule::span;
use crate::recovery::order::Rank;
use crate::report::recovery::row::ResourceRow;
use crate::report::{CARE, Problem, plural};

/// What is known of how long restores take.
pub(crate) struct Known<'a> {
    /// What drills and restore tests took in the region, or why that is unknown.
    pub(crate) proved: Result<Vec<TypeProved>, Problem>,
    pub(crate) settings: &'a Settings,
    /// Restores of one type at once.
    pub(crate) parallel: usize,
}

/// How long what is to be restored would take, by type; `minutes` of all.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Estimate {
    /// Minutes until the last of those is back for which there is an estimate; `null` where there is none for any.
    minutes: Option<i64>,
    /// How many resources there is no estimate for.
    without: usize,
    types: Vec<TypeEstimate>,
    /// Why what drills and restore tests took is unknown; `null` where it was read.
    error: Option<Problem>,
}

/// The resources of a type that are to be restored.
#[derive(Debug, JsonSchema, Serialize)]
struct TypeEstimate {
    resource_type: String,
    resources: usize,
    /// Minutes that one restore took; of the size that was restored then.
    minutes_each: Option<i64>,
    /// Minutes until all of them are back.
    minutes: Option<i64>,
    /// What the estimate rests on; `null` where there is none.
    basis: Option<BasisWord>,
    /// When the hour of that drill or restore test began; `null` where there is none.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    restored_at: Option<Time>,
    rto_minutes: Option<i64>,
    /// Whether all of them would be back within the RTO; `null` without an RTO or an estimate.
    within_rto: Option<bool>,
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
enum BasisWord {
    DrillOrRestoreTest,
    RestoreJobs,
}

impl Estimate {
    /// Of the rows that are to be started.
    pub(super) fn new(rows: &[ResourceRow], known: Known<'_>) -> Self {
        let (proved, error) = match known.proved {
            Ok(proved) => (proved, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let mut groups: BTreeMap<&str, Vec<&ResourceRow>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.is_to_start()) {
            groups.entry(&row.kind).or_default().push(row);
        }
        let types: Vec<OfType> = groups
            .iter()
            .map(|(kind, rows)| OfType {
                kind: (*kind).to_owned(),
                count: rows.len(),
                basis: basis(kind, rows, &proved),
                comes_last: Rank::of(kind) == Rank::Instance,
            })
            .collect();
        let after = back_after(&types, known.parallel);
        let without = types.iter().filter(|of_type| of_type.basis == Basis::Nothing);
        let without = without.map(|of_type| of_type.count).sum();
        let minutes = after.iter().flatten().copied().max();
        let rows = types.into_iter().zip(after);
        let rows = rows.map(|(of_type, after)| TypeEstimate::new(of_type, after, known.settings));
        Self { minutes, without, types: rows.collect(), error }
    }

    /// Minutes that a restore of a type takes by it.
    pub(super) fn of(&self, kind: &str) -> Option<i64> {
        self.types.iter().find(|of_type| of_type.resource_type == kind)?.minutes_each
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.error {
            writeln!(f, "{CARE}!{CARE:#} What drills and restore tests took is unknown: {error}")?;
        }
        if self.types.is_empty() {
            return Ok(());
        }
        let except = match self.without {
            0 => String::new(),
            without => format!(", without {}", plural(without, "resource")),
        };
        match self.minutes {
            Some(minutes) => writeln!(f, "\nEstimate: about {} in all{except}.", span(minutes))?,
            None => writeln!(f, "\nEstimate: none.")?,
        }
        self.types.iter().try_for_each(|of_type| of_type.write(f, self.error.is_some()))?;
        if self.minutes.is_some() {
            writeln!(f, "  Of the size that was restored then; what is larger takes longer.")?;
        }
        let late = self.types.iter().filter(|of_type| of_type.within_rto == Some(false));
        for of_type in late {
            let (Some(minutes), Some(rto)) = (of_type.minutes, of_type.rto_minutes) else {
                continue;
            };
            writeln!(
                f,
                "{CARE}!{CARE:#} {} would be back in about {}, and the RTO is {}",
                of_type.resource_type,
                span(minutes),
                span(rto)
            )?;
        }
        Ok(())
    }
}

fn basis(kind: &str, rows: &[&ResourceRow], proved: &[TypeProved]) -> Basis {
    let known = proved.iter().find(|known| known.kind == kind);
    if let Some(hour) = known.and_then(TypeProved::estimate) {
        return Basis::Proved(hour);
    }
    rows.iter().find_map(|row| row.usual_minutes).map_or(Basis::Nothing, Basis::Jobs)
}

impl TypeEstimate {
    fn new(of_type: OfType, after: Option<i64>, settings: &Settings) -> Self {
        let rto_minutes = settings.rto_for(&of_type.kind);
        let (basis, restored_at) = match of_type.basis {
            Basis::Proved(hour) => (Some(BasisWord::DrillOrRestoreTest), Some(hour.at)),
            Basis::Jobs(_) => (Some(BasisWord::RestoreJobs), None),
            Basis::Nothing => (None, None),
        };
        Self {
            minutes_each: of_type.basis.minutes(),
            minutes: after,
            basis,
            restored_at,
            rto_minutes,
            within_rto: rto_minutes.zip(after).map(|(rto, minutes)| minutes <= rto),
            resources: of_type.count,
            resource_type: of_type.kind,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, is_unread: bool) -> fmt::Result {
        let (kind, count) = (&self.resource_type, self.resources);
        let Some((each, all)) = self.minutes_each.zip(self.minutes) else {
            let why = if is_unread {
                "AWS lists no restore of it".to_owned()
            } else {
                format!("never drilled, in the last {REMEMBERED_DAYS} days")
            };
            return writeln!(f, "  {kind} ({count}): no estimate: {why}");
        };
        let from = match self.restored_at.and_then(day) {
            Some(day) => format!("last drill or restore test, {day}"),
            None => "median of the restore jobs that AWS lists".to_owned(),
        };
        let all = if all == each { String::new() } else { format!(", {} for all", span(all)) };
        writeln!(f, "  {kind} ({count}): about {} each{all} ({from})", span(each))
    }
}
