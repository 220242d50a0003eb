//! Settings that switch kinds of resources on in some regions, and off again.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::settings::table::{Entry, all};

/// A setting that switches kinds on, by the name under which the record remembers where it has switched them off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Switch(&'static str);

impl Switch {
    /// The switch of the setting whose key this is; an entry of the table says where it switches something on.
    pub(crate) const fn named(key: &'static str) -> Self {
        Self(key)
    }

    /// The regions in which these settings have its kinds.
    pub(crate) fn on_in(self, settings: &Settings) -> BTreeSet<Region> {
        let mut entries = all().filter(|entry| entry.switches_on_in.is_some());
        let entry = entries.find(|entry| name(entry) == self.0);
        let regions = entry.and_then(|entry| entry.switches_on_in);
        regions.map(|regions| regions(settings)).unwrap_or_default()
    }
}

/// A table whose regions are where it is on is called by its own name.
fn name(entry: &'static Entry) -> &'static str {
    if entry.key() == "regions" { entry.table() } else { entry.key() }
}

impl<'de> Deserialize<'de> for Switch {
    /// A name that no setting of the table has is a newer version's.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = switches().find(|switch| switch.0 == name);
        known.ok_or_else(|| D::Error::custom(format!("no setting {name:?} switches anything on")))
    }
}

/// All of them.
pub(crate) fn switches() -> impl Iterator<Item = Switch> {
    all().filter(|entry| entry.switches_on_in.is_some()).map(name).map(Switch)
}
