//! How old the newest recovery point in a region may be: pure, and the same whenever it is asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::protection::plan_proof;

/// 2026-01-01: the calendar is followed from a fixed day, so that a promise does not change by itself.
const FROM: i64 = 1_767_225_600;

/// How old the newest recovery point in a region may be, in minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rpo {
    /// Of several plans that of the one with the longest.
    pub(crate) minutes: i64,
    /// Of the types that have an allowance of their own, by AWS Backup's name of the type.
    pub(crate) by_type: BTreeMap<String, i64>,
    /// Of the plans that reach the region, by name; none where the deployment has one plan.
    pub(crate) by_plan: BTreeMap<String, Self>,
}

impl Rpo {
    /// That of the resources of a type.
    pub(crate) fn minutes_for(&self, kind: &str) -> i64 {
        self.by_type.get(kind).copied().unwrap_or(self.minutes)
    }

    /// That of a resource of a type which these plans take: the shortest of them; `None` where none of them reaches the
    /// region.
    pub(crate) fn minutes_in(&self, kind: &str, plans: &BTreeSet<String>) -> Option<i64> {
        let reaching = plans.iter().filter_map(|plan| self.by_plan.get(plan));
        reaching.map(|rpo| rpo.minutes_for(kind)).min()
    }

    /// The longest and the shortest of all types and plans.
    pub(crate) fn extremes(&self) -> (i64, i64) {
        let of_one =
            |rpo: &Self| rpo.by_type.values().copied().chain([rpo.minutes]).collect::<Vec<_>>();
        let of_plans = self.by_plan.values().flat_map(of_one);
        let all: Vec<i64> = of_one(self).into_iter().chain(of_plans).collect();
        (
            all.iter().max().copied().unwrap_or_default(),
            all.iter().min().copied().unwrap_or_default(),
        )
    }
}

/// For each region that a rule reaches, the promised age: the longest gap between two scheduled
/// starts with the start window of the later, and an allowance.
///
/// A schedule that cannot be read promises nothing; what refuses it is where it is read.
pub(crate) fn ages(settings: &Settings) -> BTreeMap<Region, Rpo> {
    let from = Timestamp::from_second(FROM).unwrap_or(Timestamp::UNIX_EPOCH);
    let plans = plan_proof::prove_each(settings, from).unwrap_or_default();
    let mut ages: BTreeMap<Region, Rpo> = BTreeMap::new();
    for (plan, proof) in plans {
        for region in proof.regions {
            let Some(minutes) = region.worst_case_minutes else { continue };
            let of_plan = age(settings, minutes);
            let age = ages.entry(region.region).or_default();
            if of_plan.minutes >= age.minutes {
                (age.minutes, age.by_type) = (of_plan.minutes, of_plan.by_type.clone());
            }
            if settings.has_several_plans() {
                age.by_plan.insert(plan.name.clone(), of_plan);
            }
        }
    }
    ages
}

/// What a gap of so many minutes promises, with the allowances.
fn age(settings: &Settings, minutes: i64) -> Rpo {
    let with = |hours: i64| minutes.saturating_add(hours * 60);
    let by_type = settings.allowance_hours_by_type.iter();
    let by_type = by_type.map(|(kind, hours)| (kind.clone(), with(*hours))).collect();
    Rpo { minutes: with(settings.allowance_hours), by_type, by_plan: BTreeMap::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;
    use crate::model::settings::{Plan, Rule};

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

    #[test]
    fn of_several_plans_a_resource_has_the_shortest_of_those_that_take_it() {
        let mut settings = Settings::defaults(regions(["us-east-1", "us-west-2"]));
        let mut hourly = settings.rules[0].clone();
        hourly.schedule = "cron(0 * ? * * *)".to_owned();
        hourly.start_window_minutes = 60;
        let mut local = hourly.clone();
        local.copies.clear();
        let plan = |name: &str, rule: &Rule| {
            let (name, rules) = (name.to_owned(), vec![rule.clone()]);
            Plan { name, rules, selections: Vec::new() }
        };
        settings.plans = vec![plan("gold", &hourly), plan("local", &local)];
        let ages = ages(&settings);
        let copies = &ages[&settings.regions.secondary];
        let hours = |plans: &[&str]| {
            let plans = plans.iter().map(|plan| (*plan).to_owned()).collect();
            copies.minutes_in("EBS", &plans).map(|minutes| minutes / 60)
        };
        assert_eq!(hours(&["main"]), Some(45));
        assert_eq!(hours(&["gold", "main"]), Some(2 + 12));
        assert_eq!(hours(&["local"]), None);
        assert_eq!((copies.minutes / 60, copies.extremes().1 / 60), (45, 14));
    }
}
