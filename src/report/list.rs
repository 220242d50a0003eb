//! The report of `list`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::deployment::search::Looked;
use crate::failure::Failure;
use crate::model::manifest::{Manifest, State};
use crate::model::names;
use crate::model::region::Region;
use crate::protection::selected_twice::SelectedTwice;
use crate::report::{BAD, BOLD, CARE, Exit, Problem, Report, Searched, plural};

/// Every deployment of an account.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct ListReport {
    account: String,
    /// The only deployment that was asked for.
    #[serde(skip)]
    only: Option<String>,
    deployments: Vec<Listed>,
    selected_twice: Vec<SelectedTwice>,
    #[serde(flatten)]
    searched: Searched,
}

/// A deployment.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Listed {
    deployment: String,
    state: Option<State>,
    service_role: RoleSeen,
    regions: Vec<Region>,
    vaults: Vec<VaultCount>,
    /// How many things of drills are still there, by their tag; `null` where that could not be read.
    drill_leftovers: Option<usize>,
    /// Why its record could not be read.
    #[serde(rename = "unknown_reason")]
    unreadable: Option<String>,
}

/// Whether a deployment's service role is there: without it AWS Backup makes and expires nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RoleSeen {
    Ok,
    /// It works with a role of the account's, which is not looked up here.
    Given,
    /// Gone, or without the deployment's tag.
    Missing,
    /// IAM could not be read.
    Unknown,
}

/// A vault, with AWS's own approximate count of what it holds.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct VaultCount {
    region: Region,
    vault: String,
    /// `null` where the vault is gone or could not be read.
    recovery_points: Option<i64>,
    error: Option<Problem>,
    /// Whether a deployment that is complete has it.
    #[serde(skip)]
    is_wanted: bool,
}

impl VaultCount {
    pub(crate) fn new(
        region: Region,
        vault: String,
        count: Result<Option<i64>, Failure>,
        is_wanted: bool,
    ) -> Self {
        let (recovery_points, error) = match count {
            Ok(count) => (count, None),
            Err(failure) => (None, Some((&failure).into())),
        };
        Self { region, vault, recovery_points, error, is_wanted }
    }

    /// Whether it is there, or need not be.
    fn is_well(&self) -> bool {
        self.error.is_none() && (self.recovery_points.is_some() || !self.is_wanted)
    }
}

impl Listed {
    /// `drill_leftovers` is `None` where the tags of a region could not be read.
    pub(crate) fn from_manifest(
        manifest: &Manifest,
        vaults: Vec<VaultCount>,
        drill_leftovers: Option<usize>,
    ) -> Self {
        Self {
            deployment: manifest.deployment.to_string(),
            state: Some(manifest.state),
            service_role: RoleSeen::Unknown,
            regions: manifest.settings.regions.names(),
            vaults,
            drill_leftovers,
            unreadable: None,
        }
    }

    pub(crate) fn unreadable(deployment: String, regions: Vec<Region>, why: String) -> Self {
        Self {
            deployment,
            state: None,
            service_role: RoleSeen::Unknown,
            regions,
            vaults: Vec::new(),
            drill_leftovers: None,
            unreadable: Some(why),
        }
    }

    fn write_drills(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.drill_leftovers {
            Some(0) => Ok(()),
            Some(count) => writeln!(
                f,
                "  {CARE}!{CARE:#} {} of drills still there, and it costs: {}",
                plural(count, "thing"),
                names::command(&self.deployment, "drill restore --clean-up")
            ),
            None if self.unreadable.is_some() => Ok(()),
            None => writeln!(
                f,
                "  {BAD}?{BAD:#} whether drills have left something is unknown: tags could not be read"
            ),
        }
    }

    /// The deployment with what was seen of its service role.
    pub(crate) fn with_role(self, service_role: RoleSeen) -> Self {
        Self { service_role, ..self }
    }
}

impl ListReport {
    pub(crate) fn new(
        account: String,
        only: Option<String>,
        deployments: Vec<Listed>,
        looked: &Looked,
    ) -> Self {
        let searched = Searched::new(looked);
        Self { account, only, deployments, selected_twice: Vec::new(), searched }
    }

    /// The report with the deployments that back up the same.
    pub(crate) fn with_twice(self, selected_twice: Vec<SelectedTwice>) -> Self {
        Self { selected_twice, ..self }
    }
}

impl Report for ListReport {
    fn schema(&self) -> &'static str {
        "mrbackup.list/1"
    }

    /// With nothing deployed, or something unknown or gone, somebody has to look.
    fn exit(&self) -> Exit {
        let known = |listed: &Listed| {
            listed.unreadable.is_none()
                && matches!(listed.service_role, RoleSeen::Ok | RoleSeen::Given)
                && listed.vaults.iter().all(VaultCount::is_well)
                && listed.drill_leftovers.is_some()
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
            match listed.service_role {
                RoleSeen::Ok | RoleSeen::Given => (),
                RoleSeen::Missing => writeln!(
                    f,
                    "  {BAD}✘{BAD:#} its service role is gone, or no longer tagged as its own: AWS Backup can neither make nor expire its backups"
                )?,
                RoleSeen::Unknown => writeln!(
                    f,
                    "  {BAD}?{BAD:#} whether its service role is there is unknown: IAM could not be read"
                )?,
            }
            for VaultCount { region, vault, recovery_points, error, .. } in &listed.vaults {
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
            listed.write_drills(f)?;
        }
        for twice in &self.selected_twice {
            let SelectedTwice { deployments: [one, other], region, select_tags, phrase } = twice;
            let tagged = phrase.strip_prefix("with ").filter(|_| !select_tags.is_empty());
            let what = tagged.map_or_else(|| phrase.clone(), |tags| format!("tagged {tags}"));
            writeln!(
                f,
                "{CARE}!{CARE:#} {one} and {other} each back up the resources in {region} {what}: AWS bills both"
            )?;
        }
        self.searched.write_unread(f)
    }
}
