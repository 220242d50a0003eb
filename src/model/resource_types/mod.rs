//! The types of resources that AWS Backup can back up: what they are called, how they are told, and what AWS Backup can do with them.

mod existence;
mod row;
mod size;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::region::Partition;
pub(crate) use existence::{existence_check, is_cluster_id};
use row::ArnForm;
pub(crate) use row::{ColdStorage, ResourceType};
pub(crate) use size::BackupSize;
pub(crate) use table::RESOURCE_TYPES;

/// The name of the type of a resource of which only its ARN is known.
pub(crate) const UNKNOWN: &str = "type unknown to mrbackup";

/// AWS Backup's name of an ARN's type; `None` of what it cannot back up.
pub(crate) fn of_arn(arn: &str) -> Option<&'static str> {
    row_of(arn).map(|kind| kind.name)
}

/// Whether the tagging API can be asked for resources of the type that an ARN says; it cannot of one that
/// is not known.
pub(crate) fn has_tagging_filter(arn: &str) -> bool {
    let mut patterns = RESOURCE_TYPES.iter().flat_map(ResourceType::patterns);
    patterns.any(|pattern| pattern.tagging.is_some() && pattern.fits(arn))
}

/// The ARNs with which a selection takes all resources of the type of this name; none of one whose ARNs are of another
/// type's form, or that is not known.
pub(crate) fn selection_arns(name: &str, partition: Partition) -> Vec<String> {
    let kind = RESOURCE_TYPES.iter().find(|kind| kind.name == name);
    let patterns = kind.into_iter().flat_map(ResourceType::patterns);
    patterns.map(|pattern| pattern.selection_arn(partition)).collect()
}

/// The names of the types that a selection can name, each told by its ARN.
pub(crate) fn selectable() -> BTreeSet<&'static str> {
    let told = RESOURCE_TYPES.iter().filter(|kind| kind.patterns().next().is_some());
    told.map(|kind| kind.name).collect()
}

/// The type whose ARNs a type of this name has, where it has none of its own.
pub(crate) fn told_as(name: &str) -> Option<&'static str> {
    let kind = RESOURCE_TYPES.iter().find(|kind| kind.name == name)?;
    kind.arns.iter().find_map(|form| match form {
        ArnForm::SharedWith(other) => Some(*other),
        ArnForm::Own(_) => None,
    })
}

/// The type that an ARN says; `None` of one that is not known.
fn row_of(arn: &str) -> Option<&'static ResourceType> {
    let fits = |kind: &&ResourceType| kind.patterns().any(|pattern| pattern.fits(arn));
    RESOURCE_TYPES.iter().find(fits)
}

/// The names of the types that a resource may be of whose ARN says this one: `rds:cluster` are those of
/// three, each with an opt-in of its own.
pub(crate) fn sharing_arns_of(name: &str) -> impl Iterator<Item = &'static str> {
    let shares = move |kind: &&ResourceType| {
        kind.name == name
            || kind.arns.iter().any(|form| matches!(form, ArnForm::SharedWith(of) if *of == name))
    };
    RESOURCE_TYPES.iter().filter(shares).map(|kind| kind.name)
}

/// The name of the type that a key of the opt-in settings is of; `None` of one that is not known.
pub(crate) fn of_opt_in_key(key: &str) -> Option<&'static str> {
    let is_of = |kind: &&ResourceType| kind.opt_in.unwrap_or(kind.name) == key;
    RESOURCE_TYPES.iter().find(is_of).map(|kind| kind.name)
}

/// All filters of the tagging API, and the name of the type whose resources each finds.
pub(crate) fn by_tagging_filter() -> BTreeMap<&'static str, &'static str> {
    filters(|_| true)
}

/// Those of them that the watchdog is told of: see [`ResourceType::watched`].
pub(crate) fn watched() -> BTreeMap<&'static str, &'static str> {
    filters(|kind| kind.watched)
}

fn filters(wanted: impl Fn(&ResourceType) -> bool) -> BTreeMap<&'static str, &'static str> {
    let kinds = RESOURCE_TYPES.iter().filter(|kind| wanted(kind));
    let filters = kinds.flat_map(|kind| {
        let filters = kind.patterns().filter_map(|pattern| pattern.tagging);
        filters.map(|filter| (filter, kind.name))
    });
    filters.collect()
}
