//! What the tagging API is asked for where selections decide.

use aws_sdk_resourcegroupstagging::types::TagFilter;
use aws_sdk_resourcegroupstagging::types::builders::TagFilterBuilder;

use crate::model::selection::Selection;

/// The tags that what a selection takes has, as far as the tagging API can filter by them: by exact values of a key, or
/// by the key alone (API reference, `GetResources`).
pub(super) fn tag_filters(selection: &Selection) -> Vec<TagFilter> {
    let exact =
        selection.tags.iter().map(|(key, value)| TagFilter::builder().key(key).values(value));
    let like = selection.like.keys().map(|key| TagFilter::builder().key(key));
    // All filters have to fit: of several keys of which any does, none can be asked for.
    let any = selection.any_tags.iter().filter(|_| selection.any_tags.len() == 1);
    let any = any.map(|(key, values)| {
        TagFilter::builder().key(key).set_values(Some(values.iter().cloned().collect()))
    });
    exact.chain(like).chain(any).map(TagFilterBuilder::build).collect()
}
