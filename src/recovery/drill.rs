//! A restore that only proves something: named and set apart so that nobody takes it for the real thing, and it for nobody's.

use sha2::{Digest as _, Sha256};

use crate::model::names::{Names, hex};
use crate::model::region::Region;
use crate::model::time::Time;
use crate::recovery::source::{Metadata, name_of};

/// On all that a drill makes: the deployment whose drill it is.
pub(crate) const DRILL_TAG: &str = "mrbackup:drill";
/// What names of all that a drill makes begin with. AWS's own tests have `awsbackup-restore-test-`.
pub(crate) const PREFIX: &str = "mrb-drill-";
/// Characters of the source's name in that of its drill. DB identifiers and buckets have 63 in all.
const SOURCE: usize = 20;
/// How far a continuous backup of S3 may be behind (developer guide, "Amazon S3 backups").
const CONTINUOUS_LAG: Time = 15 * 60;
/// Keys of restore metadata that a drill decides, whatever the settings say for the source: what is made has a name of its
/// own, nobody reaches it, it may do nothing, and it can be deleted.
const DECIDED: &[&str] = &[
    "CreationToken",
    "DBInstanceIdentifier",
    "DeletionProtection",
    "DestinationBucketName",
    "DisableApiTermination",
    "IamInstanceProfileName",
    "MultiAZ",
    "NewBucket",
    "PubliclyAccessible",
    "SecurityGroupIds",
    "VpcSecurityGroupIds",
    "dbClusterIdentifier",
    "securityGroups",
    "targetTableName",
];

/// How the restore of one source is set apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetApart {
    /// Of what is made.
    pub(crate) name: String,
    /// Name of the security group without rules.
    pub(crate) group: String,
    /// What a continuous backup that has to be given a moment is restored to.
    pub(crate) moment: Time,
}

impl SetApart {
    pub(crate) fn new(names: &Names, region: &Region, resource: &str, now: Time) -> Self {
        Self {
            name: name(names, region, resource),
            group: group_name(names),
            moment: now - CONTINUOUS_LAG,
        }
    }
}

/// The name of what a drill of a resource makes, the same in every run: a drill that was killed is found again. It has the
/// account in it, as names of buckets are everybody's.
pub(crate) fn name(names: &Names, region: &Region, resource: &str) -> String {
    let parts = [names.account.as_str(), names.deployment.as_str(), region.as_str(), resource];
    let digest = Sha256::digest(parts.join("\n"));
    let of_source = sanitized(name_of(resource));
    let hyphen = if of_source.is_empty() { "" } else { "-" };
    format!("{PREFIX}{of_source}{hyphen}{}", hex(&digest[..6]))
}

/// What tables, databases and buckets all take in a name: small letters, digits, single hyphens.
fn sanitized(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    joined.chars().take(SOURCE).collect::<String>().trim_end_matches('-').to_owned()
}

/// The name of the security group of a deployment's drills, in each VPC in which one was needed.
pub(crate) fn group_name(names: &Names) -> String {
    format!("{PREFIX}{}", names.deployment)
}

/// Whether the drill decides about a key of restore metadata.
pub(crate) fn decides(key: &str) -> bool {
    DECIDED.iter().any(|decided| decided.eq_ignore_ascii_case(key))
}

/// Makes a map of a type one of a drill.
pub(crate) fn set_apart(kind: &str, map: &mut Metadata) {
    let fixed: &[(&str, &str)] = match kind {
        "EC2" => &[("DisableApiTermination", "false")],
        "RDS" => &[
            ("DeletionProtection", "false"),
            ("MultiAZ", "false"),
            ("PubliclyAccessible", "false"),
        ],
        _ => &[],
    };
    map.remove("IamInstanceProfileName");
    map.extend(fixed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::DeploymentName;
    use crate::model::region::Partition;

    fn names() -> Names {
        Names {
            deployment: DeploymentName::default(),
            account: "111122223333".to_owned(),
            partition: Partition::Aws,
        }
    }

    #[test]
    fn a_drills_name_is_one_that_tables_databases_and_buckets_take() {
        let region = Region::parse("us-west-2").unwrap();
        let of = |resource: &str| name(&names(), &region, resource);
        for (resource, begin) in [
            ("arn:aws:rds:us-east-1:1:db:orders", "mrb-drill-orders-"),
            ("arn:aws:dynamodb:us-east-1:1:table/My_Table..2", "mrb-drill-my-table-2-"),
            (
                "arn:aws:s3:::a.bucket-with-a-very-long-name-of-its-own",
                "mrb-drill-a-bucket-with-a-very-",
            ),
            ("arn:aws:rds:us-east-1:1:db:-", "mrb-drill-"),
        ] {
            let found = of(resource);
            assert!(found.starts_with(begin), "{found}");
            assert_eq!(found.len(), begin.len() + 12, "{found}");
            assert!(found.len() <= 63 && !found.contains("--") && !found.ends_with('-'));
        }
        let table = "arn:aws:dynamodb:us-east-1:1:table/t";
        assert_eq!(of(table), of(table));
        assert_ne!(of(table), name(&names(), &Region::parse("us-east-1").unwrap(), table));
    }
}
