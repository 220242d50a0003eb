//! Restore jobs, as AWS Backup lists them.

use crate::model::time::Time;

/// A restore job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RestoreJob {
    pub(crate) id: String,
    /// ARN of the recovery point.
    pub(crate) point: String,
    /// ARN of the resource that the point is a backup of, where AWS names it.
    pub(crate) resource: Option<String>,
    /// AWS Backup's name of its type.
    pub(crate) kind: String,
    pub(crate) state: JobState,
    /// AWS's own word of it.
    pub(crate) status: String,
    /// ARN of the vault of the recovery point.
    pub(crate) vault: Option<String>,
    /// What a test of AWS's found of it, in AWS's word.
    pub(crate) validation: Option<String>,
    /// What the validation says beside it.
    pub(crate) validation_message: Option<String>,
    /// What became of what a test of AWS's had made, in AWS's word, and why.
    pub(crate) deletion: Option<String>,
    pub(crate) deletion_message: Option<String>,
    /// ARN of the restore testing plan that started it.
    pub(crate) test_plan: Option<String>,
    /// AWS's words.
    pub(crate) message: Option<String>,
    pub(crate) percent: Option<String>,
    /// ARN of what it has made.
    pub(crate) made: Option<String>,
    pub(crate) begun: Option<Time>,
    pub(crate) ended: Option<Time>,
    /// When the resource was backed up.
    pub(crate) point_created: Option<Time>,
    /// Whether one of AWS's own restore tests started it: what it makes is deleted.
    pub(crate) is_test: bool,
}

/// API reference, `RestoreJobsListMember`, `Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum JobState {
    #[default]
    Pending,
    Running,
    Completed,
    /// Failed or aborted.
    Failed,
}

impl RestoreJob {
    /// Minutes from its beginning to its end, by AWS's clock.
    pub(crate) fn minutes(&self) -> Option<i64> {
        Some((self.ended? - self.begun? + 59) / 60)
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::Failed)
    }

    /// Whether the region had no room for it, so that another zone may have ("Troubleshoot instance launch issues").
    pub(crate) fn lacks_capacity(&self) -> bool {
        let words = [
            "InsufficientInstanceCapacity",
            "insufficient capacity",
            "InsufficientDBInstanceCapacity",
        ];
        self.message
            .as_deref()
            .is_some_and(|message| words.iter().any(|word| message.contains(word)))
    }

    /// Whether it has completed with a part of the data alone, or none: S3 completes a job whose objects failed in part, and
    /// one that found no object (developer guide, "S3 restore messages").
    pub(crate) fn is_partial(&self) -> bool {
        let words = ["failed", "no objects"];
        self.state == JobState::Completed
            && self
                .message
                .as_deref()
                .is_some_and(|message| words.iter().any(|word| message.contains(word)))
    }
}

/// The median of how long completed jobs of a type took here; `None` without any: there is nothing to go by.
pub(crate) fn usual_minutes<'a>(
    jobs: impl Iterator<Item = &'a RestoreJob>,
    kind: &str,
) -> Option<i64> {
    let completed = jobs.filter(|job| job.kind == kind && job.state == JobState::Completed);
    let mut minutes: Vec<i64> = completed.filter_map(RestoreJob::minutes).collect();
    minutes.sort_unstable();
    minutes.get(minutes.len() / 2).copied()
}
