//! The ARNs of what drills and AWS's own restore tests make, whatever it is a restore of.

use super::Names;
use crate::model::region::Region;

/// What such names begin with: a drill's, and those that AWS Backup gives (developer guide, "Restore testing inferred
/// metadata").
const RESTORED: [&str; 2] = ["mrb-drill-", "awsbackup-restore-test-"];

impl Names {
    /// Of one kind in a region: `("dynamodb", "table/")`.
    pub(crate) fn restored_arns(&self, service: &str, region: &Region, kind: &str) -> Vec<String> {
        RESTORED.map(|prefix| self.arn(service, region, &format!("{kind}{prefix}*"))).into()
    }

    /// Buckets, whose ARNs name no region and no account.
    pub(crate) fn restored_bucket_arns(&self) -> Vec<String> {
        RESTORED.map(|prefix| format!("arn:{}:s3:::{prefix}*", self.partition)).into()
    }

    /// All tables of a region.
    pub(crate) fn table_arns(&self, region: &Region) -> String {
        self.arn("dynamodb", region, "table/*")
    }
}
