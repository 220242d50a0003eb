//! Where a setting stands among the settings, for those that the table alone reads and writes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::region::Region;
use crate::model::settings::Settings;

/// A value among the settings.
#[derive(Debug)]
pub(crate) struct Lens<T: 'static> {
    pub(crate) get: fn(&Settings) -> T,
    pub(crate) put: fn(&mut Settings, T),
}

// Derived, both would ask the same of the value.
impl<T> Clone for Lens<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lens<T> {}

/// Whether these settings can have a region in a list; one sentence where they cannot.
pub(crate) type RegionCheck = fn(&Settings, &Region) -> Result<(), String>;

/// A value among the settings, by its form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Number(Lens<i64>),
    Flag(Lens<bool>),
    /// A table of numbers, by names of which there are only some.
    Numbers(Lens<BTreeMap<String, i64>>, Names),
    /// A text; whether it can be meant is checked where the file is read.
    Text(Lens<String>),
    /// A list of names of which there are only some.
    Names(Lens<BTreeSet<String>>, Names),
    /// A list of regions.
    Regions(Lens<BTreeSet<Region>>, RegionCheck),
}

/// Names that a table's keys can have, or a list's entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// What each of them is called.
    pub(crate) what: &'static str,
    pub(crate) known: fn() -> BTreeSet<&'static str>,
}

impl Field {
    /// The value as the file has it.
    pub(crate) fn toml(self, settings: &Settings) -> String {
        match self {
            Self::Number(field) => (field.get)(settings).to_string(),
            Self::Flag(field) => (field.get)(settings).to_string(),
            Self::Numbers(field, _) => {
                let numbers = (field.get)(settings).into_iter();
                let pairs: Vec<_> = numbers.map(|(key, n)| format!("{key:?} = {n}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            Self::Text(field) => format!("{:?}", (field.get)(settings)),
            Self::Names(field, _) => {
                let names = (field.get)(settings);
                let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
                format!("[{}]", names.join(", "))
            }
            Self::Regions(field, _) => {
                let regions = (field.get)(settings);
                let names: Vec<_> = regions.iter().map(|region| format!("\"{region}\"")).collect();
                format!("[{}]", names.join(", "))
            }
        }
    }
}

/// A number of the table as the settings hold it; its limits keep it small enough.
pub(super) fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
