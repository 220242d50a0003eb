//! What becomes of the recovery points of a vault that is emptied: decided before the first write, told by the dry run.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::protection::deletion::{DeletionPolicy, Released};
use crate::protection::point_groups::PointGroup;
use crate::protection::point_origin::PointOrigin;
use crate::protection::staying::{Staying, held_words, others_jobs};
use crate::report::full_vault::{Held, origins, words};
use crate::report::{DisassociatedRow, FullVault, plural};

/// What becomes of a vault's recovery points where they are deleted.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Emptied {
    region: Region,
    vault: String,
    /// How many are deleted, or disassociated.
    recovery_points: usize,
    origins: BTreeMap<PointOrigin, usize>,
    /// How many stay that are not proven to be this deployment's.
    spared: usize,
    /// What AWS Backup refuses to delete, and why.
    held: Vec<Held>,
    /// Why nothing of it is deleted.
    #[serde(rename = "kept_reason")]
    refused: Option<String>,
    /// Why it is unknown whether more of it is held.
    #[serde(rename = "unknown_reason")]
    unread: Option<String>,
    /// Jobs that are stopped or waited for.
    running_jobs: usize,
    /// Jobs that are not this deployment's: they run on and keep the vault.
    running_jobs_of_others: usize,
    disassociated: Vec<DisassociatedRow>,
    #[serde(skip)]
    staying: Staying,
}

/// What else decides what becomes of a vault.
#[derive(Debug, Default)]
pub(crate) struct Circumstances {
    /// Why nothing of it can be deleted.
    pub(crate) refused: Option<String>,
    /// Why nobody knows whether more of it is held.
    pub(crate) unread: Option<String>,
    /// How many of its running jobs stay with what they make.
    pub(crate) spared_jobs: usize,
}

impl Emptied {
    /// What becomes of a vault by what was decided.
    pub(crate) fn new(
        vault: &FullVault,
        policy: &DeletionPolicy,
        circumstances: Circumstances,
    ) -> Self {
        let Circumstances { refused, unread, spared_jobs } = circumstances;
        let mut staying = Staying::default();
        staying.jobs = spared_jobs;
        let mut going: Vec<&PointGroup> = Vec::new();
        for group in &vault.groups {
            match policy.stay(group.origin, group.plan.as_ref(), group.obstacle.as_ref()) {
                Some(why) => staying.add(why, group.points),
                None if refused.is_none() => going.push(group),
                None => (),
            }
        }
        let mut released = Released::new();
        for (resource, continues) in going.iter().flat_map(|group| &group.released) {
            *released.entry(resource.clone()).or_default() |= continues;
        }
        let held = staying.held().map(|(obstacle, recovery_points)| Held {
            obstacle: obstacle.clone(),
            recovery_points,
        });
        let (region, name) = vault.place();
        Self {
            region: region.clone(),
            vault: name.to_owned(),
            recovery_points: going.iter().map(|group| group.points).sum(),
            origins: origins(going),
            spared: staying.foreign(),
            held: held.collect(),
            refused,
            unread,
            running_jobs: vault.running_jobs() - spared_jobs,
            running_jobs_of_others: spared_jobs,
            disassociated: DisassociatedRow::all(&released),
            staying,
        }
    }

    /// Why the vault would stay.
    pub(crate) fn kept_because(&self) -> Option<String> {
        self.refused.clone().or_else(|| self.staying.because())
    }

    /// Whether nothing of it goes, and nothing is waited for.
    pub(crate) fn is_untouched(&self) -> bool {
        self.refused.is_some() || (self.recovery_points == 0 && self.running_jobs == 0)
    }

    pub(crate) fn disassociated(&self) -> &[DisassociatedRow] {
        &self.disassociated
    }
}

impl fmt::Display for Emptied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, vault, recovery_points, origins, spared, .. } = self;
        let points = |count: usize| plural(count, "recovery point");
        write!(f, "{region} vault {vault}: ")?;
        match (&self.refused, recovery_points) {
            (Some(why), _) => write!(f, "nothing would be deleted: {why}")?,
            (None, 0) => write!(f, "nothing would be deleted")?,
            (None, count) => {
                let (points, origins) = (points(*count), words(origins));
                write!(f, "{points} would be deleted permanently ({origins})")?;
            }
        }
        for Held { obstacle, recovery_points } in &self.held {
            write!(f, "; {}", held_words(obstacle, *recovery_points))?;
        }
        if *spared > 0 {
            write!(f, "; {} not of this deployment would stay", points(*spared))?;
        }
        if self.running_jobs > 0 {
            let jobs = plural(self.running_jobs, "running job");
            write!(f, "; {jobs} would be stopped or waited for")?;
        }
        if self.running_jobs_of_others > 0 {
            write!(f, "; {} and would go on", others_jobs(self.running_jobs_of_others))?;
        }
        if let Some(why) = &self.unread {
            write!(f, "; whether backup access points keep some of it is unknown: {why}")?;
        }
        Ok(())
    }
}
