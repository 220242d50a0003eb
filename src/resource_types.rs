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

/// AWS Backup's name of the type of the resource that has this ARN.
pub(crate) fn of_arn(arn: &str) -> Option<&'static str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts[..] else { return None };
    let kind = resource.split(['/', ':']).next().unwrap_or_default();
    let is = |(tagging, _): &&(&str, &str)| match tagging.split_once(':') {
        Some((of, wanted)) => of == service && wanted == kind,
        None => *tagging == service,
    };
    TYPES.iter().find(is).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_its_type() {
        for (arn, kind) in [
            ("arn:aws:ec2:us-east-1:1:volume/vol-1", Some("EBS")),
            ("arn:aws:rds:us-east-1:1:db:orders", Some("RDS")),
            ("arn:aws:s3:::a-bucket", Some("S3")),
            ("arn:aws:ec2:us-east-1:1:subnet/s-1", None),
            ("nonsense", None),
        ] {
            assert_eq!(of_arn(arn), kind, "{arn}");
        }
    }
}
