//! The reports of `help`, `completions` and `man`: what mrbackup says of itself.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{Exit, GOOD, Report, plural};

/// The help of a command, or the text of a topic.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct HelpReport {
    /// A command such as `drill alarm`, or a topic; `null` for the program as a whole.
    pub(crate) topic: Option<String>,
    pub(crate) text: String,
}

/// What a shell has to load.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct CompletionsReport {
    pub(crate) shell: String,
    pub(crate) script: String,
}

/// The manual pages that were written.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ManReport {
    pub(crate) directory: String,
    /// File names in it.
    pub(crate) pages: Vec<String>,
}

impl Report for HelpReport {
    fn schema(&self) -> &'static str {
        "mrbackup.help/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for HelpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Report for CompletionsReport {
    fn schema(&self) -> &'static str {
        "mrbackup.completions/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for CompletionsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.script)
    }
}

impl Report for ManReport {
    fn schema(&self) -> &'static str {
        "mrbackup.man/1"
    }

    fn exit(&self) -> Exit {
        Exit::Success
    }
}

impl fmt::Display for ManReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = plural(self.pages.len(), "manual page");
        writeln!(f, "{GOOD}✔{GOOD:#} Wrote {pages} to {}.", self.directory)
    }
}
