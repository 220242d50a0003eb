//! The types of resources that AWS Backup can back up, as the tagging API and as AWS Backup call them.

use std::collections::BTreeMap;

/// Type in ARNs and in the tagging API (service authorization reference), and AWS Backup's name of it
/// (developer guide, "Feature availability by resource"), which its opt-in settings use.
///
/// A member of an Aurora, `DocumentDB` or Neptune cluster is an `rds:db` too, and is backed up with its
/// cluster; the three services share `rds:cluster`.
const TYPES: &[(&str, &str)] = &[
    ("cloudformation:stack", "CloudFormation"),
    ("dynamodb:table", "DynamoDB"),
    ("ec2:instance", "EC2"),
    ("ec2:volume", "EBS"),
    ("eks:cluster", "EKS"),
    ("elasticfilesystem:file-system", "EFS"),
    ("fsx:file-system", "FSx"),
    ("fsx:volume", "FSx"),
    ("rds:cluster", "Aurora"),
    ("rds:db", "RDS"),
    ("redshift:cluster", "Redshift"),
    ("redshift-serverless:namespace", "Redshift Serverless"),
    ("s3", "S3"),
    ("storagegateway:gateway", "Storage Gateway"),
    ("timestream:database", "Timestream"),
];

/// All of them.
pub(crate) fn by_tagging_type() -> BTreeMap<&'static str, &'static str> {
    TYPES.iter().copied().collect()
}
