//! The report of `list`.

use std::fmt;

use serde::Serialize;

use crate::deployment::search::Looked;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, State};
use crate::model::region::Region;
use crate::report::{BAD, BOLD, CARE, Exit, Problem, Report, Searched, plural};

/// Every deployment of an account.
#[derive(Debug, Serialize)]
pub(crate) struct ListReport {
    account: String,
    /// The only deployment that was asked for.
    #[serde(skip)]
    only: Option<String>,
    deployments: Vec<Listed>,
    #[serde(flatten)]
    searched: Searched<Problem>,
}

/// A deployment.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    deployment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    regions: Vec<Region>,
    vaults: Vec<VaultCount>,
    /// Why its record says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

/// A vault, with AWS's own approximate count of what it holds.
#[derive(Debug, Serialize)]
pub(crate) struct VaultCount {
    region: Region,
    vault: String,
    /// `null` where the vault is gone or could not be read.
    recovery_points: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

impl VaultCount {
    pub(crate) fn new(region: Region, vault: String, count: Result<Option<i64>, Failure>) -> Self {
        let (recovery_points, error) = match count {
            Ok(count) => (count, None),
            Err(failure) => (None, Some((&failure).into())),
        };
        Self { region, vault, recovery_points, error }
    }
}

impl Listed {
    pub(crate) fn from_manifest(manifest: &Manifest, vaults: Vec<VaultCount>) -> Self {
        Self {
            deployment: manifest.deployment.to_string(),
            state: Some(manifest.state),
            regions: manifest.settings.regions.names(),
            vaults,
            unreadable: None,
        }
    }

    pub(crate) fn unreadable(deployment: String, regions: Vec<Region>, why: String) -> Self {
        Self { deployment, state: None, regions, vaults: Vec::new(), unreadable: Some(why) }
    }
}

impl ListReport {
    pub(crate) fn new(
        account: String,
        only: Option<String>,
        deployments: Vec<Listed>,
        looked: &Looked,
    ) -> Self {
        Self { account, only, deployments, searched: Searched::with_problems(looked) }
    }
}

impl Report for ListReport {
    fn schema(&self) -> &'static str {
        "mrbackup.list/1"
    }

    /// With nothing deployed, or something unknown, somebody has to look.
    fn exit(&self) -> Exit {
        let known = |listed: &Listed| {
            listed.unreadable.is_none() && listed.vaults.iter().all(|vault| vault.error.is_none())
        };
        let well = self.searched.is_conclusive()
            && !self.deployments.is_empty()
            && self.deployments.iter().all(known);
        if well { Exit::Success } else { Exit::NeedsAttention }
    }
}

impl fmt::Display for ListReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.deployments.is_empty() {
            let named = self.only.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            let extent = self.searched.extent();
            writeln!(f, "No deployment{named} in account {} {extent}.", self.account)?;
        }
        for listed in &self.deployments {
            let state = listed.state.map_or("unreadable", State::as_str);
            let regions: Vec<&str> = listed.regions.iter().map(Region::as_str).collect();
            writeln!(f, "{BOLD}{}{BOLD:#}  {state}  {}", listed.deployment, regions.join(", "))?;
            if let Some(why) = &listed.unreadable {
                writeln!(f, "  {BAD}?{BAD:#} {why}")?;
            }
            for VaultCount { region, vault, recovery_points, error } in &listed.vaults {
                match (recovery_points, error) {
                    (_, Some(error)) => writeln!(f, "  {BAD}?{BAD:#} {region} {vault}: {error}")?,
                    (None, None) => writeln!(f, "  {CARE}!{CARE:#} {region} {vault}: gone")?,
                    (Some(count), None) => {
                        let count = usize::try_from(*count).unwrap_or_default();
                        writeln!(
                            f,
                            "  {region} {vault}: about {}",
                            plural(count, "recovery point")
                        )?;
                    }
                }
            }
        }
        self.searched.write_unread(f)
    }
}
