//! Who is notified of failures, by the file: its table `[alerts]`, or a word in its place.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::config::file::{Source, keys};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::Settings;

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
                return Ok(AlertsTable { none: true, ..AlertsTable::default() });
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
pub(super) struct AlertsTable {
    #[serde(default)]
    pub(super) email: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) notify: Vec<Spanned<String>>,
    /// Whether the word stands in place of the table.
    #[serde(skip)]
    pub(super) none: bool,
    #[serde(default)]
    pub(super) kms_keys: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// Puts what the table says among the settings.
///
/// # Errors
/// [`Failure::Usage`] with the line of a key that is none of a topic's.
pub(super) fn settle(
    source: &Source,
    table: &AlertsTable,
    settings: &mut Settings,
) -> Result<(), Failure> {
    settings.without_alerts |= table.none;
    let regions = settings.regions.with_alarms().map(Region::clone);
    settings.topic_keys = keys(source, &table.kms_keys, "topic", &regions)?;
    Ok(())
}
