//! What a check found.

use schemars::JsonSchema;
use serde::Serialize;

use crate::lint::catalog::{Check, Entry, entry};
use crate::lint::model::Place;
use crate::lint::severity::Severity;

/// How many copies are scheduled and not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct LostCopies {
    pub(crate) copies: i64,
    /// In how many years; `null` where the rules end, and it is so many in all.
    pub(crate) in_years: Option<i64>,
}

/// One fault of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    pub(crate) severity: Severity,
    pub(crate) place: Place,
    pub(crate) plan: String,
    /// The backup rule, the selection, or both are `None` where it is of the plan.
    pub(crate) rule: Option<String>,
    pub(crate) selection: Option<String>,
    /// What is wrong, with its numbers.
    pub(crate) text: String,
    pub(crate) fix: String,
    pub(crate) lost: Option<LostCopies>,
    /// Under which conditions of the template it is so; `None` where always.
    pub(crate) given: Option<String>,
}

impl Finding {
    pub(crate) fn entry(&self) -> &'static Entry {
        entry(self.check)
    }

    /// How many copies a year are lost for it; 0 where that is no number of a year.
    pub(crate) fn lost_a_year(&self) -> i64 {
        match self.lost {
            Some(LostCopies { copies, in_years: Some(years) }) => copies / years.max(1),
            _ => 0,
        }
    }
}
