//! The types of resources that AWS Backup can back up: what they are called, how they are told, and what AWS Backup can do with them.

mod existence;
mod row;
mod size;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use existence::{existence_check, is_cluster_id};
use row::ArnForm;
pub(crate) use row::{ColdStorage, ResourceType};
pub(crate) use size::BackupSize;
pub(crate) use table::RESOURCE_TYPES;

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
