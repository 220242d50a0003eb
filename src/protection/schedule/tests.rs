//! The proof of whole plans.

use jiff::Timestamp;

use super::calendar::Calendar;
use super::{Proof, prove};
use crate::model::region::Region;
use crate::model::settings::tests::regions;
use crate::model::settings::{Lifecycle, Regions, Rule, Settings};

/// A Monday.
const NOW: &str = "2026-11-23T16:00:00Z";

fn defaults() -> (Vec<Rule>, Regions) {
    let regions = regions(["us-east-1", "us-west-2", "eu-west-1"]);
    (Settings::defaults(regions.clone()).rules, regions)
}

fn proved_at(rules: &[Rule], regions: &Regions, now: &str) -> Proof {
    let names = regions.names();
    prove(rules, &names[0], &names[1..], now.parse().unwrap()).unwrap()
}

fn proved(change: impl FnOnce(&mut [Rule])) -> Proof {
    let (mut rules, regions) = defaults();
    change(&mut rules);
    proved_at(&rules, &regions, NOW)
}

/// The published recipe: the weekly rule copies to the tertiary only.
fn recipe() -> Proof {
    proved(|rules| rules[1].copies.truncate(1))
}

fn gaps(proof: &Proof) -> Vec<Option<(i64, i64)>> {
    let hours = |minutes: i64| minutes / 60;
    let of = |region: &super::RegionProof| {
        let gap = region.worst_gap.as_ref()?;
        Some((hours(gap.minutes), hours(region.worst_case_minutes?)))
    };
    proof.regions.iter().map(of).collect()
}

#[test]
fn the_defaults_promise_25_hours_and_a_week() {
    let proof = proved(|_| ());
    assert_eq!(gaps(&proof), [Some((25, 33)), Some((25, 33)), Some((168, 176))]);
    assert!(proof.holes.is_empty());
    assert_eq!(
        proof.to_string(),
        "\
us-east-1, us-west-2
  next: Tue 24 Nov 02:00 UTC (daily), Wed 25 Nov 02:00 UTC (daily), Thu 26 Nov
        02:00 UTC (daily)
  worst gap 25 h (Sat 02:00 → Sun 03:00), 33 h with its start window
eu-west-1
  next: Sun 29 Nov 03:00 UTC (weekly), Sun 6 Dec 03:00 UTC (weekly), Sun 13 Dec
        03:00 UTC (weekly)
  worst gap 7 d (Sun 29 Nov 03:00 → Sun 6 Dec 03:00), 7 d 8 h with its start
    window
- 52 times a year, first Sun 29 Nov 02:00 UTC, the start windows of daily and
  weekly overlap, and AWS Backup keeps only the backup of weekly
"
    );
}

#[test]
fn the_recipe_loses_52_copies_a_year() {
    let proof = recipe();
    assert_eq!(gaps(&proof), [Some((25, 33)), Some((48, 56)), Some((168, 176))]);
    let [hole] = proof.holes.as_slice() else { panic!("{:?}", proof.holes) };
    assert_eq!((hole.region.as_str(), hole.overlap.per_year), ("us-west-2", 52));
    assert_eq!((&*hole.overlap.unprotected, &*hole.overlap.winning), ("daily", "weekly"));
    let gap = proof.regions[1].worst_gap.as_ref().unwrap();
    assert_eq!(gap.to_string(), "48 h (Sat 02:00 → Mon 02:00)");
    assert!(proof.to_string().ends_with(
        "\
! us-west-2 gets no copy: 52 times a year, first Sun 29 Nov 02:00 UTC, the start
  windows of daily and weekly overlap, and AWS Backup keeps only the backup of
  weekly, which does not copy to us-west-2; let weekly copy there, or move the
  start windows apart
"
    ));
}

#[test]
fn it_is_52_whenever_it_is_asked() {
    let (mut rules, regions) = defaults();
    rules[1].copies.truncate(1);
    for now in ["2027-01-03T02:30:00Z", "2028-02-29T00:00:00Z", "2026-11-29T02:00:00Z"] {
        let proof = proved_at(&rules, &regions, now);
        assert_eq!(proof.holes[0].overlap.per_year, 52, "{now}");
        assert_eq!(gaps(&proof)[1], Some((48, 56)), "{now}");
    }
    // Between the two starts of a Sunday the daily run of that day is already lost.
    let proof = proved_at(&rules, &regions, "2026-11-29T01:59:59Z");
    assert_eq!(proof.regions[1].next[0].to_string(), "Mon 30 Nov 02:00 UTC (daily)");
}

#[test]
fn windows_that_only_touch_do_not_overlap() {
    let proof = proved(|rules| {
        rules[1].copies.truncate(1);
        rules[0].start_window_minutes = 60;
    });
    assert!(proof.holes.is_empty() && proof.overlaps.is_empty());
    let proof = proved(|rules| {
        rules[1].copies.truncate(1);
        rules[0].start_window_minutes = 61;
    });
    assert_eq!(proof.holes.len(), 1);
}

#[test]
fn the_longer_retention_wins_whatever_the_order() {
    let proof = proved(|rules| {
        rules[1].lifecycle.delete_days = Some(364);
        rules.swap(0, 1);
    });
    let [hole] = proof.holes.as_slice() else { panic!("{:?}", proof.holes) };
    assert_eq!((&*hole.overlap.unprotected, hole.region.as_str()), ("weekly", "eu-west-1"));
    assert_eq!(gaps(&proof)[2], None);
    assert!(proof.to_string().contains("eu-west-1\n  next: never\n"));
}

#[test]
fn at_equal_retention_the_worse_is_assumed() {
    let proof = proved(|rules| {
        rules[1].copies.truncate(1);
        rules[1].lifecycle.delete_days = rules[0].lifecycle.delete_days;
    });
    let lost: Vec<&str> = proof.holes.iter().map(|hole| hole.region.as_str()).collect();
    assert_eq!(lost, ["us-west-2", "eu-west-1"]);
    assert!(proof.holes.iter().all(|hole| hole.overlap.undecided));
}

#[test]
fn a_winner_that_loses_itself_hands_the_slot_on() {
    let proof = proved(|rules| {
        // Monthly beats weekly beats daily; what monthly copies decides.
        rules[0].schedule = "cron(0 2 1 * ? *)".to_owned();
        rules[1].schedule = "cron(0 9 1 * ? *)".to_owned();
    });
    assert!(proof.holes.is_empty());
    let (mut rules, regions) = defaults();
    let mut monthly = rules[1].clone();
    monthly.name = "monthly".to_owned();
    monthly.schedule = "cron(0 10 ? * SUN#1 *)".to_owned();
    monthly.lifecycle.delete_days = Some(3650);
    monthly.copies.clear();
    rules.push(monthly);
    let proof = proved_at(&rules, &regions, NOW);
    let holes: Vec<(&str, &str, i64)> = proof
        .holes
        .iter()
        .map(|hole| (hole.region.as_str(), &*hole.overlap.unprotected, hole.overlap.per_year))
        .collect();
    assert_eq!(
        holes,
        [("us-west-2", "daily", 12), ("us-west-2", "weekly", 12), ("eu-west-1", "weekly", 12)]
    );
}

#[test]
fn clock_changes_stretch_the_gap() {
    let proof = proved(|rules| {
        for rule in rules {
            rule.timezone = "America/New_York".to_owned();
        }
    });
    let gap = proof.regions[1].worst_gap.as_ref().unwrap();
    // 02:00 does not exist on 14 March 2027, but weekly runs at 03:00 EDT; in autumn a day is 25 h.
    assert_eq!(gap.to_string(), "26 h (Sat 6 Nov 02:00 EDT → Sun 7 Nov 03:00 EST)");
    assert_eq!(proof.regions[1].next[0].to_string(), "Tue 24 Nov 02:00 EST (daily)");
}

#[test]
fn rare_and_ending_schedules_are_told() {
    let proof = proved(|rules| rules[1].schedule = "cron(0 3 29 2 ? *)".to_owned());
    assert_eq!(gaps(&proof)[2].unwrap().0, (4 * 365 + 1) * 24);
    assert_eq!(proof.regions[2].next[0].to_string(), "Tue 29 Feb 2028 03:00 UTC (weekly)");
    assert_eq!(proof.overlaps[0].per_year, 1);
    let proof = proved(|rules| rules[1].schedule = "cron(0 3 ? * SUN 2026)".to_owned());
    assert!(proof.to_string().contains("none after Sun 27 Dec 2026 03:00 UTC\n"), "{proof}");
    let proof = proved(|rules| rules[1].schedule = "cron(0 3 ? * SUN 2025)".to_owned());
    assert!(proof.regions[2].next.is_empty() && proof.regions[2].worst_case_minutes.is_none());
}

#[test]
fn what_is_rarer_than_yearly_is_not_called_yearly() {
    let proof = proved(|rules| rules[1].schedule = "cron(0 3 ? 2 SUN#5 *)".to_owned());
    let words = proof.to_string();
    assert!(words.contains("once in 28 years, first Sun 29 Feb 2032"), "{words}");
    let gap = "(Sun 29 Feb 2032 03:00 → Sun 29 Feb 2060 03:00)";
    assert!(proof.regions[2].worst_gap.as_ref().unwrap().to_string().ends_with(gap), "{words}");
    let proof = proved(|rules| rules[1].schedule = "cron(0 3 29 2 ? *)".to_owned());
    assert_eq!(proof.overlaps[0].in_years, Some(4));
}

/// A rule of its own for each schedule; the later ones keep longer, and every other one copies.
fn of_schedules(schedules: &[&str]) -> (Vec<Rule>, Regions) {
    let (defaults, regions) = defaults();
    let rule = |(n, schedule): (usize, &&str)| {
        let mut rule = defaults[n % 2].clone();
        rule.name = format!("rule-{n}");
        rule.schedule = (*schedule).to_owned();
        rule.lifecycle.delete_days = Some(400 + i64::try_from(n).unwrap());
        rule.start_window_minutes = 60;
        rule
    };
    (schedules.iter().enumerate().map(rule).collect(), regions)
}

#[test]
fn what_repeats_need_not_be_followed_for_decades() {
    const LEAP: &str = "cron(30 2 29 2 ? *)";
    for schedules in [
        &["cron(0 2 ? * * *)", LEAP][..],
        &["cron(0 2 ? * * *)", "cron(30 2 ? * * *)", LEAP],
        &[LEAP, "cron(0 2 ? * * *)"],
        &["cron(0 2 ? * SUN *)", "cron(30 2 1 1/3 ? *)", LEAP, "cron(15 2 ? * MON-FRI 2026-2027)"],
        &["cron(0 2 1 1 ? *)", LEAP, "cron(0 3 ? * TUE *)"],
        &["cron(0 2 ? * * *)", "cron(0 3 ? 2 SUN#5 *)"],
    ] {
        let (rules, regions) = of_schedules(schedules);
        let names = regions.names();
        let now = NOW.parse().unwrap();
        let thin = prove(&rules, &names[0], &names[1..], now).unwrap();
        let full = super::proof::prove_in_full(&rules, &names[0], &names[1..], now).unwrap();
        let json = |proof: &Proof| serde_json::to_value(proof).unwrap();
        assert_eq!(json(&thin), json(&full), "{schedules:?}");
    }
}

#[test]
fn a_rare_rule_beside_hourly_ones_is_no_work() {
    let mut schedules = vec!["cron(0 * ? * * *)"; 9];
    schedules.push("cron(0 3 ? 2 SUN#5 *)");
    let (rules, regions) = of_schedules(&schedules);
    let proof = proved_at(&rules, &regions, NOW);
    assert!(proof.to_string().contains("in 28 years, first Sun 29 Feb 2032"), "{proof}");
    let (hours, now) = (24 * 366, NOW.parse().unwrap());
    let listed = Calendar::new(&rules, now).unwrap().runs();
    assert!(listed < 9 * 4 * hours, "{listed}");
}

#[test]
fn a_bad_rule_is_named() {
    let (mut rules, regions) = defaults();
    rules[1].timezone = "Europe/Berlinn".to_owned();
    let names: Vec<Region> = regions.names();
    let error = prove(&rules, &names[0], &names[1..], Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(error.starts_with("rule weekly: \"Europe/Berlinn\""), "{error}");
    assert!(prove(&[], &names[0], &names[1..], Timestamp::UNIX_EPOCH).is_ok());
}

#[test]
fn json_has_instants_and_no_private_fields() {
    let json = serde_json::to_value(recipe()).unwrap();
    let hole = &json["lost_copies"][0];
    assert_eq!(hole["region"], "us-west-2");
    assert_eq!(hole["first_at"], "2026-11-29T02:00:00Z");
    assert_eq!(json["regions"][1]["worst_gap"]["minutes"], 48 * 60);
    assert_eq!(json["regions"][0]["next_runs"][0]["at"], "2026-11-24T02:00:00Z");
    assert!(hole.get("now").is_none() && json["regions"][0]["last_run_at"].is_null());
}

#[test]
fn runs_of_one_rule_do_not_displace_each_other() {
    let proof = proved(|rules| rules[0].schedule = "cron(15 * ? * * *)".to_owned());
    // The weekly run takes the place of the eight hourly ones before and of those in its window.
    assert_eq!(proof.overlaps[0].per_year, 52 * 16);
    let gap = proof.regions[1].worst_gap.as_ref().unwrap();
    assert_eq!(gap.to_string(), "8 h 45 min (Sat 18:15 → Sun 03:00)");
    assert_eq!(proof.regions[1].worst_case_minutes, Some(16 * 60 + 45));
}

/// Half of a small number, rounded down, was called a year's: of five runs until a rule ends "2 times a year".
#[test]
fn what_is_no_years_number_is_not_called_one() {
    let often = |schedule: &str| {
        let proof = proved(|rules| rules[1].schedule = schedule.to_owned());
        proof.overlaps[0].to_string().split(',').next().unwrap().to_owned()
    };
    assert_eq!(often("cron(0 3 ? * SUN 2026)"), "5 times in all");
    assert_eq!(often("cron(0 3 28 11 ? 2026)"), "once in all");
    assert_eq!(often("cron(0 3 1 1,7 ? *)"), "twice a year");
    // The fourth of a month is a Monday three times from November 2026 to November 2028.
    let mondays = proved(|rules| {
        rules[0].schedule = "cron(0 2 ? * MON *)".to_owned();
        rules[1].schedule = "cron(0 3 4 * ? *)".to_owned();
    });
    let words = mondays.overlaps[0].to_string();
    assert!(words.starts_with("3 times in 2 years, first Mon "), "{words}");
}

#[test]
fn between_continuous_backups_and_snapshots_aws_does_not_decide() {
    let proof = proved(|rules| {
        rules[1].copies.truncate(1);
        rules[0].continuous = true;
        rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(35) };
    });
    assert!(proof.overlaps[0].undecided);
    let words = proof.holes[0].to_string();
    assert!(
        words.contains("AWS Backup may keep only the backup of weekly (that a continuous rule"),
        "{words}"
    );
}

#[test]
fn what_expires_before_the_next_comes_leaves_a_region_without_a_point() {
    let lapses = |change: fn(&mut Vec<Rule>)| -> Vec<Option<String>> {
        let (mut rules, regions) = defaults();
        change(&mut rules);
        let proof = proved_at(&rules, &regions, NOW);
        proof.regions.iter().map(|region| region.lapse.as_ref().map(ToString::to_string)).collect()
    };
    assert_eq!(lapses(|_| ()), [None, None, None]);
    // Weekly copies that are kept 5 days; where the daily ones come too nothing is missing.
    let short = lapses(|rules| {
        for copy in &mut rules[1].copies {
            copy.lifecycle = Lifecycle { cold_days: None, delete_days: Some(5) };
        }
    });
    assert_eq!(short[..2], [None, None]);
    assert_eq!(
        short[2].as_deref(),
        Some(
            "eu-west-1: rule weekly keeps what it makes 5 days, and the next recovery point comes after 7 d at worst (Sun 29 Nov 2026 03:00 UTC → Sun 6 Dec 2026 03:00 UTC): for 48 h there is none; raise its delete_after_days, or run it more often"
        )
    );
    // What is kept as long as it takes until the next start is missed where that starts late.
    let daily = lapses(|rules| {
        rules.truncate(1);
        rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(1) };
    });
    assert_eq!(
        daily[0].as_deref(),
        Some(
            "us-east-1: rule daily keeps what it makes 1 day, and a job that starts late in its window comes after 32 h at worst: for 8 h there may be no recovery point; raise its delete_after_days, or run it more often"
        )
    );
    assert_eq!(daily[1], None);
    // A copy without an end of its own ends with its source.
    let monthly = lapses(|rules| {
        rules.remove(0);
        rules[0].schedule = "cron(0 3 1 * ? *)".to_owned();
        rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: Some(30) };
        for copy in &mut rules[0].copies {
            copy.lifecycle = Lifecycle { cold_days: None, delete_days: None };
        }
    });
    assert!(
        monthly.iter().all(|lapse| lapse
            .as_ref()
            .is_some_and(|words| words.contains("for 24 h there is none"))),
        "{monthly:?}"
    );
}
