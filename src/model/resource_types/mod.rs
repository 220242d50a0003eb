//! The types of resources that AWS Backup can back up: what they are called, how they are told, and what AWS Backup can do with them.

mod existence;
mod row;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use existence::{existence_check, is_cluster_id};
pub(crate) use row::{ColdStorage, ResourceType};
pub(crate) use table::RESOURCE_TYPES;

/// AWS Backup's name of an ARN's type; `None` of what it cannot back up.
pub(crate) fn of_arn(arn: &str) -> Option<&'static str> {
    let fits = |kind: &&ResourceType| kind.patterns().any(|pattern| pattern.fits(arn));
    RESOURCE_TYPES.iter().find(fits).map(|kind| kind.name)
}

/// The name of the type that a key of the opt-in settings is of; `None` of one that is not known.
pub(crate) fn of_opt_in_key(key: &str) -> Option<&'static str> {
    RESOURCE_TYPES.iter().find(|kind| kind.opt_in == Some(key)).map(|kind| kind.name)
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
