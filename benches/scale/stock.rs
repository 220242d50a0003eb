//! The accounts that are measured, and what is in them.

use std::fmt;
use std::fs;
use std::time::Duration;

use local_aws::{Account, Crowd, LocalAws, now};
use serde_json::{Value, json};

use crate::measure::{LATENCY, Measured, measured};

pub(crate) const VAULT: &str = "mrbackup-default";
const DAY: u64 = 86_400;
const TAGS: [(&str, &str); 2] = [("Environment", "Production"), ("BackupEnabled", "true")];

/// The primary and those that it copies to: a rule has five copies at most.
const REGIONS: [&str; 6] =
    ["us-east-1", "us-west-2", "eu-west-1", "us-east-2", "us-west-1", "eu-central-1"];

/// What the tagging API finds of the types that AWS Backup can back up: service and kind.
const KINDS: [(&str, &str); 18] = [
    ("backup-gateway", "vm/"),
    ("cloudformation", "stack/"),
    ("dsql", "cluster/"),
    ("dynamodb", "table/"),
    ("ec2", "instance/"),
    ("ec2", "volume/"),
    ("eks", "cluster/"),
    ("elasticfilesystem", "file-system/"),
    ("fsx", "file-system/"),
    ("fsx", "volume/"),
    ("rds", "cluster:"),
    ("rds", "db:"),
    ("redshift", "cluster:"),
    ("redshift-serverless", "namespace/"),
    ("s3", ""),
    ("storagegateway", "gateway/"),
    ("timestream", "database/"),
    ("ec2", "volume/more-"),
];

/// How much there is of what is backed up.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) resources: u64,
    pub(crate) points: u64,
}

impl Size {
    pub(crate) fn divided(self, by: u64) -> Self {
        Self { resources: self.resources / by, points: self.points / by }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} resources, {} points", thousands(self.resources), thousands(self.points))
    }
}

/// As prose writes a number: `10,000`.
pub(crate) fn thousands(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        more => format!("{},{:03}", thousands(more), number % 1_000),
    }
}

/// An account, and how its rows are headed.
pub(crate) struct Stocked {
    pub(crate) account: Account,
    pub(crate) size: String,
    /// How much later AWS acts, and so answers.
    pub(crate) latency: Duration,
}

impl Stocked {
    pub(crate) fn new(aws: &'static LocalAws, size: String) -> Self {
        Self { account: aws.account(), size, latency: LATENCY }
    }

    /// The same as seen from beside it.
    pub(crate) fn near(self) -> Self {
        Self { latency: Duration::ZERO, ..self }
    }

    /// Runs commands one after the other, each of which has to succeed or to find something.
    pub(crate) fn rows(&self, commands: &[(&str, &[&str])]) -> Result<Vec<Measured>, String> {
        let run = |(name, arguments): &(&str, &[&str])| measured(self, name, arguments);
        commands.iter().map(run).collect()
    }

    /// Tagged resources of all kinds, and points of them in the regions of the deployment, a day apart. The vaults are as
    /// old as the points.
    pub(crate) fn put_backups(&self, size: Size) {
        self.put_resources(0, size.resources);
        let plans = self.account.call("backup", REGIONS[0], "list_backup_plans", json!({}));
        let mut plans = plans["BackupPlansList"].as_array().into_iter().flatten();
        let ours = plans.find(|plan| plan["BackupPlanName"] == "mrbackup-default").cloned();
        let plan = ours.unwrap_or_default()["BackupPlanId"].clone();
        let regions = self.regions();
        for region in &regions {
            let points = (0..size.points / regions.len() as u64)
                .map(|index| self.point(index, size.resources, &plan));
            self.account.put_recovery_points(region, VAULT, points.collect());
        }
        self.account.vaults_made(now() - 400 * DAY);
    }

    fn point(&self, index: u64, resources: u64, plan: &Value) -> Value {
        json!({
            "ResourceArn": self.resource(index % resources),
            "CreationDate": now() - 3_600 - index / resources * DAY,
            "CreatedBy": {"BackupPlanId": plan},
            "Lifecycle": {"DeleteAfterDays": 365},
        })
    }

    /// Where the deployment has a vault.
    pub(crate) fn regions(&self) -> Vec<&'static str> {
        let has_vault = |region: &&str| {
            let vaults = self.account.call("backup", region, "list_backup_vaults", json!({}));
            let mut vaults = vaults["BackupVaultList"].as_array().into_iter().flatten();
            vaults.any(|vault| vault["BackupVaultName"] == VAULT)
        };
        REGIONS.into_iter().filter(has_vault).collect()
    }

    fn put_resources(&self, from: u64, count: u64) {
        for index in from..from + count {
            self.account.put_tagged_resource(REGIONS[0], &self.resource(index), &TAGS);
        }
    }

    /// Resources that nothing was made of, and jobs of the others: five of each in the 30 days that AWS lists.
    pub(crate) fn put_resources_without_points(&self, from: u64, count: u64) {
        self.put_resources(from, count);
        for day in [0, 6, 12, 18, 24] {
            for index in 0..from {
                let job = json!({
                    "ResourceArn": self.resource(index), "BackupVaultName": VAULT,
                    "CreationDate": now() - 3_600 - day * DAY,
                });
                self.account.put_backup_job(REGIONS[0], job);
            }
        }
    }

    fn resource(&self, index: u64) -> String {
        let (service, kind) = KINDS[usize::try_from(index).unwrap_or_default() % KINDS.len()];
        if service == "s3" {
            return format!("arn:aws:s3:::bucket-{index:012}");
        }
        self.account.arn(service, REGIONS[0], &format!("{kind}{index:017x}"))
    }

    /// A file with the ARNs of the first resources.
    pub(crate) fn list_of_resources(&self, count: u64) -> Result<String, String> {
        let arns: Vec<String> = (0..count).map(|index| self.resource(index)).collect();
        written("arns.txt", &arns.join("\n"))
    }

    /// In every region as many vaults, plans and event rules of others as AWS's quotas leave beside ours, and as many roles.
    pub(crate) fn put_crowds(&self) {
        for (index, region) in REGIONS.iter().enumerate() {
            let roles = if index == 0 { 990 } else { 0 };
            let crowd = Crowd { vaults: 299, plans: 299, event_rules: 290, roles };
            self.account.put_crowd(region, crowd);
        }
    }
}

fn written(name: &str, text: &str) -> Result<String, String> {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&path, text).map_err(|error| format!("cannot write {path}: {error}"))?;
    Ok(path)
}
