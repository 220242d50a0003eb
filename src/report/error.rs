//! The document of a command that failed.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::caller_identity::CallerIdentity;
use crate::report::ending::{Ending, Exit};
use crate::report::{Header, Problem};

/// Why a command failed.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ErrorReport<'a> {
    #[serde(flatten)]
    header: Header<'a>,
    #[serde(flatten)]
    ending: Ending,
    error: Problem,
}

impl<'a> ErrorReport<'a> {
    pub(crate) fn new(error: Problem, caller: Option<&'a CallerIdentity>, exit: Exit) -> Self {
        let ending = Ending::new(exit, error.kind == "refused");
        Self { header: Header::new("mrbackup.error/1", caller), ending, error }
    }
}

impl fmt::Display for ErrorReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}
