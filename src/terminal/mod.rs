//! The terminal: results on stdout, progress on stderr, and Ctrl-C. What is said is not decided
//! here.

pub(crate) mod interrupt;
pub(crate) mod output;
pub(crate) mod printable;
pub(crate) mod progress;
pub(crate) mod screen;
pub(crate) mod watch;
pub(crate) mod wrap;
