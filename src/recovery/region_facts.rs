//! What a region offers to a restore, as it was read once in a run: networks, keys, names that are taken, quotas.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::AwsError;

/// Something that a restore depends on.
#[derive(Clone, Debug, Default)]
pub(crate) enum Fact<T> {
    /// No resource of the run needs it.
    #[default]
    NotAsked,
    Known(T),
    /// AWS did not tell: what depends on it is unknown, never "absent".
    Unread(AwsError),
}

/// What is asked for as a whole, whatever the resources' names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whole {
    Network,
    /// Names that are taken, subnet groups and parameter groups.
    Databases,
    /// Of instances and clusters, made by AWS Backup.
    DatabaseSnapshots,
    Tables,
    Quotas,
}

/// What is asked of a region, once for all resources of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) whole: BTreeSet<Whole>,
    /// Such as `m7g.large`.
    pub(crate) instance_types: BTreeSet<String>,
    /// By name.
    pub(crate) key_pairs: BTreeSet<String>,
    /// By id.
    pub(crate) images: BTreeSet<String>,
    /// By id.
    pub(crate) volume_snapshots: BTreeSet<String>,
    pub(crate) engines: BTreeSet<DatabaseEngine>,
    /// By name.
    pub(crate) buckets: BTreeSet<String>,
    /// By id, ARN or alias.
    pub(crate) keys: BTreeSet<String>,
}

impl Wanted {
    pub(crate) fn wants(&self, whole: Whole) -> bool {
        self.whole.contains(&whole)
    }
}

/// What was read of one region. Nothing here is of another region.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegionFacts {
    pub(crate) network: Fact<Network>,
    /// The zones in which each instance type that was asked for is offered; a type that is not offered has none.
    pub(crate) instance_types: Fact<BTreeMap<String, BTreeSet<String>>>,
    /// Key pairs by name, of those that were asked for.
    pub(crate) key_pairs: Fact<BTreeSet<String>>,
    /// Images by id (`ami-...`), of the recovery points of EC2 instances.
    pub(crate) images: Fact<BTreeMap<String, Image>>,
    /// Snapshots by id (`snap-...`), of the recovery points of volumes.
    pub(crate) snapshots: Fact<BTreeMap<String, VolumeSnapshot>>,
    pub(crate) databases: Fact<Databases>,
    /// DB instance classes that can be ordered, by engine and version as [`DatabaseEngine`]; of those that were asked for.
    pub(crate) database_classes: BTreeMap<DatabaseEngine, Fact<BTreeSet<String>>>,
    /// Names of the tables.
    pub(crate) tables: Fact<BTreeSet<String>>,
    /// The buckets that were asked for. One that is not there, or is another account's, is `Known(None)`.
    pub(crate) buckets: BTreeMap<String, Fact<Option<Bucket>>>,
    /// The keys that were asked for, by what they were asked by: id, ARN or alias.
    pub(crate) keys: BTreeMap<String, Fact<Option<Key>>>,
    /// Quotas of what a restore makes, and how much of each is in use.
    pub(crate) quotas: Fact<Vec<Quota>>,
}

/// The default VPC, and everything that settings may name instead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    /// The default VPC's id, if the region has one.
    pub(crate) default_vpc: Option<String>,
    /// All subnets of the region by id.
    pub(crate) subnets: BTreeMap<String, Subnet>,
    /// All security groups of the region by id.
    pub(crate) security_groups: BTreeMap<String, SecurityGroup>,
    /// Zones in which something can be made now, in the order of their names.
    pub(crate) zones: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Subnet {
    pub(crate) vpc: String,
    pub(crate) zone: String,
    /// The subnet that AWS takes for its zone where none is named.
    pub(crate) default_for_zone: bool,
    /// Instances get a public address.
    pub(crate) public_address: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SecurityGroup {
    pub(crate) vpc: String,
    pub(crate) name: String,
    /// Whether anything may come in or go out.
    pub(crate) has_rules: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    /// Its volumes, by device name.
    pub(crate) devices: Vec<Device>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Device {
    /// Such as `/dev/xvda`.
    pub(crate) name: String,
    pub(crate) encrypted: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct VolumeSnapshot {
    pub(crate) encrypted: bool,
    /// The ARN of its key in this region.
    pub(crate) key: Option<String>,
}

/// What Amazon RDS knows: instances, clusters, groups, and the snapshots that recovery points are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Databases {
    /// Identifiers of all DB instances and clusters: the names of both are one namespace for a restore.
    pub(crate) names: BTreeSet<String>,
    /// The engine of each of them.
    pub(crate) engines: BTreeMap<String, String>,
    pub(crate) subnet_groups: BTreeMap<String, DbSubnetGroup>,
    /// The family of each DB parameter group.
    pub(crate) parameter_groups: BTreeMap<String, String>,
    /// The family of each DB cluster parameter group.
    pub(crate) cluster_parameter_groups: BTreeMap<String, String>,
    /// Snapshots of instances and of clusters by ARN.
    pub(crate) snapshots: BTreeMap<String, DbSnapshot>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct DbSubnetGroup {
    pub(crate) vpc: String,
    pub(crate) zones: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct DbSnapshot {
    pub(crate) engine: DatabaseEngine,
    pub(crate) encrypted: bool,
    /// The ARN of its key in this region.
    pub(crate) key: Option<String>,
    /// The port that the database listened on.
    pub(crate) port: Option<i32>,
}

/// Such as `postgres` and `16.4`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DatabaseEngine {
    pub(crate) name: String,
    pub(crate) version: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) versioning: bool,
    /// Where it is: a restore wants it in its own region.
    pub(crate) region: String,
    /// Objects may have access control lists of their own.
    pub(crate) lists_allowed: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Key {
    pub(crate) arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, ...
    pub(crate) state: String,
}

/// A quota of a service, and how much of it is in use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quota {
    pub(crate) what: QuotaOf,
    /// In the unit of the quota.
    pub(crate) limit: f64,
    pub(crate) used: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum QuotaOf {
    /// RDS: members of clusters count too.
    DbInstances,
    DbClusters,
    /// EC2: vCPUs of running On-Demand Standard instances.
    StandardVcpus,
    /// EBS: TiB of gp3 volumes.
    Gp3Storage,
}
