//! Vaults of ours that hold recovery points, by the list and not by AWS's approximate counter, or in which a job is about to make one.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::emptying::{RunningJob, foreign, running, spared};
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::{obstacles, plan_owners, vaults};
use crate::commands::vaults_there;
use crate::engine::Observation;
use crate::failure::Failure;
use crate::model::recovery_point::CreatingPlan;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::deletion::{Decision, DeletionPolicy};
use crate::protection::point_groups::GroupTally;
use crate::protection::point_origin::PlanOwners;
use crate::protection::staying::{LOCKED, Obstacles};
use crate::protection::vault_contents::ContentsTally;
use crate::report::{Circumstances, Emptied, FullVault, JobCount};

/// What a command knows of the vaults that are not empty.
pub(super) struct VaultsSeen {
    pub(super) full: Vec<FullVault>,
    pub(super) owners: PlanOwners,
    /// Regions that are left as they are, be there what may.
    pub(super) without: Vec<Region>,
    jobs: BTreeMap<VaultId, Vec<RunningJob>>,
    obstacles: BTreeMap<VaultId, Obstacles>,
}

/// What was read of one vault.
struct Contents {
    id: VaultId,
    held: ContentsTally,
    groups: GroupTally,
    obstacles: Obstacles,
    jobs: Result<Vec<RunningJob>, Failure>,
}

/// What must be known before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Vaults that are or may be full stay: what cannot be read of the jobs is no reason to stop.
    Keep,
    Refuse,
    Delete,
}

/// Looks at all vaults that are there, and at what keeps their points.
///
/// # Errors
/// Where something cannot be read that the purpose needs.
pub(super) async fn vaults_seen(
    context: &Context,
    observations: &[Observation],
    purpose: Purpose,
    without: &[Region],
) -> Result<VaultsSeen, Failure> {
    let there = vaults_there(observations).into_iter();
    let read = try_join_all(there.map(|id| read(context, id, purpose, without))).await?;
    let read: Vec<Contents> = read.into_iter().filter(Contents::is_full).collect();
    let plans: BTreeSet<CreatingPlan> = read.iter().flat_map(Contents::plans).collect();
    let owners = if read.is_empty() {
        plan_owners::recorded(context)
    } else {
        plan_owners::owners(context, &plans).await?
    };
    let (mut jobs, mut obstacles, mut full) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for contents in read {
        let count = contents.job_count(&owners);
        let Contents { id, held, groups, obstacles: held_back, jobs: running } = contents;
        let name = context.names.vault(&id);
        jobs.insert(id.clone(), running.unwrap_or_default());
        obstacles.insert(id.clone(), held_back);
        full.push(FullVault::new(id, name, held.total(), groups.groups(&owners), count));
    }
    let without = without.to_vec();
    Ok(VaultsSeen { full, owners, without, jobs, obstacles })
}

impl VaultsSeen {
    /// The plans of ours that made what is in them, or are about to.
    pub(super) fn our_plans(&self) -> BTreeSet<String> {
        let made = self.full.iter().flat_map(|vault| &vault.groups);
        let made = made.filter_map(|group| group.plan.as_ref());
        let making = self.jobs.values().flatten().filter_map(|job| job.plan.as_ref());
        let ids = made.chain(making).map(|plan| &plan.id);
        ids.filter(|id| self.owners.ours.contains(*id)).cloned().collect()
    }
}

impl Contents {
    /// Whether it holds something, or will.
    fn is_full(&self) -> bool {
        self.held.contents().is_some() || self.jobs.as_ref().map_or(true, |jobs| !jobs.is_empty())
    }

    fn plans(&self) -> BTreeSet<CreatingPlan> {
        let jobs = self.jobs.iter().flatten().filter_map(|job| job.plan.clone());
        self.groups.plans().into_iter().chain(jobs).collect()
    }

    fn job_count(&self, owners: &PlanOwners) -> JobCount {
        match &self.jobs {
            Ok(jobs) => {
                JobCount { running: jobs.len(), of_others: foreign(jobs, owners), unread: None }
            }
            Err(failure) => JobCount { unread: Some(failure.to_string()), ..JobCount::default() },
        }
    }
}

async fn read(
    context: &Context,
    id: VaultId,
    purpose: Purpose,
    without: &[Region],
) -> Result<Contents, Failure> {
    let nothing = Obstacles::default();
    let (tallied, jobs) =
        tokio::join!(tally(context, &id, &nothing), running(context, &id, without));
    let (held, mut groups) = tallied?;
    let jobs = match jobs {
        Err(failure) if purpose != Purpose::Keep => return Err(failure),
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        jobs => jobs,
    };
    let mut obstacles = Obstacles::default();
    if held.contents().is_some() {
        obstacles = match obstacles::of_vault(context, &id).await {
            Ok(obstacles) => obstacles,
            // Nothing is promised of them where nothing is deleted.
            Err(failure) if purpose == Purpose::Delete => return Err(failure),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(_) => Obstacles::default(),
        };
        if !obstacles.by_point.is_empty() {
            (_, groups) = tally(context, &id, &obstacles).await?;
        }
    }
    Ok(Contents { id, held, groups, obstacles, jobs })
}

/// Adds up what a vault holds.
async fn tally(
    context: &Context,
    id: &VaultId,
    obstacles: &Obstacles,
) -> Result<(ContentsTally, GroupTally), Failure> {
    let (mut held, mut groups) = (ContentsTally::default(), GroupTally::default());
    let owners = plan_owners::recorded(context);
    let policy = context.emptying.as_deref();
    each_page(context, id, PointFilter::default(), |page| {
        for point in &page {
            held.add(point);
            let disassociated = policy.and_then(|policy| policy.disassociates(&id.region, point));
            groups.add(point, owners.is_copied_in(point), obstacles.of(point), disassociated);
        }
    })
    .await?;
    Ok((held, groups))
}

/// Settles what becomes of these vaults where they are emptied: what the dry run tells, the run does.
///
/// # Errors
/// Where the vaults' locks cannot be read.
pub(super) async fn decide(
    context: &Context,
    policy: &DeletionPolicy,
    seen: &VaultsSeen,
) -> Result<Vec<Emptied>, Failure> {
    let VaultsSeen { full, owners, jobs, obstacles, .. } = seen;
    policy.decide(Decision { owners: owners.clone(), obstacles: obstacles.clone() });
    let of_each = full.iter().map(|vault| async move {
        let listed = vaults::listed(context, vault.id()).await?;
        let locked = listed.and_then(|vault| vault.locked) == Some(true);
        let running = jobs.get(vault.id()).map(Vec::as_slice).unwrap_or_default();
        let circumstances = Circumstances {
            refused: locked.then(|| LOCKED.to_owned()),
            unread: obstacles.get(vault.id()).and_then(|obstacles| obstacles.unread.clone()),
            spared_jobs: spared(running, policy, owners),
        };
        Ok(Emptied::new(vault, policy, circumstances))
    });
    try_join_all(of_each).await
}
