//! What plan and selection that are there protect, for when the record of them cannot be read.

use std::collections::BTreeSet;

use serde::Deserialize as _;

use crate::account::selection_content::SelectionContent;
use crate::engine::{Kind, Observation};
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{MAIN, Plan, Regions, Settings};
use crate::model::tags::Tags;
use crate::steps::plan_document::PlanDocument;
use crate::steps::{metric_alarm, plan, restore_testing_plan, selection};

/// The settings that the plans in force were made of, as far as their own documents tell, and the recovery
/// alarms that are there. What they do not tell is taken from `like`: it counts as unchanged.
pub(crate) fn settings(observations: &[Observation], like: &Settings) -> Option<Settings> {
    let is_plan = |one: &&Observation| of_kind(one, &plan::KIND).is_some();
    let primary = observations.iter().find(is_plan)?.id().region?;
    let here = |one: &&Observation| one.id().region.as_ref() == Some(&primary);
    let here: Vec<&Observation> = observations.iter().filter(here).collect();
    let found: Vec<Plan> = here.iter().filter_map(|one| plan_there(one, &here)).collect();
    // Without a selection nothing is protected, and nothing can be lost.
    if found.iter().all(|plan| plan.selections.is_empty()) {
        return None;
    }
    let rules = found.iter().flat_map(|plan| &plan.rules);
    let copies = rules.flat_map(|rule| &rule.copies).map(|copy| copy.region.clone());
    let mut copies: Vec<Region> = copies.collect::<BTreeSet<_>>().into_iter().collect();
    copies.retain(|region| *region != primary);
    let mut copies = copies.into_iter();
    // Which copy region is which makes no difference to what is protected.
    let secondary = copies.next().unwrap_or_else(|| primary.clone());
    let regions = Regions { primary, secondary, tertiary: None, copy_to: copies.collect() };
    let (main, plans): (Vec<Plan>, Vec<Plan>) =
        found.into_iter().partition(|plan| plan.name == MAIN);
    let (rules, mut selections) =
        main.into_iter().next().map(|plan| (plan.rules, plan.selections)).unwrap_or_default();
    let mut select_tags = Tags::new();
    if let Some(by_tags) = selections.iter().position(Selection::is_by_tags_alone) {
        select_tags = selections.remove(by_tags).tags;
    }
    let mut recovery_alarms = like.recovery_alarms.clone();
    recovery_alarms.extend(observations.iter().filter_map(recovery_alarm));
    let mut restore_test = like.restore_test.clone();
    restore_test.regions.extend(observations.iter().filter_map(tested_region));
    let rest = like.clone();
    Some(Settings {
        regions,
        rules,
        select_tags,
        selections,
        plans,
        classes: None,
        recovery_alarms,
        restore_test,
        ..rest
    })
}

/// The plan that was found by a step, with the selections that were found in it.
fn plan_there(observation: &Observation, all: &[&Observation]) -> Option<Plan> {
    let rules = PlanDocument::deserialize(of_kind(observation, &plan::KIND)?).ok()?.rules();
    let id = observation.id();
    let name = plan::plan_of(&id)?;
    let mut specs = all.iter().filter(|one| plan::plan_of(&one.id()) == Some(name));
    let selections = specs.find_map(|one| of_kind(one, &selection::KIND)).map(|spec| {
        // The first stands in the document itself, and the others below it.
        let beside = spec["beside"].as_object().into_iter().flatten().map(|(_, one)| one);
        let all = std::iter::once(spec).chain(beside);
        let contents = all.filter_map(|one| SelectionContent::deserialize(one).ok());
        contents.map(|content| content.selection()).collect()
    });
    Some(Plan { name: name.to_owned(), rules, selections: selections.unwrap_or_default() })
}

/// The region, where it is an alarm of ours on a recovery.
fn recovery_alarm(observation: &Observation) -> Option<Region> {
    observation.live.observed()?;
    let id = observation.id();
    let of_recovery = metric_alarm::is_of_recovery(&id);
    id.region.filter(|_| of_recovery)
}

/// The region, where it is a plan of ours that tests restores.
fn tested_region(observation: &Observation) -> Option<Region> {
    of_kind(observation, &restore_testing_plan::KIND)?;
    observation.id().region
}

fn of_kind<'a>(observation: &'a Observation, kind: &Kind) -> Option<&'a serde_json::Value> {
    let observed = observation.live.observed().filter(|_| observation.id().kind == kind)?;
    Some(&observed.spec)
}
