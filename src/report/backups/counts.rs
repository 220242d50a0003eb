//! How many resources are how well backed up in a region, as a document has it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::protection::coverage::{Counts, Coverage};

/// What was counted; `null` is what could not be read, or is not judged without the list of resources.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct KnownCounts {
    fresh: Option<usize>,
    late: Option<usize>,
    never: Option<usize>,
    /// Resources of types that AWS Backup cannot copy there.
    cannot_be_copied: Option<usize>,
    /// Resources without a good recovery point whose continuous backup was stopped.
    stopped: Option<usize>,
    /// Resources without a recovery point of which none was due yet.
    pending: Option<usize>,
    /// Resources with fresh recovery points that no longer exist or no longer have the select tags.
    retired: Option<usize>,
    /// Resources that are not selected and of which every fresh recovery point was made on demand, by no plan.
    on_demand: Option<usize>,
    /// Age of the oldest fresh recovery point.
    oldest_hours: Option<i64>,
}

impl KnownCounts {
    pub(super) fn new(coverage: &Coverage<'_>) -> Self {
        let Counts {
            fresh,
            late,
            never,
            cannot_be_copied,
            stopped,
            pending,
            retired,
            on_demand,
            ..
        } = coverage.counts;
        let judged = |count| Some(count).filter(|_| !coverage.of_vault_alone);
        Self {
            fresh: Some(fresh),
            late: judged(late),
            never: judged(never),
            cannot_be_copied: judged(cannot_be_copied),
            stopped: judged(stopped),
            pending: judged(pending),
            retired: judged(retired),
            on_demand: judged(on_demand),
            oldest_hours: coverage.counts.oldest_hours,
        }
    }
}
