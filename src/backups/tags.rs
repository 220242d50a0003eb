//! Tags of resources of any service, through the tagging API.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::aws::Poll;
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// ARNs that the tagging API takes in one call that changes something (API reference, `TagResources`).
const CHANGED_AT_ONCE: usize = 20;
/// ARNs that it takes in one call that reads (`GetResources`).
const READ_AT_ONCE: usize = 100;
/// How long its reads may lag behind.
const LAG: Duration = Duration::from_secs(20);

/// What is to become of resources' tags.
pub(crate) enum TagChange {
    Put(Tags),
    /// The key goes where it has this value.
    Remove {
        key: String,
        value: String,
    },
}

impl TagChange {
    /// `None` is a resource that the tagging API does not show.
    fn is_done(&self, tags: Option<&Tags>) -> bool {
        match self {
            Self::Put(wanted) => tags
                .is_some_and(|tags| wanted.iter().all(|(key, value)| tags.get(key) == Some(value))),
            Self::Remove { key, .. } => tags.is_none_or(|tags| !tags.contains_key(key)),
        }
    }
}

/// The tags of resources; one that has never been tagged is not in the answer, nor is one that does
/// not exist.
pub(crate) async fn read(
    context: &Context,
    region: &Region,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Failure> {
    let pages = arns.chunks(READ_AT_ONCE).map(|chunk| read_some(context, region, chunk));
    let pages = futures_util::future::try_join_all(pages).await?;
    Ok(pages.into_iter().flatten().collect())
}

async fn read_some(
    context: &Context,
    region: &Region,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Failure> {
    let tagging = context.region(region).tagging;
    let send = || tagging.get_resources().set_resource_arn_list(Some(arns.to_vec())).send();
    let site = CallSite::new("tag:GetResources", region, "");
    let found = context.caller.call(site, send).await?.resource_tag_mapping_list;
    let of = |mapping: aws_sdk_resourcegroupstagging::types::ResourceTagMapping| {
        let tags = mapping.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Some((mapping.resource_arn?, tags.collect()))
    };
    Ok(found.unwrap_or_default().into_iter().filter_map(of).collect())
}

/// Changes the tags of all of these, and says of which that failed and why.
pub(crate) async fn change(
    context: &Context,
    region: &Region,
    arns: &[String],
    change: &TagChange,
) -> BTreeMap<String, String> {
    let batches =
        arns.chunks(CHANGED_AT_ONCE).map(|batch| change_batch(context, region, batch, change));
    join_all(batches).await.into_iter().flatten().collect()
}

/// One call, and where it is refused as a whole one for each: a wrong ARN does not stop the others.
async fn change_batch(
    context: &Context,
    region: &Region,
    batch: &[String],
    change: &TagChange,
) -> BTreeMap<String, String> {
    match send(context, region, batch, change).await {
        Ok(failures) => failures,
        Err(failure) if batch.len() == 1 => {
            BTreeMap::from([(batch[0].clone(), failure.to_string())])
        }
        Err(_) => {
            let singles = batch.iter().map(std::slice::from_ref);
            let singles = singles.map(|arn| Box::pin(change_batch(context, region, arn, change)));
            join_all(singles).await.into_iter().flatten().collect()
        }
    }
}

/// Failures of single resources come inside a success.
async fn send(
    context: &Context,
    region: &Region,
    arns: &[String],
    change: &TagChange,
) -> Result<BTreeMap<String, String>, Failure> {
    let tagging = context.region(region).tagging;
    let failed = match change {
        TagChange::Put(tags) => {
            let send = || {
                let tags = tags.clone().into_iter().collect();
                tagging
                    .tag_resources()
                    .set_resource_arn_list(Some(arns.to_vec()))
                    .set_tags(Some(tags))
                    .send()
            };
            let site = CallSite::new("tag:TagResources", region, "");
            context.caller.call(site, send).await?.failed_resources_map
        }
        TagChange::Remove { key, .. } => {
            let send = || {
                tagging
                    .untag_resources()
                    .set_resource_arn_list(Some(arns.to_vec()))
                    .tag_keys(key)
                    .send()
            };
            let site = CallSite::new("tag:UntagResources", region, "");
            context.caller.call(site, send).await?.failed_resources_map
        }
    };
    let why = |info: aws_sdk_resourcegroupstagging::types::FailureInfo| {
        let code = info.error_code.map(|code| code.as_str().to_owned()).unwrap_or_default();
        format!("{code}: {}", info.error_message.unwrap_or_else(|| "AWS gave no reason".to_owned()))
    };
    Ok(failed.unwrap_or_default().into_iter().map(|(arn, info)| (arn, why(info))).collect())
}

/// Which of these show the change, after AWS had the time to.
pub(crate) async fn confirm(
    context: &Context,
    region: &Region,
    arns: &[String],
    change: &TagChange,
) -> BTreeSet<String> {
    let begun = tokio::time::Instant::now();
    let look = || async {
        let now = read(context, region, arns).await?;
        let seen: BTreeSet<String> =
            arns.iter().filter(|arn| change.is_done(now.get(*arn))).cloned().collect();
        Ok(if seen.len() == arns.len() || begun.elapsed() >= LAG {
            Poll::Ready(seen)
        } else {
            Poll::Waiting("AWS does not show all tags yet".to_owned())
        })
    };
    context.caller.poll("the tags", LAG, look).await.unwrap_or_default()
}
