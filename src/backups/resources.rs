//! The resources that carry tags, and the types that AWS Backup leaves out: of one region.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::future::try_join_all;

use crate::aws::Site;
use crate::context::{Context, Tags};
use crate::failure::Failure;
use crate::region::Region;
use crate::resource_types;

/// Resources of a type that AWS Backup can back up and that carry all of these tags, by ARN, with
/// AWS Backup's name of the type. Types are read at once: each list is pages of 100.
///
/// The tagging API shows deleted resources for a while ("Resource Groups Tagging API reference").
pub(crate) async fn tagged(
    context: &Context,
    region: &Region,
    tags: &Tags,
) -> Result<BTreeMap<String, &'static str>, Failure> {
    let types = resource_types::by_tagging_type();
    let of = |(tagging_type, name): (&'static str, &'static str)| async move {
        let arns = tagged_of_type(context, region, tags, tagging_type).await?;
        Ok::<_, Failure>(arns.into_iter().map(move |arn| (arn, name)))
    };
    Ok(try_join_all(types.into_iter().map(of)).await?.into_iter().flatten().collect())
}

async fn tagged_of_type(
    context: &Context,
    region: &Region,
    tags: &Tags,
    tagging_type: &str,
) -> Result<Vec<String>, Failure> {
    let tagging = context.region(region).tagging;
    let filters: Vec<TagFilter> = tags
        .iter()
        .map(|(key, value)| TagFilter::builder().key(key).values(value).build())
        .collect();
    let fetch = |token: Option<String>| {
        let (tagging, filters) = (tagging.clone(), filters.clone());
        async move {
            let send = || {
                tagging
                    .get_resources()
                    .set_tag_filters(Some(filters.clone()))
                    .resource_type_filters(tagging_type)
                    .resources_per_page(100)
                    .set_pagination_token(token.clone())
                    .send()
            };
            let site = Site::new("tag:GetResources", region, "");
            let page = context.caller.call(site, send).await?;
            let found = page.resource_tag_mapping_list.unwrap_or_default();
            let arns = found.into_iter().filter_map(|mapping| mapping.resource_arn).collect();
            Ok((arns, page.pagination_token))
        }
    };
    context.caller.pages("tagged resources", fetch).await
}

/// Names of the types that the account has opted out of in a region.
pub(super) async fn opted_out(
    context: &Context,
    region: &Region,
) -> Result<BTreeSet<String>, Failure> {
    let backup = context.region(region).backup;
    let site = Site::new("backup:DescribeRegionSettings", region, "");
    let settings = context.caller.call(site, || backup.describe_region_settings().send()).await?;
    let preference = settings.resource_type_opt_in_preference.unwrap_or_default();
    Ok(preference.into_iter().filter(|(_, wanted)| !wanted).map(|(name, _)| name).collect())
}
