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

/// AWS Backup's name of an ARN's type; `None` of what it cannot back up.
pub(crate) fn of_arn(arn: &str) -> Option<&'static str> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, _, resource] = fields[..] else { return None };
    let fits = |tagging_type: &str| match tagging_type.split_once(':') {
        // A bucket, and not what is in it.
        None => tagging_type == service && !resource.is_empty() && !resource.contains('/'),
        Some((of, kind)) => {
            let rest = resource.strip_prefix(kind);
            of == service && rest.is_some_and(|rest| rest.len() > 1 && rest.starts_with(['/', ':']))
        }
    };
    TYPES.iter().find(|(tagging_type, _)| fits(tagging_type)).map(|(_, name)| *name)
}

/// All of them.
pub(crate) fn by_tagging_type() -> BTreeMap<&'static str, &'static str> {
    TYPES.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_its_type() {
        for (arn, name) in [
            ("arn:aws:ec2:us-east-1:111122223333:volume/vol-1", Some("EBS")),
            ("arn:aws:rds:us-east-1:111122223333:db:orders", Some("RDS")),
            ("arn:aws:dynamodb:us-east-1:111122223333:table/orders", Some("DynamoDB")),
            ("arn:aws:s3:::bucket", Some("S3")),
            ("arn:aws:s3:::bucket/key", None),
            ("arn:aws:ec2:us-east-1::snapshot/snap-1", None),
            ("arn:aws:lambda:us-east-1:111122223333:function:f", None),
            ("vol-1", None),
        ] {
            assert_eq!(of_arn(arn), name, "{arn}");
        }
    }
}
