//! Reads the tags of resources that do not come with them; `None` where there is no such resource.

use crate::account::context::Context;
use crate::account::tagging::sdk_tags::{from_cloudwatch, from_events, from_sns};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::tags::Tags;

type Found = Result<Option<Tags>, Failure>;

/// Of an alarm or a dashboard.
pub(crate) async fn of_cloudwatch(context: &Context, region: &Region, arn: &str) -> Found {
    let cloudwatch = context.region(region).cloudwatch;
    let send = || cloudwatch.list_tags_for_resource().resource_arn(arn).send();
    let site = CallSite::new("cloudwatch:ListTagsForResource", region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|found| from_cloudwatch(found.tags)))
}

pub(crate) async fn of_event_rule(context: &Context, region: &Region, arn: &str) -> Found {
    let events = context.region(region).events;
    let send = || events.list_tags_for_resource().resource_arn(arn).send();
    let site = CallSite::new("events:ListTagsForResource", region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|found| from_events(found.tags)))
}

pub(crate) async fn of_log_group(context: &Context, region: &Region, arn: &str) -> Found {
    let logs = context.region(region).logs;
    let send = || logs.list_tags_for_resource().resource_arn(arn).send();
    let site = CallSite::new("logs:ListTagsForResource", region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|found| found.tags.into_iter().flatten().collect()))
}

pub(crate) async fn of_topic(context: &Context, region: &Region, arn: &str) -> Found {
    let sns = context.region(region).sns;
    let send = || sns.list_tags_for_resource().resource_arn(arn).send();
    let site = CallSite::new("sns:ListTagsForResource", region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|found| from_sns(found.tags)))
}

/// Tags of a resource of AWS Backup, which refuses to name those of a vault that is not there.
///
/// # Errors
/// Where there is no such resource, too.
pub(crate) async fn of_vault_or_plan(
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
