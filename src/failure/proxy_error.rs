//! Why there is no connection: on its way through the SDK, the proxy that did not lead on.

use std::error::Error;
use std::fmt;

/// An error of a connection that a proxy was to make.
#[derive(Debug)]
pub(crate) struct ProxyError {
    /// That names it.
    pub(crate) variable: &'static str,
    pub(crate) proxy: String,
    pub(crate) source: Box<dyn Error + Send + Sync>,
}

impl ProxyError {
    /// What to do about it.
    pub(super) fn fix(&self) -> String {
        format!("check {0}, or name what needs no proxy in NO_PROXY, or unset {0}", self.variable)
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} ({}) does not lead to AWS", self.proxy, self.variable)
    }
}

impl Error for ProxyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
