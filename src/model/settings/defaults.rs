//! The recipe's rules with its hole closed, and what becomes of rules when regions change.

use crate::model::region::Region;
use crate::model::settings::{CopyTo, Lifecycle, Plan, Regions, Rule, Settings, tags};
use crate::model::time::DAY_IN_MINUTES;

/// Copies that AWS Backup takes in one rule ("Quotas", developer guide).
pub(crate) const COPIES_MAX: usize = 5;

/// The recipe's two rules.
///
/// Where two rules' start windows overlap AWS Backup keeps only the backup of the rule with the
/// longer retention ("Overlapping backup rules", developer guide), and with it only that rule's
/// copies. On Sundays the recipe so loses the daily copy: hence the weekly rule carries both.
/// A further copy region gets what the secondary gets.
pub(super) fn rules(regions: &Regions) -> Vec<Rule> {
    let daily = Lifecycle { cold_days: Some(30), delete_days: Some(365) };
    let weekly = Lifecycle { cold_days: Some(90), delete_days: Some(2555) };
    let copy = |region: &Region, lifecycle| CopyTo { region: region.clone(), lifecycle };
    let near = || std::iter::once(&regions.secondary).chain(&regions.copy_to);
    let weekly_copies = match &regions.tertiary {
        Some(tertiary) => std::iter::once(copy(tertiary, weekly))
            .chain(near().map(|region| copy(region, daily)))
            .collect(),
        None => near().map(|region| copy(region, weekly)).collect(),
    };
    vec![
        rule(
            "daily",
            "cron(0 2 ? * * *)",
            daily,
            near().map(|region| copy(region, daily)).collect(),
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
        completion_window_minutes: 7 * DAY_IN_MINUTES,
        lifecycle,
        continuous: false,
        archive: false,
        copies,
        recovery_point_tags: tags(recovery_point_tags),
    }
}

/// The rules for other regions, of the plan at the top and of those beside it: the recipe's own stay the recipe's, and of
/// others each copy goes where its region's place has gone to.
///
/// # Errors
/// One sentence where a region is new and no rule says what is to be copied there.
pub(super) fn moved(now: &Settings, to: &Regions) -> Result<(Vec<Rule>, Vec<Plan>), String> {
    let from = &now.regions;
    if now.plans.is_empty() && now.rules == rules(from) {
        return Ok((rules(to), Vec::new()));
    }
    let moved = |rule: &Rule| {
        let copies = rule.copies.iter().filter_map(|copy| {
            let region = from.counterpart(&copy.region, to)?;
            Some(CopyTo { region, lifecycle: copy.lifecycle })
        });
        Rule { copies: copies.collect(), ..rule.clone() }
    };
    let all_moved = |rules: &[Rule]| rules.iter().map(moved).collect::<Vec<Rule>>();
    let plans = now.plans.iter();
    let plans = plans.map(|plan| Plan { rules: all_moved(&plan.rules), ..plan.clone() });
    let places: Vec<Region> =
        from.names().iter().filter_map(|region| from.counterpart(region, to)).collect();
    match to.names().into_iter().find(|region| !places.contains(region)) {
        Some(new) => Err(format!(
            "the rules of this deployment are not the default ones, and none defines what to copy to {new}: \
             name the region and its copies in a configuration file"
        )),
        None => Ok((all_moved(&now.rules), plans.collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

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
        let weekly = &Settings::defaults(regions(["us-east-1", "us-west-2"])).rules[1];
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

    #[test]
    fn a_further_region_gets_what_the_secondary_gets() {
        let settings =
            Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]));
        for rule in &settings.rules {
            let of = |name: &str| {
                rule.copies.iter().find(|copy| copy.region.as_str() == name).unwrap().lifecycle
            };
            assert_eq!(of("us-west-2"), of("ap-south-1"), "{}", rule.name);
        }
    }

    #[test]
    fn default_rules_stay_the_defaults_of_the_new_regions() {
        let (from, to) =
            (regions(["us-east-1", "us-west-2"]), regions(["eu-west-1", "us-west-2", "eu-west-2"]));
        assert_eq!(moved(&Settings::defaults(from), &to).unwrap(), (rules(&to), Vec::new()));
    }

    #[test]
    fn other_rules_follow_their_regions() {
        let from = regions(["us-east-1", "us-west-2", "eu-west-1"]);
        let mut own = Settings::defaults(from);
        own.rules[0].schedule = "cron(0 5 ? * * *)".to_owned();
        let (name, rules) = ("gold".to_owned(), own.rules.clone());
        own.plans.push(Plan { name, rules, selections: Vec::new() });
        let copies = |rules: &[Rule]| -> Vec<String> {
            rules.iter().flat_map(|rule| &rule.copies).map(|copy| copy.region.to_string()).collect()
        };
        let (swapped, plans) =
            moved(&own, &regions(["us-west-2", "us-east-1", "eu-west-1"])).unwrap();
        assert_eq!(copies(&swapped), ["us-east-1", "eu-west-1", "us-east-1"]);
        assert_eq!(plans[0].rules, swapped);
        let (dropped, plans) = moved(&own, &regions(["us-east-1", "us-west-2"])).unwrap();
        assert_eq!(copies(&dropped), ["us-west-2", "us-west-2"]);
        assert_eq!(plans[0].rules, dropped);
        let more = regions(["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]);
        assert!(moved(&own, &more).unwrap_err().contains("what to copy to ap-south-1"));
    }
}
