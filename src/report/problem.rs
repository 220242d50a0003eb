//! A failure in a report: what went wrong, and what to do about it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::region::Region;

/// A failure as the report shows it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Problem {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) fix: Option<String>,
    pub(crate) action: Option<&'static str>,
    pub(crate) resource: Option<String>,
    pub(crate) region: Option<Region>,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    /// Whether nobody answered.
    #[serde(skip)]
    pub(crate) is_silence: bool,
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let aws = match failure {
            Failure::Aws(error) => Some(error),
            _ => None,
        };
        Self {
            kind: failure.kind(),
            message: failure.to_string(),
            fix: failure.fix(),
            action: aws.map(|error| error.site.action),
            resource: aws.map(|error| error.site.resource.clone()).filter(|name| !name.is_empty()),
            region: aws.and_then(|error| error.site.region.clone()),
            code: aws.and_then(|error| error.code.clone()),
            request_id: aws.and_then(|error| error.request_id.clone()),
            is_silence: failure.is_silence(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.fix {
            Some(fix) => write!(f, "\n  fix: {fix}"),
            None => Ok(()),
        }
    }
}
