//! Vault Lock: how long what is kept in a vault has to be kept, and may be kept at most.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::time::Time;

/// The lock of a vault (AWS Backup API reference, `DescribeBackupVault`).
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct VaultLock {
    /// From when on no one can remove or change it; `null` where that can be done at any time.
    #[serde(rename = "final_at", serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) final_from: Option<Time>,
    #[serde(rename = "min_retention_days")]
    pub(crate) min_days: Option<i64>,
    #[serde(rename = "max_retention_days")]
    pub(crate) max_days: Option<i64>,
}

impl VaultLock {
    /// Whether a job that asks for this retention ends well; `None` is for ever, which is longer
    /// than any maximum.
    pub(crate) fn takes(&self, days: Option<i64>) -> bool {
        let days = days.unwrap_or(i64::MAX);
        self.min_days.is_none_or(|min| days >= min) && self.max_days.is_none_or(|max| days <= max)
    }
}
