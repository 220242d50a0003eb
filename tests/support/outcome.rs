//! A run that is over, and what a test asserts of it. Whatever fails names the command line first, and then all of it.

use std::fmt::{self, Debug};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use super::report::Report;
use super::schema;

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

    /// Asserts of a `status` that it minds nothing but what a deployment without resources and
    /// subscribers lacks: all of it is in place and as recorded.
    #[track_caller]
    pub(crate) fn all_as_recorded(self) -> Self {
        let minded = match serde_json::from_str::<Value>(&self.stdout) {
            Ok(status) => self.minded_in_json(&status),
            Err(_) => self.minded_in_text(),
        };
        self.assert(minded.is_empty(), &format!("it minds {minded:?}"));
        self.code(3)
    }

    fn minded_in_text(&self) -> Vec<String> {
        let lines = self.stdout.lines().map(without_colors);
        let bad =
            lines.filter(|line| ["✘", "?"].iter().any(|mark| line.trim_start().starts_with(mark)));
        let expected = |line: &String| {
            line.contains(": nothing is backed up: no resource in ")
                || line.starts_with(&format!("✘ {NOBODY}"))
        };
        bad.filter(|line| !expected(line)).collect()
    }

    #[track_caller]
    fn minded_in_json(&self, status: &Value) -> Vec<String> {
        self.assert(status["backups"]["resources"] == 0, "something is tagged");
        let list = |member: &str| status[member].as_array().cloned().unwrap_or_default();
        let well = ["ok", "none-wanted", "retained", "left-over", "given"];
        let rows = list("resources").into_iter();
        let rows =
            rows.filter(|row| !well.contains(&row["condition"].as_str().unwrap_or_default()));
        let attention = list("attention").into_iter();
        let attention =
            attention.filter(|line| !line.as_str().unwrap_or_default().starts_with(NOBODY));
        rows.chain(attention).map(|minded| minded.to_string()).collect()
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

    /// Asserts that a line has these words one after the other, however far apart: a row of a table.
    #[track_caller]
    pub(crate) fn stdout_has_row(&self, words: impl AsRef<str>) -> &Self {
        let words = words.as_ref();
        let one_space = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let has = self.stdout.lines().any(|line| one_space(line).contains(words));
        self.assert(has, &format!("stdout lacks the row {words:?}"))
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

    /// The one document on stdout, which is what its schema says.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document = match serde_json::from_str(&self.stdout) {
            Ok(document) => document,
            Err(error) => panic!("{self:?}\nstdout is not one JSON document: {error}"),
        };
        if let Err(error) = schema::check(&document) {
            panic!("{self:?}\nstdout is not what its schema says: {error}");
        }
        let exit_code = self.exit_code().map(Value::from);
        self.assert(Some(&document["exit_code"]) == exit_code.as_ref(), "its exit_code is another");
        document
    }

    /// The same, to ask of its resources.
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        Report::new(self.json())
    }
}

/// What `status` minds where there is no subscriber.
const NOBODY: &str = "no one is notified of failures";

fn without_colors(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}
