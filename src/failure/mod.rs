//! The ways in which a command can fail, each with what a person can do about it. Nothing is
//! printed here.

mod aws_error;
mod call_site;
mod class;
mod denial;
mod identity_error;
mod proxy_error;

pub(crate) use aws_error::{AwsError, causes};
pub(crate) use call_site::CallSite;
pub(crate) use class::ErrorKind;
pub(crate) use identity_error::IdentityError;
pub(crate) use proxy_error::ProxyError;

/// A failure that was foreseen: it prints as sentences, never as a stack trace.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was typed cannot be meant; nothing was called. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Refused before anything was changed, with what would allow it. Exit code 1.
    #[error("{what}")]
    Refused { what: String, fix: String },
    /// Something did not become what it should, or AWS gave no usable answer. Exit code 1.
    #[error("{what}")]
    Failed { what: String, fix: String },
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Ctrl-C. Exit code 130.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    pub(crate) fn refused(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Refused { what: what.into(), fix: fix.into() }
    }

    pub(crate) fn failed(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Failed { what: what.into(), fix: fix.into() }
    }

    /// A word for the `kind` field of the JSON output.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Aws(_) => "aws",
            Self::Interrupted => "interrupted",
        }
    }

    /// What to do next, where that is known.
    pub(crate) fn fix(&self) -> Option<String> {
        match self {
            Self::Usage(_) | Self::Interrupted => None,
            Self::Refused { fix, .. } | Self::Failed { fix, .. } => Some(fix.clone()),
            Self::Aws(error) => error.advice(),
        }
    }

    /// Whether AWS said that the thing is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Aws(error) if error.class == ErrorKind::NotFound)
    }

    /// Whether nobody has answered: the service is away, or the way to it is.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::Aws(error) if error.class.is_silence())
    }

    /// Whether AWS said that the caller may not do this.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::Aws(error) if error.class == ErrorKind::Denied)
    }
}

/// Reads "not found" as `None`: for reads of what may be absent and deletes of what may be gone.
pub(crate) fn if_found<T>(result: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.is_not_found() => Ok(None),
        Err(failure) => Err(failure),
    }
}
