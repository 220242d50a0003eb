//! From a recovery point to what AWS Backup is told: one file a type, each with the keys that it takes. The source's own map
//! is never passed on: its values are the source region's.

mod by_hand;
mod cluster;
mod draft;
mod dynamodb;
mod ebs;
mod ec2;
mod efs;
mod fsx;
mod network;
mod rds;
mod s3;

use crate::recovery::landing::Landing;
use crate::recovery::source::{Metadata, Source};

pub(crate) use ebs::snapshot_of;
pub(crate) use ec2::{DEFAULT_KEY as EBS_KEY, image_of, instance_type};
pub(crate) use efs::DEFAULT_KEY as EFS_KEY;
pub(crate) use s3::bucket as bucket_of;

/// What AWS Backup is told, and what will be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Translation {
    /// The map for `StartRestoreJob`, and further ones for when the region lacks capacity for those before. Empty of what a person restores.
    pub(crate) tries: Vec<Metadata>,
    /// The name of what is made; `None` of types whose ids AWS chooses.
    pub(crate) target: Option<String>,
    /// What will differ from the source.
    pub(crate) losses: Vec<String>,
    /// What is left to do when the job has completed.
    pub(crate) finish: Vec<Finish>,
    pub(crate) tags: TagCopy,
    /// What stands in the way; where there is anything, nothing is started.
    pub(crate) obstacles: Vec<Obstacle>,
}

/// What makes of a completed job something that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// A cluster comes back without instances.
    Writer { class: String, engine: String },
    /// A file system comes back without mount targets.
    MountTargets { subnets: Vec<String>, security_groups: Vec<String> },
}

/// How a restored resource gets the tags of its source ("Restore a backup", "Copy tags").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagCopy {
    /// AWS Backup copies them where it is told to.
    Asked,
    /// They come back whatever is asked for.
    Always,
    /// A job that is told to copy them fails: they are put on afterwards.
    Afterwards,
}

/// What stands in the way of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A person has to choose something.
    NeedsSetting { setting: String, why: String },
    /// It cannot be restored by mrbackup, or not here; with the command that does it, where there is one.
    Cannot { why: String, command: Option<String> },
    /// A drill makes its security group without rules in this VPC first.
    NeedsGroup { vpc: String },
    /// What it depends on could not be read.
    Unknown { why: String },
}

impl Obstacle {
    /// Whether it goes by itself, when a drill makes its security group.
    pub(crate) fn is_of_group(&self) -> bool {
        matches!(self, Self::NeedsGroup { .. })
    }

    /// Why, and what to set where that helps.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::NeedsSetting { setting, why } => format!("{why}: set {setting}"),
            Self::NeedsGroup { vpc } => format!("{vpc} has no security group for drills"),
            Self::Cannot { why, .. } | Self::Unknown { why } => why.clone(),
        }
    }
}

/// Translates one recovery point.
pub(crate) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    match source.kind.as_str() {
        "EBS" => ebs::translate(source, landing),
        "EC2" => ec2::translate(source, landing),
        "RDS" => rds::translate(source, landing),
        "Aurora" | "DocumentDB" | "Neptune" => cluster::translate(source, landing),
        "DynamoDB" => dynamodb::translate(source, landing),
        "EFS" => efs::translate(source, landing),
        "S3" => s3::translate(source, landing),
        "FSx" => fsx::translate(source, landing),
        _ => by_hand::translate(source, &landing),
    }
}

#[cfg(test)]
mod tests;
