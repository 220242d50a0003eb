//! What AWS Backup calls a resource, and what it calls the resource's recovery points.

use super::answer::request_id;

/// The resource type, by the resource's ARN.
pub(crate) fn kind(arn: &str) -> &'static str {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts[..] else { return "EBS" };
    match (service, resource.split(['/', ':']).next().unwrap_or_default()) {
        ("ec2", "instance") => "EC2",
        ("rds", "cluster") => "Aurora",
        ("rds", _) => "RDS",
        ("dynamodb", _) => "DynamoDB",
        ("elasticfilesystem", _) => "EFS",
        ("fsx", _) => "FSx",
        ("s3", _) => "S3",
        ("storagegateway", _) => "Storage Gateway",
        ("backup-gateway", _) => "VirtualMachine",
        ("redshift", _) => "Redshift",
        ("redshift-serverless", _) => "Redshift Serverless",
        ("timestream", _) => "Timestream",
        ("cloudformation", _) => "CloudFormation",
        ("eks", _) => "EKS",
        ("ssm-sap", _) => "SAP HANA on Amazon EC2",
        _ => "EBS",
    }
}

/// The same for a copy of a point, which the source service tells from one that a backup made.
pub(crate) fn copy_arn(region: &str, account: &str, kind: &str) -> String {
    point_arn(region, account, kind).replace(":awsbackup:job-", ":awsbackup:copyjob-")
}

/// A new ARN for a point: of the source service, unless AWS Backup manages the type itself.
pub(crate) fn point_arn(region: &str, account: &str, kind: &str) -> String {
    let id = request_id();
    let number = id.rsplit('-').next().unwrap_or_default();
    match kind {
        "EBS" => format!("arn:aws:ec2:{region}::snapshot/snap-{number}"),
        "EC2" => format!("arn:aws:ec2:{region}::image/ami-{number}"),
        "RDS" => format!("arn:aws:rds:{region}:{account}:snapshot:awsbackup:job-{id}"),
        "Aurora" | "DocumentDB" | "Neptune" => {
            format!("arn:aws:rds:{region}:{account}:cluster-snapshot:awsbackup:job-{id}")
        }
        _ => format!("arn:aws:backup:{region}:{account}:recovery-point:{id}"),
    }
}
