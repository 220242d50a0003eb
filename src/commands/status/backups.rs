//! What `status` reads of the backups, beside the parts of the deployment, and what it makes of that.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::account::context::Context;
use crate::backups::{
    BackupInventory, FailedJob, PlansInForce, VaultQuery, VaultSeen, failed_jobs, near_misses,
    seen, selected,
};
use crate::commands::desired::prove;
use crate::commands::status::options::StatusOptions;
use crate::engine::Observation;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::VaultId;
use crate::model::time::Time;
use crate::protection::schedule::Run;
use crate::protection::vault_points::VaultPoints;
use crate::recovery::job::RestoreJob;
use crate::report::{BackupsReport, DrillLeftovers, Findings, NotCovered, VaultRow};
use crate::restores::drill::{self, Leftover};
use crate::steps::vault::vault_of;

/// What was read of the backups, before plan and selection were known.
pub(super) struct Backups {
    inventory: BackupInventory,
    failed_jobs: Option<Vec<FailedJob>>,
    not_covered: NotCovered,
    vaults: Vec<VaultLook>,
}

/// What was read of a region's vault, and what drills have left beside it.
struct VaultLook {
    region: Region,
    seen: Result<Option<VaultSeen>, Failure>,
    leftovers: Result<Vec<Leftover>, Failure>,
}

pub(super) async fn read(context: &Context, look: &StatusOptions) -> Backups {
    let now = Timestamp::now().as_second();
    let mut regions = context.settings.regions.names();
    regions.retain(|region| look.takes(region));
    let mut elsewhere = regions.clone();
    if look.all && look.only.is_empty() {
        let every = context.settings.regions.primary.partition().default_regions();
        elsewhere.extend(every.into_iter().filter(|region| !regions.contains(region)));
    }
    // Those that are fresh are in the document of `--all`, and of a resource that was asked for.
    let shows_fresh = look.all || !look.resources.is_empty();
    let points = if shows_fresh { VaultPoints::default() } else { VaultPoints::of_ages() };
    let (inventory, failed_jobs, not_covered, vaults) = tokio::join!(
        BackupInventory::look(context, &regions, &look.resources, &points, now),
        failed_jobs(context, now),
        not_covered(context, &elsewhere),
        vaults(context, &regions, look, now)
    );
    Backups { inventory, failed_jobs: failed_jobs.ok(), not_covered, vaults }
}

async fn vaults(
    context: &Context,
    regions: &[Region],
    look: &StatusOptions,
    now: Time,
) -> Vec<VaultLook> {
    let query = &VaultQuery { now, all: look.all, resources: &look.resources };
    let read = regions.iter().map(|region| async move {
        let vault = context.settings.vault_in(region);
        let (seen, leftovers) =
            tokio::join!(seen(context, &vault, query), drill::find_once(context, region));
        VaultLook { region: region.clone(), seen, leftovers }
    });
    join_all(read).await
}

impl Backups {
    /// Leaves out the regions whose vault was removed on purpose.
    pub(super) fn retain(&mut self, left: &[Observation]) {
        let vaults: Vec<VaultId> = left.iter().filter_map(|o| vault_of(&o.id())).collect();
        let is_there = |region: &Region| vaults.iter().any(|vault| vault.region == *region);
        self.inventory.views.retain(|(region, _)| is_there(region));
        self.vaults.retain(|look| is_there(&look.region));
    }

    /// When it was read.
    pub(super) fn now(&self) -> Time {
        self.inventory.now
    }

    /// The types of the resources that are backed up, as their ARNs say them; none where those are not known.
    pub(super) fn kinds(&self) -> BTreeSet<String> {
        let primary = self.inventory.primary.iter();
        primary
            .flat_map(|primary| primary.resources.values())
            .map(|kind| (*kind).to_owned())
            .collect()
    }

    /// The regions whose vault was asked, and which did not answer.
    pub(super) fn silent(&self) -> Vec<Region> {
        let silent = |look: &&VaultLook| look.seen.as_ref().is_err_and(Failure::is_silence);
        self.vaults.iter().filter(silent).map(|look| look.region.clone()).collect()
    }

    /// Whether the vault of a region holds a good point of any resource, as far as it was read.
    pub(super) fn holds_points(&self, region: &Region) -> bool {
        let mut views = self.inventory.views.iter().filter(|(of, _)| of == region);
        views.any(|(_, view)| view.as_ref().is_ok_and(|view| !view.points.newest.is_empty()))
    }

    /// The restore tests of a region's vault; `None` where it could not be read.
    pub(super) fn tests_in(&self, region: &Region) -> Option<&[RestoreJob]> {
        let look = self.vaults.iter().find(|look| look.region == *region)?;
        Some(&look.seen.as_ref().ok()?.as_ref()?.tests)
    }

    /// What the vaults' access policies deny, so that jobs fail.
    pub(super) fn denials(&self) -> Vec<String> {
        let seen = self.vaults.iter().filter_map(|VaultLook { region, seen, .. }| {
            let policy = seen.as_ref().ok()?.as_ref()?.access_policy.as_ref()?;
            Some(policy.failures().into_iter().map(move |what| format!("{region}: {what}")))
        });
        seen.flatten().collect()
    }

    /// `runs` tells whether there is a plan with a selection: else no run is to be expected.
    pub(super) async fn complete(
        mut self,
        context: &Context,
        look: &StatusOptions,
        runs: Option<bool>,
        in_force: Option<PlansInForce>,
    ) -> BackupsReport {
        self.inventory.look_for_evidence(context, in_force.as_ref()).await;
        let primary = self.inventory.primary.as_ref();
        let nothing = look.resources.is_empty() && primary.is_ok_and(|p| p.resources.is_empty());
        let near_misses = if nothing {
            Some(near_misses(context, &context.settings.regions.primary).await)
        } else {
            None
        };
        let proof = prove(&context.settings).map(|proof| proof.regions).unwrap_or_default();
        let next_runs = |region: &Region| -> Option<Vec<Run>> {
            let proof = proof.iter().filter(|proof| proof.region == *region);
            let next = proof.flat_map(|proof| &proof.next).cloned();
            runs.map(|runs| next.filter(|_| runs).collect())
        };
        let Self { inventory, mut failed_jobs, not_covered, vaults } = self;
        if !look.resources.is_empty() {
            let asked = |failed_job: &FailedJob| look.resources.contains(&failed_job.resource);
            failed_jobs = failed_jobs.map(|all| all.into_iter().filter(asked).collect());
        }
        let coverage = inventory.coverage(&look.resources);
        let all_read = failed_jobs.is_some() && vaults.iter().all(|look| look.seen.is_ok());
        let all_read = all_read && inventory.unread_waiting.is_none();
        let healthy = all_read && coverage.is_healthy() && !nothing;
        let vaults = vaults.into_iter().map(|VaultLook { region, seen, leftovers }| {
            let next_runs = next_runs(&region);
            let (seen, error) = match seen {
                Ok(seen) => (seen, None),
                Err(failure) => (None, Some((&failure).into())),
            };
            let drills =
                DrillLeftovers::new(&region, context.names.deployment.as_str(), &leftovers);
            VaultRow { region, seen, error, next_runs, drills, now: inventory.now }
        });
        let vaults = vaults.collect();
        let inventory = &inventory;
        let findings = Findings {
            inventory,
            coverage,
            healthy,
            near_misses,
            runs,
            failed_jobs,
            not_covered,
            vaults,
        };
        BackupsReport::new(&context.settings, findings, &look.resources, look.all)
    }
}

/// Resources with the tags of a selection in the other regions: a plan selects from its own region alone. What is
/// selected without tags was not marked by anybody for this deployment.
async fn not_covered(context: &Context, regions: &[Region]) -> NotCovered {
    let primary = &context.settings.regions.primary;
    let others = regions.iter().filter(|region| *region != primary);
    let mut selections = context.settings.selected();
    selections.retain(Selection::needs_tags);
    let selections = &selections;
    let read = others
        .map(|region| async move { (region.clone(), selected(context, region, selections).await) });
    let mut not_covered = NotCovered::default();
    for (region, found) in join_all(read).await {
        match found {
            Ok(found) if found.is_empty() => (),
            Ok(found) => {
                not_covered.resources.insert(region, found.into_keys().collect());
            }
            Err(failure) => {
                not_covered.unread.insert(region, failure);
            }
        }
    }
    not_covered
}
