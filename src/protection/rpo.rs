//! How old the newest recovery point in a region may be: pure, and the same whenever it is asked.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::protection::schedule;

/// What a backup and its copy may take beyond the start window, in minutes.
const ALLOWANCE_MINUTES: i64 = 12 * 60;
/// 2026-01-01: the calendar is followed from a fixed day, so that a promise does not change by itself.
const FROM: i64 = 1_767_225_600;

/// For each region that a rule reaches, the promised age in minutes: the longest gap between two
/// scheduled starts with the start window of the later, and an allowance.
///
/// A schedule that cannot be read promises nothing; what refuses it is where it is read.
pub(crate) fn ages(settings: &Settings) -> BTreeMap<Region, i64> {
    let regions = settings.regions.names();
    let from = Timestamp::from_second(FROM).unwrap_or(Timestamp::UNIX_EPOCH);
    let proof = schedule::prove(&settings.rules, &regions[0], &regions[1..], from);
    let regions = proof.map(|proof| proof.regions).unwrap_or_default();
    let age = |proof: schedule::RegionProof| {
        Some((proof.region, proof.worst_case_minutes?.saturating_add(ALLOWANCE_MINUTES)))
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
            .map(|(region, age)| (region.to_string(), age / 60))
            .collect();
        let hours: Vec<(&str, i64)> =
            hours.iter().map(|(name, age)| (name.as_str(), *age)).collect();
        let week = 7 * 24 + 8 + 12;
        assert_eq!(hours, [("eu-west-1", week), ("us-east-1", 45), ("us-west-2", 45)]);
    }
}
