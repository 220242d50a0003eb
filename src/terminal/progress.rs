//! What is said on stderr while a command works: live rows on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::failure::{AwsError, CallSite};
use crate::terminal::printable::{Style, printable};

/// Without news for so long, a waiting step says again that it waits: CI systems end silent jobs.
const HEARTBEAT: Duration = Duration::from_secs(30);
const DIM: Style = Style::DIM;
const GREEN: Style = Style::GREEN;
const RED: Style = Style::RED;

/// How much is said, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verbosity {
    /// `-q`: only errors.
    pub(crate) quiet: bool,
    /// `-v`: every call too.
    pub(crate) verbose: bool,
    /// A terminal that can redraw.
    pub(crate) live: bool,
}

/// The talk of a command, or of one of its steps.
#[derive(Clone)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    step: Option<Arc<str>>,
}

struct Shared {
    verbosity: Verbosity,
    rows: MultiProgress,
    state: Mutex<JobStatus>,
}

#[derive(Default)]
struct JobStatus {
    total: usize,
    done: usize,
    spinners: HashMap<Arc<str>, ProgressBar>,
    begun: HashMap<Arc<str>, Instant>,
    /// When a waiting step last said so, and why it waits.
    waits: HashMap<Arc<str>, (Instant, String)>,
}

impl Progress {
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let target = if verbosity.live && !verbosity.quiet {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let rows = MultiProgress::with_draw_target(target);
        let shared = Shared { verbosity, rows, state: Mutex::new(JobStatus::default()) };
        Self { shared: Arc::new(shared), step: None }
    }

    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Self::new(Verbosity { quiet: true, verbose: false, live: false })
    }

    /// The same talk, on behalf of one step.
    pub(crate) fn on_behalf_of(&self, step: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), step: Some(step.into()) }
    }

    /// Says a line, unless `-q`.
    pub(crate) fn note(&self, line: &str) {
        if !self.shared.verbosity.quiet {
            self.line(line);
        }
    }

    /// Announces how many steps will be worked on.
    pub(crate) fn expect(&self, total: usize) {
        let mut state = self.state();
        state.total = total;
        state.done = 0;
    }

    /// This step begins.
    pub(crate) fn begin(&self, doing: &str) {
        let Some(step) = &self.step else { return };
        let mut state = self.state();
        state.begun.insert(Arc::clone(step), Instant::now());
        if self.shared.verbosity.live && !self.shared.verbosity.quiet {
            let row = self.shared.rows.add(ProgressBar::new_spinner());
            row.set_style(row_style());
            row.set_message(printable(&format!("{step}: {doing}")));
            row.enable_steady_tick(Duration::from_millis(100));
            state.spinners.insert(Arc::clone(step), row);
        }
    }

    /// This step waits for something, and has done so for `since`.
    pub(crate) fn waiting(&self, why: &str, since: Duration) {
        let (Some(step), false) = (&self.step, self.shared.verbosity.quiet) else { return };
        let mut state = self.state();
        if let Some(row) = state.spinners.get(step) {
            row.set_message(printable(&format!("{step}: waiting: {why}")));
            return;
        }
        let news = state
            .waits
            .get(step)
            .is_none_or(|(said, reason)| reason != why || said.elapsed() >= HEARTBEAT);
        if news {
            state.waits.insert(Arc::clone(step), (Instant::now(), why.to_owned()));
            drop(state);
            self.line(&format!("        {step}: waiting ({} s): {why}", since.as_secs()));
        }
    }

    /// This step has ended, well or not.
    pub(crate) fn end(&self, outcome: &str, well: bool) {
        let Some(step) = &self.step else { return };
        let mut state = self.state();
        state.done += 1;
        let (done, total) = (state.done, state.total);
        let took = state.begun.remove(step).map_or(Duration::ZERO, |begun| begun.elapsed());
        if let Some(row) = state.spinners.remove(step) {
            row.finish_and_clear();
        }
        let (mark, style) = if well { ("✔", GREEN) } else { ("✘", RED) };
        self.note(&format!(
            "{DIM}[{done:2}/{total}]{DIM:#} {style}{mark}{style:#} {step}: {outcome} {DIM}({:.1} s){DIM:#}",
            took.as_secs_f32()
        ));
        // Held until here, so that the lines come in the order of their numbers.
        drop(state);
    }

    /// A call was made; said with `-v`.
    pub(crate) fn call(&self, site: &CallSite, took: Duration, error: Option<&AwsError>) {
        if !self.shared.verbosity.verbose {
            return;
        }
        let answer = match error {
            None => "ok",
            Some(error) => error.code.as_deref().unwrap_or("no answer"),
        };
        self.line(&format!("{DIM}        {site}: {answer} ({} ms){DIM:#}", took.as_millis()));
    }

    fn line(&self, line: &str) {
        let line = printable(line);
        let write = || {
            // Nobody may be listening any more; the work goes on.
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        };
        if self.shared.verbosity.live { self.shared.rows.suspend(write) } else { write() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, JobStatus> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row_style() -> ProgressStyle {
    ProgressStyle::with_template("        {spinner} {wide_msg} {elapsed:>4}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
