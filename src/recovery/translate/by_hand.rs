//! The types that a person restores: why, and with which command.

use crate::recovery::landing::Landing;
use crate::recovery::source::Source;
use crate::recovery::translate::{Obstacle, TagCopy, Translation};

/// Why mrbackup does not restore a type, and an example of the map with which AWS CLI does.
const BY_HAND: &[(&str, &str, Option<&str>)] = &[
    (
        "Aurora DSQL",
        "its regions are set with its restore, and are not known here",
        Some(
            r#"{"regionalConfig":"[{\"region\":\"REGION\",\"isDeletionProtectionEnabled\":true}]"}"#,
        ),
    ),
    (
        "CloudFormation",
        "its restore makes a change set, which a person reads and executes; nested resources have recovery points of their own",
        Some(r#"{"StackName":"STACK","ChangeSetName":"CHANGE_SET"}"#),
    ),
    (
        "EKS",
        "its restore needs an existing cluster",
        Some(r#"{"clusterName":"CLUSTER","newCluster":"false"}"#),
    ),
    (
        "Redshift",
        "AWS Backup copies no cluster of Redshift to another region, and its restore needs a subnet group",
        Some(r#"{"RestoreType":"CLUSTER_RESTORE","ClusterIdentifier":"CLUSTER"}"#),
    ),
    ("Redshift Serverless", "its restore writes over the namespace that is there", None),
    ("SAP HANA", "its restore writes over the database that is there", None),
    (
        "Storage Gateway",
        "its restore needs a gateway that can be reached, or a zone for an EBS volume",
        Some(r#"{"availabilityZone":"ZONE","volumeType":"gp3"}"#),
    ),
    (
        "Timestream",
        "its restore needs a database that is there",
        Some(
            r#"{"DatabaseName":"DATABASE","TableName":"TABLE","MemoryStoreRetentionPeriodInHours":"1","MagneticStoreRetentionPeriodInDays":"1"}"#,
        ),
    ),
    ("VirtualMachine", "its restore needs a gateway and a hypervisor that can be reached", None),
];

/// A recovery point that mrbackup does not restore.
pub(super) fn translate(source: &Source, landing: &Landing<'_>) -> Translation {
    Translation {
        tries: Vec::new(),
        target: None,
        losses: Vec::new(),
        finish: Vec::new(),
        tags: TagCopy::Afterwards,
        obstacles: vec![obstacle(source, landing)],
    }
}

fn obstacle(source: &Source, landing: &Landing<'_>) -> Obstacle {
    let kind = source.kind.as_str();
    let row = BY_HAND.iter().find(|(name, ..)| same_type(name, kind));
    let (why, map) = match row {
        Some((_, why, map)) => (format!("{kind} is restored by a person: {why}"), *map),
        None => (format!("mrbackup does not know how {kind} is restored"), None),
    };
    let command = map.map(|map| {
        let region = landing.region;
        let map = map.replace("REGION", region.as_str());
        format!(
            "aws backup start-restore-job --region {region} --recovery-point-arn {} --iam-role-arn ROLE_ARN --metadata '{map}'",
            source.point.arn
        )
    });
    Obstacle::Cannot { why, command }
}

/// Jobs and points write a type without the spaces of the guide, or with its service's name behind it.
fn same_type(name: &str, kind: &str) -> bool {
    let letters = |text: &str| text.replace([' ', '-'], "").to_lowercase();
    letters(kind).starts_with(&letters(name))
        && !(name == "Redshift" && letters(kind).contains("serverless"))
        || letters(kind) == letters(name)
}
