//! What a command found and did: one struct a command, as text and as JSON. No call is made here,
//! and nothing is judged.

mod backups;
mod by_region;
mod config;
mod config_init;
mod disassociated;
mod down;
mod drill;
mod drill_backup;
mod drill_leftovers;
mod drill_restore;
mod emptied;
mod ending;
mod error;
mod finding;
mod from_plan;
mod full_vault;
mod link;
mod lint;
mod list;
mod manual;
mod one_fact;
mod or_null;
mod plan;
mod problem;
mod recovery;
mod refusal;
mod repair;
mod restore_tests;
mod restores_proved;
mod row;
mod runbook;
mod schema;
pub(crate) mod schemas;
mod searched;
mod statement;
mod status;
mod table;
mod tag;
mod unread_region;
mod up;
mod vaults;
mod verdict;

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::model::caller_identity::CallerIdentity;
use crate::model::names::{self, Names};
use crate::model::region::Region;
use crate::model::settings::{RegionRole, Settings};
use crate::model::version::VERSION;
use crate::terminal::printable::Style;
use crate::terminal::wrap::plural;
use ending::Ending;
use one_fact::one_fact_a_line;

pub(crate) use backups::{BackupsReport, Findings, NotCovered};
pub(crate) use config::{ConfigReport, Setting};
pub(crate) use config_init::ConfigInitReport;
pub(crate) use disassociated::DisassociatedRow;
pub(crate) use down::{DownDryRun, DownOutcome, DownReport};
pub(crate) use drill::DrillReport;
pub(crate) use drill_backup::{DrillBackupReport, Leg};
pub(crate) use drill_leftovers::DrillLeftovers;
pub(crate) use drill_restore::DrillRestoreReport;
pub(crate) use emptied::{Circumstances, Emptied};
pub(crate) use ending::Exit;
pub(crate) use error::ErrorReport;
pub(crate) use finding::{Finding, Severity};
pub(crate) use from_plan::{FromPlanReport, LossRow, LostOfBoth, Step};
pub(crate) use full_vault::{FullVault, JobCount};
pub(crate) use link::{Link, Part};
pub(crate) use lint::{DocumentRow, ExplainReport, LintReport, Unread};
pub(crate) use list::{ListReport, Listed, RoleSeen, VaultCount};
pub(crate) use manual::{CompletionsReport, HelpReport, ManReport};
pub(crate) use plan::PlanReport;
pub(crate) use problem::Problem;
pub(crate) use recovery::{KnownRestores, RecoveryReport};
pub(crate) use refusal::Refusal;
pub(crate) use repair::{RepairReport, Started};
pub(crate) use restore_tests::{RestoreTestsRow, TestedRow};
pub(crate) use restores_proved::RestoresProvedRow;
pub(crate) use row::Row;
pub(crate) use runbook::{RunbookReport, RunbookScope};
pub(crate) use schema::SchemaReport;
pub(crate) use searched::Searched;
pub(crate) use status::StatusReport;
pub(crate) use tag::{TagReport, TagRow};
pub(crate) use unread_region::UnreadRegion;
pub(crate) use up::UpReport;
pub(crate) use vaults::VaultRow;
pub(crate) use verdict::Verdict;

const GOOD: Style = Style::GREEN;
const BAD: Style = Style::RED;
const CARE: Style = Style::YELLOW;
const BOLD: Style = Style::BOLD;
const DIM: Style = Style::DIM;

/// What a command ends with.
pub(crate) trait Report: fmt::Display + JsonSchema + Serialize {
    /// Name and version of its JSON form.
    fn schema(&self) -> &'static str;

    /// How the command ended.
    fn exit(&self) -> Exit;

    /// The same for code scanning (SARIF 2.1.0), where it has that form.
    fn sarif(&self) -> Option<Value> {
        None
    }

    /// Whether it stopped before it changed anything, because of something that a flag would allow.
    fn is_refused(&self) -> bool {
        false
    }
}

/// A report on stdout: as text what it says, as JSON one document that says first what it is and where it is from.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Document<'a, R> {
    #[serde(flatten)]
    header: Header<'a>,
    #[serde(flatten)]
    ending: Ending,
    /// `null` where no file is in use.
    config_file: Option<&'a Path>,
    #[serde(flatten)]
    report: &'a R,
}

/// What every document begins with.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Header<'a> {
    schema: &'static str,
    /// When it was made.
    at: Timestamp,
    /// The version of mrbackup.
    version: &'static str,
    /// `null` where nothing was called.
    caller: Option<&'a CallerIdentity>,
}

impl<'a> Header<'a> {
    pub(crate) fn new(schema: &'static str, caller: Option<&'a CallerIdentity>) -> Self {
        // No finer than what it takes to read an account.
        let at = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
        Self { schema, at, version: VERSION, caller }
    }
}

impl<'a, R: Report> Document<'a, R> {
    pub(crate) fn new(
        report: &'a R,
        caller: Option<&'a CallerIdentity>,
        config_file: Option<&'a Path>,
    ) -> Self {
        let header = Header::new(report.schema(), caller);
        let ending = Ending::new(report.exit(), report.is_refused());
        Self { header, ending, config_file, report }
    }
}

impl<R: fmt::Display> fmt::Display for Document<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

/// Which deployment a report is about.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Deployment {
    pub(crate) deployment: String,
    pub(crate) account: String,
    pub(crate) regions: Vec<RegionRow>,
}

#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct RegionRow {
    pub(crate) region: Region,
    pub(crate) role: &'static str,
}

impl Deployment {
    pub(crate) fn new(names: &Names, settings: Option<&Settings>) -> Self {
        let mut regions: Vec<RegionRow> = Vec::new();
        if let Some(settings) = settings {
            let row =
                |(region, role): (Region, RegionRole)| RegionRow { region, role: role.as_str() };
            regions.extend(settings.regions.all().into_iter().map(row));
            let left = settings.former.regions().into_iter();
            let left = left.filter(|region| !settings.regions.names().contains(region));
            regions.extend(left.map(|region| RegionRow { region, role: "former" }));
        }
        Self { deployment: names.deployment.to_string(), account: names.account.clone(), regions }
    }

    /// The command that goes on with this deployment.
    fn command(&self, command: &str) -> String {
        names::command(&self.deployment, command)
    }

    /// The regions that were found, each once and in the deployment's order; the first is that of what is global.
    fn headings<'a>(&'a self, found: &[Option<&'a Region>]) -> Vec<Option<&'a Region>> {
        let mut headings = vec![None];
        headings.extend(self.regions.iter().map(|row| Some(&row.region)));
        for region in found {
            if !headings.contains(region) {
                headings.push(*region);
            }
        }
        headings.retain(|heading| found.contains(heading));
        headings
    }

    fn role_of(&self, region: &Region) -> Option<&'static str> {
        self.regions.iter().find(|row| row.region == *region).map(|row| row.role)
    }
}

/// Rows under a heading for each region, in the deployment's order of regions.
fn write_rows<'a>(
    f: &mut fmt::Formatter<'_>,
    deployment: &Deployment,
    rows: impl IntoIterator<Item = &'a Row>,
) -> fmt::Result {
    let rows: Vec<&Row> = rows.into_iter().collect();
    let found: Vec<_> = rows.iter().map(|row| row.region.as_ref()).collect();
    for heading in deployment.headings(&found) {
        let of_region = rows.iter().filter(|row| row.region.as_ref() == heading);
        match heading {
            None => writeln!(f, "{BOLD}global{BOLD:#}")?,
            Some(region) => {
                let role = deployment.role_of(region).unwrap_or_default();
                writeln!(f, "{BOLD}{region}{BOLD:#} {DIM}{role}{DIM:#}")?;
            }
        }
        for row in of_region {
            write!(f, "{row}")?;
        }
    }
    Ok(())
}

/// What is broken and only a person can put right.
fn write_attention(f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
    one_fact_a_line(lines).iter().try_for_each(|line| writeln!(f, "{BAD}✘{BAD:#} {line}"))
}

/// What a person should know of.
fn write_warnings(f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
    one_fact_a_line(lines).iter().try_for_each(|line| writeln!(f, "{CARE}!{CARE:#} {line}"))
}
