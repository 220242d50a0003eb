//! `repair`: copies the newest good recovery point of each resource to the regions that have no fresh copy.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types::Lifecycle as AwsLifecycle;
use futures_util::future::try_join_all;
use futures_util::stream::{StreamExt as _, iter};
use jiff::Timestamp;

use crate::account::context::Context;
use crate::account::{jobs, vaults};
use crate::aws::Caller;
use crate::backups::{BackupInventory, copied, stock};
use crate::commands::{context, deployed, record_tags};
use crate::config::Config;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::Lifecycle;
use crate::model::time::Time;
use crate::protection::copies_to_make::{self, Copy, Point, Skipped};
use crate::protection::coverage::RegionalCoverage;
use crate::protection::freshness::SelectedResources;
use crate::protection::lock_conflict;
use crate::protection::vault_points::VaultPoints;
use crate::report::{Deployment, RepairReport, Started, UnreadRegion};

/// AWS Backup runs five copies of a service to a region at once ("Quotas"); more calls only wait.
const AT_ONCE: usize = 5;

/// How much is to be copied.
pub(crate) struct RepairOptions {
    /// All points from then on, and not only the newest.
    pub(crate) since: Option<Time>,
    pub(crate) dry_run: bool,
    /// The deployment's name, typed by whoever means it.
    pub(crate) confirm: Option<String>,
}

/// Starts the copies that are missing, and does not wait for them.
///
/// # Errors
/// Where there is no deployment, what there is cannot be read, or much would be copied without the
/// word for it. Copies that AWS Backup refuses are in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &RepairOptions,
) -> Result<RepairReport, Failure> {
    let session = Session::open(config, caller, Vec::new()).await?;
    let manifest = deployed(&session, "repair").await?;
    let context = context(&session, manifest, record_tags(manifest)?, &BTreeSet::new());
    let now = Timestamp::now().as_second();
    let inventory = BackupInventory::look(
        &context,
        &context.settings.regions.names(),
        &BTreeSet::new(),
        &VaultPoints::of_ages(),
        now,
    )
    .await;
    let selected = inventory.primary.as_ref().map_err(Clone::clone)?;
    let all = BTreeSet::new();
    let coverage = inventory.coverage(&all);
    let wanted = wanted(&context, selected, &coverage, options);
    let (wanted, uncopyable) = copyable(selected, wanted);
    let (wanted, locked_out) = fitting(&context, wanted).await?;
    let (copies, mut skipped) = plan(&context, wanted, options, now).await?;
    skipped.extend(locked_out.into_iter().chain(uncopyable));
    check_confirmed(&context, &copies, options)?;
    let started = if options.dry_run { None } else { Some(start(&context, &copies).await?) };
    let deployment = Deployment::new(&session.names, Some(&manifest.settings));
    let unread = coverage.unreachable_regions().into_iter();
    let unread = unread.map(|(region, why)| UnreadRegion::new(region, why)).collect();
    let report = RepairReport::new(deployment, &copies, skipped, unread, started);
    Ok(report.with_extent(selected.resources.len(), options.since.is_some()))
}

/// The resources that a region is to get copies of, and how long it keeps these.
struct Wanted<'a> {
    to: &'a Region,
    lifecycle: Lifecycle,
    resources: Vec<&'a String>,
}

/// What each region has no fresh copy of; with `--since` all resources.
fn wanted<'a>(
    context: &Context,
    selected: &'a SelectedResources,
    coverage: &'a RegionalCoverage<'a, Failure>,
    options: &RepairOptions,
) -> Vec<Wanted<'a>> {
    let settings = &context.settings;
    let copy_regions =
        coverage.regions.iter().filter(|(region, _)| **region != settings.regions.primary);
    let wanted = copy_regions.flat_map(|(region, coverage)| {
        let resources: Vec<&String> = match (coverage, options.since) {
            (Err(_), _) => Vec::new(),
            (Ok(_), Some(_)) => selected.resources.keys().collect(),
            (Ok(coverage), None) => {
                coverage.without_fresh().map(|judged| judged.resource).collect()
            }
        };
        // Resources of different plans are kept for different times.
        let mut of_plans: BTreeMap<Option<&BTreeSet<String>>, Vec<&String>> = BTreeMap::new();
        for resource in resources {
            of_plans.entry(selected.plans.get(resource)).or_default().push(resource);
        }
        of_plans.into_iter().filter_map(|(plans, resources)| {
            let lifecycle = copies_to_make::lifecycle_in(settings, plans, region)?;
            Some(Wanted { to: region, lifecycle, resources })
        })
    });
    wanted.collect()
}

/// Leaves out what AWS Backup cannot copy to a region.
fn copyable<'a>(
    selected: &SelectedResources,
    mut wanted: Vec<Wanted<'a>>,
) -> (Vec<Wanted<'a>>, Vec<Skipped>) {
    let mut skipped = Vec::new();
    for Wanted { to, resources, .. } in &mut wanted {
        resources.retain(|resource| {
            let kind = selected.resources.get(*resource).copied().unwrap_or_default();
            let why = selected.uncopyable.get(&((*to).clone(), kind));
            let left_out = |reason: &String| Skipped {
                resource: (*resource).clone(),
                to: (*to).clone(),
                reason: reason.clone(),
            };
            skipped.extend(why.map(left_out));
            why.is_none()
        });
    }
    (wanted, skipped)
}

/// Leaves out the regions whose vault is locked against copies of that retention: AWS Backup would
/// take each of them, and fail it.
async fn fitting<'a>(
    context: &Context,
    wanted: Vec<Wanted<'a>>,
) -> Result<(Vec<Wanted<'a>>, Vec<Skipped>), Failure> {
    let lock = |wanted: &Wanted<'_>| {
        let vault = context.settings.vault_in(wanted.to);
        async move { vaults::lock(context, &vault).await }
    };
    let locks = try_join_all(wanted.iter().map(lock)).await?;
    let (mut fitting, mut skipped) = (Vec::new(), Vec::new());
    for (wanted, lock) in wanted.into_iter().zip(locks) {
        let Some(lock) = lock.filter(|lock| !lock.takes(wanted.lifecycle.delete_days)) else {
            fitting.push(wanted);
            continue;
        };
        let reason = lock_conflict::refusal(&lock, wanted.lifecycle.delete_days);
        skipped.extend(wanted.resources.into_iter().map(|resource| Skipped {
            resource: resource.clone(),
            to: wanted.to.clone(),
            reason: reason.clone(),
        }));
    }
    Ok((fitting, skipped))
}

/// What is to be copied where, and what is not and why.
async fn plan(
    context: &Context,
    wanted: Vec<Wanted<'_>>,
    options: &RepairOptions,
    now: Time,
) -> Result<(Vec<Copy>, Vec<Skipped>), Failure> {
    let resources: BTreeSet<&String> =
        wanted.iter().flat_map(|wanted| wanted.resources.iter().copied()).collect();
    let points = stock(context, &resources, options.since).await?;
    let of = |resource: &String| points.get(resource).map_or(&[][..], Vec::as_slice);
    let candidates: Vec<&Point> = resources
        .iter()
        .flat_map(|resource| copies_to_make::candidates(of(resource), options.since))
        .collect();
    let regions: BTreeSet<&Region> = wanted.iter().map(|wanted| wanted.to).collect();
    let regions: Vec<&Region> = regions.into_iter().collect();
    let copied = copied(context, &candidates, &regions).await?;
    let (mut copies, mut skipped) = (Vec::new(), Vec::new());
    for Wanted { to, lifecycle, resources } in wanted {
        let vault = context.names.vault_arn(&context.settings.vault_in(to));
        for resource in resources {
            let copy = |point: Point| {
                let token = copied.token(&point.arn, &vault);
                Copy { point, to: to.clone(), lifecycle, token }
            };
            let (points, since) = (of(resource), options.since);
            let chosen = copies_to_make::choose(points, since, lifecycle, &vault, &copied, now);
            copies.extend(chosen.copies.into_iter().map(copy));
            skipped.extend(chosen.left_out.map(|reason| {
                let (resource, to) = (resource.clone(), to.clone());
                Skipped { resource, to, reason }
            }));
        }
    }
    Ok((copies, skipped))
}

/// More than one point of a resource is much data, and wants a word.
fn check_confirmed(
    context: &Context,
    copies: &[Copy],
    options: &RepairOptions,
) -> Result<(), Failure> {
    let mut counts: BTreeMap<(&str, &Region), usize> = BTreeMap::new();
    for copy in copies {
        *counts.entry((&copy.point.resource, &copy.to)).or_default() += 1;
    }
    let name = context.names.deployment.as_str();
    let many = counts.values().any(|count| *count > 1);
    if !many || options.dry_run || options.confirm.as_deref() == Some(name) {
        return Ok(());
    }
    Err(Failure::refused(
        format!("nothing was copied: these are {} copies", copies.len()),
        format!("check them with --dry-run and, if intended, add --confirm {name}"),
    ))
}

async fn start(context: &Context, copies: &[Copy]) -> Result<Vec<Started>, Failure> {
    let starts = copies.iter().map(|copy| start_one(context, copy));
    let started: Vec<Started> = iter(starts).buffered(AT_ONCE).collect().await;
    context.caller.interrupt.check()?;
    Ok(started)
}

async fn start_one(context: &Context, copy: &Copy) -> Started {
    let lifecycle = AwsLifecycle::builder()
        .set_move_to_cold_storage_after_days(copy.lifecycle.cold_days)
        .set_delete_after_days(copy.lifecycle.delete_days)
        .build();
    let answer =
        jobs::start_copy(context, &copy.point.arn, &copy.to, &copy.token, &lifecycle).await;
    Started::new(copy, answer.map(|job| job.id().to_owned()))
}
