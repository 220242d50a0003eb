//! The calendar of a plan's rules: copies that overlapping windows lose, and stretches without a recovery point.

use jiff::Timestamp;

use crate::lint::catalog::Check;
use crate::lint::finding::LostCopies;
use crate::lint::model::{Known, Plan, Rule};
use crate::lint::rules::Found;
use crate::lint::severity::Severity;
use crate::lint::vault_arn;
use crate::model::region::Region;
use crate::model::settings::table::{SCHEDULE, START_WINDOW_MINUTES, TIMEZONE};
use crate::model::settings::{CopyTo, Lifecycle, Rule as Timed};
use crate::protection::schedule::{Cron, Proof, RegionProof, prove, time_zone};

/// What stands for the plan's vaults: the calendar tells places apart by a region, and two vaults of one region are two
/// places.
const HERE: &str = "us-east-1";

pub(super) fn check(plan: &Plan, now: Timestamp, found: &mut Found) {
    let mut rules: Vec<(usize, Timed)> = Vec::new();
    for (at, rule) in plan.rules.iter().enumerate() {
        match timed(rule, at) {
            Ok(Some(timed)) => rules.push((at, timed)),
            // AWS refuses it, and another finding has why.
            Ok(None) => (),
            Err(member) => {
                let text = format!(
                    "the calendar of plan {} was not checked: {member} of rule {} is not known",
                    plan.label,
                    rule.label(at)
                );
                return found.note(&rule.place, text);
            }
        }
    }
    let unknown = plan.rules.iter().flat_map(|rule| &rule.copies);
    if let Some(copy) = unknown.clone().find(|copy| copy.vault.value == Known::Unknown) {
        let text = format!(
            "where a copy of plan {} is sent is not known: whether it is lost was not checked",
            plan.label
        );
        found.note(&copy.place, text);
    }
    let here = Region::parse(HERE).expect("a region of AWS");
    let destinations = destinations(plan);
    // The runs of the rules are the same for all places: they are listed once.
    let placed = rules.iter().map(|(at, timed)| placed(plan, *at, timed, &destinations));
    let placed: Vec<Timed> = placed.collect();
    let places: Vec<Region> = destinations.iter().map(|(_, place)| place.clone()).collect();
    let Ok(proof) = prove(&placed, &here, &places, now) else { return };
    let of = |place: &Region| proof.regions.iter().find(|proof| proof.region == *place);
    lapse(plan, &rules, of(&here), "in its own region", found);
    for (destination, place) in &destinations {
        lost(plan, &rules, &proof, (destination, place), found);
        let words = format!("in {}", vault_arn::words(destination));
        lapse(plan, &rules, of(place), &words, found);
    }
}

/// The rule for the calendar; `None` where AWS refuses it.
///
/// # Errors
/// What of it is not known.
fn timed(rule: &Rule, at: usize) -> Result<Option<Timed>, &'static str> {
    let schedule = rule.schedule.value.or(SCHEDULE.to_owned()).ok_or("the schedule")?;
    let timezone = rule.timezone.value.or(TIMEZONE.to_owned()).ok_or("the time zone")?;
    let window = rule.start_window.value.or(START_WINDOW_MINUTES).ok_or("the start window")?;
    let delete_days = rule.lifecycle.end().ok_or("the retention")?;
    let continuous = rule.continuous.value.or(false).ok_or("whether it is continuous")?;
    if Cron::parse(&schedule).is_err() || time_zone(&timezone).is_err() || window < 1 {
        return Ok(None);
    }
    Ok(Some(Timed {
        name: rule.label(at),
        schedule,
        timezone,
        start_window_minutes: window,
        completion_window_minutes: 0,
        lifecycle: Lifecycle { cold_days: None, delete_days },
        continuous,
        archive: false,
        copies: Vec::new(),
        recovery_point_tags: std::collections::BTreeMap::new(),
    }))
}

/// The vaults that rules copy to, each once, with what stands for it.
fn destinations(plan: &Plan) -> Vec<(&str, Region)> {
    let mut all: Vec<&str> = Vec::new();
    for copy in plan.rules.iter().flat_map(|rule| &rule.copies) {
        if let Some(vault) = copy.vault.value.get()
            && !all.contains(&vault.as_str())
        {
            all.push(vault);
        }
    }
    let place = |at: usize| Region::parse_lenient(&format!("us-vault-{}", at + 1));
    let placed = all.into_iter().enumerate();
    placed.map(|(at, vault)| (vault, place(at).expect("of the form of a region"))).collect()
}

/// The rule with its copies, each to what stands for its vault.
fn placed(plan: &Plan, at: usize, timed: &Timed, destinations: &[(&str, Region)]) -> Timed {
    let copies = plan.rules[at].copies.iter().filter_map(|copy| {
        let vault = copy.vault.value.get()?;
        let (_, place) = destinations.iter().find(|(one, _)| one == vault)?;
        // Where its end is not known it is not judged: no retention is too short then.
        let end = copy.lifecycle.end().map_or(Some(i64::MAX), |end| end);
        let lifecycle = Lifecycle { cold_days: None, delete_days: end };
        Some(CopyTo { region: place.clone(), lifecycle })
    });
    Timed { copies: copies.collect(), ..timed.clone() }
}

fn lost(
    plan: &Plan,
    rules: &[(usize, Timed)],
    proof: &Proof,
    (destination, place): (&str, &Region),
    found: &mut Found,
) {
    for hole in proof.holes.iter().filter(|hole| hole.region == *place) {
        let overlap = &hole.overlap;
        let Some(rule) = named(plan, rules, &overlap.unprotected) else { continue };
        let vault = vault_arn::words(destination);
        let why = format!("{overlap}");
        let text = format!(
            "{vault} gets no copy of rule {}: {why}, which does not copy there",
            overlap.unprotected
        );
        let winning = &overlap.winning;
        let fix = format!(
            "copy to {vault} in rule {winning} too, or move the schedules so far apart that the start windows do not overlap"
        );
        let lost = match overlap.in_all {
            Some(copies) => LostCopies { copies, in_years: None },
            None => LostCopies {
                copies: overlap.per_year,
                in_years: Some(overlap.in_years.unwrap_or(1)),
            },
        };
        let severity = if overlap.undecided { Severity::Warning } else { Severity::Loses };
        let copy = rule
            .copies
            .iter()
            .find(|copy| copy.vault.value.get().map(String::as_str) == Some(destination));
        let line = copy.and_then(|copy| copy.vault.line.or(copy.place.line));
        found.add_lost(
            plan,
            (&overlap.unprotected, &rule.place.at(line)),
            (text, fix),
            lost,
            severity,
        );
    }
}

fn lapse(
    plan: &Plan,
    rules: &[(usize, Timed)],
    region: Option<&RegionProof>,
    place: &str,
    found: &mut Found,
) {
    let Some(lapse) = region.and_then(|region| region.lapse.as_ref()) else { return };
    let Some(rule) = named(plan, rules, &lapse.rule) else { return };
    let check = if lapse.is_certain() { Check::RetentionGap } else { Check::RetentionMargin };
    let days = lapse.needed_days();
    let text = format!("{place}: {}", lapse.facts());
    let fix =
        format!("keep what rule {} makes at least {days} days, or run it more often", lapse.rule);
    let line = rule.lifecycle.delete.line;
    found.add(check, plan, Some(&lapse.rule), &rule.place.at(line), text, Some(fix));
}

/// The rule of a name: of two with the same one the first.
fn named<'a>(plan: &'a Plan, rules: &[(usize, Timed)], name: &str) -> Option<&'a Rule> {
    rules.iter().find(|(_, timed)| timed.name == name).map(|(at, _)| &plan.rules[*at])
}
