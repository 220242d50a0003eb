//! The proof of all plans of a deployment together: of each region the worst that any plan promises. Pure.

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::{Plan, Rule, Settings};
use crate::protection::schedule::{self, Proof, RegionProof};

/// How many runs are shown.
const NEXT: usize = 3;

/// What follows from the schedules of all plans: in each region the worst of those that reach it. Rules are called as
/// [`Settings::all_rules`] calls them.
///
/// # Errors
/// One sentence that names the rule whose schedule or time zone cannot be read.
pub(crate) fn prove(settings: &Settings, now: Timestamp) -> Result<Proof, String> {
    let mut all = Vec::new();
    for plan in named_rules(settings) {
        all.push(of_rules(settings, &plan, now)?);
    }
    match <[Proof; 1]>::try_from(all) {
        Ok([alone]) => Ok(alone),
        Err(several) => Ok(merged(settings, several)),
    }
}

/// The same of each plan by itself, whose rules have their own names.
///
/// # Errors
/// As [`prove`].
pub(crate) fn prove_each(
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<(Plan, Proof)>, String> {
    let plans = settings.all_plans().into_iter();
    plans.map(|plan| of_rules(settings, &plan.rules, now).map(|proof| (plan, proof))).collect()
}

/// The rules of each plan, called as among those of all.
fn named_rules(settings: &Settings) -> Vec<Vec<Rule>> {
    let mut rules = settings.all_rules().into_iter();
    let counts = settings.all_plans().into_iter().map(|plan| plan.rules.len());
    counts.map(|count| rules.by_ref().take(count).collect()).collect()
}

fn of_rules(settings: &Settings, rules: &[Rule], now: Timestamp) -> Result<Proof, String> {
    let regions = settings.regions.names();
    schedule::prove(rules, &regions[0], &regions[1..], now)
}

fn merged(settings: &Settings, proofs: Vec<Proof>) -> Proof {
    let mut all = Proof { regions: Vec::new(), overlaps: Vec::new(), holes: Vec::new() };
    let mut of_plans = Vec::new();
    for proof in proofs {
        all.overlaps.extend(proof.overlaps);
        all.holes.extend(proof.holes);
        of_plans.push(proof.regions);
    }
    let region = |region: Region| {
        let of_region = of_plans.iter().flatten().filter(|proof| proof.region == region);
        worst(region.clone(), of_region.cloned().collect())
    };
    all.regions = settings.regions.names().into_iter().map(region).collect();
    all
}

/// The worst of those that reach a region.
fn worst(region: Region, mut plans: Vec<RegionProof>) -> RegionProof {
    let reaches = |proof: &RegionProof| !proof.next.is_empty() || proof.last.is_some();
    plans.retain(reaches);
    let mut next: Vec<_> = plans.iter().flat_map(|proof| proof.next.clone()).collect();
    next.sort_by(|one, other| one.at.cmp(&other.at));
    next.truncate(NEXT);
    let gaps = plans.iter().filter_map(|proof| proof.worst_gap.clone());
    let lapses = plans.iter().filter_map(|proof| proof.lapse.clone());
    // With one that never ends there is always a run to come.
    let ends = plans.iter().map(|proof| proof.last.clone()).collect::<Option<Vec<_>>>();
    RegionProof {
        next,
        worst_gap: gaps.max_by_key(|gap| gap.minutes),
        worst_case_minutes: plans.iter().filter_map(|proof| proof.worst_case_minutes).max(),
        lapse: lapses.max_by_key(schedule::Lapse::is_certain),
        last: ends.and_then(|ends| ends.into_iter().max()),
        region,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn settings() -> Settings {
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
    }

    fn with_hourly() -> Settings {
        let mut settings = settings();
        let mut hourly = settings.rules[0].clone();
        hourly.name = "hourly".to_owned();
        hourly.schedule = "cron(0 * ? * * *)".to_owned();
        hourly.start_window_minutes = 60;
        settings.plans.push(Plan {
            name: "gold".to_owned(),
            rules: vec![hourly],
            selections: Vec::new(),
        });
        settings
    }

    #[test]
    fn one_plan_is_proved_as_its_rules_are() {
        let settings = settings();
        let regions = settings.regions.names();
        let alone = schedule::prove(&settings.rules, &regions[0], &regions[1..], now()).unwrap();
        let proof = prove(&settings, now()).unwrap();
        assert_eq!(format!("{proof:?}"), format!("{alone:?}"));
    }

    #[test]
    fn of_several_the_worst_counts_and_all_runs_are_shown() {
        let proof = prove(&with_hourly(), now()).unwrap();
        let worst = |at: usize| proof.regions[at].worst_case_minutes.map(|minutes| minutes / 60);
        assert_eq!((worst(1), worst(2)), (Some(24 + 9), Some(7 * 24 + 8)));
        let rules: Vec<&str> = proof.regions[1].next.iter().map(|run| &*run.rule).collect();
        assert_eq!(rules, ["gold/hourly", "daily", "gold/hourly"]);
        let each = prove_each(&with_hourly(), now()).unwrap();
        let hours = each[1].1.regions[1].worst_case_minutes.map(|minutes| minutes / 60);
        assert_eq!((each[1].0.name.as_str(), hours), ("gold", Some(2)));
    }
}
