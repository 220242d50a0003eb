//! What the vaults hold: read per vault and per slice of time, never per resource. Whether that is
//! good is not judged here.

mod access_policy;
mod evidence;
mod jobs;
mod points;
mod resources;
mod restore_tests;
mod tag_filters;
pub(crate) mod tags;
mod unknown_types;
pub(crate) mod unprotected;
mod vaults;
mod waiting;
mod window;

pub(crate) use evidence::PlansInForce;
pub(crate) use jobs::{FailedJob, failed_jobs};
pub(crate) use points::{copied, stock};
pub(crate) use resources::{
    NearMisses, Resource, all_selected, count_selected, near_misses, selected,
};
pub(crate) use restore_tests::expected as expected_tests;
pub(crate) use unknown_types::UnknownTypes;
pub(crate) use vaults::{Expired, PointKeys, RestoreTest, VaultQuery, VaultSeen, seen};

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types::RESOURCE_TYPES;
use crate::model::selection::any_takes;
use crate::model::settings::{Plan, Settings};
use crate::model::time::Time;
use crate::protection::coverage::RegionalCoverage;
use crate::protection::freshness::{SelectedResources, VaultView};
use crate::protection::rpo::{self, Rpo};
use crate::protection::vault_points::VaultPoints;
use points::{newest, newest_of, older};
use window::{Window, calls_for};

/// How every resource is backed up, as far as it could be read.
pub(crate) struct BackupInventory {
    pub(crate) now: Time,
    /// What the primary says of the resources, or why it could not be read.
    pub(crate) primary: Result<SelectedResources, Failure>,
    /// What else may be selected there.
    pub(crate) unknown: UnknownTypes,
    /// Each region's vault, or why it could not be read.
    pub(crate) views: Vec<(Region, Result<VaultView, Failure>)>,
    /// Why it is not known since when resources have waited for a first point, where it is not.
    pub(crate) unread_waiting: Option<Failure>,
}

impl BackupInventory {
    /// Reads the vaults of these regions, and the resources of the primary: those in `only`, or all
    /// where it is empty. `points` is what each vault's points are added to.
    pub(crate) async fn look(
        context: &Context,
        regions: &[Region],
        only: &BTreeSet<String>,
        points: &VaultPoints,
        now: Time,
    ) -> Self {
        let rpo_by_region = rpo::ages(&context.settings);
        let views = join_all(
            regions.iter().map(|region| view(context, region, &rpo_by_region, points, now)),
        );
        let (primary, mut views) = tokio::join!(of_primary(context), views);
        let (mut primary, mut unknown) = match primary {
            Ok((primary, unknown)) => (Ok(primary), unknown),
            Err(failure) => (Err(failure), UnknownTypes::default()),
        };
        if let Ok(selected) = &mut primary {
            let with_points = unlisted(&views);
            if let Err(failure) =
                unknown_types::select(context, selected, &mut unknown, with_points).await
            {
                primary = Err(failure);
            }
        }
        if let Ok(primary) = &mut primary {
            primary.resources.retain(|resource, _| only.is_empty() || only.contains(resource));
            join_all(views.iter_mut().map(|view| look_closer(context, view, primary, now))).await;
            let gone = only.iter().filter(|resource| !primary.resources.contains_key(*resource));
            let gone: Vec<String> = gone.cloned().collect();
            join_all(views.iter_mut().map(|view| look_for_gone(context, view, &gone))).await;
        }
        if !only.is_empty() {
            unknown.resources.retain(|resource| only.contains(resource));
        }
        let views = regions.iter().cloned().zip(views).collect();
        Self { now, primary, unknown, views, unread_waiting: None }
    }

    /// How well each region covers the resources; `asked` are those that were looked for alone.
    pub(crate) fn coverage<'a>(
        &'a self,
        asked: &'a BTreeSet<String>,
    ) -> RegionalCoverage<'a, Failure> {
        RegionalCoverage::new(&self.primary, &self.views, asked, self.now)
    }

    /// Looks for signs that those without any point were to be backed up. Asked when plan and
    /// selection have been observed.
    pub(crate) async fn look_for_evidence(
        &mut self,
        context: &Context,
        in_force: Option<&PlansInForce>,
    ) {
        let Ok(primary) = &mut self.primary else { return };
        let views: Vec<&VaultView> =
            self.views.iter().filter_map(|(_, view)| view.as_ref().ok()).collect();
        match evidence::look(context, primary, &views, in_force, self.now).await {
            Ok(unread_waiting) => self.unread_waiting = unread_waiting,
            Err(failure) => self.primary = Err(failure),
        }
    }
}

async fn view(
    context: &Context,
    region: &Region,
    rpo_by_region: &BTreeMap<Region, Rpo>,
    points: &VaultPoints,
    now: Time,
) -> Result<VaultView, Failure> {
    let vault = context.settings.vault_in(region);
    let rpo = rpo_by_region.get(region).cloned();
    let longest = rpo.as_ref().map_or(0, |rpo| rpo.extremes().0);
    let since = now - longest * 60;
    let window = Window { since, until: now };
    let (listed, newest) = tokio::join!(
        crate::account::vaults::listed(context, &vault),
        newest(context, &vault, &window, points.clone())
    );
    let listed = listed?.ok_or_else(|| {
        Failure::failed(
            format!("the vault {} in {region} is gone", context.names.vault(&vault)),
            if vault.given.is_some() {
                "create it again, or name another under [vault]"
            } else {
                "make it again with `mrbackup up`"
            },
        )
    })?;
    Ok(VaultView {
        region: region.clone(),
        rpo,
        made: listed.creation_date.map_or(0, |date| date.secs()),
        holds: usize::try_from(listed.number_of_recovery_points).unwrap_or_default(),
        points: newest?,
    })
}

/// The resources that the vaults hold good points of and that no list by types shows.
fn unlisted(views: &[Result<VaultView, Failure>]) -> BTreeSet<String> {
    let newest = views.iter().flatten().flat_map(|view| view.points.newest.keys());
    newest.filter(|arn| unknown_types::is_unlisted(arn)).cloned().collect()
}

/// The resources that carry the tags, and what the account's settings say of their types.
async fn of_primary(context: &Context) -> Result<(SelectedResources, UnknownTypes), Failure> {
    let Context { caller, clients, settings, .. } = context;
    let (region, selections) = (&settings.regions.primary, settings.selected());
    let types = async {
        let types = resources::type_settings(caller, clients, region).await?;
        let unknown = types.unknown.clone();
        let unknown = unknown_types::look(caller, clients, region, &selections, unknown).await?;
        Ok::<_, Failure>((types, unknown))
    };
    let found = all_selected(caller, clients, region, &selections);
    let (found, types) = tokio::join!(found, types);
    let (found, (types, unknown)) = (found?, types?);
    let plans = plans_of(settings, &found);
    let resources = found.into_iter().map(|resource| (resource.arn, resource.kind)).collect();
    let uncopyable = uncopyable(&settings.regions.names(), types.is_dynamodb_basic);
    let opted_out = types.opted_out;
    let primary =
        SelectedResources { resources, plans, opted_out, uncopyable, ..Default::default() };
    Ok((primary, unknown))
}

/// The plans that take each resource; nothing where there is one plan.
fn plans_of(settings: &Settings, found: &[Resource]) -> BTreeMap<String, BTreeSet<String>> {
    if !settings.has_several_plans() {
        return BTreeMap::new();
    }
    let plans = settings.all_plans();
    let of = |resource: &Resource| {
        let takes = |plan: &&Plan| any_takes(&plan.selections, &resource.arn, &resource.tags);
        let names = plans.iter().filter(takes).map(|plan| plan.name.clone()).collect();
        (resource.arn.clone(), names)
    };
    found.iter().map(of).collect()
}

/// The types that AWS Backup cannot copy to a region, and why; the first region is the primary.
fn uncopyable(
    regions: &[Region],
    is_dynamodb_basic: bool,
) -> BTreeMap<(Region, &'static str), String> {
    let Some((primary, others)) = regions.split_first() else { return BTreeMap::new() };
    let of_region = |to: &Region| {
        let to = to.clone();
        RESOURCE_TYPES.iter().filter_map(move |kind| {
            let why = kind.cannot_be_copied(primary, &to, is_dynamodb_basic)?;
            Some(((to.clone(), kind.name), why))
        })
    };
    others.iter().flat_map(of_region).collect()
}

/// Looks for older points of the resources that have no fresh one: for each by itself, or in all of
/// the vault where that takes fewer calls. A vault that cannot be looked at closer is unknown.
async fn look_closer(
    context: &Context,
    view: &mut Result<VaultView, Failure>,
    primary: &SelectedResources,
    now: Time,
) {
    let Ok(found) = view else { return };
    // In so young a vault nothing was due yet.
    let dues = found.dues(now).filter(|(_, latest)| found.made < *latest);
    let Some((_, latest)) = dues else { return };
    let stale = found.stale(primary, now);
    let vault = context.settings.vault_in(&found.region);
    let older = if calls_for(found.holds) < stale.len() {
        let window = Window { since: found.made, until: latest };
        older(context, &vault, &window, stale.into_iter().collect()).await
    } else {
        newest_of(context, &vault, stale.into_iter()).await
    };
    match older {
        Ok(older) => found.points.extend(older),
        Err(failure) => *view = Err(failure),
    }
}

/// Looks for the points of resources that were asked for and that nothing selects: who asks for one
/// that was deleted wants to know what is left of it.
async fn look_for_gone(context: &Context, view: &mut Result<VaultView, Failure>, gone: &[String]) {
    let Ok(found) = view else { return };
    let vault = context.settings.vault_in(&found.region);
    match newest_of(context, &vault, gone.iter()).await {
        Ok(newest) => found.points.extend(newest),
        Err(failure) => *view = Err(failure),
    }
}
