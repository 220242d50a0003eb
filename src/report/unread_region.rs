//! A region that could not be read.

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::Problem;
use crate::report::finding::Finding;

/// A region that could not be read, and why.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct UnreadRegion {
    pub(super) region: Region,
    error: Problem,
}

impl UnreadRegion {
    pub(crate) fn new(region: &Region, failure: &Failure) -> Self {
        Self { region: region.clone(), error: failure.into() }
    }

    /// What is unknown of its copies, and why.
    pub(super) fn finding(&self) -> Finding {
        let Self { region, error } = self;
        Finding::unread(format!("{region} could not be read, so what it lacks is unknown"), error)
    }
}
