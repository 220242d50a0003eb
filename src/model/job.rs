//! Backup and copy jobs, as far as mrbackup starts and follows them.

use crate::model::region::Region;

/// A job that was started, in the region that knows it.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Backup(String),
    /// Copy jobs are known in the region that is copied from.
    Copy(String),
}

impl Job {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Backup(id) | Self::Copy(id) => id,
        }
    }

    /// The AWS CLI line that shows it.
    pub(crate) fn show_command(&self, region: &Region) -> String {
        match self {
            Self::Backup(id) => {
                format!("aws backup describe-backup-job --backup-job-id {id} --region {region}")
            }
            Self::Copy(id) => {
                format!("aws backup describe-copy-job --copy-job-id {id} --region {region}")
            }
        }
    }
}

/// What AWS tells of a job.
#[derive(Clone, Debug)]
pub(crate) struct JobStatus {
    /// In AWS's words: `CREATED`, `RUNNING`, `COMPLETED`, ...
    pub(crate) state: String,
    pub(crate) message: Option<String>,
    pub(crate) percent: Option<String>,
    pub(crate) recovery_point: Option<String>,
    /// ARN of the resource.
    pub(crate) resource: String,
    /// AWS's number, whose meaning differs from type to type: see
    /// [`BackupSize`](crate::model::resource_types::BackupSize).
    pub(crate) bytes: Option<i64>,
    /// From its creation to its completion by AWS's clock.
    pub(crate) seconds: Option<i64>,
}

impl JobStatus {
    pub(crate) fn has_ended(&self) -> bool {
        ["COMPLETED", "FAILED", "ABORTED", "EXPIRED", "PARTIAL"].contains(&self.state.as_str())
    }

    pub(crate) fn is_good(&self) -> bool {
        self.state == "COMPLETED"
    }
}
