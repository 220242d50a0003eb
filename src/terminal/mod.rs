//! The terminal: results on stdout, progress on stderr, and Ctrl-C.

pub(crate) mod interrupt;
pub(crate) mod output;
pub(crate) mod progress;
pub(crate) mod wrap;
