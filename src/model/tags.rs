//! Tags of a resource.

use std::collections::BTreeMap;

/// Tags of a resource, by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Keys of tags that are there and not wanted.
pub(crate) fn surplus(live: &Tags, wanted: &Tags) -> Vec<String> {
    live.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect()
}
