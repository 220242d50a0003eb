//! Jobs of AWS Backup: they go on as they are looked at, and end in one of four ways.

use std::mem;

use serde_json::Value;

use super::account::now;
use super::backup_store::{BackupStore, VaultKey};
use super::restores::events;
use super::restores::make::Due;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Backup,
    Copy,
    Restore,
}

/// A job, by its kind and region.
pub(crate) struct Job {
    /// As its description and its list answer it.
    pub(crate) members: Value,
    /// While it goes on by itself: the reads that still find it so.
    pub(crate) reads_left: Option<usize>,
    pub(crate) ending: Ending,
}

/// How a job will end.
pub(crate) enum Ending {
    /// With this point in this vault, where it makes one.
    Completed(Option<(VaultKey, Value)>),
    /// With what the emulator makes by this, where it can.
    Restored(Box<Value>),
    Failed(String),
    Aborted,
}

impl Kind {
    /// The kind that an operation is about.
    pub(crate) fn of(operation: &str) -> Self {
        if operation.contains("Copy") {
            Self::Copy
        } else if operation.contains("Restore") {
            Self::Restore
        } else {
            Self::Backup
        }
    }

    /// The member that holds a job's id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Backup => "BackupJobId",
            Self::Copy => "CopyJobId",
            Self::Restore => "RestoreJobId",
        }
    }

    /// The member that holds a list of jobs.
    pub(crate) fn list(self) -> &'static str {
        match self {
            Self::Backup => "BackupJobs",
            Self::Copy => "CopyJobs",
            Self::Restore => "RestoreJobs",
        }
    }
}

impl Job {
    /// A job that the test puts there, and that stays as it is.
    pub(crate) fn put(members: Value) -> Self {
        Self { members, reads_left: None, ending: Ending::Completed(None) }
    }

    pub(crate) fn is_over(&self) -> bool {
        let state = self.members["State"].as_str().or(self.members["Status"].as_str());
        !state.is_some_and(|state| ["CREATED", "PENDING", "RUNNING", "ABORTING"].contains(&state))
    }

    /// Counts a read, and says whether the job is over with it.
    fn read(&mut self) -> bool {
        let (state, first) = self.state();
        let Some(left) = self.reads_left.as_mut() else { return false };
        *left = left.saturating_sub(1);
        if *left > 0 && self.members[state] == first {
            self.members[state] = "RUNNING".into();
        }
        *left == 0
    }

    /// The member that holds its state, and the state it begins with.
    fn state(&self) -> (&'static str, &'static str) {
        let is_restore = !self.members["RestoreJobId"].is_null();
        if is_restore { ("Status", "PENDING") } else { ("State", "CREATED") }
    }

    /// Restore jobs have no category.
    pub(crate) fn end(&mut self, state: &str, category: Option<&str>, message: Option<String>) {
        self.reads_left = None;
        let (member, _) = self.state();
        self.members[member] = state.into();
        self.members["CompletionDate"] = now().into();
        if let Some(category) = category {
            self.members["MessageCategory"] = category.into();
        }
        if let Some(message) = message {
            self.members["StatusMessage"] = message.into();
        }
    }
}

impl BackupStore {
    /// Starts a job, which is over at once unless jobs are slow.
    pub(crate) fn start_job(
        &mut self,
        kind: Kind,
        region: &str,
        mut members: Value,
        ending: Ending,
    ) {
        members["State"] = "CREATED".into();
        members["CreationDate"] = now().into();
        let id = members[kind.id()].as_str().unwrap_or_default().to_owned();
        let ending = self.pace.failure(&members).map_or(ending, Ending::Failed);
        let reads = self.pace.job_reads;
        let job = Job { members, reads_left: Some(reads), ending };
        self.jobs.entry((kind, region.to_owned())).or_default().put(&id, job);
        if reads == 0 {
            self.end_job(kind, region, &id);
        }
    }

    /// Starts a restore job, which is due at once unless jobs are slow, or waits for the test where restores pend or its
    /// point is cold.
    pub(crate) fn start_restore(
        &mut self,
        region: &str,
        mut members: Value,
        ending: Ending,
        is_cold: bool,
    ) {
        members["CreationDate"] = now().into();
        let id = members["RestoreJobId"].as_str().unwrap_or_default().to_owned();
        let ending = self.pace.failure(&members).map_or(ending, Ending::Failed);
        let waits = is_cold || self.pace.restores_pend;
        if is_cold {
            members["Status"] = "RUNNING".into();
        }
        let reads_left = (!waits).then_some(self.pace.job_reads);
        let kind = members["ResourceType"].clone();
        let job = Job { members, reads_left, ending };
        let jobs = self.jobs.entry((Kind::Restore, region.to_owned())).or_default();
        jobs.put(&id, job);
        let of_kind = jobs.iter().filter(|job| job.members["ResourceType"] == kind);
        let open = of_kind.filter(|job| !job.is_over()).count();
        let kind = kind.as_str().unwrap_or_default().to_owned();
        let peak = self.restore_peaks.entry((region.to_owned(), kind)).or_default();
        *peak = open.max(*peak);
        if reads_left == Some(0) {
            self.end_job(Kind::Restore, region, &id);
        }
    }

    /// Counts a read of these jobs, or of all.
    pub(crate) fn read_jobs(&mut self, kind: Kind, region: &str, id: Option<&str>) {
        let Some(jobs) = self.jobs.get_mut(&(kind, region.to_owned())) else { return };
        let over: Vec<String> = match id {
            Some(id) => {
                let job = jobs.get_mut(id);
                job.is_some_and(Job::read).then(|| id.to_owned()).into_iter().collect()
            }
            None => jobs
                .iter_mut()
                .filter_map(|job| Some(job).filter(|job| job.reads_left.is_some()))
                .filter_map(|job| job.read().then(|| name(kind, job)))
                .collect(),
        };
        for id in over {
            self.end_job(kind, region, &id);
        }
    }

    /// Ends whatever still goes on in a region.
    pub(crate) fn end_jobs(&mut self, region: &str) {
        for kind in [Kind::Backup, Kind::Copy, Kind::Restore] {
            let jobs = self.jobs.entry((kind, region.to_owned())).or_default();
            // A restore job that the test has put there stays as it is.
            let stays =
                |job: &Job| kind == Kind::Restore && matches!(job.ending, Ending::Completed(_));
            let open = jobs.iter().filter(|job| !job.is_over() && !stays(job));
            let open: Vec<String> = open.map(|job| name(kind, job)).collect();
            for id in open {
                self.end_job(kind, region, &id);
            }
        }
    }

    fn end_job(&mut self, kind: Kind, region: &str, id: &str) {
        let jobs = self.jobs.get_mut(&(kind, region.to_owned()));
        let Some(job) = jobs.and_then(|jobs| jobs.get_mut(id)) else { return };
        let category = |category: &'static str| (kind != Kind::Restore).then_some(category);
        match mem::replace(&mut job.ending, Ending::Completed(None)) {
            Ending::Failed(message) => {
                job.end("FAILED", category("InvalidParameters"), Some(message));
                let event = events::of(&job.members).filter(|_| kind == Kind::Restore);
                self.restore_events.extend(event.map(|event| (region.to_owned(), event)));
            }
            Ending::Aborted => job.end("ABORTED", Some("JobAborted"), None),
            Ending::Completed(None) => job.end("COMPLETED", category("SUCCESS"), None),
            Ending::Restored(recipe) => {
                job.reads_left = None;
                job.members["Status"] = "RUNNING".into();
                let (region, id) = (region.to_owned(), id.to_owned());
                self.due_restores.push(Due { region, id, recipe: *recipe });
            }
            Ending::Completed(Some((key, mut point))) => {
                let vault = self.vaults.get(&key);
                if let Some(message) = vault.and_then(|vault| vault.refuses(&point)) {
                    job.end("FAILED", Some("InvalidParameters"), Some(message));
                } else {
                    job.end("COMPLETED", Some("SUCCESS"), None);
                    job.members["PercentDone"] = "100.0".into();
                    point["CompletionDate"] = now().into();
                    self.put_point(key, point);
                }
            }
        }
    }
}

fn name(kind: Kind, job: &Job) -> String {
    job.members[kind.id()].as_str().unwrap_or_default().to_owned()
}
