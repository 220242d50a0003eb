//! How a command ended: its exit code, and what its document has of that.

use schemars::JsonSchema;
use serde::Serialize;

use crate::terminal::interrupt;

/// How a command ended, as its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Success,
    Failed,
    Usage,
    NeedsAttention,
    Interrupted,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NeedsAttention => 3,
            Self::Interrupted => interrupt::EXIT,
        }
    }
}

/// How the command ended.
#[derive(JsonSchema, Serialize)]
pub(super) struct Ending {
    /// Exit code of the command: `mrbackup help exit-codes`.
    exit_code: u8,
    /// Whether mrbackup stopped before it changed anything; the document names why, and what would allow it.
    refused: bool,
}

impl Ending {
    pub(super) fn new(exit: Exit, refused: bool) -> Self {
        Self { exit_code: exit.code(), refused }
    }
}
