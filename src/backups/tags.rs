//! Tags of resources of any service, as the tagging API shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder;
use aws_sdk_resourcegroupstagging::types::ResourceTagMapping;
use futures_util::stream::{StreamExt as _, iter};

use crate::account::context::Context;
use crate::account::resource_tags::TagChange;
use crate::account::tagged_resources;
use crate::aws::Poll;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::tags::Tags;

/// ARNs that the tagging API takes in one call that reads (API reference, `GetResources`).
const READ_AT_ONCE: usize = 100;
/// Calls under way in a region: the tagging API takes about five a second, and more only wait.
const AT_ONCE: usize = 4;
/// How long its reads may lag behind.
const LAG: Duration = Duration::from_secs(20);

/// The tags of resources; one that has never been tagged is not in the answer, nor is one that does
/// not exist.
pub(crate) async fn read(
    context: &Context,
    region: &Region,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Failure> {
    let pages = arns.chunks(READ_AT_ONCE).map(|chunk| read_some(context, region, chunk));
    let pages: Vec<_> = iter(pages).buffer_unordered(AT_ONCE).collect().await;
    let pages: Vec<BTreeMap<String, Tags>> = pages.into_iter().collect::<Result<_, _>>()?;
    Ok(pages.into_iter().flatten().collect())
}

/// One call, which AWS answers whole. What answers in pages all the same is asked for less: the
/// token cannot be given back beside a list of ARNs (API reference, `GetResources`).
async fn read_some(
    context: &Context,
    region: &Region,
    arns: &[String],
) -> Result<BTreeMap<String, Tags>, Failure> {
    let ask = |list: GetResourcesFluentBuilder| list.set_resource_arn_list(Some(arns.to_vec()));
    let answer = tagged_resources::one(&context.caller, &context.clients, region, ask).await?;
    let is_part = answer.pagination_token().is_some_and(|token| !token.is_empty());
    if is_part && arns.len() > 1 {
        let (first, second) = arns.split_at(arns.len() / 2);
        let mut all = Box::pin(read_some(context, region, first)).await?;
        all.extend(Box::pin(read_some(context, region, second)).await?);
        return Ok(all);
    }
    let of = |mapping: ResourceTagMapping| {
        let tags = mapping.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
        Some((mapping.resource_arn?, tags.collect()))
    };
    Ok(answer.resource_tag_mapping_list.unwrap_or_default().into_iter().filter_map(of).collect())
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
