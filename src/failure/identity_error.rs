//! Why there are no credentials: on its way through the SDK, which knows no fix.

use std::error::Error;
use std::fmt;

/// A search for credentials that failed, in words for a person.
#[derive(Clone, Debug)]
pub(crate) struct IdentityError {
    pub(crate) what: String,
    pub(crate) fix: Option<String>,
}

impl IdentityError {
    pub(crate) fn new(what: impl Into<String>, fix: Option<String>) -> Self {
        Self { what: what.into(), fix }
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for IdentityError {}
