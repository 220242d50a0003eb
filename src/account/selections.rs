//! The calls about the selections of a plan, and which of them are ours.

use aws_sdk_backup::types::{BackupSelection, BackupSelectionsListMember};
use aws_sdk_iam::types::Role;

use crate::account::context::Context;
use crate::account::roles;
use crate::account::selection_content::{SelectionContent, Wanted};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::names::{self, role_name};
use crate::model::region::Region;

pub(crate) fn request_prefix(context: &Context) -> String {
    // Without a record the id is unknown; the plan around it is ours all the same.
    if context.id.is_empty() { "mrb-".to_owned() } else { format!("mrb-{}-sel-", context.id) }
}

pub(crate) fn name_of(member: &BackupSelectionsListMember) -> &str {
    member.selection_name().unwrap_or_default()
}

pub(crate) fn id_of(member: &BackupSelectionsListMember) -> &str {
    member.selection_id().unwrap_or_default()
}

/// The selections of a plan.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) ours: Vec<BackupSelectionsListMember>,
    pub(crate) foreign: Vec<BackupSelectionsListMember>,
}

/// Tells ours from other people's, in a plan of ours: selections take no tags, but a request id.
///
/// # Errors
/// Where one cannot be read of which only the content tells.
pub(crate) async fn sort(
    context: &Context,
    region: &Region,
    plan_id: &str,
    all: Vec<BackupSelectionsListMember>,
) -> Result<Sorted, Failure> {
    let mut sorted = Sorted::default();
    for member in all {
        let ours = match member.creator_request_id() {
            Some(id) if !id.is_empty() => id.starts_with(&request_prefix(context)),
            _ => is_as_we_make_it(context, region, plan_id, &member).await?,
        };
        if ours { sorted.ours.push(member) } else { sorted.foreign.push(member) }
    }
    Ok(sorted)
}

/// Whether a selection without a request id has a name and the content of ours: emulators leave the
/// id out of their lists.
async fn is_as_we_make_it(
    context: &Context,
    region: &Region,
    plan_id: &str,
    member: &BackupSelectionsListMember,
) -> Result<bool, Failure> {
    if names::selection_label(name_of(member)).is_none() {
        return Ok(false);
    }
    let Some(found) = get(context, region, plan_id, id_of(member)).await? else { return Ok(false) };
    let content = SelectionContent::from_aws(&found);
    // The name of one that earlier settings made has the hash of its own content.
    let role = roles::get(context, role_name(content.role())).await;
    let named_so =
        role.is_ok_and(|role| content.is_named(name_of(member), role.as_ref().map(Role::role_id)));
    let wanted = Wanted::all(&context.settings, &context.names);
    Ok(named_so || wanted.iter().any(|wanted| wanted.content == content))
}

/// Removes our selections from a plan.
pub(crate) async fn remove_ours(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<(), Failure> {
    let all = list(context, region, plan_id).await?.unwrap_or_default();
    for member in sort(context, region, plan_id, all).await?.ours {
        delete(context, region, plan_id, id_of(&member)).await?;
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
    let foreign = sort(context, region, plan_id, all).await?.foreign.into_iter();
    Ok(foreign.map(|member| member.selection_name.unwrap_or_default()).collect())
}

/// All selections of a plan, read once in a run; `None` where the plan is gone.
pub(crate) async fn list(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<Option<Vec<BackupSelectionsListMember>>, Failure> {
    let Context { caller, clients, names, .. } = context;
    let read = || async {
        let arn = names.plan_arn(region, plan_id);
        if_found(list_in(caller, clients, region, plan_id, arn).await)
    };
    context.listings.in_plan.selections.get(&plan_id.to_owned(), read).await
}

/// The same before a context is made, and each time; `resource` is what a failure calls the plan.
pub(crate) async fn list_in(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    plan_id: &str,
    resource: String,
) -> Result<Vec<BackupSelectionsListMember>, Failure> {
    let backup = clients.backup(region);
    let send = |token| {
        let list = backup.list_backup_selections().backup_plan_id(plan_id);
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListBackupSelections", region, resource);
    let read = caller.pages("backup selections", site, send, |page| {
        (page.backup_selections_list.unwrap_or_default(), page.next_token)
    });
    read.await
}

/// A selection of the plan is about to be made or deleted: from now on they are listed each time.
pub(crate) fn forget(context: &Context, plan_id: &str) {
    context.listings.in_plan.selections.forget(&plan_id.to_owned());
}

/// A selection, read once in a run: AWS cannot change one.
pub(crate) async fn get(
    context: &Context,
    region: &Region,
    plan_id: &str,
    id: &str,
) -> Result<Option<BackupSelection>, Failure> {
    let read = || get_in(&context.caller, &context.clients, region, plan_id, id);
    context.listings.in_plan.selection.get(&(plan_id.to_owned(), id.to_owned()), read).await
}

/// The same before a context is made, and each time.
pub(crate) async fn get_in(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    plan_id: &str,
    id: &str,
) -> Result<Option<BackupSelection>, Failure> {
    let backup = clients.backup(region);
    let send = || backup.get_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = CallSite::new("backup:GetBackupSelection", region, id);
    let found = if_found(caller.call(site, send).await)?;
    Ok(found.and_then(|output| output.backup_selection))
}

pub(crate) async fn delete(
    context: &Context,
    region: &Region,
    plan_id: &str,
    id: &str,
) -> Result<(), Failure> {
    forget(context, plan_id);
    context.listings.in_plan.selection.forget(&(plan_id.to_owned(), id.to_owned()));
    let backup = context.region(region).backup;
    let send = || backup.delete_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = CallSite::new("backup:DeleteBackupSelection", region, id);
    if_found(context.caller.call(site, send).await)?;
    Ok(())
}
