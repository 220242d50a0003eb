//! How results reach stdout: whole or with an error, never with a panic.

use std::fmt::Display;
use std::io::{self, Write as _};

use clap::ValueEnum;
use serde::Serialize;

use crate::terminal::printable::{printable, printable_json};
use crate::terminal::screen;

/// The form of a result on stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    #[default]
    Text,
    Json,
    /// For code scanning; of `lint` alone
    Sarif,
}

/// When to use color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// Applies `--color` to both streams; `auto` follows the terminal, `NO_COLOR` and `TERM`.
pub(crate) fn set_color(color: Color) {
    match color {
        Color::Auto => (),
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// How much of a result is shown as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Detail {
    #[default]
    Summary,
    /// Every line: `--all`.
    All,
    /// As it is, however long its lines are: they are copied.
    Verbatim,
}

/// Writes a report to stdout in the wanted form.
///
/// # Errors
/// Where stdout takes no more. A reader that has gone away is no error: the work is done.
pub(crate) fn report<T: Display + Serialize>(
    output: Output,
    detail: Detail,
    report: &T,
) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let written = match output {
        Output::Text => write!(stdout, "{}", printable(&on_screen(detail, report))),
        Output::Json | Output::Sarif => serde_json::to_string_pretty(report)
            .map_err(io::Error::from)
            .and_then(|document| writeln!(stdout, "{}", printable_json(&document))),
    };
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The text of a report, as wide as the terminal; elsewhere each row of it is one line. A report is told the width as
/// that of its formatter, and to show every line as the alternate form.
pub(super) fn on_screen(detail: Detail, report: &impl Display) -> String {
    match (screen::columns(), detail) {
        (Some(columns), Detail::All) => screen::fitted(&format!("{report:#columns$}"), columns),
        (Some(columns), Detail::Summary) => screen::fitted(&format!("{report:columns$}"), columns),
        (None, Detail::All) => format!("{report:#}"),
        (None, Detail::Summary) | (_, Detail::Verbatim) => report.to_string(),
    }
}

/// Writes to stderr; there is nobody to tell where that fails.
pub(crate) fn to_stderr(text: impl Display) {
    let text = screen::fitting_stderr(&text.to_string());
    let _ = write!(anstream::stderr().lock(), "{}", printable(&text));
}

/// Writes to stderr what has colors of its own, where there is nothing in it that must not be sent.
pub(crate) fn styled_to_stderr(plain: &str, styled: impl Display) {
    if printable(plain) == plain {
        let _ = write!(anstream::stderr().lock(), "{styled}");
    } else {
        to_stderr(plain);
    }
}
