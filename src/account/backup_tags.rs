//! Tags of AWS Backup's own resources: vaults and plans.

use crate::account::context::Context;
use crate::account::ownership::TagLine;
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure};
use crate::model::region::Region;
use crate::model::tags::{Tags, surplus};

/// Tags of a vault, plan or other resource of AWS Backup.
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    arn: &str,
) -> Result<Tags, Failure> {
    let backup = clients.region(region).backup;
    let send =
        |token| backup.list_tags().resource_arn(arn).max_results(1000).set_next_token(token).send();
    let site = CallSite::new("backup:ListTags", region, arn);
    let read = caller.pages("tags", site, send, |page| {
        (page.tags.unwrap_or_default().into_iter().collect(), page.next_token)
    });
    Ok(read.await?.into_iter().collect())
}

/// The AWS CLI line that tags a vault or plan.
pub(crate) fn line<'a>(arn: &str, region: &'a Region) -> TagLine<'a> {
    TagLine::map(format!("backup tag-resource --resource-arn {arn}"), region)
}

/// Puts tags on a vault, plan or other resource of AWS Backup.
pub(crate) async fn put(
    context: &Context,
    region: &Region,
    arn: &str,
    tags: &Tags,
) -> Result<(), Failure> {
    let backup = context.region(region).backup;
    let send = || {
        backup
            .tag_resource()
            .resource_arn(arn)
            .set_tags(Some(tags.clone().into_iter().collect()))
            .send()
    };
    context.caller.call(CallSite::new("backup:TagResource", region, arn), send).await?;
    Ok(())
}

/// Makes a vault's or a plan's tags as wanted, given those of ours that are there.
pub(crate) async fn retag(
    context: &Context,
    region: &Region,
    arn: &str,
    live: &Tags,
    wanted: &Tags,
) -> Result<(), Failure> {
    if live != wanted {
        put(context, region, arn, wanted).await?;
    }
    untag(context, region, arn, &surplus(live, wanted)).await
}

pub(crate) async fn untag(
    context: &Context,
    region: &Region,
    arn: &str,
    keys: &[String],
) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let backup = context.region(region).backup;
    let send =
        || backup.untag_resource().resource_arn(arn).set_tag_key_list(Some(keys.to_vec())).send();
    context.caller.call(CallSite::new("backup:UntagResource", region, arn), send).await?;
    Ok(())
}
