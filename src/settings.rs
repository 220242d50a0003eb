//! What a deployment is meant to be: validated values, and the defaults of the recipe with its hole closed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::region::Region;

/// The Lambda runtime of the functions; AWS supports it until 2029 (Lambda developer guide, "Runtimes").
const RUNTIME: &str = "python3.13";
const LOG_RETENTION_DAYS: i32 = 90;

/// Every effective value of a deployment.
///
/// All of it is recorded in the manifest, so that a default changed in a later version of this
/// program does not change a deployment that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) regions: Regions,
    pub(crate) rules: Vec<Rule>,
    /// A resource is backed up when it carries all of these.
    pub(crate) select_tags: BTreeMap<String, String>,
    /// KMS key ARN of a region's vault; a region that is absent uses the key that AWS manages.
    #[serde(default)]
    pub(crate) kms_keys: BTreeMap<Region, String>,
    /// Keyed hashes of the subscribers' addresses: an address is never written into a tag.
    #[serde(default)]
    pub(crate) subscribers: BTreeSet<String>,
    pub(crate) log_retention_days: i32,
    pub(crate) runtime: String,
}

impl Settings {
    /// The recipe's settings for these regions.
    pub(crate) fn defaults(regions: Regions) -> Self {
        Self {
            rules: default_rules(&regions),
            regions,
            select_tags: tags(&[("Environment", "Production"), ("BackupEnabled", "true")]),
            kms_keys: BTreeMap::new(),
            subscribers: BTreeSet::new(),
            log_retention_days: LOG_RETENTION_DAYS,
            runtime: RUNTIME.to_owned(),
        }
    }
}

/// What a region is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RegionRole {
    Primary,
    Secondary,
    Tertiary,
}

impl RegionRole {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
        }
    }
}

/// The regions of a deployment: distinct, and of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regions {
    pub(crate) primary: Region,
    pub(crate) secondary: Region,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tertiary: Option<Region>,
}

impl Regions {
    /// Checks that the regions can be a deployment.
    ///
    /// # Errors
    /// One sentence, with both flags and the region's name.
    pub(crate) fn new(
        primary: Region,
        secondary: Region,
        tertiary: Option<Region>,
    ) -> Result<Self, String> {
        let regions = Self { primary, secondary, tertiary };
        check_compatible(&regions.all())?;
        Ok(regions)
    }

    /// All regions with their roles, primary first.
    pub(crate) fn all(&self) -> Vec<(Region, RegionRole)> {
        let mut all = vec![
            (self.primary.clone(), RegionRole::Primary),
            (self.secondary.clone(), RegionRole::Secondary),
        ];
        all.extend(self.tertiary.clone().map(|region| (region, RegionRole::Tertiary)));
        all
    }

    pub(crate) fn names(&self) -> Vec<Region> {
        self.all().into_iter().map(|(region, _)| region).collect()
    }
}

/// Refuses two equal regions and two partitions among regions that belong together.
///
/// # Errors
/// One sentence that names both flags.
pub(crate) fn check_compatible(regions: &[(Region, RegionRole)]) -> Result<(), String> {
    for (i, (region, role)) in regions.iter().enumerate() {
        for (other, other_role) in &regions[..i] {
            let (a, b) = (other_role.as_str(), role.as_str());
            if region == other {
                return Err(format!(
                    "--{a} and --{b} are both {region}: a copy must go to another region"
                ));
            }
            if region.partition() != other.partition() {
                return Err(format!(
                    "--{a} {other} is in partition {}, --{b} {region} in {}: a copy cannot leave its partition",
                    other.partition(),
                    region.partition()
                ));
            }
        }
    }
    Ok(())
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

/// The recipe's two rules.
///
/// Where two rules' start windows overlap AWS Backup keeps only the backup of the rule with the
/// longer retention ("Overlapping backup rules", developer guide), and with it only that rule's
/// copies. On Sundays the recipe so loses the daily copy: hence the weekly rule carries both.
fn default_rules(regions: &Regions) -> Vec<Rule> {
    let daily = Lifecycle { cold_days: Some(30), delete_days: Some(365) };
    let weekly = Lifecycle { cold_days: Some(90), delete_days: Some(2555) };
    let copy = |region: &Region, lifecycle| CopyTo { region: region.clone(), lifecycle };
    let secondary = &regions.secondary;
    let weekly_copies = match &regions.tertiary {
        Some(tertiary) => vec![copy(tertiary, weekly), copy(secondary, daily)],
        None => vec![copy(secondary, weekly)],
    };
    vec![
        rule(
            "daily",
            "cron(0 2 ? * * *)",
            daily,
            vec![copy(secondary, daily)],
            &[("BackupType", "Daily"), ("CrossRegion", "true"), ("Environment", "Production")],
        ),
        rule(
            "weekly",
            "cron(0 3 ? * SUN *)",
            weekly,
            weekly_copies,
            &[("BackupType", "Weekly"), ("Environment", "Production"), ("LongTerm", "true")],
        ),
    ]
}

fn rule(
    name: &str,
    schedule: &str,
    lifecycle: Lifecycle,
    copies: Vec<CopyTo>,
    recovery_point_tags: &[(&str, &str)],
) -> Rule {
    Rule {
        name: name.to_owned(),
        schedule: schedule.to_owned(),
        timezone: "Etc/UTC".to_owned(),
        start_window_minutes: 8 * 60,
        completion_window_minutes: 7 * 24 * 60,
        lifecycle,
        continuous: false,
        archive: false,
        copies,
        recovery_point_tags: tags(recovery_point_tags),
    }
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn regions(names: [&str; 3]) -> Regions {
        let [primary, secondary, tertiary] = names.map(|name| Region::parse(name).unwrap());
        Regions::new(primary, secondary, Some(tertiary)).unwrap()
    }

    #[test]
    fn equal_regions_name_both_flags() {
        let region = |name| Region::parse(name).unwrap();
        let error =
            Regions::new(region("us-east-1"), region("us-west-2"), Some(region("us-east-1")))
                .unwrap_err();
        assert_eq!(
            error,
            "--primary and --tertiary are both us-east-1: a copy must go to another region"
        );
    }

    #[test]
    fn partitions_do_not_mix() {
        let region = |name| Region::parse(name).unwrap();
        let error = Regions::new(region("us-east-1"), region("cn-north-1"), None).unwrap_err();
        assert_eq!(
            error,
            "--primary us-east-1 is in partition aws, --secondary cn-north-1 in aws-cn: \
             a copy cannot leave its partition"
        );
    }

    #[test]
    fn the_weekly_rule_carries_both_copies() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let copies: Vec<(&str, Option<i64>)> = settings.rules[1]
            .copies
            .iter()
            .map(|copy| (copy.region.as_str(), copy.lifecycle.delete_days))
            .collect();
        assert_eq!(copies, [("eu-west-1", Some(2555)), ("us-west-2", Some(365))]);
    }

    #[test]
    fn without_a_tertiary_the_weekly_copy_goes_to_the_secondary() {
        let region = |name| Region::parse(name).unwrap();
        let regions = Regions::new(region("us-east-1"), region("us-west-2"), None).unwrap();
        let weekly = &Settings::defaults(regions).rules[1];
        assert_eq!(weekly.copies.len(), 1);
        assert_eq!(weekly.copies[0].region.as_str(), "us-west-2");
        assert_eq!(weekly.copies[0].lifecycle, weekly.lifecycle);
    }

    #[test]
    fn default_lifecycles_leave_ninety_days_in_cold_storage() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        for rule in &settings.rules {
            let copies = rule.copies.iter().map(|copy| copy.lifecycle);
            for lifecycle in copies.chain([rule.lifecycle]) {
                let cold = lifecycle.cold_days.unwrap();
                assert!(lifecycle.delete_days.unwrap() >= cold + 90, "{}", rule.name);
            }
        }
    }
}
