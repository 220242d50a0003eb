//! Who is notified of failures, by the file: its table `[alerts]`, or a word in its place.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::config::file::{Source, keys, located};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::Settings;

/// Retentions that CloudWatch Logs takes, in days (API reference, `PutRetentionPolicy`).
const LOG_RETENTIONS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// CloudWatch watches a day of periods below an hour, and a week of longer ones (`PutMetricAlarm`).
const WATCHDOG_MINUTES: RangeInclusive<i32> = 5..=1440;

/// The table, or `"none"` in its place.
pub(super) fn table_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<AlertsTable, D::Error> {
    struct Alerts;
    impl<'de> Visitor<'de> for Alerts {
        type Value = AlertsTable;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("\"none\" or a table")
        }

        fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<AlertsTable, E> {
            if word == "none" {
                return Ok(AlertsTable { required: Some(false), ..AlertsTable::default() });
            }
            Err(E::invalid_value(Unexpected::Str(word), &self))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AlertsTable, A::Error> {
            AlertsTable::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Alerts)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertsTable {
    #[serde(default)]
    pub(super) email: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) notify: Vec<Spanned<String>>,
    /// Whether somebody has to be notified; `alerts = "none"` in place of the table is `false`.
    pub(super) required: Option<bool>,
    pub(super) log_retention_days: Option<Spanned<i32>>,
    pub(super) watchdog_minutes: Option<Spanned<i32>>,
    /// Regions with alarms on what a dry run of a recovery publishes.
    #[serde(default)]
    pub(super) recovery_alarms: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) kms_keys: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Puts what the table says among the settings.
///
/// # Errors
/// [`Failure::Usage`] with the line of what AWS does not take.
pub(super) fn settle(
    source: &Source,
    table: &AlertsTable,
    settings: &mut Settings,
) -> Result<(), Failure> {
    if let Some(days) = &table.log_retention_days {
        if !LOG_RETENTIONS.contains(days.get_ref()) {
            let allowed = LOG_RETENTIONS.map(|days| days.to_string()).join(", ");
            let message = format!("log_retention_days can be {allowed}");
            return Err(source.at(&days.span(), &message));
        }
        settings.log_retention_days = *days.get_ref();
    }
    if let Some(minutes) = &table.watchdog_minutes {
        if !WATCHDOG_MINUTES.contains(minutes.get_ref()) {
            let (least, most) = (WATCHDOG_MINUTES.start(), WATCHDOG_MINUTES.end());
            let message = format!("watchdog_minutes can be {least} to {most} (a day)");
            return Err(source.at(&minutes.span(), &message));
        }
        settings.watchdog_minutes = *minutes.get_ref();
    }
    settings.without_alerts = table.required == Some(false);
    let regions = settings.regions.with_alarms().map(Region::clone);
    settings.topic_keys = keys(source, &table.kms_keys, "topic", &regions)?;
    let region = |name: &Spanned<String>| {
        located(source, name, |typed| {
            let region = Region::parse_lenient(typed).map_err(Failure::Usage)?;
            settings.regions.check_recovery_alarms(&region).map_err(Failure::Usage)?;
            Ok(region)
        })
    };
    settings.recovery_alarms =
        table.recovery_alarms.iter().map(region).collect::<Result<_, _>>()?;
    Ok(())
}
