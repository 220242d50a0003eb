//! `restore` and `recover`: what a region's vault holds comes back there, without a call to any other region.

use crate::support::{Aws, SECONDARY, VAULT, deployed_without_alerts};

/// One resource of each type that comes back, by its type and its name in the primary.
pub(crate) const LOST: [(&str, &str); 8] = [
    ("EBS", "vol-0a1b2c3d4e5f60718"),
    ("EC2", "i-0123456789abcdef0"),
    ("RDS", "orders"),
    ("Aurora", "shop"),
    ("DocumentDB", "carts"),
    ("DynamoDB", "customers"),
    ("EFS", "fs-0123456789abcdef0"),
    ("S3", "acme-invoices"),
];

/// A deployment whose secondary holds a recovery point of each type, and the bucket for the one that needs one.
pub(crate) fn lost() -> Aws {
    let aws = deployed_without_alerts();
    for (kind, name) in LOST {
        aws.put_restorable_point(SECONDARY, VAULT, kind, name);
    }
    aws.put_bucket(SECONDARY, "acme-invoices-west", true);
    aws
}

/// The path of a file that says of restores into the secondary what nobody can guess.
pub(crate) fn settings(aws: &Aws) -> String {
    let key = aws.put_key(SECONDARY);
    let text = format!(
        "[regions]
primary = \"us-east-1\"
secondary = \"us-west-2\"
tertiary = \"eu-west-1\"

[restore.us-west-2]
kms_key = \"{key}\"
cluster_instance_class = \"db.r6g.large\"

[restore.us-west-2.buckets]
acme-invoices = \"acme-invoices-west\"
"
    );
    aws.file("mrbackup.toml", &text)
}

#[test]
fn everything_comes_back_from_the_vault_of_a_region() {
    let aws = lost();
    let file = settings(&aws);
    let recover = ["recover", "--region", SECONDARY, "--config", &file];
    aws.mrbackup(recover)
        .success()
        .stdout_starts_with("✔ 8 of 8 resources are restored in us-west-2");
}
