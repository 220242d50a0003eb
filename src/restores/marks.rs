//! Tags of what was restored: what it comes from, the source's own where AWS Backup does not copy them, and the select tags
//! only where it is to be backed up.

use crate::account::context::Context;
use crate::account::resource_tags::{TagChange, change};
use crate::account::restore_jobs;
use crate::model::names::DEPLOYMENT_TAG;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::recovery::translate::TagCopy;
use crate::restores::item::Item;

/// The ARN of the resource that something was restored from. Never the deployment's own tag: `down` would take what carries
/// it for the deployment's.
pub(crate) const RECOVERED_FROM: &str = "mrbackup:recovered-from";
/// Characters of a tag's value that AWS takes.
const VALUE: usize = 256;

/// Whether AWS Backup is told to copy the source's tags: where the select tags are not to be there, they must not come back
/// for a moment.
pub(super) fn are_copied(item: &Item, protects: bool) -> bool {
    item.translation.tags == TagCopy::Asked && protects
}

/// Puts the tags on, and says what failed.
pub(super) async fn put(
    context: &Context,
    region: &Region,
    item: &Item,
    made: &str,
    protects: bool,
) -> Option<String> {
    let select = &context.settings.select_tags;
    let mut tags = Tags::new();
    let mut unread = None;
    if puts_tags_of_source(item, protects) {
        match restore_jobs::point_tags(context, region, &item.source.point.arn).await {
            Ok(of_point) => tags.extend(of_source(context, of_point)),
            Err(failure) => unread = Some(format!("the source's tags cannot be read: {failure}")),
        }
    }
    if protects {
        tags.extend(select.clone());
    } else {
        tags.retain(|key, value| select.get(key) != Some(value));
    }
    let source: String = item.source.resource.chars().take(VALUE).collect();
    tags.insert(RECOVERED_FROM.to_owned(), source);
    let made = [made.to_owned()];
    let mut failed = change(context, region, &made, &TagChange::Put(tags)).await;
    if !protects && item.translation.tags == TagCopy::Always {
        for (key, value) in select {
            let remove = TagChange::Remove { key: key.clone(), value: value.clone() };
            failed.extend(change(context, region, &made, &remove).await);
        }
    }
    failed.into_values().next().or(unread)
}

/// Whether the source's tags are put on here, from a recovery point whose tags AWS Backup itself keeps: a snapshot's are
/// its service's.
fn puts_tags_of_source(item: &Item, protects: bool) -> bool {
    match item.translation.tags {
        TagCopy::Afterwards => true,
        TagCopy::Asked => !protects && item.source.point.arn.split(':').nth(2) == Some("backup"),
        TagCopy::Always => false,
    }
}

/// Those of a recovery point's tags that its source had: not AWS's, not ours, and not those that the rules give points.
fn of_source(context: &Context, of_point: Tags) -> Tags {
    let rules = &context.settings.rules;
    let of_rule = |key: &String, value: &String| {
        rules.iter().any(|rule| rule.recovery_point_tags.get(key) == Some(value))
    };
    let is_source = |(key, value): &(String, String)| {
        !key.starts_with("aws:")
            && !key.starts_with("mrbackup:")
            && key != DEPLOYMENT_TAG
            && !of_rule(key, value)
    };
    of_point.into_iter().filter(is_source).collect()
}
