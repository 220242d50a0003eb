//! What a deployment is meant to be: validated values, and the defaults of the recipe with its hole closed.

mod defaults;
mod former;
mod plans;
mod regions;
pub(crate) mod restore_test;
pub(crate) mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::tags::Tags;

pub(crate) use defaults::COPIES_MAX;
pub(crate) use former::{Former, VaultId};
pub(crate) use plans::{Classes, MAIN, Plan, within};
pub(crate) use regions::{RegionRole, Regions, check_compatible};
pub(crate) use restore_test::{RestoreTest, TestOverrides};

/// The Lambda runtime of the functions; AWS supports it until 2029 (Lambda developer guide, "Runtimes").
const RUNTIME: &str = "python3.13";
const LOG_RETENTION_DAYS: i32 = 90;
const WATCHDOG_MINUTES: i32 = 60;
const ALLOWANCE_HOURS: i64 = 12;

/// Every effective value of a deployment.
///
/// All of it is recorded in the manifest, so that a default changed in a later version of this
/// program does not change a deployment that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) regions: Regions,
    /// Of the plan at the top of the file; none where all plans stand in `plans`.
    pub(crate) rules: Vec<Rule>,
    /// A resource is backed up when it has all of these; empty where the selections alone decide.
    pub(crate) select_tags: BTreeMap<String, String>,
    /// Selections beside the select tags; what fits one of them is backed up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) selections: Vec<Selection>,
    /// Plans beside the one at the top, or in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) plans: Vec<Plan>,
    /// Which of the plans takes what is selected at the top; `None` where that is in the plan at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) classes: Option<Classes>,
    /// KMS key ARN of a region's vault; a region that is absent uses the key that AWS manages.
    #[serde(default)]
    pub(crate) kms_keys: BTreeMap<Region, String>,
    /// Name of a region's vault that was there already; a region that is absent has one of the deployment's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) given_vaults: BTreeMap<Region, String>,
    /// ARN of a region's alert topic that was there already; a region with alarms that is absent has one of the deployment's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) given_topics: BTreeMap<Region, String>,
    /// Keyed hashes of the subscribers' addresses: an address is never written into a tag.
    #[serde(default)]
    pub(crate) subscribers: BTreeSet<String>,
    /// The user's own tags, on everything that takes tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// ARN of the policy that bounds both roles' permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) permissions_boundary: Option<String>,
    /// ARN of the role that AWS Backup works with; `None` where the deployment has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) service_role: Option<String>,
    /// What earlier settings made and these do not want.
    #[serde(default, skip_serializing_if = "Former::is_empty")]
    pub(crate) former: Former,
    pub(crate) log_retention_days: i32,
    /// How often the watchdog looks, in minutes.
    #[serde(default = "watchdog_minutes")]
    pub(crate) watchdog_minutes: i32,
    /// What a backup and its copy may take beyond the start window, in hours, before they are late.
    #[serde(default = "allowance_hours", skip_serializing_if = "is_usual_allowance")]
    pub(crate) allowance_hours: i64,
    /// The same for the resources of single types, by AWS Backup's name of the type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) allowance_hours_by_type: BTreeMap<String, i64>,
    /// How long a restore may take, in minutes; 0 where nothing is asked of it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) rto_minutes: i64,
    /// The same for the resources of single types, by AWS Backup's name of the type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rto_minutes_by_type: BTreeMap<String, i64>,
    /// KMS key ARN of a region's alert topic; a topic without one is not encrypted by KMS.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) topic_keys: BTreeMap<Region, String>,
    /// Whether it is intended that no one is notified of failures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) without_alerts: bool,
    /// Regions with alarms on what a dry run of a recovery publishes there; each has a topic of its own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) recovery_alarms: BTreeSet<Region>,
    /// AWS Backup's own restore tests, which are off in most deployments.
    #[serde(default, skip_serializing_if = "RestoreTest::is_usual")]
    pub(crate) restore_test: RestoreTest,
    /// Whether each region with alarms has a CloudWatch dashboard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) dashboard: bool,
    /// Whether SNS logs what it delivers from the alert topics to queues, functions and URLs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) delivery_log: bool,
    pub(crate) runtime: String,
}

/// For a record that was written before there was a watchdog.
fn watchdog_minutes() -> i32 {
    WATCHDOG_MINUTES
}

/// For a record that does not hold it, because it was not set.
fn allowance_hours() -> i64 {
    ALLOWANCE_HOURS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_usual_allowance(hours: &i64) -> bool {
    *hours == ALLOWANCE_HOURS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
fn is_none(minutes: &i64) -> bool {
    *minutes == 0
}

impl Settings {
    /// The recipe's settings for these regions.
    pub(crate) fn defaults(regions: Regions) -> Self {
        Self {
            rules: defaults::rules(&regions),
            regions,
            select_tags: tags(&[("Environment", "Production"), ("BackupEnabled", "true")]),
            selections: Vec::new(),
            plans: Vec::new(),
            classes: None,
            kms_keys: BTreeMap::new(),
            given_vaults: BTreeMap::new(),
            given_topics: BTreeMap::new(),
            subscribers: BTreeSet::new(),
            tags: BTreeMap::new(),
            permissions_boundary: None,
            service_role: None,
            former: Former::default(),
            log_retention_days: LOG_RETENTION_DAYS,
            watchdog_minutes: WATCHDOG_MINUTES,
            allowance_hours: ALLOWANCE_HOURS,
            allowance_hours_by_type: BTreeMap::new(),
            rto_minutes: 0,
            rto_minutes_by_type: BTreeMap::new(),
            topic_keys: BTreeMap::new(),
            without_alerts: false,
            recovery_alarms: BTreeSet::new(),
            restore_test: RestoreTest::default(),
            dashboard: false,
            delivery_log: false,
            runtime: RUNTIME.to_owned(),
        }
    }

    /// These settings in other regions.
    ///
    /// # Errors
    /// One sentence where no rule says what is to be copied to a region that is new.
    pub(crate) fn moved_to(&self, regions: Regions) -> Result<Self, String> {
        if regions == self.regions {
            return Ok(self.clone());
        }
        let (rules, plans) = defaults::moved(self, &regions)?;
        let names = regions.names();
        let mut moved = Self { regions, rules, plans, ..self.clone() };
        moved.kms_keys.retain(|region, _| names.contains(region));
        moved.given_vaults.retain(|region, _| names.contains(region));
        let alarmed = moved.regions.with_alarms().map(Region::clone);
        moved.topic_keys.retain(|region, _| alarmed.contains(region));
        moved.given_topics.retain(|region, _| alarmed.contains(region));
        moved.recovery_alarms.retain(|region| alarmed.contains(region));
        moved.restore_test.retain(&names);
        Ok(moved)
    }

    /// The select tags, where nothing else selects.
    pub(crate) fn only_select_tags(&self) -> Option<&BTreeMap<String, String>> {
        let are_alone = self.selections.is_empty() && self.plans.is_empty();
        Some(&self.select_tags).filter(|_| are_alone)
    }

    /// Tags with which a resource is selected, of the first selection that has any to put.
    pub(crate) fn tags_to_put(&self) -> Tags {
        self.selected().iter().find_map(Selection::tags_to_put).unwrap_or_default()
    }

    /// The keys of all tags by which something is selected.
    pub(crate) fn selecting_keys(&self) -> BTreeSet<String> {
        self.selected().iter().flat_map(Selection::keys).cloned().collect()
    }

    /// What is selected, to stand behind "resources": `with Environment=Production and BackupEnabled=true`.
    pub(crate) fn selected_phrase(&self) -> String {
        self.selected().iter().map(Selection::phrase).collect::<Vec<_>>().join(", or ")
    }

    /// What one selected resource does: `has Environment=Production and BackupEnabled=true`, `is selected (of type S3)`.
    pub(crate) fn is_selected_words(&self) -> String {
        self.selected_by("has", "is selected")
    }

    /// The same of several.
    pub(crate) fn are_selected_words(&self) -> String {
        self.selected_by("have", "are selected")
    }

    fn selected_by(&self, with_tags: &str, otherwise: &str) -> String {
        match self.only_select_tags() {
            Some(tags) => format!("{with_tags} {}", Selection::tagged(tags.clone()).words()),
            None => format!("{otherwise} ({})", self.selected_phrase()),
        }
    }

    /// The vault of a region that the rules write to.
    pub(crate) fn vault_in(&self, region: &Region) -> VaultId {
        let given = self.given_vaults.get(region).cloned();
        let kms_key = self.kms_keys.get(region).filter(|_| given.is_none()).cloned();
        VaultId { region: region.clone(), kms_key, given }
    }

    /// The vaults that the rules write to, the primary's first.
    pub(crate) fn vaults(&self) -> Vec<VaultId> {
        self.regions.names().iter().map(|region| self.vault_in(region)).collect()
    }

    /// The regions whose alarms are sent to a topic of the deployment's own, the primary first.
    pub(crate) fn own_topics(&self) -> Vec<&Region> {
        let alarmed = self.regions.with_alarms().into_iter();
        alarmed.filter(|region| !self.given_topics.contains_key(region)).collect()
    }

    /// How long a restore of a resource of a type may take, in minutes; `None` where nothing is asked of it.
    pub(crate) fn rto_for(&self, kind: &str) -> Option<i64> {
        let minutes = self.rto_minutes_by_type.get(kind).copied().unwrap_or(self.rto_minutes);
        (minutes > 0).then_some(minutes)
    }

    /// Every region in which there may be something of the deployment.
    pub(crate) fn everywhere(&self) -> BTreeSet<Region> {
        let mut regions = self.former.regions();
        regions.extend(self.regions.names());
        regions
    }
}

/// How long a recovery point stays warm and when it is deleted, in days since its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lifecycle {
    /// AWS Backup ignores this for types without cold storage (EC2, RDS, Aurora, S3, ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cold_days: Option<i64>,
    /// At least `cold_days` + 90 (AWS Backup API, `Lifecycle`); `None` means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delete_days: Option<i64>,
}

impl Lifecycle {
    /// How long a recovery point is kept, in days; for ever is the longest.
    pub(crate) fn retention_days(self) -> i64 {
        self.delete_days.unwrap_or(i64::MAX)
    }
}

/// A copy action of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyTo {
    pub(crate) region: Region,
    pub(crate) lifecycle: Lifecycle,
}

/// A rule of the backup plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// AWS cron of six fields.
    pub(crate) schedule: String,
    /// IANA name, as `Etc/UTC`.
    pub(crate) timezone: String,
    pub(crate) start_window_minutes: i64,
    pub(crate) completion_window_minutes: i64,
    pub(crate) lifecycle: Lifecycle,
    /// Point-in-time recovery, for the types that have it.
    #[serde(default)]
    pub(crate) continuous: bool,
    /// Lets EBS snapshots move to the archive tier.
    #[serde(default)]
    pub(crate) archive: bool,
    pub(crate) copies: Vec<CopyTo>,
    pub(crate) recovery_point_tags: BTreeMap<String, String>,
}

impl Rule {
    /// How long a copy is kept: one that is to have no end ends with its source (AWS Backup
    /// developer guide, "Backup and tag copy").
    pub(crate) fn kept(&self, copy: &CopyTo) -> Lifecycle {
        let delete_days = copy.lifecycle.delete_days.or(self.lifecycle.delete_days);
        Lifecycle { delete_days, ..copy.lifecycle }
    }

    /// Whether it makes anything in a region. `primary` is where it puts its backups.
    pub(crate) fn reaches(&self, region: &Region, primary: &Region) -> bool {
        region == primary || self.copies.iter().any(|copy| copy.region == *region)
    }

    /// How many days it keeps in a region what it makes there; `None` is for ever. `primary` is where it
    /// puts its backups.
    pub(crate) fn days_in(&self, region: &Region, primary: &Region) -> Option<i64> {
        if region == primary {
            return self.lifecycle.delete_days;
        }
        let copies = self.copies.iter().filter(|copy| copy.region == *region);
        let days = copies.map(|copy| self.kept(copy).delete_days);
        days.max_by_key(|days| days.unwrap_or(i64::MAX)).flatten()
    }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::regions::tests::regions;
}
