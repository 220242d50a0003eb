//! What a restore into a region takes in place of AWS's defaults: the file's table `[restore.REGION]`.

use std::collections::BTreeMap;

/// Settings of one region. What is left out is AWS's default, or what the region has by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RestoreSettings {
    /// Subnet of instances and file systems.
    pub(crate) subnet: Option<String>,
    /// Subnet without public addresses, of instances that a drill makes.
    pub(crate) drill_subnet: Option<String>,
    /// Security group without rules, of what a drill makes; without it the drill makes one for as long as it needs it.
    pub(crate) drill_security_group: Option<String>,
    /// Security groups of instances, databases and mount targets.
    pub(crate) security_groups: Vec<String>,
    pub(crate) db_subnet_group: Option<String>,
    /// KMS key, by id, ARN or alias, of what a restore can encrypt anew.
    pub(crate) kms_key: Option<String>,
    /// Zone of volumes, such as `us-west-2a`.
    pub(crate) zone: Option<String>,
    /// Instance types by the source's.
    pub(crate) instance_types: BTreeMap<String, String>,
    /// DB instance classes by the source's.
    pub(crate) instance_classes: BTreeMap<String, String>,
    /// DB instance class of a restored cluster's writer: no recovery point knows the source's.
    pub(crate) cluster_instance_class: Option<String>,
    /// Existing buckets by the source's name.
    pub(crate) buckets: BTreeMap<String, String>,
    /// What names of restored resources begin with.
    pub(crate) name_prefix: Option<String>,
    /// Keys of AWS Backup's restore metadata by the source's ARN.
    pub(crate) overrides: BTreeMap<String, BTreeMap<String, String>>,
}
