//! A recovery point, as the list of its vault shows it.

use crate::model::time::Time;

/// What AWS Backup says of a point (API reference, `RecoveryPointByBackupVault`, `Status`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PointStatus {
    /// A snapshot that is whole.
    Completed,
    /// A continuous backup that goes on.
    Available,
    /// A continuous backup that has ended.
    Stopped,
    /// Its retention is over, and AWS Backup could not delete it.
    Expired,
    Deleting,
    /// Partial, being made, or something that AWS has added since.
    #[default]
    Other,
}

/// A recovery point.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecoveryPoint {
    pub(crate) arn: String,
    /// ARN of the resource that it is a backup of.
    pub(crate) resource: Option<String>,
    pub(crate) status: PointStatus,
    /// AWS's words of it.
    pub(crate) message: Option<String>,
    /// When its resource was backed up; a copy has the date of its source.
    pub(crate) created: Option<Time>,
    /// When it moves to cold storage.
    pub(crate) cold_at: Option<Time>,
    /// When AWS Backup deletes it; `None` of one that never expires.
    pub(crate) deletes_at: Option<Time>,
    /// AWS's figure, whose meaning differs from type to type.
    pub(crate) bytes: i64,
    /// Id of the backup plan that made it; `None` of one that was made on demand.
    pub(crate) plan: Option<String>,
    /// ARN of the vault that it was copied from.
    pub(crate) source_vault: Option<String>,
    /// ARN of the composite point that it is a part of.
    pub(crate) parent: Option<String>,
}

impl RecoveryPoint {
    /// Whether a continuous backup goes on; `None` of a point that is a snapshot.
    pub(crate) fn continues(&self) -> Option<bool> {
        match self.status {
            PointStatus::Available => Some(true),
            PointStatus::Stopped => Some(false),
            _ => None,
        }
    }
}
