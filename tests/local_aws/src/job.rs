//! Jobs of AWS Backup: they go on as they are looked at, and end in one of four ways.

use std::mem;

use serde_json::Value;

use super::account::now;
use super::backup_store::{BackupStore, VaultKey};

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
        let Some(left) = self.reads_left.as_mut() else { return false };
        *left = left.saturating_sub(1);
        if *left > 0 && self.members["State"] == "CREATED" {
            self.members["State"] = "RUNNING".into();
        }
        *left == 0
    }

    fn end(&mut self, state: &str, category: &str, message: Option<String>) {
        self.reads_left = None;
        self.members["State"] = state.into();
        self.members["CompletionDate"] = now().into();
        self.members["MessageCategory"] = category.into();
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
        for kind in [Kind::Backup, Kind::Copy] {
            let jobs = self.jobs.entry((kind, region.to_owned())).or_default();
            let open = jobs.iter().filter(|job| !job.is_over());
            let open: Vec<String> = open.map(|job| name(kind, job)).collect();
            for id in open {
                self.end_job(kind, region, &id);
            }
        }
    }

    fn end_job(&mut self, kind: Kind, region: &str, id: &str) {
        let jobs = self.jobs.get_mut(&(kind, region.to_owned()));
        let Some(job) = jobs.and_then(|jobs| jobs.get_mut(id)) else { return };
        match mem::replace(&mut job.ending, Ending::Completed(None)) {
            Ending::Failed(message) => job.end("FAILED", "InvalidParameters", Some(message)),
            Ending::Aborted => job.end("ABORTED", "JobAborted", None),
            Ending::Completed(None) => job.end("COMPLETED", "SUCCESS", None),
            Ending::Completed(Some((key, mut point))) => {
                let vault = self.vaults.get(&key);
                if let Some(message) = vault.and_then(|vault| vault.refuses(&point)) {
                    job.end("FAILED", "InvalidParameters", Some(message));
                } else {
                    job.end("COMPLETED", "SUCCESS", None);
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
