//! Vaults that hold recovery points, and what `down` does about these.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::deletion::{DeletionPolicy, Released, foreign_stay};
use crate::protection::point_origin::PointOrigin;
use crate::protection::vault_contents::{VaultContents, size};
use crate::report::{CARE, Deployment, plural};

/// A vault that holds recovery points.
#[derive(Debug, Serialize)]
pub(crate) struct FullVault {
    #[serde(skip)]
    pub(crate) id: VaultId,
    pub(crate) region: Region,
    pub(crate) vault: String,
    #[serde(flatten)]
    pub(crate) contents: VaultContents,
    /// How many came from where.
    pub(crate) origins: BTreeMap<PointOrigin, usize>,
    /// Bytes by origin.
    #[serde(skip)]
    pub(crate) bytes: BTreeMap<PointOrigin, i64>,
    /// Jobs that will add to it, or read from it.
    pub(crate) running_jobs: usize,
    /// What would be let go of, where backups are to be deleted.
    #[serde(skip)]
    pub(crate) released: Released,
}

impl fmt::Display for FullVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} vault {}: {}", self.region, self.vault, self.contents)?;
        let origins = words(&self.origins);
        if !origins.is_empty() {
            write!(f, " ({origins})")?;
        }
        match self.running_jobs {
            0 => Ok(()),
            count => write!(f, "; {} still running", plural(count, "job")),
        }
    }
}

impl FullVault {
    /// How many recovery points of others stay.
    pub(crate) fn spared(&self, policy: &DeletionPolicy) -> usize {
        let spared = self.origins.iter().filter(|(origin, _)| policy.spares(**origin));
        spared.map(|(_, count)| count).sum()
    }
}

fn words(origins: &BTreeMap<PointOrigin, usize>) -> String {
    let words = origins.iter().map(|(origin, count)| format!("{count} {}", origin.words()));
    words.collect::<Vec<_>>().join(", ")
}

/// What becomes of a vault's recovery points where they are deleted.
#[derive(Debug, Serialize)]
pub(crate) struct Emptied {
    region: Region,
    vault: String,
    /// How many go, those that are only let go of among them, and how large they are.
    recovery_points: usize,
    bytes: i64,
    origins: BTreeMap<PointOrigin, usize>,
    /// How many of others stay.
    spared: usize,
    /// Why nothing of it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    running_jobs: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disassociated: Vec<DisassociatedRow>,
}

impl Emptied {
    pub(crate) fn new(vault: &FullVault, policy: &DeletionPolicy, refused: Option<String>) -> Self {
        let goes = |origin: &PointOrigin| refused.is_none() && !policy.spares(*origin);
        let origins: BTreeMap<PointOrigin, usize> =
            vault.origins.iter().filter(|(o, _)| goes(o)).map(|(o, count)| (*o, *count)).collect();
        Self {
            region: vault.region.clone(),
            vault: vault.vault.clone(),
            recovery_points: origins.values().sum(),
            bytes: vault.bytes.iter().filter(|(o, _)| goes(o)).map(|(_, bytes)| bytes).sum(),
            spared: vault.spared(policy),
            disassociated: if refused.is_some() {
                Vec::new()
            } else {
                DisassociatedRow::all(&vault.released)
            },
            origins,
            refused,
            running_jobs: vault.running_jobs,
        }
    }

    /// Why the vault would stay.
    pub(crate) fn kept_because(&self) -> Option<String> {
        let foreign = || (self.spared > 0).then(|| foreign_stay(self.spared));
        self.refused.clone().or_else(foreign)
    }

    pub(crate) fn disassociated(&self) -> &[DisassociatedRow] {
        &self.disassociated
    }
}

impl fmt::Display for Emptied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, vault, recovery_points, bytes, origins, spared, .. } = self;
        let points = |count: usize| plural(count, "recovery point");
        write!(f, "{region} vault {vault}: ")?;
        match (&self.refused, recovery_points) {
            (Some(why), _) => write!(f, "nothing would be deleted: {why}")?,
            (None, 0) => write!(f, "nothing would be deleted")?,
            (None, count) => {
                let (points, size, origins) = (points(*count), size(*bytes), words(origins));
                write!(f, "{points}, {size}, would be deleted for ever ({origins})")?;
            }
        }
        if *spared > 0 {
            write!(f, "; {} of others would stay", points(*spared))?;
        }
        if self.running_jobs > 0 {
            let jobs = plural(self.running_jobs, "running job");
            write!(f, "; {jobs} would be stopped or waited for")?;
        }
        Ok(())
    }
}

/// A resource whose continuous backups AWS Backup lets go of.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DisassociatedRow {
    region: Region,
    resource: String,
    /// Whether its own service goes on with them, as far as AWS Backup can tell.
    continues: bool,
}

impl DisassociatedRow {
    pub(crate) fn all(released: &Released) -> Vec<Self> {
        let row = |((region, resource), continues): (&(Region, String), &bool)| Self {
            region: region.clone(),
            resource: resource.clone(),
            continues: *continues,
        };
        released.iter().map(row).collect()
    }
}

/// Whether something is told or foretold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    Past,
    Conditional,
}

pub(crate) fn write_disassociated(
    f: &mut fmt::Formatter<'_>,
    rows: &[DisassociatedRow],
    tense: Tense,
) -> fmt::Result {
    for DisassociatedRow { region, resource, continues } in rows {
        let was = if tense == Tense::Past { "was" } else { "would be" };
        let then = if *continues {
            "its own service keeps its point-in-time recovery"
        } else {
            "it had stopped; its own service may keep what there is"
        };
        writeln!(
            f,
            "{CARE}!{CARE:#} {region} {resource}: its continuous backup {was} let go, not deleted: {then}"
        )?;
    }
    match (rows.is_empty(), tense) {
        (true, _) => Ok(()),
        (false, Tense::Past) => writeln!(
            f,
            "AWS Backup knows these no more: end them with their own service. `--stop-pitr` deletes them instead."
        ),
        (false, Tense::Conditional) => {
            writeln!(
                f,
                "`--stop-pitr` deletes these instead, and ends their point-in-time recovery."
            )
        }
    }
}

/// The vaults because of which `down` refuses, and the ways on.
pub(crate) fn refusal(
    f: &mut fmt::Formatter<'_>,
    deployment: &Deployment,
    vaults: &[FullVault],
) -> fmt::Result {
    for vault in vaults {
        writeln!(f, "  {vault}")?;
    }
    let keep = deployment.command("down --keep-backups");
    writeln!(f, "Keep them until they expire, and remove the rest:  {keep}")?;
    let foreign = vaults.iter().any(|vault| vault.origins.keys().any(|origin| origin.is_foreign()));
    let others = if foreign { " --include-foreign-points" } else { "" };
    let delete = format!("down --delete-backups --confirm {}{others}", deployment.deployment);
    writeln!(f, "Delete them for ever:  {}", deployment.command(&delete))
}
