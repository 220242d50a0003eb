//! Where a setting stands among the settings, for those that the table alone reads and writes.

use std::collections::{BTreeMap, BTreeSet};

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

/// A value among the settings, by its form.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field {
    Number(Lens<i64>),
    Flag(Lens<bool>),
    /// A table of numbers, by names of which there are only some.
    Numbers(Lens<BTreeMap<String, i64>>, Names),
}

/// Names that a table's keys can have.
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
        }
    }
}

/// A number of the table as the settings hold it; its limits keep it small enough.
pub(super) fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
