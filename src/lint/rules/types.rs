//! Types of the resources that a plan names, against what its rules do with them.

use std::collections::BTreeSet;

use crate::lint::catalog::Check;
use crate::lint::model::{Known, Plan};
use crate::lint::rules::{Found, Of};
use crate::lint::vault_arn::{RegionOf, VaultArn};
use crate::model::region::Region;
use crate::model::resource_types::{ColdStorage, RESOURCE_TYPES, ResourceType, of_arn};

pub(super) fn check(plan: &Plan, found: &mut Found) {
    let named = types(plan);
    let Some(all) = &named.all else {
        return some(plan, &named.some, found);
    };
    some(plan, all, found);
    for (at, rule) in plan.rules.iter().enumerate() {
        let Some(days) = rule.lifecycle.cold.value.get().filter(|days| **days > 0) else {
            continue;
        };
        let archives = rule.lifecycle.archive.value != Known::Is(false)
            && rule.lifecycle.archive.value != Known::Absent;
        let has_cold = |kind: &&ResourceType| match kind.cold_storage {
            ColdStorage::Yes | ColdStorage::WithAdvancedFeatures => true,
            ColdStorage::EbsArchive => archives,
            ColdStorage::No => false,
        };
        if !all.is_empty() && !all.iter().any(has_cold) {
            let of = Of { plan, rule, label: rule.label(at) };
            let names: Vec<&str> = all.iter().map(|kind| kind.name).collect();
            let text = format!(
                "it moves to cold storage after {days} days, and the plan selects {} alone, which stays warm",
                names.join(", ")
            );
            of.add(found, Check::NoColdStorage, rule.lifecycle.cold.line, text, None);
        }
    }
}

/// What each type that is named by an ARN cannot do.
fn some(plan: &Plan, kinds: &[&'static ResourceType], found: &mut Found) {
    for (at, rule) in plan.rules.iter().enumerate() {
        for kind in kinds {
            for copy in &rule.copies {
                let arn = copy.vault.value.get().and_then(|text| VaultArn::parse(text));
                let Some(why) = arn.and_then(|arn| uncopied(plan, &arn, kind)) else { continue };
                let of = Of { plan, rule, label: rule.label(at) };
                let text =
                    format!("it copies, and the plan names resources of type {}: {why}", kind.name);
                of.add(found, Check::UncopiedType, copy.place.line, text, None);
                break;
            }
        }
    }
}

fn uncopied(plan: &Plan, arn: &VaultArn, kind: &ResourceType) -> Option<String> {
    // Whether DynamoDB has its advanced features is a setting of the account.
    let between = |from: &Region, to: &Region| kind.cannot_be_copied(from, to, false);
    match (&arn.region, plan.regions.first()) {
        (RegionOf::Is(to), Some(from)) => between(from, to),
        (RegionOf::Is(to), None) => between(to, to),
        (RegionOf::Own | RegionOf::Unknown, Some(from)) => between(from, from),
        (RegionOf::Own | RegionOf::Unknown, None) => None,
    }
}

struct Types {
    /// All that the plan can select, where that is known.
    all: Option<Vec<&'static ResourceType>>,
    /// Those that ARNs name.
    some: Vec<&'static ResourceType>,
}

fn types(plan: &Plan) -> Types {
    let mut names = BTreeSet::new();
    let mut is_all = !plan.selections.is_empty();
    for selection in &plan.selections {
        is_all &=
            selection.is_known && selection.any_tags.is_empty() && !selection.resources.is_empty();
        for arn in &selection.resources {
            match type_of(arn) {
                Some(name) => drop(names.insert(name)),
                None => is_all = false,
            }
        }
    }
    let of_names = RESOURCE_TYPES.iter().filter(|kind| names.contains(kind.name));
    let some: Vec<&'static ResourceType> = of_names.collect();
    Types { all: is_all.then(|| some.clone()), some }
}

/// The type of an ARN; the clusters of Aurora and others share theirs, so that they are none.
fn type_of(arn: &str) -> Option<&'static str> {
    of_arn(arn).filter(|name| *name != "Aurora")
}
