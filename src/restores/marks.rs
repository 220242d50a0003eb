//! Tags of what was restored: what it comes from, the source's own where AWS Backup does not copy them, and the select tags
//! only where it is to be backed up.

use crate::account::context::Context;
use crate::account::resource_tags::{TagChange, change};
use crate::account::restore_jobs;
use crate::account::restored::{Thing, volumes_of};
use crate::model::names::{DEPLOYMENT_TAG, Names};
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::recovery::drill::DRILL_TAG;
use crate::recovery::translate::TagCopy;
use crate::restores::item::Item;

/// The ARN of the resource that something was restored from. Never the deployment's own tag: `down` would take what carries
/// it for the deployment's.
pub(crate) const RECOVERED_FROM: &str = "mrbackup:recovered-from";
/// Characters of a tag's value that AWS takes.
const VALUE: usize = 256;

/// The value of that tag.
pub(crate) fn recovered_from(item: &Item) -> String {
    item.source.resource.chars().take(VALUE).collect()
}

/// Whether AWS Backup is told to copy the source's tags: where the select tags are not to be there, they must not come back
/// for a moment.
pub(crate) fn are_copied(item: &Item, protects: bool) -> bool {
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
    if item.is_drill {
        return put_on_drill(context, region, item, made).await;
    }
    let selections = context.settings.selected();
    let mut tags = Tags::new();
    let mut unread = None;
    if puts_tags_of_source(item, protects) {
        match restore_jobs::point_tags(context, region, &item.source.point.arn).await {
            Ok(of_point) => tags.extend(of_source(context, of_point)),
            Err(failure) => unread = Some(format!("the source's tags cannot be read: {failure}")),
        }
    }
    if protects {
        tags.extend(context.settings.tags_to_put());
    } else {
        tags.retain(|key, value| !selections.iter().any(|one| one.selects_by(key, value)));
    }
    tags.insert(RECOVERED_FROM.to_owned(), recovered_from(item));
    let all = [made.to_owned()];
    let failed = change(context, region, &all, &TagChange::Put(tags)).await;
    let failed = failed.into_values().next().or(unread);
    let unstripped = if protects { None } else { strip(context, region, item, made).await };
    failed.or(unstripped)
}

/// Takes the select tags off where they come back whatever is asked for; says what failed.
async fn strip(context: &Context, region: &Region, item: &Item, made: &str) -> Option<String> {
    if item.translation.tags != TagCopy::Always {
        return None;
    }
    let mut failed = None;
    for key in context.settings.selecting_keys() {
        // Whatever value the copy brought: no selection is to take it by that key.
        let remove = TagChange::Remove { key, value: String::new() };
        failed = change(context, region, &[made.to_owned()], &remove).await.into_values().next();
    }
    failed
}

/// The same while it is being made, so that no plan selects it meanwhile; says whether that was done.
pub(super) async fn strip_early(context: &Context, region: &Region, item: &Item) -> bool {
    let Some(name) = item.translation.target.as_ref() else { return true };
    if item.translation.tags != TagCopy::Always {
        return true;
    }
    let Names { partition, account, .. } = &*context.names;
    let made = format!("arn:{partition}:rds:{region}:{account}:db:{name}");
    strip(context, region, item, &made).await.is_none()
}

/// Whose drill it is, and of what; on an instance's volumes too, which may outlive it.
async fn put_on_drill(
    context: &Context,
    region: &Region,
    item: &Item,
    made: &str,
) -> Option<String> {
    let unstripped = strip(context, region, item, made).await;
    let mut all = vec![made.to_owned()];
    let Context { caller, clients, .. } = context;
    let mut unread = None;
    if let Some(Thing::Instance(id)) = Thing::parse(made) {
        match volumes_of(caller, clients, region, &id).await {
            Ok(volumes) => {
                let beside = made.rsplit_once(":instance/").map_or(made, |(begin, _)| begin);
                all.extend(volumes.iter().map(|id| format!("{beside}:volume/{id}")));
            }
            Err(failure) => unread = Some(format!("its volumes cannot be read: {failure}")),
        }
    }
    let tags = Tags::from([
        (DRILL_TAG.to_owned(), context.names.deployment.to_string()),
        (RECOVERED_FROM.to_owned(), recovered_from(item)),
    ]);
    let failed = change(context, region, &all, &TagChange::Put(tags)).await;
    failed.into_values().next().or(unread).or(unstripped)
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
    let rules = context.settings.all_rules();
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
