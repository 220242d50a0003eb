//! A recovery point, as the list of its vault shows it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::region::Region;
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
    /// Made, but not whole.
    Partial,
    /// Being made, or something that AWS has added since.
    #[default]
    Other,
}

impl PointStatus {
    /// Whether its resource can be restored from it.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::Completed | Self::Available)
    }
}

/// A recovery point.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecoveryPoint {
    pub(crate) arn: String,
    /// ARN of the resource that it is a backup of.
    pub(crate) resource: Option<String>,
    /// AWS Backup's name of the resource's type: an ARN does not always tell it.
    pub(crate) kind: Option<String>,
    pub(crate) status: PointStatus,
    /// AWS's words of it.
    pub(crate) message: Option<String>,
    /// When its resource was backed up; a copy has the date of its source.
    pub(crate) created: Option<Time>,
    /// When it moves to cold storage.
    pub(crate) cold_at: Option<Time>,
    /// When AWS Backup deletes it; `None` of one that never expires.
    pub(crate) deletes_at: Option<Time>,
    /// AWS's number, whose meaning differs from type to type: see
    /// [`BackupSize`](crate::model::resource_types::BackupSize).
    pub(crate) bytes: Option<i64>,
    /// ARN of the key that it is under; `None` where AWS leaves it out.
    pub(crate) key: Option<String>,
    /// Whether nothing encrypts it, by AWS's word.
    pub(crate) is_plain: bool,
    /// ARN of the role with which AWS Backup made it, and with which it will delete it.
    pub(crate) role: Option<String>,
    /// The backup plan that made it; `None` of one that was made on demand.
    pub(crate) plan: Option<CreatingPlan>,
    /// ARN of the vault that it was copied from.
    pub(crate) source_vault: Option<String>,
    /// ARN of the composite point that it is a part of.
    pub(crate) parent: Option<String>,
    /// Whether it is a composite point.
    pub(crate) is_parent: bool,
}

/// What a document has of a recovery point.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct PointFacts {
    /// Its ARN.
    pub(crate) recovery_point: String,
    /// When its resource was backed up; of a continuous backup, when that began.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) created_at: Option<Time>,
    /// When AWS Backup deletes it; `null` of one that never expires.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) expires_at: Option<Time>,
    /// ARN of the KMS key that it is encrypted with; `null` where AWS names none.
    pub(crate) kms_key: Option<String>,
    pub(crate) encrypted: bool,
}

impl From<&RecoveryPoint> for PointFacts {
    fn from(point: &RecoveryPoint) -> Self {
        Self {
            recovery_point: point.arn.clone(),
            created_at: point.created,
            expires_at: point.deletes_at,
            kms_key: point.key.clone(),
            encrypted: !point.is_plain,
        }
    }
}

/// The backup plan that made a recovery point or started a job, as AWS names it beside these
/// (API reference, `RecoveryPointCreator`). It may be gone, and AWS may list it no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CreatingPlan {
    pub(crate) id: String,
    /// `None` of what was made before AWS told it.
    pub(crate) name: Option<String>,
    /// Where it is or was; `None` where AWS leaves its ARN out.
    pub(crate) region: Option<Region>,
    /// The account that it is in, which a copy from another account shows.
    pub(crate) account: Option<String>,
}

impl CreatingPlan {
    /// The plan as AWS's members show it; `None` where there is no id.
    pub(crate) fn new(id: Option<&str>, name: Option<&str>, arn: Option<&str>) -> Option<Self> {
        let mut fields = arn.unwrap_or_default().split(':').skip(3);
        let region = fields.next().and_then(|region| Region::parse_lenient(region).ok());
        let account = fields.next().filter(|account| !account.is_empty()).map(str::to_owned);
        Some(Self { id: id?.to_owned(), name: name.map(str::to_owned), region, account })
    }
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
