//! How bad a finding is.

use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// AWS takes it, and backups or copies are lost or never made.
    Loses,
    /// AWS refuses the document, or fails every job of it.
    Refused,
    /// It works, and does something else than it seems to.
    Warning,
}

impl Severity {
    /// One word for machines and people.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Loses => "loses",
            Self::Refused => "refused",
            Self::Warning => "warning",
        }
    }
}
