//! A region that could not be read.

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::Problem;

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
}
