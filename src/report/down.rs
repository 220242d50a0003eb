//! The report of `down`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::deployment::record::Record;
use crate::model::region::Region;
use crate::protection::deletion::Released;
use crate::report::full_vault::{Tense, refusal, write_disassociated};
use crate::report::row::Condition;
use crate::report::{
    BAD, CARE, Deployment, DisassociatedRow, Exit, FullVault, GOOD, PlanReport, Report, Row,
    plural, write_rows,
};

/// What `down` removed and what it kept.
#[derive(Debug, Serialize)]
pub(crate) struct DownReport {
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
    disassociated: Vec<DisassociatedRow>,
    /// Where a deployment was looked for and not found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    searched_regions: Vec<Region>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unreachable_regions: BTreeMap<Region, String>,
    resources: Vec<Row>,
}

impl DownReport {
    pub(crate) fn nothing(deployment: Deployment, record: &Record, resources: Vec<Row>) -> Self {
        let mut report = Self::removed(deployment, resources);
        if let Record::None(searched_regions) = record {
            report.searched_regions.clone_from(&searched_regions.regions);
            let unreachable_regions = searched_regions.unreachable_regions.iter();
            report.unreachable_regions = unreachable_regions
                .map(|(region, why)| (region.clone(), why.to_string()))
                .collect();
        }
        report
    }

    pub(crate) fn refused(deployment: Deployment, full_vaults: Vec<FullVault>) -> Self {
        Self { full_vaults, ..Self::removed(deployment, Vec::new()) }
    }

    pub(crate) fn removed(deployment: Deployment, resources: Vec<Row>) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            removed: count(Condition::Removed),
            kept: count(Condition::Kept) + count(Condition::NotOurs) + count(Condition::Skipped),
            failed: count(Condition::Failed) + count(Condition::Unknown),
            full_vaults: Vec::new(),
            kept_vaults: Vec::new(),
            disassociated: Vec::new(),
            searched_regions: Vec::new(),
            unreachable_regions: BTreeMap::new(),
            deployment,
            resources,
        }
    }

    /// The report with what was kept because it holds backups.
    pub(crate) fn with_kept(self, kept_vaults: Vec<FullVault>) -> Self {
        Self { kept_vaults, ..self }
    }

    /// The report with what was let go of.
    pub(crate) fn with_disassociated(self, released: &Released) -> Self {
        Self { disassociated: DisassociatedRow::all(released), ..self }
    }
}

impl Report for DownReport {
    fn schema(&self) -> &'static str {
        "mrbackup.down/1"
    }

    fn exit(&self) -> Exit {
        if self.failed > 0 {
            Exit::Failed
        } else if self.kept > 0
            || !self.full_vaults.is_empty()
            || !self.unreachable_regions.is_empty()
        {
            Exit::NeedsAttention
        } else {
            Exit::Success
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
            let searched_regions: Vec<&str> =
                self.searched_regions.iter().map(Region::as_str).collect();
            writeln!(
                f,
                "{GOOD}✔{GOOD:#} Deployment {name}: nothing to remove (looked in {}).",
                searched_regions.join(", ")
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
        write_disassociated(f, &self.disassociated, Tense::Past)?;
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
        for (region, why) in &self.unreachable_regions {
            writeln!(f, "{CARE}!{CARE:#} {region} could not be read: {why}")?;
        }
        Ok(())
    }
}

/// What `down` would do.
#[derive(Debug, Serialize)]
pub(crate) struct DownDryRun {
    #[serde(flatten)]
    plan: PlanReport,
    /// Where a deployment was looked for and not found.
    searched_regions: Vec<Region>,
    unreachable_regions: BTreeMap<Region, String>,
    /// What `down` itself would print where there is nothing.
    #[serde(skip)]
    nothing: Option<DownReport>,
}

impl DownDryRun {
    pub(crate) fn new(plan: PlanReport) -> Self {
        let (searched_regions, unreachable_regions) = (Vec::new(), BTreeMap::new());
        Self { plan, searched_regions, unreachable_regions, nothing: None }
    }

    /// Of what is not there; `nothing` is what `down` itself would print.
    pub(crate) fn of_nothing(plan: PlanReport, nothing: DownReport) -> Self {
        Self {
            searched_regions: nothing.searched_regions.clone(),
            unreachable_regions: nothing.unreachable_regions.clone(),
            nothing: Some(nothing),
            plan,
        }
    }
}

impl Report for DownDryRun {
    fn schema(&self) -> &'static str {
        "mrbackup.down-dry-run/1"
    }

    fn exit(&self) -> Exit {
        self.nothing.as_ref().map_or_else(|| self.plan.exit(), Report::exit)
    }
}

impl fmt::Display for DownDryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.nothing {
            Some(nothing) => nothing.fmt(f),
            None => self.plan.fmt(f),
        }
    }
}

/// What `down` did, or what it would do.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum DownOutcome {
    Down(DownReport),
    DryRun(DownDryRun),
}

impl Report for DownOutcome {
    fn schema(&self) -> &'static str {
        match self {
            Self::Down(report) => report.schema(),
            Self::DryRun(report) => report.schema(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Down(report) => report.exit(),
            Self::DryRun(report) => report.exit(),
        }
    }
}

impl fmt::Display for DownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down(report) => report.fmt(f),
            Self::DryRun(report) => report.fmt(f),
        }
    }
}
