//! A run that is over, and what a test asserts of it. Whatever fails names the command line first, and then all of it.

use std::fmt::{self, Debug};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use super::report::Report;

/// A run that is over.
pub(crate) struct Outcome {
    pub(super) line: String,
    pub(super) status: Option<ExitStatus>,
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Debug for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, took, stdout, stderr, .. } = self;
        let status = self.status.map_or_else(|| "killed".to_owned(), |status| status.to_string());
        write!(
            formatter,
            "{line}: {status} after {took:?}\n--- stdout\n{stdout}--- stderr\n{stderr}---"
        )
    }
}

impl Outcome {
    /// None when a signal ended it.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    /// Asserts exit code 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.code(0)
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Self {
        self.assert(self.exit_code() == Some(wanted), &format!("exit code {wanted} was wanted"));
        self
    }

    #[track_caller]
    pub(crate) fn stdout_has(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(self.stdout.contains(text), &format!("stdout lacks {text:?}"))
    }

    #[track_caller]
    pub(crate) fn stdout_lacks(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(!self.stdout.contains(text), &format!("stdout has {text:?}"))
    }

    #[track_caller]
    pub(crate) fn stdout_starts_with(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(self.stdout.starts_with(text), &format!("stdout does not start with {text:?}"))
    }

    #[track_caller]
    pub(crate) fn stdout_ends_with(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(self.stdout.ends_with(text), &format!("stdout does not end with {text:?}"))
    }

    /// Asserts how often it stands there.
    #[track_caller]
    pub(crate) fn stdout_has_times(&self, wanted: usize, text: &str) -> &Self {
        let count = self.stdout.matches(text).count();
        self.assert(count == wanted, &format!("stdout has {text:?} {count} times, not {wanted}"))
    }

    #[track_caller]
    pub(crate) fn stderr_has(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(self.stderr.contains(text), &format!("stderr lacks {text:?}"))
    }

    #[track_caller]
    pub(crate) fn stderr_lacks(&self, text: impl AsRef<str>) -> &Self {
        let text = text.as_ref();
        self.assert(!self.stderr.contains(text), &format!("stderr has {text:?}"))
    }

    #[track_caller]
    fn assert(&self, holds: bool, otherwise: &str) -> &Self {
        assert!(holds, "{self:?}\n{otherwise}");
        self
    }

    /// The one document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{self:?}\nstdout is not one JSON document: {error}"),
        }
    }

    /// The same, to ask of its resources.
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        Report::new(self.json())
    }
}
