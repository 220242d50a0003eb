//! Whose the plans are that made recovery points and jobs: asked wherever such a plan is or was.

use std::collections::BTreeSet;

use aws_sdk_backup::types::BackupPlansListMember;
use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::plans::{is_requested_by_us, list_once};
use crate::account::tagging;
use crate::failure::{Failure, if_found};
use crate::model::recovery_point::CreatingPlan;
use crate::model::region::Region;
use crate::model::settings::MAIN;
use crate::protection::point_origin::PlanOwners;

/// What is known of the owners without a call: the record's plans, and our vaults.
pub(crate) fn recorded(context: &Context) -> PlanOwners {
    let Context { names, settings, id, .. } = context;
    // Without a record nobody knows which vaults were ours.
    let vaults = settings.vaults().into_iter().chain(settings.former.vaults.iter().cloned());
    let vaults = vaults.filter(|_| !id.is_empty()).map(|vault| names.vault_arn(&vault));
    PlanOwners {
        ours: settings.former.plans.clone(),
        name: names.plan(MAIN),
        account: names.account.clone(),
        vaults: vaults.collect(),
        ..PlanOwners::default()
    }
}

/// Whose these plans are. Asked are the recorded regions, former primaries among them, and those that
/// the plans' ARNs name: a former primary may be recorded no more.
///
/// # Errors
/// Where it is interrupted. A region that cannot be read leaves its plans unknown.
pub(crate) async fn owners(
    context: &Context,
    seen: &BTreeSet<CreatingPlan>,
) -> Result<PlanOwners, Failure> {
    let mut owners = recorded(context);
    if context.id.is_empty() {
        return Ok(owners);
    }
    let recorded = context.settings.everywhere();
    read(context, &recorded, &mut owners).await?;
    let is_known = |id: &String| owners.ours.contains(id) || owners.others.contains(id);
    let here = |plan: &&CreatingPlan| plan.account.as_ref() == Some(&owners.account);
    let unknown = seen.iter().filter(|plan| !is_known(&plan.id)).filter(here);
    let named: BTreeSet<Region> = unknown.filter_map(|plan| plan.region.clone()).collect();
    let named = named.difference(&recorded).cloned().collect();
    read(context, &named, &mut owners).await?;
    Ok(owners)
}

async fn read(
    context: &Context,
    regions: &BTreeSet<Region>,
    owners: &mut PlanOwners,
) -> Result<(), Failure> {
    let lists =
        regions.iter().map(|region| async move { (region, list_once(context, region).await) });
    for (region, list) in join_all(lists).await {
        match list {
            Ok(plans) => join_all(plans.iter().map(|plan| whose(context, region, plan)))
                .await
                .into_iter()
                .zip(&plans)
                .filter_map(|(whose, plan)| Some((whose?, plan.backup_plan_id.clone()?)))
                .for_each(|(whose, id)| {
                    let ids =
                        if whose == Whose::Ours { &mut owners.ours } else { &mut owners.others };
                    ids.insert(id);
                }),
            Err(failure @ Failure::Interrupted) => return Err(failure),
            Err(_) => drop(owners.unread.insert(region.clone())),
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Ours,
    Others,
}

/// Whose a listed plan is; `None` where its name is one of ours and nothing else tells.
async fn whose(context: &Context, region: &Region, plan: &BackupPlansListMember) -> Option<Whose> {
    if is_requested_by_us(context, plan) {
        return Some(Whose::Ours);
    }
    if plan.backup_plan_name().and_then(|name| context.names.plan_called(name)).is_none() {
        return Some(Whose::Others);
    }
    // One that is there tells by its tags, as everything of ours does.
    if plan.deletion_date.is_none()
        && let Some(id) = plan.backup_plan_id()
    {
        let Context { caller, clients, names, .. } = context;
        let arn = names.plan_arn(region, id);
        let tags = if_found(tagging::of_vault_or_plan(caller, clients, region, &arn).await);
        if context.is_ours(&tags.ok()??) {
            return Some(Whose::Ours);
        }
    }
    // Made by mrbackup under an id that nobody remembers, or by somebody who gave no id.
    let request = plan.creator_request_id().unwrap_or_default();
    (!request.is_empty() && !request.starts_with("mrb-")).then_some(Whose::Others)
}
