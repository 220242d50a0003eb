//! How old the newest recovery point in a region may be: pure, and the same whenever it is asked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::protection::schedule;

/// 2026-01-01: the calendar is followed from a fixed day, so that a promise does not change by itself.
const FROM: i64 = 1_767_225_600;

/// How old the newest recovery point in a region may be, in minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rpo {
    pub(crate) minutes: i64,
    /// Of the types that have an allowance of their own, by AWS Backup's name of the type.
    pub(crate) by_type: BTreeMap<String, i64>,
}

impl Rpo {
    /// That of the resources of a type.
    pub(crate) fn minutes_for(&self, kind: &str) -> i64 {
        self.by_type.get(kind).copied().unwrap_or(self.minutes)
    }

    /// The longest and the shortest of all types.
    pub(crate) fn extremes(&self) -> (i64, i64) {
        let all = || self.by_type.values().copied().chain([self.minutes]);
        (all().max().unwrap_or_default(), all().min().unwrap_or_default())
    }
}

/// For each region that a rule reaches, the promised age: the longest gap between two scheduled
/// starts with the start window of the later, and an allowance.
///
/// A schedule that cannot be read promises nothing; what refuses it is where it is read.
pub(crate) fn ages(settings: &Settings) -> BTreeMap<Region, Rpo> {
    let regions = settings.regions.names();
    let from = Timestamp::from_second(FROM).unwrap_or(Timestamp::UNIX_EPOCH);
    let proof = schedule::prove(&settings.rules, &regions[0], &regions[1..], from);
    let regions = proof.map(|proof| proof.regions).unwrap_or_default();
    let age = |proof: schedule::RegionProof| {
        let minutes = proof.worst_case_minutes?;
        let with = |hours: i64| minutes.saturating_add(hours * 60);
        let by_type = settings.allowance_hours_by_type.iter();
        let by_type = by_type.map(|(kind, hours)| (kind.clone(), with(*hours))).collect();
        Some((proof.region, Rpo { minutes: with(settings.allowance_hours), by_type }))
    };
    regions.into_iter().filter_map(age).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    #[test]
    fn the_defaults_promise_a_day_and_a_week_with_windows_and_allowance() {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        let hours: Vec<(String, i64)> = ages(&settings)
            .into_iter()
            .map(|(region, age)| (region.to_string(), age.minutes / 60))
            .collect();
        let hours: Vec<(&str, i64)> =
            hours.iter().map(|(name, age)| (name.as_str(), *age)).collect();
        let week = 7 * 24 + 8 + 12;
        assert_eq!(hours, [("eu-west-1", week), ("us-east-1", 45), ("us-west-2", 45)]);
    }

    #[test]
    fn the_allowance_is_a_setting_by_type_too() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2"]));
        settings.allowance_hours = 2;
        settings.allowance_hours_by_type = BTreeMap::from([("S3".to_owned(), 48)]);
        let ages = ages(&settings);
        let hours = |kind| ages[&settings.regions.secondary].minutes_for(kind) / 60;
        assert_eq!((hours("EBS"), hours("S3")), (24 + 9 + 2, 24 + 9 + 48));
        let (longest, shortest) = ages[&settings.regions.secondary].extremes();
        assert_eq!((longest / 60, shortest / 60), (hours("S3"), hours("EBS")));
    }
}
