//! The columns of the table of resource types.

use super::size::SizeMeaning;
use crate::model::region::{Partition, Region};

/// A type of resource that AWS Backup can back up.
///
/// Every column but the ARNs rests on AWS Backup's developer guide, "Feature availability by
/// resource" where nothing else is named. What no page of AWS says stands as unknown.
#[derive(Debug, PartialEq)]
pub(crate) struct ResourceType {
    /// AWS Backup's name of it, as its guide and console write it.
    pub(crate) name: &'static str,
    /// ARNs of its resources.
    pub(crate) arns: &'static [ArnForm],
    /// Its key in `DescribeRegionSettings` and `UpdateRegionSettings` (developer guide, "Getting
    /// started"), which is what jobs and recovery points call it; `None` where no page shows it.
    pub(crate) opt_in: Option<&'static str>,
    pub(crate) cold_storage: ColdStorage,
    /// Whether AWS Backup copies its recovery points, to another region or vault.
    pub(crate) cross_region_copy: Support,
    /// Whether AWS Backup itself keeps, encrypts and tags its recovery points ("Full AWS Backup
    /// management"); else they are snapshots of its service.
    pub(crate) fully_managed: Support,
    /// Whether a rule with continuous backup makes points that can be restored to any moment
    /// ("Continuous backups and point-in-time recovery").
    pub(crate) continuous: Support,
    pub(crate) restore: RestoreClass,
    /// What AWS's size of its backups says.
    pub(crate) size: SizeMeaning,
    /// Whether the watchdog looks for its resources.
    ///
    /// The list of those stands in the input of the watchdog's rule in every deployment, so that a
    /// longer one is a change of what is deployed. It stays as it was until the watchdog changes
    /// for another reason, which brings the rest.
    pub(crate) watched: bool,
}

/// A form that the ARNs of a type have ("Service Authorization Reference").
#[derive(Debug, PartialEq)]
pub(crate) enum ArnForm {
    /// Of this type alone.
    Own(ArnPattern),
    /// Of the type of this name too, and [`super::of_arn`] says that one: the ARN does not tell
    /// them apart.
    SharedWith(&'static str),
}

/// How an ARN is told.
#[derive(Debug, PartialEq)]
pub(crate) struct ArnPattern {
    /// The service, a colon, and the segments of the resource: `*` is any one, `**` at the end
    /// one or more.
    pub(super) pattern: &'static str,
    /// The filter of the tagging API that finds its resources ("Resource Groups Tagging API
    /// reference", `GetResources`, `ResourceTypeFilters`); `None` where no page shows one, because
    /// a filter that AWS does not know may be refused.
    pub(super) tagging: Option<&'static str>,
}

/// Whether recovery points of a type can be moved to cold storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColdStorage {
    /// AWS Backup ignores a rule's days until cold storage.
    No,
    Yes,
    /// To the archive of EBS snapshots, and only where the rule says so (Amazon EBS user guide,
    /// "Archive Amazon EBS snapshots").
    EbsArchive,
    /// Only where AWS Backup's advanced features for `DynamoDB` are on ("Advanced `DynamoDB` backup").
    WithAdvancedFeatures,
}

/// Whether AWS Backup can do something with a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    Yes,
    No,
    /// As [`ColdStorage::WithAdvancedFeatures`].
    WithAdvancedFeatures,
    /// With an exception.
    But(&'static str),
    /// It is not known, for this reason.
    Unknown(&'static str),
}

/// What a restore of a type needs beside its recovery point ("Restore a backup by resource type").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestoreClass {
    /// Nothing that cannot be found in the region: it makes a new resource.
    FromPointAlone,
    /// The same, but the new cluster has no instances, which are to be made after it.
    ClusterWithoutInstances,
    /// Settings that nobody can guess: a directory, a subnet, a storage virtual machine.
    NeedsSettings,
    /// A person, who finishes it or prepares what it goes into.
    ByHand,
    /// It writes over what is there.
    Overwrites,
    /// It is not known, for this reason.
    Unknown(&'static str),
}

impl ArnForm {
    pub(super) const fn own(pattern: &'static str, tagging: Option<&'static str>) -> Self {
        Self::Own(ArnPattern { pattern, tagging })
    }
}

impl ArnPattern {
    /// The ARN with which a selection takes all resources of the form, as in AWS's examples (developer guide, "Assign
    /// resources with AWS CLI").
    pub(super) fn selection_arn(&self, partition: Partition) -> String {
        let partition = partition.id();
        let (service, resource) = self.pattern.split_once(':').unwrap_or_default();
        let named = resource.split('/').next().filter(|word| *word != "*");
        match named {
            // A bucket's ARN has neither region nor account.
            None => format!("arn:{partition}:{service}:::*"),
            Some(word) => {
                let between = if ["rds", "redshift"].contains(&service) { ':' } else { '/' };
                format!("arn:{partition}:{service}:*:*:{word}{between}*")
            }
        }
    }

    pub(super) fn fits(&self, arn: &str) -> bool {
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, service, _, _, resource] = fields[..] else { return false };
        let Some((of, wanted)) = self.pattern.split_once(':') else { return false };
        let (mut wanted, mut segments) = (wanted.split('/'), resource.split(['/', ':']));
        of == service
            && loop {
                match (wanted.next(), segments.next()) {
                    (Some("**"), Some(segment)) => break !segment.is_empty(),
                    (Some("*"), Some(segment)) if !segment.is_empty() => (),
                    (Some(word), Some(segment)) if word == segment => (),
                    (None, None) => break true,
                    _ => break false,
                }
            }
    }
}

impl ResourceType {
    pub(super) fn patterns(&self) -> impl Iterator<Item = &'static ArnPattern> {
        self.arns.iter().filter_map(|form| match form {
            ArnForm::Own(pattern) => Some(pattern),
            ArnForm::SharedWith(_) => None,
        })
    }

    /// Why AWS Backup does not copy recovery points of the type from one region to another; `None`
    /// where it does, or where that is not known.
    pub(crate) fn cannot_be_copied(
        &self,
        from: &Region,
        to: &Region,
        is_dynamodb_basic: bool,
    ) -> Option<String> {
        // "Cross-Region copy considerations".
        const WITHOUT_FSX: [&str; 2] = ["me-south-1", "me-central-1"];
        match self.cross_region_copy {
            Support::No => Some(format!("AWS Backup copies no resource of type {}", self.name)),
            Support::WithAdvancedFeatures if is_dynamodb_basic => Some(format!(
                "AWS Backup copies tables only with its advanced features for DynamoDB, which are off: switch them on with `aws backup update-region-settings --region {from} --resource-type-management-preference DynamoDB=true`"
            )),
            _ if self.name == "FSx" => {
                let mut ends = [from, to].into_iter();
                let without = ends.find(|region| WITHOUT_FSX.contains(&region.as_str()))?;
                Some(format!("AWS Backup copies no resource of type FSx from or to {without}"))
            }
            Support::Yes
            | Support::WithAdvancedFeatures
            | Support::But(_)
            | Support::Unknown(_) => None,
        }
    }

    /// Its name, with the condition under which it has cold storage.
    pub(crate) fn name_in_cold_storage(&self) -> String {
        match self.cold_storage {
            ColdStorage::WithAdvancedFeatures => format!("{} with advanced features", self.name),
            _ => self.name.to_owned(),
        }
    }
}
