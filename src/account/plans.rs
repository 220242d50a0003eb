//! The calls about backup plans, and which of them are ours.

use std::collections::BTreeSet;

use aws_sdk_backup::operation::get_backup_plan::GetBackupPlanOutput;
use aws_sdk_backup::types::BackupPlansListMember;
use futures_util::future::{join_all, try_join_all};

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::account::{selections, tagging};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::MAIN;
use crate::model::tags::Tags;

/// The plans of our name, oldest first.
pub(crate) struct Found {
    pub(crate) ours: Vec<(String, Tags)>,
    /// The id of one that has our name and is not ours.
    pub(crate) foreign: Option<String>,
}

/// Reads which plans there are under the name of one of the settings' plans, and whose.
pub(crate) async fn find(
    context: &Context,
    region: &Region,
    plan: &str,
    all: Vec<BackupPlansListMember>,
) -> Result<Found, Failure> {
    let tagged = try_join_all(candidates(context, plan, all).into_iter().map(|id| async move {
        // One that was deleted since it was listed has no tags, and is no plan any more.
        let tags = tags(context, region, &id).await?;
        Ok::<_, Failure>(tags.map(|tags| (id, tags)))
    }))
    .await?;
    let (ours, others): (Vec<_>, Vec<_>) =
        tagged.into_iter().flatten().partition(|(_, tags)| context.is_ours(tags));
    Ok(Found { ours, foreign: others.into_iter().next().map(|(id, _)| id) })
}

/// Ids of the plans that may be ours and the one of this name in the settings, oldest first: AWS lets a plan be renamed,
/// and lets others take its name.
pub(crate) fn candidates(
    context: &Context,
    plan: &str,
    mut plans: Vec<BackupPlansListMember>,
) -> Vec<String> {
    let is_candidate = |found: &BackupPlansListMember| match requested_as(context, found) {
        Some(requested) => requested == plan,
        None => found.backup_plan_name() == Some(&context.names.plan(plan)),
    };
    plans.retain(|plan| plan.deletion_date.is_none() && is_candidate(plan));
    plans.sort_by_key(|plan| plan.creation_date.map(|date| (date.secs(), date.subsec_nanos())));
    plans.into_iter().filter_map(|plan| plan.backup_plan_id).collect()
}

/// What the settings called the plans of this deployment's names in a region, that of the top among them in any case.
///
/// # Errors
/// Where they cannot be listed.
pub(crate) async fn called(context: &Context, region: &Region) -> Result<Vec<String>, Failure> {
    let mut called = vec![MAIN.to_owned()];
    let plans = list_once(context, region).await?;
    for plan in plans.iter().filter(|plan| plan.deletion_date.is_none()) {
        let name = plan.backup_plan_name().and_then(|name| context.names.plan_called(name));
        if let Some(name) = name.filter(|name| !called.iter().any(|other| other == name)) {
            called.push(name.to_owned());
        }
    }
    Ok(called)
}

/// Ids of the plans of a region that this deployment made, deleted ones too, as far as AWS lists them.
pub(crate) async fn ever_ours(
    context: &Context,
    region: &Region,
) -> Result<BTreeSet<String>, Failure> {
    let plans = list_once(context, region).await?.into_iter();
    let ours = plans.filter(|plan| is_requested_by_us(context, plan));
    Ok(ours.filter_map(|plan| plan.backup_plan_id).collect())
}

/// What the ids of the requests begin with that make the plan of this name in the settings; a number follows.
pub(crate) fn request_prefix(id: &str, plan: &str) -> String {
    match plan {
        MAIN => format!("mrb-{id}-plan-"),
        plan => format!("mrb-{id}-plan-{plan}-"),
    }
}

/// Whether the request that made a plan was this deployment's. Nothing is where there is no record.
pub(crate) fn is_requested_by_us(context: &Context, plan: &BackupPlansListMember) -> bool {
    requested_as(context, plan).is_some()
}

/// What the settings called the plan that this deployment's request made; `None` of somebody else's.
fn requested_as<'a>(context: &Context, plan: &'a BackupPlansListMember) -> Option<&'a str> {
    let prefix = request_prefix(&context.id, MAIN);
    let rest =
        plan.creator_request_id()?.strip_prefix(&prefix).filter(|_| !context.id.is_empty())?;
    Some(rest.rsplit_once('-').map_or(MAIN, |(plan, _)| plan))
}

/// The plans of a region, read once in a run for the two steps that observe them.
pub(crate) async fn list_once(
    context: &Context,
    region: &Region,
) -> Result<Vec<BackupPlansListMember>, Failure> {
    let Context { caller, clients, listings, .. } = context;
    list_in(caller, clients, listings, region).await
}

/// The same before a context is made.
pub(crate) async fn list_in(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    region: &Region,
) -> Result<Vec<BackupPlansListMember>, Failure> {
    listings.plans.get(region, || list(caller, clients, region)).await
}

/// All plans of a region, deleted ones too: they show which request ids were used.
async fn list(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
) -> Result<Vec<BackupPlansListMember>, Failure> {
    let backup = clients.region(region).backup;
    let send = |token| {
        let list = backup.list_backup_plans().include_deleted(true);
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListBackupPlans", region, "");
    let read = caller.pages("backup plans", site, send, |page| {
        (page.backup_plans_list.unwrap_or_default(), page.next_token)
    });
    read.await
}

/// The tags of a plan; `None` where there is no such plan.
pub(crate) async fn tags(
    context: &Context,
    region: &Region,
    id: &str,
) -> Result<Option<Tags>, Failure> {
    let Context { caller, clients, names, listings, .. } = context;
    let arn = names.plan_arn(region, id);
    let read =
        || async { if_found(tagging::of_vault_or_plan(caller, clients, region, &arn).await) };
    listings.in_plan.tags.get(&id.to_owned(), read).await
}

/// The most runs that `GetBackupPlan` previews (API reference, `MaxScheduledRunsPreview`).
const PREVIEWED_RUNS: i32 = 10;

/// A plan's document and its next runs; `None` where there is no such plan.
pub(crate) async fn document(
    context: &Context,
    region: &Region,
    id: &str,
) -> Result<Option<GetBackupPlanOutput>, Failure> {
    let read = || async {
        let backup = context.region(region).backup;
        let send = || {
            let request = backup.get_backup_plan().backup_plan_id(id);
            request.max_scheduled_runs_preview(PREVIEWED_RUNS).send()
        };
        let site = CallSite::new("backup:GetBackupPlan", region, id);
        if_found(context.caller.call(site, send).await)
    };
    context.listings.in_plan.document.get(&id.to_owned(), read).await
}

/// A plan's document alone, before a context is made; `None` where there is no such plan.
///
/// # Errors
/// Where it cannot be read.
pub(crate) async fn document_of(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    id: &str,
) -> Result<Option<GetBackupPlanOutput>, Failure> {
    let backup = clients.backup(region);
    let send = || backup.get_backup_plan().backup_plan_id(id).send();
    if_found(caller.call(CallSite::new("backup:GetBackupPlan", region, id), send).await)
}

/// A plan is about to be changed or deleted: from now on it is read each time.
pub(crate) fn forget(context: &Context, region: &Region, id: &str) {
    let Listings { plans, in_plan, .. } = &context.listings;
    plans.forget(region);
    in_plan.tags.forget(&id.to_owned());
    in_plan.document.forget(&id.to_owned());
}

/// Reads at once what is known to be in a plan, which the steps else read one after the other. What fails is for them to say.
pub(crate) async fn read_ahead(
    context: &Context,
    region: &Region,
    id: &str,
    selection_ids: &BTreeSet<String>,
) {
    let selections =
        selection_ids.iter().map(|selection| selections::get(context, region, id, selection));
    let _ = tokio::join!(
        tags(context, region, id),
        document(context, region, id),
        selections::list(context, region, id),
        join_all(selections)
    );
}
