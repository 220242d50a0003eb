//! The resources that carry tags, and the types that AWS Backup leaves out: of one region.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder;
use aws_sdk_resourcegroupstagging::types::{ResourceTagMapping, TagFilter};
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::tagged_resources;
use crate::aws::{Caller, Clients};
use crate::backups::tag_filters::tag_filters;
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::resource_types::{self, UNKNOWN};
use crate::model::selection::{Selection, any_takes};
use crate::model::tags::Tags;
use crate::protection::near_miss::{NearMiss, near_miss};

/// A resource that the tagging API lists.
pub(crate) struct Resource {
    pub(crate) arn: String,
    /// AWS Backup's name of the type.
    pub(crate) kind: &'static str,
    pub(crate) tags: Tags,
}

/// Resources of a type that AWS Backup can back up and that a selection takes, by ARN, with AWS Backup's name of the type.
/// One that was never tagged no list of AWS shows: only those are among them that a selection names by ARN.
pub(crate) async fn selected(
    context: &Context,
    region: &Region,
    selections: &[Selection],
) -> Result<BTreeMap<String, &'static str>, Failure> {
    let found = all_selected(&context.caller, &context.clients, region, selections).await?;
    Ok(found.into_iter().map(|resource| (resource.arn, resource.kind)).collect())
}

/// The same with all of their tags, as far as they have any. Types are read at once: each list is pages of 100.
///
/// The tagging API shows deleted resources for a while, and those that were tagged once ("Resource
/// Groups Tagging API reference"): only the tags that it shows count.
pub(crate) async fn all_selected(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    selections: &[Selection],
) -> Result<Vec<Resource>, Failure> {
    let types = resource_types::by_tagging_filter();
    let of = |(tagging_filter, kind): (&'static str, &'static str)| async move {
        let lists = queries(selections, kind).into_iter().map(|tags| async move {
            of_types(caller, clients, region, tags, &[tagging_filter]).await
        });
        let found = try_join_all(lists).await?.into_iter().flatten();
        Ok::<_, Failure>(found.map(move |found| resource(found, kind)))
    };
    let found = try_join_all(types.into_iter().map(of)).await?.into_iter().flatten();
    let mut seen = BTreeSet::new();
    let is_selected = |found: &Resource| any_takes(selections, &found.arn, &found.tags);
    let named = selections.iter().flat_map(Selection::named).map(|arn| Resource {
        arn: arn.clone(),
        kind: resource_types::of_arn(arn).unwrap_or(UNKNOWN),
        tags: Tags::new(),
    });
    let all = found.filter(is_selected).chain(named);
    Ok(all.filter(|one| seen.insert(one.arn.clone())).collect())
}

/// The tags to ask for that show, each in a list of its own, all resources of a type that the selections take.
fn queries(selections: &[Selection], kind: &str) -> Vec<Vec<TagFilter>> {
    let of_kind =
        |selection: &&Selection| selection.types.is_empty() || selection.types.contains(kind);
    let mut queries: Vec<_> = selections.iter().filter(of_kind).map(tag_filters).collect();
    // One that asks for everything shows what the others do.
    if let Some(all) = queries.iter().position(Vec::is_empty) {
        queries = vec![queries.swap_remove(all)];
    }
    queries
}

fn resource(found: ResourceTagMapping, kind: &'static str) -> Resource {
    let tags = found.tags.unwrap_or_default();
    let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    Resource { arn: found.resource_arn.unwrap_or_default(), kind, tags }
}

/// What has the tags, of all types that these filters name.
async fn of_types(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    filters: Vec<TagFilter>,
    tagging_filters: &[&str],
) -> Result<Vec<ResourceTagMapping>, Failure> {
    let types: Vec<String> = tagging_filters.iter().map(|filter| (*filter).to_owned()).collect();
    let ask = |list: GetResourcesFluentBuilder| {
        list.set_tag_filters(Some(filters.clone())).set_resource_type_filters(Some(types.clone()))
    };
    tagged_resources::all(caller, clients, region, ask).await
}

/// How many resources the selections take: of one that is by tags alone, one call tells (API reference, `GetResources`: up
/// to 100 types).
pub(crate) async fn count_selected(
    context: &Context,
    region: &Region,
    selections: &[Selection],
) -> Result<usize, Failure> {
    let Context { caller, clients, .. } = context;
    match selections {
        [one] if one.is_by_tags_alone() => {
            let types: Vec<&str> = resource_types::by_tagging_filter().into_keys().collect();
            Ok(of_types(caller, clients, region, tag_filters(one), &types).await?.len())
        }
        several => Ok(selected(context, region, several).await?.len()),
    }
}

/// Pages of tagged resources that are read for near misses: it is advice, and not worth more.
const PAGES_FOR_ADVICE: usize = 20;

/// Resources that nearly have the tags, as far as they were looked for.
pub(crate) struct NearMisses {
    pub(crate) found: Vec<NearMiss>,
    /// Whether every tagged resource was read.
    pub(crate) is_complete: bool,
}

/// Looks among all tagged resources of the types that AWS Backup can back up: the tagging API filters
/// by exact letters alone (API reference, `GetResources`).
pub(crate) async fn near_misses(context: &Context, region: &Region) -> Result<NearMisses, Failure> {
    let Context { caller, clients, .. } = context;
    let types = resource_types::by_tagging_filter();
    let types: Vec<String> = types.into_keys().map(str::to_owned).collect();
    let (mut found, mut token) = (BTreeSet::new(), None);
    for _ in 0..PAGES_FOR_ADVICE {
        let ask = |list: GetResourcesFluentBuilder| {
            let list = list.set_resource_type_filters(Some(types.clone())).resources_per_page(100);
            list.set_pagination_token(token.clone())
        };
        let page = tagged_resources::one(caller, clients, region, ask).await?;
        let read = page.resource_tag_mapping_list.unwrap_or_default();
        let read = read.into_iter().map(|mapping| resource(mapping, ""));
        let selections = context.settings.selected();
        let unselected = read.filter(|one| !any_takes(&selections, &one.arn, &one.tags));
        found.extend(unselected.flat_map(|Resource { arn, tags, .. }| {
            let of = selections.iter().filter(|selection| selection.takes_arn(&arn));
            of.filter_map(|selection| near_miss(&arn, &tags, &selection.tags)).collect::<Vec<_>>()
        }));
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            break;
        }
    }
    Ok(NearMisses { found: found.into_iter().collect(), is_complete: token.is_none() })
}

/// What a region's settings say of the types.
#[derive(Debug, Default)]
pub(crate) struct TypeSettings {
    /// Names of the types that the account has opted out of.
    pub(super) opted_out: BTreeSet<String>,
    /// AWS's names of the types that this version does not know, and whether the account is opted in.
    pub(super) unknown: BTreeMap<String, bool>,
    /// Whether tables are backed up without AWS Backup's advanced features for `DynamoDB`.
    pub(super) is_dynamodb_basic: bool,
}

/// Reads what a region's settings say of the types.
pub(super) async fn type_settings(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
) -> Result<TypeSettings, Failure> {
    let backup = clients.backup(region);
    let site = CallSite::new("backup:DescribeRegionSettings", region, "");
    let settings = caller.call(site, || backup.describe_region_settings().send()).await?;
    let managed = settings.resource_type_management_preference.unwrap_or_default();
    let is_dynamodb_basic = managed.get("DynamoDB") == Some(&false);
    let mut types = TypeSettings { is_dynamodb_basic, ..TypeSettings::default() };
    for (key, is_in) in settings.resource_type_opt_in_preference.unwrap_or_default() {
        match resource_types::of_opt_in_key(&key) {
            None => drop(types.unknown.insert(key, is_in)),
            Some(name) if !is_in => drop(types.opted_out.insert(name.to_owned())),
            Some(_) => (),
        }
    }
    Ok(types)
}
