//! The calls about backup plans, and which of them are ours.

use std::collections::BTreeSet;

use aws_sdk_backup::types::BackupPlansListMember;
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::tagging;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::tags::Tags;

/// The plans of our name, oldest first.
pub(crate) struct Found {
    pub(crate) ours: Vec<(String, Tags)>,
    /// The id of one that has our name and is not ours.
    pub(crate) foreign: Option<String>,
}

/// Reads which plans of our name there are, and whose.
pub(crate) async fn find(
    context: &Context,
    region: &Region,
    all: Vec<BackupPlansListMember>,
) -> Result<Found, Failure> {
    let Context { caller, clients, names, .. } = context;
    let tagged = try_join_all(candidates(context, all).into_iter().map(|id| async move {
        let arn = names.plan_arn(region, &id);
        // One that was deleted since it was listed has no tags, and is no plan any more.
        let tags = if_found(tagging::of_vault_or_plan(caller, clients, region, &arn).await)?;
        Ok::<_, Failure>(tags.map(|tags| (id, tags)))
    }))
    .await?;
    let (ours, others): (Vec<_>, Vec<_>) =
        tagged.into_iter().flatten().partition(|(_, tags)| context.is_ours(tags));
    Ok(Found { ours, foreign: others.into_iter().next().map(|(id, _)| id) })
}

/// Ids of the plans that may be ours, oldest first: AWS lets a plan be renamed, and lets others
/// take its name.
pub(crate) fn candidates(context: &Context, mut plans: Vec<BackupPlansListMember>) -> Vec<String> {
    let is_candidate = |plan: &BackupPlansListMember| {
        is_requested_by_us(context, plan) || plan.backup_plan_name() == Some(&context.names.plan())
    };
    plans.retain(|plan| plan.deletion_date.is_none() && is_candidate(plan));
    plans.sort_by_key(|plan| plan.creation_date.map(|date| (date.secs(), date.subsec_nanos())));
    plans.into_iter().filter_map(|plan| plan.backup_plan_id).collect()
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

/// Whether the request that made a plan was this deployment's. Nothing is where there is no record.
pub(crate) fn is_requested_by_us(context: &Context, plan: &BackupPlansListMember) -> bool {
    let prefix = format!("mrb-{}-plan-", context.id);
    !context.id.is_empty() && plan.creator_request_id().is_some_and(|id| id.starts_with(&prefix))
}

/// The plans of a region, read once in a run for the two steps that observe them.
pub(crate) async fn list_once(
    context: &Context,
    region: &Region,
) -> Result<Vec<BackupPlansListMember>, Failure> {
    context.listings.plans.get(region, || list(context, region)).await
}

/// All plans of a region, deleted ones too: they show which request ids were used.
pub(crate) async fn list(
    context: &Context,
    region: &Region,
) -> Result<Vec<BackupPlansListMember>, Failure> {
    let backup = context.region(region).backup;
    let send = |token| {
        let list = backup.list_backup_plans().include_deleted(true);
        list.max_results(1000).set_next_token(token).send()
    };
    let site = CallSite::new("backup:ListBackupPlans", region, "");
    let read = context.caller.pages("backup plans", site, send, |page| {
        (page.backup_plans_list.unwrap_or_default(), page.next_token)
    });
    read.await
}

/// The oldest plan of ours, read anew.
pub(crate) async fn our_plan(
    context: &Context,
    region: &Region,
) -> Result<Option<String>, Failure> {
    let found = find(context, region, list(context, region).await?).await?;
    Ok(found.ours.into_iter().next().map(|(id, _)| id))
}
