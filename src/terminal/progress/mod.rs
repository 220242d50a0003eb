//! What is said on stderr while a command works: a live picture on a terminal, a line for each change elsewhere.

mod live_picture;

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::{AwsError, CallSite};
use crate::model::region::Region;
use crate::terminal::printable::{Style, printable};
use crate::terminal::progress::live_picture::LivePicture;
use crate::terminal::screen::fitting_stderr;

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

/// Where what is global is done.
const GLOBAL: &str = "global";

/// The talk of a command, or of one of its steps.
#[derive(Clone)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    step: Option<Step>,
}

/// A step by its name, and the region in which it works.
#[derive(Clone)]
struct Step {
    place: Arc<str>,
    name: Arc<str>,
}

struct Shared {
    verbosity: Verbosity,
    state: Mutex<JobStatus>,
}

struct JobStatus {
    total: usize,
    done: usize,
    /// Calls that were waited for so far.
    calls: usize,
    picture: LivePicture,
    begun: HashMap<Arc<str>, Instant>,
    /// When a waiting step last said so, and why it waits.
    waits: HashMap<Arc<str>, (Instant, String)>,
}

/// A call that is not answered yet.
pub(crate) struct Waiting<'a> {
    progress: &'a Progress,
    region: Region,
    number: usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.progress.state().picture.call_ended(self.region.as_str(), self.number);
    }
}

impl Progress {
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        let state = JobStatus {
            total: 0,
            done: 0,
            calls: 0,
            picture: LivePicture::new(verbosity.live && !verbosity.quiet),
            begun: HashMap::new(),
            waits: HashMap::new(),
        };
        let shared = Shared { verbosity, state: Mutex::new(state) };
        Self { shared: Arc::new(shared), step: None }
    }

    /// Says nothing.
    pub(crate) fn silent() -> Self {
        Self::new(Verbosity { quiet: true, verbose: false, live: false })
    }

    /// The same talk, on behalf of one step, which works in `region` if it is not global.
    pub(crate) fn on_behalf_of(&self, region: Option<&str>, step: &str) -> Self {
        let step = Step { place: region.unwrap_or(GLOBAL).into(), name: step.into() };
        Self { shared: Arc::clone(&self.shared), step: Some(step) }
    }

    /// Says a line, unless `-q`.
    pub(crate) fn note(&self, line: &str) {
        if !self.shared.verbosity.quiet {
            self.line(line);
        }
    }

    /// Announces the steps that will be worked on, each by its region.
    pub(crate) fn expect<'a>(&self, regions: impl IntoIterator<Item = Option<&'a str>>) {
        let mut places: Vec<(Arc<str>, usize)> = Vec::new();
        for region in regions {
            let place = region.unwrap_or(GLOBAL);
            match places.iter_mut().find(|(known, _)| &**known == place) {
                Some((_, count)) => *count += 1,
                None => places.push((place.into(), 1)),
            }
        }
        let mut state = self.state();
        state.total = places.iter().map(|(_, count)| count).sum();
        state.done = 0;
        if self.is_live() {
            state.picture.expect(&places);
        }
    }

    /// Announces that these regions are read.
    pub(crate) fn reads<'a>(&self, regions: impl IntoIterator<Item = &'a str>) {
        if self.is_live() {
            let places: Vec<(Arc<str>, usize)> =
                regions.into_iter().map(|region| (region.into(), 0)).collect();
            self.state().picture.expect(&places);
        }
    }

    /// This step begins.
    pub(crate) fn begin(&self) {
        let Some(Step { place, name }) = &self.step else { return };
        let mut state = self.state();
        state.begun.insert(Arc::clone(name), Instant::now());
        if self.is_live() {
            state.picture.begin(place, name);
        }
    }

    /// This step waits for something, and has done so for `since`.
    pub(crate) fn waiting(&self, why: &str, since: Duration) {
        let (Some(Step { place, name }), false) = (&self.step, self.shared.verbosity.quiet) else {
            return;
        };
        let mut state = self.state();
        if self.is_live() {
            state.picture.waiting(place, name, why, since);
            return;
        }
        let news = state
            .waits
            .get(name)
            .is_none_or(|(said, reason)| reason != why || said.elapsed() >= HEARTBEAT);
        if news {
            state.waits.insert(Arc::clone(name), (Instant::now(), why.to_owned()));
            drop(state);
            self.line(&format!("        {name}: waiting ({} s): {why}", since.as_secs()));
        }
    }

    /// This step has ended, well or not. On a terminal the picture counts what went well, and the summary says it.
    pub(crate) fn end(&self, outcome: &str, well: bool) {
        let Some(Step { place, name }) = &self.step else { return };
        let mut state = self.state();
        state.done += 1;
        let (done, total) = (state.done, state.total);
        let took = state.begun.remove(name).map_or(Duration::ZERO, |begun| begun.elapsed());
        if self.is_live() {
            state.picture.end(place, name);
        }
        let is_counted = self.is_live() && well;
        if !(self.shared.verbosity.quiet || is_counted) {
            let (mark, style) = if well { ("✔", GREEN) } else { ("✘", RED) };
            let line = format!(
                "{DIM}[{done:2}/{total}]{DIM:#} {style}{mark}{style:#} {name}: {outcome} {DIM}({:.1} s){DIM:#}",
                took.as_secs_f32()
            );
            // Held until here, so that the lines come in the order of their numbers.
            self.write(&state, &line);
        }
    }

    /// Takes the live picture off the screen: what comes now takes its place.
    pub(crate) fn close(&self) {
        self.state().picture.clear();
    }

    /// Whether a picture is drawn, in place of lines.
    fn is_live(&self) -> bool {
        self.shared.verbosity.live && !self.shared.verbosity.quiet
    }

    /// A call is waited for, until the answer is dropped; shown on a terminal by a command that reads.
    pub(crate) fn waits_for(&self, site: &CallSite) -> Option<Waiting<'_>> {
        let region = site.region.as_ref().filter(|_| self.is_live())?;
        let mut state = self.state();
        state.calls += 1;
        let number = state.calls;
        state.picture.call(region.as_str(), number, site.action);
        Some(Waiting { progress: self, region: region.clone(), number })
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
        self.write(&self.state(), line);
    }

    fn write(&self, state: &JobStatus, line: &str) {
        let line = printable(&fitting_stderr(line));
        let write = || {
            // Nobody may be listening any more; the work goes on.
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        };
        if self.is_live() { state.picture.suspend(write) } else { write() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, JobStatus> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
