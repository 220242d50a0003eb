//! What plan and selection that are there protect, for when the record of them cannot be read.

use std::collections::BTreeSet;

use serde::Deserialize as _;

use crate::account::selection_content::SelectionContent;
use crate::engine::{Kind, Observation};
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{Regions, Settings};
use crate::model::tags::Tags;
use crate::steps::plan_document::PlanDocument;
use crate::steps::{metric_alarm, plan, restore_testing_plan, selection};

/// The settings that the plan in force was made of, as far as its own document tells, and the recovery
/// alarms that are there. What they do not tell is taken from `like`: it counts as unchanged.
pub(crate) fn settings(observations: &[Observation], like: &Settings) -> Option<Settings> {
    let (primary, rules) = observations.iter().find_map(|observation| {
        let spec = of_kind(observation, &plan::KIND)?;
        Some((observation.id().region?, PlanDocument::deserialize(spec).ok()?.rules()))
    })?;
    let selection = observations.iter().find_map(|observation| {
        let here = observation.id().region.as_ref() == Some(&primary);
        let spec = of_kind(observation, &selection::KIND).filter(|_| here)?;
        // The first stands in the document itself, and the others below it.
        let beside = spec["beside"].as_object().into_iter().flatten().map(|(_, one)| one);
        let all = std::iter::once(spec).chain(beside);
        Some(all.filter_map(|one| SelectionContent::deserialize(one).ok()).collect::<Vec<_>>())
    });
    let copies = rules.iter().flat_map(|rule| &rule.copies).map(|copy| copy.region.clone());
    let mut copies: Vec<Region> = copies.collect::<BTreeSet<_>>().into_iter().collect();
    copies.retain(|region| *region != primary);
    let mut copies = copies.into_iter();
    // Which copy region is which makes no difference to what is protected.
    let secondary = copies.next().unwrap_or_else(|| primary.clone());
    let regions = Regions { primary, secondary, tertiary: None, copy_to: copies.collect() };
    // Without a selection nothing is protected, and nothing can be lost.
    let found = selection?;
    let selections: Vec<_> = found.iter().map(SelectionContent::selection).collect();
    let by_tags = selections.iter().position(Selection::is_by_tags_alone);
    let (mut select_tags, mut selections) = (Tags::new(), selections);
    if let Some(by_tags) = by_tags {
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
        recovery_alarms,
        restore_test,
        ..rest
    })
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
