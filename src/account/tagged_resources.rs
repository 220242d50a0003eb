//! What the tagging API shows of a region: one page, or all of them.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::operation::get_resources::GetResourcesOutput;
use aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};

use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// Resources of one page of a list (API reference, `GetResources`: 100 at most).
const PAGE: i32 = 100;

/// One answer, to what `ask` makes of the request.
///
/// # Errors
/// As [`Caller::call`].
pub(crate) async fn one(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    ask: impl Fn(GetResourcesFluentBuilder) -> GetResourcesFluentBuilder,
) -> Result<GetResourcesOutput, Failure> {
    let tagging = clients.region(region).tagging;
    let site = CallSite::new("tag:GetResources", region, "");
    caller.call(site, || ask(tagging.get_resources()).send()).await
}

/// The whole list.
///
/// # Errors
/// A page that fails fails the whole list.
pub(crate) async fn all(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    ask: impl Fn(GetResourcesFluentBuilder) -> GetResourcesFluentBuilder,
) -> Result<Vec<ResourceTagMapping>, Failure> {
    let tagging = clients.region(region).tagging;
    let send = |token| {
        ask(tagging.get_resources()).resources_per_page(PAGE).set_pagination_token(token).send()
    };
    let site = CallSite::new("tag:GetResources", region, "");
    let take = |page: GetResourcesOutput| {
        (page.resource_tag_mapping_list.unwrap_or_default(), page.pagination_token)
    };
    caller.pages("tagged resources", site, send, take).await
}

/// What carries a tag of this key, with all of its tags. The tagging API may show what was deleted a moment ago.
///
/// # Errors
/// As [`all`].
pub(crate) async fn carrying(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    key: &str,
) -> Result<BTreeMap<String, Tags>, Failure> {
    let filter = TagFilter::builder().key(key).build();
    let found = all(caller, clients, region, |list| list.tag_filters(filter.clone())).await?;
    let of = |found: ResourceTagMapping| {
        let tags = found.tags.unwrap_or_default();
        let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        (found.resource_arn.unwrap_or_default(), tags)
    };
    Ok(found.into_iter().map(of).collect())
}
