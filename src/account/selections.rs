//! The calls about the selections of a plan, and which of them are ours.

use aws_sdk_backup::types::{BackupSelection, BackupSelectionsListMember};

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

pub(crate) fn request_prefix(context: &Context) -> String {
    // Without a record the id is unknown; the plan around it is ours all the same.
    if context.id.is_empty() { "mrb-".to_owned() } else { format!("mrb-{}-sel-", context.id) }
}

pub(crate) fn name_of(member: &BackupSelectionsListMember) -> &str {
    member.selection_name().unwrap_or_default()
}

/// Selections take no tags: ours are known by their request id.
pub(crate) fn is_ours(context: &Context, selection: &BackupSelectionsListMember) -> bool {
    selection.creator_request_id().is_some_and(|id| id.starts_with(&request_prefix(context)))
}

/// Removes our selections from a plan.
pub(crate) async fn remove_ours(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<(), Failure> {
    for member in list(context, region, plan_id).await?.unwrap_or_default() {
        if is_ours(context, &member) {
            delete(context, region, plan_id, &member).await?;
        }
    }
    Ok(())
}

/// Names of other people's selections in a plan of ours.
pub(crate) async fn foreign_in(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<Vec<String>, Failure> {
    let all = list(context, region, plan_id).await?.unwrap_or_default();
    let foreign = all.into_iter().filter(|member| !is_ours(context, member));
    Ok(foreign.map(|member| member.selection_name.unwrap_or_default()).collect())
}

/// All selections of a plan; `None` where the plan is gone.
pub(crate) async fn list(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<Option<Vec<BackupSelectionsListMember>>, Failure> {
    let backup = context.region(region).backup;
    let send = |token| {
        let list = backup.list_backup_selections().backup_plan_id(plan_id);
        list.max_results(1000).set_next_token(token).send()
    };
    let arn = context.names.plan_arn(region, plan_id);
    let site = CallSite::new("backup:ListBackupSelections", region, arn);
    let read = context.caller.pages("backup selections", site, send, |page| {
        (page.backup_selections_list.unwrap_or_default(), page.next_token)
    });
    if_found(read.await)
}

pub(crate) async fn get(
    context: &Context,
    region: &Region,
    plan_id: &str,
    id: &str,
) -> Result<Option<BackupSelection>, Failure> {
    let backup = context.region(region).backup;
    let send = || backup.get_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = CallSite::new("backup:GetBackupSelection", region, id);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.and_then(|output| output.backup_selection))
}

pub(crate) async fn delete(
    context: &Context,
    region: &Region,
    plan_id: &str,
    member: &BackupSelectionsListMember,
) -> Result<(), Failure> {
    let id = member.selection_id().unwrap_or_default();
    let backup = context.region(region).backup;
    let send = || backup.delete_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = CallSite::new("backup:DeleteBackupSelection", region, id);
    if_found(context.caller.call(site, send).await)?;
    Ok(())
}
