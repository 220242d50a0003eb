//! The document of a command that failed.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::caller_identity::CallerIdentity;
use crate::report::{Header, Problem};

/// Why a command failed.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ErrorReport<'a> {
    #[serde(flatten)]
    header: Header<'a>,
    error: Problem,
}

impl<'a> ErrorReport<'a> {
    pub(crate) fn new(error: Problem, caller: Option<&'a CallerIdentity>) -> Self {
        Self { header: Header::new("mrbackup.error/1", caller), error }
    }
}

impl fmt::Display for ErrorReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}
