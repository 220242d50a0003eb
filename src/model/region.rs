//! Regions and the partitions they belong to: what a copy can reach and what an ARN begins with.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Regions per partition, from AWS's published endpoint lists (botocore 1.43.106).
///
/// The list ages, hence `--allow-unknown-region`. Partitions that this tool cannot be given
/// access to (the isolated ones) are known so that they are named correctly.
const KNOWN: &[(Partition, &[&str])] = &[
    (
        Partition::Aws,
        &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    (Partition::China, &["cn-north-1", "cn-northwest-1"]),
    (Partition::GovCloud, &["us-gov-east-1", "us-gov-west-1"]),
    (Partition::EuSovereign, &["eusc-de-east-1"]),
    (Partition::Iso, &["us-iso-east-1", "us-iso-west-1"]),
    (Partition::IsoB, &["us-isob-east-1", "us-isob-west-1"]),
    (Partition::IsoE, &["eu-isoe-west-1"]),
    (Partition::IsoF, &["us-isof-east-1", "us-isof-south-1"]),
];

/// Regions that every account of the `aws` partition has without opting in
/// (AWS account guide, "Enable or disable AWS Regions"): the ones worth looking in blindly.
const ENABLED_BY_DEFAULT: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "sa-east-1",
];

/// An AWS partition: no backup copy, role or ARN crosses its border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partition {
    Aws,
    China,
    GovCloud,
    EuSovereign,
    Iso,
    IsoB,
    IsoE,
    IsoF,
}

impl Partition {
    /// The second field of every ARN in this partition.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
            Self::EuSovereign => "aws-eusc",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
            Self::IsoE => "aws-iso-e",
            Self::IsoF => "aws-iso-f",
        }
    }

    /// What the names of its endpoints end with (botocore's `partitions.json`).
    pub(crate) fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::GovCloud => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::EuSovereign => "amazonaws.eu",
            Self::Iso => "c2s.ic.gov",
            Self::IsoB => "sc2s.sgov.gov",
            Self::IsoE => "cloud.adc-e.uk",
            Self::IsoF => "csp.hci.ic.gov",
        }
    }

    /// The regions to look in when nothing says where a deployment lives.
    pub(crate) fn default_regions(self) -> Vec<Region> {
        let names = if self == Self::Aws {
            ENABLED_BY_DEFAULT
        } else {
            KNOWN.iter().find(|(p, _)| *p == self).map_or(&[][..], |(_, names)| *names)
        };
        names.iter().map(|name| Region((*name).to_owned())).collect()
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The name of an AWS region, checked when it was typed and trusted when it was recorded.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Region(String);

impl Region {
    /// Reads a region that a person typed.
    ///
    /// # Errors
    /// One sentence that says what is allowed, with the nearest known region where one is near.
    pub(crate) fn parse(typed: &str) -> Result<Self, String> {
        let name = typed.trim().to_ascii_lowercase();
        if known().any(|k| k == name) {
            return Ok(Self(name));
        }
        let near = known().collect::<Vec<_>>().into_iter().rev().max_by(|a, b| {
            strsim::jaro_winkler(&name, a).total_cmp(&strsim::jaro_winkler(&name, b))
        });
        let hint = match near {
            Some(near) if strsim::jaro_winkler(&name, near) > 0.85 => {
                format!("did you mean {near}?")
            }
            _ => "a region looks like us-east-1".to_owned(),
        };
        let newer = if Self::well_formed(&name) {
            "; for a region newer than this mrbackup add --allow-unknown-region"
        } else {
            ""
        };
        Err(format!("{typed:?} is not a region that mrbackup knows: {hint}{newer}"))
    }

    /// Reads a region that may be newer than this program's list: only its form is checked.
    pub(crate) fn parse_lenient(typed: &str) -> Result<Self, String> {
        let name = typed.trim().to_ascii_lowercase();
        if Self::well_formed(&name) {
            Ok(Self(name))
        } else {
            Err(format!("{typed:?} is not a region: a region looks like us-east-1"))
        }
    }

    fn well_formed(name: &str) -> bool {
        let parts: Vec<&str> = name.split('-').collect();
        let (Some((last, words)), true) = (parts.split_last(), parts.len() >= 3) else {
            return false;
        };
        last.len() == 1
            && last.bytes().all(|b| b.is_ascii_digit())
            && words.iter().all(|w| w.len() >= 2 && w.bytes().all(|b| b.is_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition, from the region's prefix as AWS's own partition rules do it.
    pub(crate) fn partition(&self) -> Partition {
        let listed = KNOWN.iter().find(|(_, names)| names.contains(&self.0.as_str()));
        if let Some((partition, _)) = listed {
            return *partition;
        }
        match self.0.split('-').next() {
            Some("cn") => Partition::China,
            Some("eusc") => Partition::EuSovereign,
            _ if self.0.starts_with("us-gov-") => Partition::GovCloud,
            _ => Partition::Aws,
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().flat_map(|(_, names)| names.iter().copied())
}

/// The longest region name, for tests of name limits.
#[cfg(test)]
pub(crate) fn longest() -> Region {
    let name = known().max_by_key(|name| name.len()).unwrap();
    Region(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_regions_are_trimmed_and_lowered() {
        assert_eq!(Region::parse(" US-EAST-1 ").unwrap().as_str(), "us-east-1");
    }

    #[test]
    fn an_unknown_region_names_the_nearest_one() {
        let message = Region::parse("us-east-9").unwrap_err();
        assert!(
            message.contains("\"us-east-9\"") && message.contains("did you mean us-east-"),
            "{message}"
        );
        assert!(message.contains("--allow-unknown-region"), "{message}");
        let message = Region::parse("useast1").unwrap_err();
        assert!(message.contains("did you mean us-east-1?"), "{message}");
        assert!(!message.contains("--allow-unknown-region"), "{message}");
    }

    #[test]
    fn a_newer_region_passes_on_its_form_alone() {
        assert_eq!(Region::parse_lenient("eu-east-1").unwrap().partition(), Partition::Aws);
        for bad in ["", "us", "us-east", "us-east-11", "us--1", "us_east_1"] {
            assert!(Region::parse_lenient(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn partitions_follow_the_prefix() {
        let of = |name: &str| Region::parse(name).unwrap().partition().id();
        assert_eq!(of("us-east-1"), "aws");
        assert_eq!(of("cn-north-1"), "aws-cn");
        assert_eq!(of("us-gov-west-1"), "aws-us-gov");
        assert_eq!(of("eusc-de-east-1"), "aws-eusc");
        assert_eq!(Region::parse_lenient("us-gov-north-1").unwrap().partition().id(), "aws-us-gov");
    }

    #[test]
    fn every_default_region_is_known() {
        for region in Partition::Aws.default_regions() {
            assert!(Region::parse(region.as_str()).is_ok(), "{region}");
        }
    }
}
