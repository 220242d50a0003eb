//! Vaults that hold recovery points, and what `down` does about these.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recovery_point::CreatingPlan;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::point_groups::PointGroup;
use crate::protection::point_origin::PointOrigin;
use crate::protection::staying::{Obstacle, held_words};
use crate::protection::vault_contents::VaultContents;
use crate::report::{Deployment, plural};

/// A vault that holds recovery points, or in which a job is about to make one.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct FullVault {
    #[serde(skip)]
    id: VaultId,
    region: Region,
    vault: String,
    #[serde(flatten)]
    contents: VaultContents,
    /// How many came from where.
    origins: BTreeMap<PointOrigin, usize>,
    #[serde(skip)]
    pub(crate) groups: Vec<PointGroup>,
    /// Plans of this deployment's plan's name of which nothing proves that they were its own.
    probably_ours: Vec<ProbablePlan>,
    /// What keeps points from being deleted, and from expiring.
    held: Vec<Held>,
    #[serde(flatten)]
    jobs: JobCount,
}

/// The jobs that run in a vault or read from it.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
#[serde(into = "KnownJobs")]
pub(crate) struct JobCount {
    pub(crate) running: usize,
    /// Those that are not proven to be this deployment's.
    pub(crate) of_others: usize,
    /// Why nobody knows how many there are.
    pub(crate) unread: Option<String>,
}

/// The same in a document.
#[derive(JsonSchema, Serialize)]
struct KnownJobs {
    /// Jobs that will add to it, or read from it; `null` where they could not be read.
    running_jobs: Option<usize>,
    /// Those of them that are not proven to be of this deployment.
    running_jobs_of_others: Option<usize>,
    /// Why it is unknown whether a job runs.
    jobs_unknown_reason: Option<String>,
}

impl From<JobCount> for KnownJobs {
    fn from(JobCount { running, of_others, unread }: JobCount) -> Self {
        let known = |count| Some(count).filter(|_| unread.is_none());
        Self {
            running_jobs: known(running),
            running_jobs_of_others: known(of_others),
            jobs_unknown_reason: unread,
        }
    }
}

/// A plan that made points here and may have been this deployment's.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct ProbablePlan {
    plan: String,
    /// Where it is or was; `null` where AWS does not name it.
    region: Option<Region>,
    recovery_points: usize,
}

/// Points that cannot go, and because of what.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct Held {
    #[serde(flatten)]
    pub(super) obstacle: Obstacle,
    pub(super) recovery_points: usize,
}

impl FullVault {
    /// What was read of a vault of this name.
    pub(crate) fn new(
        id: VaultId,
        vault: String,
        contents: VaultContents,
        groups: Vec<PointGroup>,
        jobs: JobCount,
    ) -> Self {
        let mut held: BTreeMap<&Obstacle, usize> = BTreeMap::new();
        for group in &groups {
            if let Some(obstacle) = &group.obstacle {
                *held.entry(obstacle).or_default() += group.points;
            }
        }
        let held = held.into_iter().map(|(obstacle, recovery_points)| Held {
            obstacle: obstacle.clone(),
            recovery_points,
        });
        Self {
            region: id.region.clone(),
            held: held.collect(),
            origins: origins(&groups),
            probably_ours: probable_plans(&groups),
            jobs,
            id,
            vault,
            contents,
            groups,
        }
    }

    /// Which vault it is.
    pub(crate) fn id(&self) -> &VaultId {
        &self.id
    }

    pub(super) fn place(&self) -> (&Region, &str) {
        (&self.region, &self.vault)
    }

    /// How many jobs run in it or read from it.
    pub(crate) fn running_jobs(&self) -> usize {
        self.jobs.running
    }

    /// Why it is kept where backups are.
    pub(crate) fn keep_reason(&self) -> String {
        let jobs = self.jobs_in_words().map(|jobs| format!("; {jobs}")).unwrap_or_default();
        format!("it holds {}{jobs}", self.contents)
    }

    /// That jobs run in it, or may.
    fn jobs_in_words(&self) -> Option<String> {
        if let Some(why) = &self.jobs.unread {
            return Some(format!("whether a job runs in it is unknown: {why}"));
        }
        let running = plural(self.jobs.running, "job");
        match (self.jobs.running, self.jobs.of_others) {
            (0, _) => None,
            (_, 0) => Some(format!("{running} still running")),
            (_, others) => {
                Some(format!("{running} still running, {others} not of this deployment"))
            }
        }
    }

    /// What keeps its points, and which plans may have been this deployment's: a line each.
    pub(super) fn write_details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let region = &self.region;
        for Held { obstacle, recovery_points } in &self.held {
            let held = held_words(obstacle, *recovery_points);
            writeln!(f, "    {held}; look: {}", show_command(region, obstacle))?;
        }
        for ProbablePlan { plan, region, recovery_points } in &self.probably_ours {
            let region = region.as_ref().map(|region| format!(" --region {region}"));
            let region = region.unwrap_or_default();
            writeln!(
                f,
                "    {} of plan {plan}, which has the name of this deployment's plan; nothing else shows whose it is; check: \
                 aws backup get-backup-plan --backup-plan-id {plan}{region}",
                plural(*recovery_points, "recovery point")
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for FullVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} vault {}: {}", self.region, self.vault, self.contents)?;
        let origins = words(&self.origins);
        if !origins.is_empty() {
            write!(f, " ({origins})")?;
        }
        self.jobs_in_words().map_or(Ok(()), |jobs| write!(f, "; {jobs}"))
    }
}

/// How many points came from where.
pub(super) fn origins<'a>(
    groups: impl IntoIterator<Item = &'a PointGroup>,
) -> BTreeMap<PointOrigin, usize> {
    let mut origins = BTreeMap::new();
    for group in groups {
        *origins.entry(group.origin).or_default() += group.points;
    }
    origins
}

pub(super) fn words(origins: &BTreeMap<PointOrigin, usize>) -> String {
    let words = origins.iter().map(|(origin, count)| format!("{count} {}", origin.words()));
    words.collect::<Vec<_>>().join(", ")
}

fn probable_plans(groups: &[PointGroup]) -> Vec<ProbablePlan> {
    let mut plans: BTreeMap<&CreatingPlan, usize> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.origin == PointOrigin::ProbablyOurs) {
        if let Some(plan) = &group.plan {
            *plans.entry(plan).or_default() += group.points;
        }
    }
    let plan = |(plan, recovery_points): (&CreatingPlan, usize)| ProbablePlan {
        plan: plan.id.clone(),
        region: plan.region.clone(),
        recovery_points,
    };
    plans.into_iter().map(plan).collect()
}

/// The AWS CLI line that shows what is in the way.
pub(super) fn show_command(region: &Region, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::LegalHold { id, .. } => {
            format!("aws backup get-legal-hold --legal-hold-id {id} --region {region}")
        }
        Obstacle::AccessPoint { .. } => {
            format!("aws backup list-backup-access-points --region {region}")
        }
    }
}

/// The vaults because of which `down` refuses, and the ways on. None of these reaches further than
/// this deployment's own points.
pub(crate) fn refusal(
    f: &mut fmt::Formatter<'_>,
    deployment: &Deployment,
    vaults: &[FullVault],
) -> fmt::Result {
    for vault in vaults {
        writeln!(f, "  {vault}")?;
        vault.write_details(f)?;
    }
    let keep = deployment.command("down --keep-backups");
    writeln!(f, "Keep them until they expire, and remove the rest:  {keep}")?;
    let delete = format!("down --delete-backups --confirm {}", deployment.deployment);
    let delete = deployment.command(&delete);
    let is_foreign = |vault: &FullVault| vault.origins.keys().any(|origin| origin.is_foreign());
    if vaults.iter().any(is_foreign) {
        return writeln!(
            f,
            "Delete this deployment's own permanently, and keep the others:  {delete}"
        );
    }
    writeln!(f, "Delete them permanently:  {delete}")
}
