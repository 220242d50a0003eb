//! One restore on its way: what it waits for, what it is tried with, and what became of it.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::region::Region;
use crate::recovery::job::{JobState, RestoreJob};
use crate::recovery::restored::Restored;
use crate::restores::item::Item;
use crate::terminal::progress::Progress;

/// What became of one item.
#[derive(Debug)]
pub(crate) enum Outcome {
    Restored {
        job: RestoreJob,
        state: Option<Restored>,
        remark: Option<String>,
    },
    /// A part of the data alone.
    Partial {
        job: RestoreJob,
        state: Option<Restored>,
        why: String,
    },
    /// It runs on without mrbackup.
    Running {
        job: RestoreJob,
    },
    Failed {
        job: Option<RestoreJob>,
        why: String,
    },
    /// An obstacle was in its way.
    NotStarted,
}

/// One item under way.
pub(super) struct Work<'a> {
    pub(super) item: &'a Item,
    pub(super) progress: Progress,
    pub(super) phase: Phase,
    /// Which of its maps is tried.
    pub(super) try_number: usize,
    pub(super) attempt: usize,
    /// Whether the select tags are off, or need not be taken off, while it is being made.
    pub(super) is_stripped: bool,
    begun: Option<Instant>,
}

pub(super) enum Phase {
    Waiting,
    /// The job's id.
    Running(String),
    Finishing(Box<RestoreJob>, Option<String>),
    Done(Box<Outcome>),
}

impl<'a> Work<'a> {
    pub(super) fn new(item: &'a Item, region: &Region, progress: &Progress) -> Self {
        let what = format!("{} {}", item.source.kind, item.source.name());
        let mut work = Self {
            item,
            progress: progress.on_behalf_of(Some(region.as_str()), &what),
            phase: Phase::Waiting,
            try_number: 0,
            attempt: item.attempts,
            is_stripped: false,
            begun: None,
        };
        match &item.earlier {
            Some(job) => work.runs(job.id.clone()),
            None if !item.obstacles().is_empty() => {
                work.phase = Phase::Done(Box::new(Outcome::NotStarted));
            }
            None => (),
        }
        work
    }

    pub(super) fn runs(&mut self, job: String) {
        self.phase = Phase::Running(job);
        self.begun.get_or_insert_with(Instant::now);
        self.progress.begin();
    }

    pub(super) fn since(&self) -> Duration {
        self.begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }

    /// Tries the next zone where there was no room in this one.
    pub(super) fn failed(&mut self, job: RestoreJob) {
        let lacked =
            job.lacks_capacity() && self.try_number + 1 < self.item.translation.tries.len();
        if lacked {
            let why = job.message.clone().unwrap_or_default();
            self.progress.waiting(&format!("the next zone is tried: {why}"), self.since());
            self.try_number += 1;
            self.attempt += 1;
            self.phase = Phase::Waiting;
            return;
        }
        let why = job.message.clone().unwrap_or_else(|| "AWS Backup gave no reason".to_owned());
        self.ends(Outcome::Failed { job: Some(job), why });
    }

    pub(super) fn says_how_far(&self, job: &RestoreJob) {
        let state = if job.state == JobState::Pending { "pending" } else { "running" };
        let percent = job.percent.as_deref().filter(|percent| !percent.is_empty());
        let percent = percent.map(|percent| format!(", {percent}")).unwrap_or_default();
        self.progress.waiting(&format!("{state}{percent}"), self.since());
    }

    pub(super) fn ends(&mut self, outcome: Outcome) {
        let (word, well) = match &outcome {
            Outcome::Restored { .. } => ("restored".to_owned(), true),
            Outcome::Partial { why, .. } => (format!("restored in part: {why}"), false),
            Outcome::Failed { why, .. } => (format!("failed: {why}"), false),
            Outcome::Running { .. } | Outcome::NotStarted => return,
        };
        self.progress.end(&word, well);
        self.phase = Phase::Done(Box::new(outcome));
    }

    pub(super) fn job(&self) -> Option<&String> {
        match &self.phase {
            Phase::Running(job) => Some(job),
            Phase::Finishing(job, _) => Some(&job.id),
            Phase::Waiting | Phase::Done(_) => None,
        }
    }

    /// Whether nothing more is to be done with it in this run.
    pub(super) fn is_over(&self, waits: bool) -> bool {
        matches!(self.phase, Phase::Done(_)) || !waits && !matches!(self.phase, Phase::Waiting)
    }

    pub(super) fn outcome(self) -> Outcome {
        match self.phase {
            Phase::Done(outcome) => *outcome,
            Phase::Finishing(job, _) => Outcome::Running { job: *job },
            Phase::Running(id) => {
                Outcome::Running { job: RestoreJob { id, ..RestoreJob::default() } }
            }
            Phase::Waiting => Outcome::NotStarted,
        }
    }
}
