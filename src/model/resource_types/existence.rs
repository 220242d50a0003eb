//! The command that shows whether a resource is there, of each kind: the tagging API lists what was deleted for a while.
//!
//! The watchdog has the same table (`steps/function_code/watchdog.py`); `tests/freshness/existence.json` tries both.

/// Service and kind of an ARN, or the service alone, and what the AWS CLI is asked. `{second}` is the
/// second segment of the resource, `{name}` the last.
const CHECKS: &[(&str, &str)] = &[
    (
        "backup-gateway:vm",
        "backup-gateway get-virtual-machine --region {region} --resource-arn {arn}",
    ),
    ("cloudformation:stack", "cloudformation describe-stacks --region {region} --stack-name {arn}"),
    ("dsql:cluster", "dsql get-cluster --region {region} --identifier {name}"),
    ("dynamodb:table", "dynamodb describe-table --region {region} --table-name {arn}"),
    ("ec2:instance", "ec2 describe-instances --region {region} --instance-ids {name}"),
    ("ec2:volume", "ec2 describe-volumes --region {region} --volume-ids {name}"),
    ("eks:cluster", "eks describe-cluster --region {region} --name {name}"),
    (
        "elasticfilesystem:file-system",
        "efs describe-file-systems --region {region} --file-system-id {name}",
    ),
    ("fsx:file-system", "fsx describe-file-systems --region {region} --file-system-ids {name}"),
    ("fsx:volume", "fsx describe-volumes --region {region} --volume-ids {name}"),
    ("rds:cluster", "rds describe-db-clusters --region {region} --db-cluster-identifier {arn}"),
    ("rds:db", "rds describe-db-instances --region {region} --db-instance-identifier {arn}"),
    (
        "redshift:cluster",
        "redshift describe-clusters --region {region} --cluster-identifier {name}",
    ),
    ("s3", "s3api head-bucket --bucket {name}"),
    (
        "timestream:database",
        "timestream-write describe-table --region {region} --database-name {second} --table-name {name}",
    ),
];

/// RDS finds a cluster by the id of its resource with no other option (API reference,
/// `DescribeDBClusters`).
const OF_CLUSTER_ID: &str = "rds describe-db-clusters --region {region} --filters Name=db-cluster-resource-id,Values={name}";

/// The command that shows whether a resource is there; `None` where none is known.
pub(crate) fn existence_check(arn: &str) -> Option<String> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, region, _, resource] = fields[..] else { return None };
    let segments: Vec<&str> = resource.split([':', '/']).collect();
    let (first, name) = (segments.first()?, segments.last()?);
    let kind = format!("{service}:{first}");
    let check = if is_cluster_id(arn) {
        OF_CLUSTER_ID
    } else {
        CHECKS.iter().find(|(of, _)| *of == kind || *of == service)?.1
    };
    let check = check.replace("{region}", region).replace("{arn}", arn).replace("{name}", name);
    Some(format!("aws {}", check.replace("{second}", segments.get(1).unwrap_or(&""))))
}

/// Whether an ARN names a cluster by the id of its resource, as the tagging API does beside its own
/// name: identifiers that people give are in lower case.
pub(crate) fn is_cluster_id(arn: &str) -> bool {
    let id = arn.rsplit([':', '/']).next().and_then(|name| name.strip_prefix("cluster-"));
    let is_of_id = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    id.is_some_and(|id| id.len() >= 20 && id.chars().all(is_of_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_command_as_the_watchdog_has() {
        let table = include_str!("../../../tests/freshness/existence.json");
        let table: Vec<(String, Option<String>)> = serde_json::from_str(table).unwrap();
        let ours: Vec<(String, Option<String>)> =
            table.iter().map(|(arn, _)| (arn.clone(), existence_check(arn))).collect();
        assert_eq!(ours, table);
    }
}
