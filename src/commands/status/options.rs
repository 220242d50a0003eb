//! What `status` is asked for.

use std::collections::BTreeSet;

use crate::model::region::Region;

/// What is to be looked at.
pub(crate) struct StatusOptions {
    /// Where a record that is lost is searched besides the usual regions.
    pub(crate) named: Vec<Region>,
    /// The regions that were named, and no others: with one down nobody wants to wait for it.
    pub(crate) only: Vec<Region>,
    /// The resources that were named, and no others.
    pub(crate) resources: BTreeSet<String>,
    /// Show every line, and read every recovery point.
    pub(crate) all: bool,
}

impl StatusOptions {
    /// Whether the region is looked at.
    pub(super) fn takes(&self, region: &Region) -> bool {
        self.only.is_empty() || self.only.contains(region)
    }
}
