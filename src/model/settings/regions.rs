//! The regions of a deployment and what each is for.

use serde::{Deserialize, Serialize};

use crate::model::region::Region;

/// What a region is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RegionRole {
    Primary,
    Secondary,
    Tertiary,
    /// A further region that gets what the secondary gets.
    Copy,
}

impl RegionRole {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Copy => "copy",
        }
    }

    /// The option that names such a region.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Primary => "--primary",
            Self::Secondary => "--secondary",
            Self::Tertiary => "--tertiary",
            Self::Copy => "--copy-to",
        }
    }

    /// The key of the configuration file that names such a region.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Copy => "copy_to",
            other => other.as_str(),
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
    /// Further copy regions, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) copy_to: Vec<Region>,
}

impl Regions {
    /// Checks that the regions can be a deployment.
    ///
    /// # Errors
    /// One sentence, with the flags and the region's name.
    pub(crate) fn checked(self) -> Result<Self, String> {
        check_compatible(&self.all()).map_err(|clash| clash.words(RegionRole::option))?;
        Ok(self)
    }

    /// All regions with their roles, primary first.
    pub(crate) fn all(&self) -> Vec<(Region, RegionRole)> {
        let mut all = vec![
            (self.primary.clone(), RegionRole::Primary),
            (self.secondary.clone(), RegionRole::Secondary),
        ];
        all.extend(self.tertiary.clone().map(|region| (region, RegionRole::Tertiary)));
        all.extend(self.copy_to.iter().map(|region| (region.clone(), RegionRole::Copy)));
        all
    }

    pub(crate) fn names(&self) -> Vec<Region> {
        self.all().into_iter().map(|(region, _)| region).collect()
    }

    /// The regions that alarms are raised from: the second stands on its own when the first is lost.
    pub(crate) fn with_alarms(&self) -> [&Region; 2] {
        [&self.primary, &self.secondary]
    }

    /// Refuses a region for alarms on its recovery: an alarm notifies a topic of its own region alone
    /// (CloudWatch user guide, "Notifying users on alarm changes").
    ///
    /// # Errors
    /// One sentence, with the regions that can have them.
    pub(crate) fn check_recovery_alarms(&self, region: &Region) -> Result<(), String> {
        let [primary, secondary] = self.with_alarms();
        if [primary, secondary].contains(&region) {
            return Ok(());
        }
        Err(format!(
            "recovery alarms notify the topic of their own region: {primary} and {secondary} have one, {region} has none"
        ))
    }

    /// The regions that only receive copies: what happens there is told by the secondary.
    pub(crate) fn without_alarms(&self) -> impl Iterator<Item = &Region> {
        self.tertiary.iter().chain(&self.copy_to)
    }

    /// The region that takes the place which `region` has among `self`, in `other`.
    pub(super) fn counterpart(&self, region: &Region, other: &Self) -> Option<Region> {
        let (_, role) = self.all().into_iter().find(|(name, _)| name == region)?;
        match role {
            RegionRole::Primary => Some(other.primary.clone()),
            RegionRole::Secondary => Some(other.secondary.clone()),
            RegionRole::Tertiary => other.tertiary.clone(),
            RegionRole::Copy => other.copy_to.iter().find(|name| *name == region).cloned(),
        }
    }
}

/// Two regions that do not go together.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Clash {
    first: (Region, RegionRole),
    second: (Region, RegionRole),
    /// Where the second stands among the regions.
    pub(crate) at: usize,
}

impl Clash {
    /// One sentence; `named` says how a person calls a region of a role.
    pub(crate) fn words(&self, named: fn(RegionRole) -> &'static str) -> String {
        let Self { first: (one, a), second: (other, b), .. } = self;
        let (a, b) = (named(*a), named(*b));
        if one == other {
            return format!("{a} and {b} are both {one}: a copy must go to another region");
        }
        format!(
            "{a} {one} is in partition {}, {b} {other} in {}: a copy cannot leave its partition",
            one.partition(),
            other.partition()
        )
    }
}

/// Refuses two equal regions and two partitions among regions that belong together.
///
/// # Errors
/// The first region that does not go with one before it.
pub(crate) fn check_compatible(regions: &[(Region, RegionRole)]) -> Result<(), Clash> {
    for (at, second) in regions.iter().enumerate() {
        let clashes = |first: &&(Region, RegionRole)| {
            first.0 == second.0 || first.0.partition() != second.0.partition()
        };
        if let Some(first) = regions[..at].iter().find(clashes) {
            return Err(Clash { first: first.clone(), second: second.clone(), at });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Primary, secondary, tertiary, and copy regions behind them.
    pub(crate) fn regions<const N: usize>(names: [&str; N]) -> Regions {
        let mut names = names.iter().map(|name| Region::parse(name).unwrap());
        let (primary, secondary) = (names.next().unwrap(), names.next().unwrap());
        Regions { primary, secondary, tertiary: names.next(), copy_to: names.collect() }
            .checked()
            .unwrap()
    }

    fn refusal(names: [&str; 3]) -> String {
        let [primary, secondary, tertiary] = names.map(|name| Region::parse(name).unwrap());
        let regions = Regions { primary, secondary, tertiary: Some(tertiary), copy_to: Vec::new() };
        regions.checked().unwrap_err()
    }

    #[test]
    fn equal_regions_name_both_flags() {
        assert_eq!(
            refusal(["us-east-1", "us-west-2", "us-east-1"]),
            "--primary and --tertiary are both us-east-1: a copy must go to another region"
        );
    }

    #[test]
    fn partitions_do_not_mix() {
        assert_eq!(
            refusal(["us-east-1", "cn-north-1", "eu-west-1"]),
            "--primary us-east-1 is in partition aws, --secondary cn-north-1 in aws-cn: \
             a copy cannot leave its partition"
        );
    }

    #[test]
    fn a_region_has_the_place_of_its_role() {
        let old = regions(["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]);
        let new = regions(["us-west-2", "us-east-1"]);
        let place = |name: &str| old.counterpart(&Region::parse(name).unwrap(), &new);
        assert_eq!(place("us-east-1").unwrap().as_str(), "us-west-2");
        assert_eq!(place("us-west-2").unwrap().as_str(), "us-east-1");
        assert_eq!(place("eu-west-1"), None);
        assert_eq!(place("ap-south-1"), None);
        assert_eq!(place("eu-west-3"), None);
    }
}
