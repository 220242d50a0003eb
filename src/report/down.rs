//! The report of `down`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::deployment::record::Record;
use crate::model::region::Region;
use crate::protection::deletion::Released;
use crate::report::full_vault::{Tense, refusal, write_let_go};
use crate::report::row::Condition;
use crate::report::{
    BAD, CARE, Deployment, Exit, FullVault, GOOD, LetGoRow, Row, plural, write_rows,
};

/// What `down` removed and what it kept.
#[derive(Debug, Serialize)]
pub(crate) struct DownReport {
    schema: &'static str,
    #[serde(flatten)]
    deployment: Deployment,
    removed: usize,
    kept: usize,
    failed: usize,
    /// Because of these nothing was removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    full_vaults: Vec<FullVault>,
    /// What these hold stays, with the service role, until AWS Backup has expired it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    kept_vaults: Vec<FullVault>,
    /// Resources whose continuous backups are their own service's again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    let_go: Vec<LetGoRow>,
    /// Where a deployment was looked for and not found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looked: Vec<Region>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blind: BTreeMap<Region, String>,
    resources: Vec<Row>,
}

impl DownReport {
    pub(crate) fn nothing(deployment: Deployment, record: &Record, resources: Vec<Row>) -> Self {
        let mut report = Self::removed(deployment, resources);
        if let Record::None(looked) = record {
            report.looked.clone_from(&looked.regions);
            let blind = looked.blind.iter();
            report.blind = blind.map(|(region, why)| (region.clone(), why.to_string())).collect();
        }
        report
    }

    pub(crate) fn refused(deployment: Deployment, full_vaults: Vec<FullVault>) -> Self {
        Self { full_vaults, ..Self::removed(deployment, Vec::new()) }
    }

    pub(crate) fn removed(deployment: Deployment, resources: Vec<Row>) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            schema: "mrbackup.down/1",
            removed: count(Condition::Removed),
            kept: count(Condition::Kept) + count(Condition::NotOurs) + count(Condition::Skipped),
            failed: count(Condition::Failed) + count(Condition::Unknown),
            full_vaults: Vec::new(),
            kept_vaults: Vec::new(),
            let_go: Vec::new(),
            looked: Vec::new(),
            blind: BTreeMap::new(),
            deployment,
            resources,
        }
    }

    /// The report with what was kept because it holds backups.
    pub(crate) fn with_kept(self, kept_vaults: Vec<FullVault>) -> Self {
        Self { kept_vaults, ..self }
    }

    /// The report with what was let go of.
    pub(crate) fn with_let_go(self, released: &Released) -> Self {
        Self { let_go: LetGoRow::all(released), ..self }
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.failed > 0 {
            Exit::Failed
        } else if self.kept > 0 || !self.full_vaults.is_empty() || !self.blind.is_empty() {
            Exit::NeedsAttention
        } else {
            Exit::AsWanted
        }
    }
}

impl fmt::Display for DownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        if !self.full_vaults.is_empty() {
            writeln!(f, "{BAD}✘{BAD:#} Nothing was removed: deployment {name} holds backups.")?;
            return refusal(f, &self.deployment, &self.full_vaults);
        }
        write_rows(f, &self.deployment, &self.resources)?;
        let Self { removed, kept, failed, .. } = self;
        if removed + kept + failed == 0 {
            let looked: Vec<&str> = self.looked.iter().map(Region::as_str).collect();
            writeln!(
                f,
                "{GOOD}✔{GOOD:#} Deployment {name}: nothing to remove (looked in {}).",
                looked.join(", ")
            )?;
        } else if kept + failed == 0 {
            writeln!(
                f,
                "\n{GOOD}✔{GOOD:#} Removed {}; nothing is left.",
                plural(*removed, "resource")
            )?;
        } else {
            writeln!(
                f,
                "\nRemoved {removed}, {CARE}kept {kept}{CARE:#}, {BAD}failed {failed}{BAD:#}."
            )?;
            writeln!(
                f,
                "What is left stays in working order; go on with: {}",
                self.deployment.command("down")
            )?;
        }
        write_let_go(f, &self.let_go, Tense::Past)?;
        for vault in &self.kept_vaults {
            writeln!(f, "{CARE}!{CARE:#} kept: {vault}")?;
        }
        if !self.kept_vaults.is_empty() {
            writeln!(
                f,
                "The service role stays with them: without it AWS Backup could not expire them. `{}` takes them up again.",
                self.deployment.command("up")
            )?;
        }
        for (region, why) in &self.blind {
            writeln!(f, "{CARE}!{CARE:#} {region} could not be read: {why}")?;
        }
        Ok(())
    }
}
