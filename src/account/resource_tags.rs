//! Tags of resources of any service that are put on or taken off, through the tagging API.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_resourcegroupstagging::types::{ErrorCode, FailureInfo};
use futures_util::stream::{StreamExt as _, iter};

use crate::account::context::Context;
use crate::failure::{CallSite, ErrorKind, Failure};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// ARNs that the tagging API takes in one call that changes something (API reference, `TagResources`).
const CHANGED_AT_ONCE: usize = 20;
/// Calls under way in a region: the tagging API takes about five a second, and more only wait.
const AT_ONCE: usize = 4;
/// How long a resource may be too busy for a change of its tags.
const BUSY: Duration = Duration::from_mins(1);
/// Between two tries of such a resource.
const PAUSE: Duration = Duration::from_secs(1);

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
    /// Whether the tags are as it makes them. `None` is a resource that the tagging API does not show.
    pub(crate) fn is_done(&self, tags: Option<&Tags>) -> bool {
        match self {
            Self::Put(wanted) => tags
                .is_some_and(|tags| wanted.iter().all(|(key, value)| tags.get(key) == Some(value))),
            Self::Remove { key, .. } => tags.is_none_or(|tags| !tags.contains_key(key)),
        }
    }
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
    let failed: Vec<_> = iter(batches).buffer_unordered(AT_ONCE).collect().await;
    failed.into_iter().flatten().collect()
}

/// One call. Where it is refused as a whole for what is in it, one for each half: a wrong ARN does
/// not stop the others.
async fn change_batch(
    context: &Context,
    region: &Region,
    batch: &[String],
    change: &TagChange,
) -> BTreeMap<String, String> {
    match change_all(context, region, batch, change).await {
        Ok(failures) => failures,
        Err(failure) if batch.len() > 1 && is_about_the_request(&failure) => {
            let (first, second) = batch.split_at(batch.len() / 2);
            let mut failures = Box::pin(change_batch(context, region, first, change)).await;
            failures.extend(Box::pin(change_batch(context, region, second, change)).await);
            failures
        }
        Err(failure) => batch.iter().map(|arn| (arn.clone(), failure.to_string())).collect(),
    }
}

fn is_about_the_request(failure: &Failure) -> bool {
    let of_request = [ErrorKind::Refused, ErrorKind::NotFound];
    matches!(failure, Failure::Aws(error) if of_request.contains(&error.class))
}

/// Sends the change, and again for each resource whose own service was too busy for it.
async fn change_all(
    context: &Context,
    region: &Region,
    batch: &[String],
    change: &TagChange,
) -> Result<BTreeMap<String, String>, Failure> {
    let begun = tokio::time::Instant::now();
    let mut failures = BTreeMap::new();
    let mut left = batch.to_vec();
    loop {
        let failed = send(context, region, &left, change).await?;
        let is_over = begun.elapsed() >= BUSY;
        left.clear();
        for (arn, info) in failed {
            if is_busy(&info) && !is_over {
                left.push(arn);
            } else {
                failures.insert(arn, why(info));
            }
        }
        if left.is_empty() {
            return Ok(failures);
        }
        context.caller.pause(PAUSE).await?;
    }
}

/// Whether another try may do: the service of the resource answered for it, and not the tagging API.
fn is_busy(info: &FailureInfo) -> bool {
    info.error_code == Some(ErrorCode::InternalServiceException)
        || info.status_code == 429
        || info.status_code >= 500
}

fn why(info: FailureInfo) -> String {
    let code = info.error_code.map(|code| code.as_str().to_owned()).unwrap_or_default();
    format!("{code}: {}", info.error_message.unwrap_or_else(|| "AWS gave no reason".to_owned()))
}

/// Failures of single resources come inside a success.
async fn send(
    context: &Context,
    region: &Region,
    arns: &[String],
    change: &TagChange,
) -> Result<HashMap<String, FailureInfo>, Failure> {
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
    Ok(failed.unwrap_or_default())
}
