//! Resources of types that AWS Backup knows and mrbackup does not: named, never left out, never said to be no resource of AWS Backup's.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder;

use crate::account::context::Context;
use crate::account::tagged_resources;
use crate::aws::{Caller, Clients};
use crate::backups::tag_filters::tag_filters;
use crate::backups::tags;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types::{self, UNKNOWN};
use crate::model::selection::{Selection, any_takes};
use crate::protection::freshness::SelectedResources;

/// Pages of 100 that are read for them: a list without types holds recovery points too, whose tags are
/// those of what they are a backup of.
const PAGES: usize = 20;

/// What carries the tags and may be of a type that mrbackup does not know.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnknownTypes {
    /// AWS's names of the types, and whether AWS Backup is opted in to them.
    pub(crate) types: BTreeMap<String, bool>,
    /// ARNs, ascending, of which no recovery point is known.
    pub(crate) resources: BTreeSet<String>,
    /// Whether more resources carry the tags than were read.
    pub(crate) is_partial: bool,
}

/// Looks for resources with these tags that no known type fits: only where AWS Backup has types that
/// are not known (`types`), because nothing else that is tagged can be backed up.
pub(crate) async fn look(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    selections: &[Selection],
    types: BTreeMap<String, bool>,
) -> Result<UnknownTypes, Failure> {
    let mut unknown = UnknownTypes { types, ..UnknownTypes::default() };
    if unknown.types.is_empty() {
        return Ok(unknown);
    }
    for selection in selections.iter().filter(|selection| selection.types.is_empty()) {
        look_for(caller, clients, region, selection, &mut unknown).await?;
    }
    Ok(unknown)
}

/// Looks for what one selection takes.
async fn look_for(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    selection: &Selection,
    unknown: &mut UnknownTypes,
) -> Result<(), Failure> {
    let filters = tag_filters(selection);
    let mut token = None;
    for _ in 0..PAGES {
        let ask = |list: GetResourcesFluentBuilder| {
            let list = list.set_tag_filters(Some(filters.clone())).resources_per_page(100);
            list.set_pagination_token(token.clone())
        };
        let page = tagged_resources::one(caller, clients, region, ask).await?;
        let found = page.resource_tag_mapping_list.unwrap_or_default().into_iter();
        let found = found.filter_map(|mapping| {
            let tags = mapping.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value));
            let (arn, tags) = (mapping.resource_arn?, tags.collect());
            (may_be_of_unknown_type(&arn) && selection.takes(&arn, &tags)).then_some(arn)
        });
        unknown.resources.extend(found);
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(());
        }
    }
    unknown.is_partial = true;
    Ok(())
}

/// Selects the resources that no list by types shows, that the vaults hold points of and that carry the
/// tags: these are judged as all others are.
///
/// # Errors
/// An interruption. What cannot be read leaves its resources unknown.
pub(super) async fn select(
    context: &Context,
    primary: &mut SelectedResources,
    unknown: &mut UnknownTypes,
    with_points: BTreeSet<String>,
) -> Result<(), Failure> {
    if with_points.is_empty() {
        return Ok(());
    }
    let region = &context.settings.regions.primary;
    let arns: Vec<String> = with_points.into_iter().collect();
    let tagged = match tags::read(context, region, &arns).await {
        Ok(tagged) => tagged,
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(_) => {
            unknown.resources.extend(arns);
            return Ok(());
        }
    };
    let selections = context.settings.selected();
    for (arn, _) in tagged.into_iter().filter(|(arn, tags)| any_takes(&selections, arn, tags)) {
        unknown.resources.remove(&arn);
        let kind = resource_types::of_arn(&arn).unwrap_or(UNKNOWN);
        primary.resources.insert(arn, kind);
    }
    Ok(())
}

/// Whether an ARN is of no type that can be asked for.
pub(super) fn is_unlisted(arn: &str) -> bool {
    arn.starts_with("arn:") && !resource_types::has_tagging_filter(arn)
}

/// Whether an ARN is neither of a known type nor what a backup itself is.
fn may_be_of_unknown_type(arn: &str) -> bool {
    let mut fields = arn.split(':').skip(2);
    let service = fields.next().unwrap_or_default();
    let resource = fields.nth(2).unwrap_or_default();
    let is_backup = service == "backup"
        || ["snapshot", "image", "cluster-snapshot", "backup"]
            .iter()
            .any(|kind| resource.split('/').next() == Some(kind));
    !is_backup && resource_types::of_arn(arn).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_backup_is_and_what_is_known_are_of_no_unknown_type() {
        for (arn, expected) in [
            ("arn:aws:mainframe:us-east-1:111122223333:image-set/m-1", true),
            ("arn:aws:mainframe:us-east-1:111122223333:database:m-1", true),
            ("arn:aws:ec2:us-east-1:111122223333:volume/vol-1", false),
            ("arn:aws:ec2:us-east-1::snapshot/snap-1", false),
            ("arn:aws:ec2:us-east-1::image/ami-1", false),
            ("arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1", false),
            ("arn:aws:rds:us-east-1:111122223333:cluster-snapshot:awsbackup:job-1", false),
            ("arn:aws:fsx:us-east-1:111122223333:backup/backup-1", false),
            ("arn:aws:backup:us-east-1:111122223333:recovery-point:1", false),
        ] {
            assert_eq!(may_be_of_unknown_type(arn), expected, "{arn}");
        }
    }
}
