//! When backups and copies are late, by the file: its table `[freshness]`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::Deserialize;
use toml::Spanned;

use crate::config::file::Source;
use crate::failure::Failure;
use crate::model::resource_types;
use crate::model::settings::Settings;

/// To a week, which is what AWS Backup gives a job to complete where nothing else is set (API
/// reference, `BackupRule`, `CompletionWindowMinutes`).
const ALLOWANCE_HOURS: RangeInclusive<i64> = 1..=168;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreshnessTable {
    pub(super) allowance_hours: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) allowance_hours_by_type: BTreeMap<Spanned<String>, Spanned<i64>>,
}

/// Puts what the table says among the settings.
///
/// # Errors
/// [`Failure::Usage`] with the line of hours that nobody can mean, and of a type that is not known.
pub(super) fn settle(
    source: &Source,
    table: &FreshnessTable,
    settings: &mut Settings,
) -> Result<(), Failure> {
    if let Some(hours) = &table.allowance_hours {
        settings.allowance_hours = allowance(source, "allowance_hours", hours)?;
    }
    // Types that share their ARNs with another count as that one, and have no resources here.
    let known: BTreeSet<&str> = resource_types::by_tagging_filter().into_values().collect();
    for (kind, hours) in &table.allowance_hours_by_type {
        let name = kind.get_ref().as_str();
        if !known.contains(name) {
            let known: Vec<&str> = known.into_iter().collect();
            let message = format!("{name} is no type of resource: {}", known.join(", "));
            return Err(source.at(&kind.span(), &message));
        }
        let hours = allowance(source, "allowance_hours_by_type", hours)?;
        settings.allowance_hours_by_type.insert(name.to_owned(), hours);
    }
    Ok(())
}

fn allowance(source: &Source, setting: &str, hours: &Spanned<i64>) -> Result<i64, Failure> {
    if ALLOWANCE_HOURS.contains(hours.get_ref()) {
        return Ok(*hours.get_ref());
    }
    let (least, most) = (ALLOWANCE_HOURS.start(), ALLOWANCE_HOURS.end());
    Err(source.at(&hours.span(), &format!("{setting} can be {least} to {most} (a week)")))
}
