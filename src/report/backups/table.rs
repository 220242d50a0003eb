//! The table by region: how many resources are fresh there, how old the oldest is, and when the next run comes.

use std::fmt;

use crate::model::region::Region;
use crate::protection::coverage::Counts;
use crate::protection::schedule::span;
use crate::report::backups::BackupsReport;
use crate::report::backups::coverage::CoverageRow;
use crate::report::table::{Column, Table};
use crate::report::{BOLD, DIM, Deployment, plural};

const COLUMNS: [Column; 13] = [
    Column::Text("region"),
    Column::Text("role"),
    Column::Number("fresh"),
    Column::Number("late"),
    Column::Number("stopped"),
    Column::Number("never"),
    Column::Number("no copy possible"),
    Column::Number("pending"),
    Column::Number("oldest"),
    Column::Text("RPO"),
    Column::Text("next run (UTC)"),
    Column::Number("points"),
    Column::Text("vault"),
];

/// Columns of what the coverage of a region tells.
const OF_COVERAGE: usize = 8;

impl BackupsReport {
    pub(in crate::report) fn write_table(
        &self,
        f: &mut fmt::Formatter<'_>,
        deployment: &Deployment,
    ) -> fmt::Result {
        let mut table = Table::new(COLUMNS);
        for row in &self.regions {
            let vault = self.vaults.iter().find(|vault| vault.region == row.region);
            let next = vault.and_then(|vault| vault.next_runs.as_ref());
            let next = match next.map(|runs| runs.first()) {
                None => "unknown".to_owned(),
                Some(None) => "none".to_owned(),
                // The heading says it.
                Some(Some(run)) => run.to_string().replace(" UTC", ""),
            };
            let role = deployment.role_of(&row.region).unwrap_or_default();
            let (mark, mut cells) = row.cells();
            cells.resize(OF_COVERAGE, String::new());
            let before = [row.region.to_string(), role.to_owned()];
            let after = vault.map(crate::report::VaultRow::cells).unwrap_or_default();
            table.row(mark, before.into_iter().chain(cells).chain([next]).chain(after));
        }
        table.write(f)?;
        self.plans.write(f)?;
        let most = |count: fn(&Counts) -> usize| {
            self.regions.iter().map(|row| count(&row.counts)).max().unwrap_or_default()
        };
        let retired = most(|counts| counts.retired);
        if retired > 0 {
            writeln!(
                f,
                "  {DIM}{} retired: gone, or without the tags now; their recovery points expire by themselves{DIM:#}",
                plural(retired, "resource")
            )?;
        }
        let on_demand = most(|counts| counts.on_demand);
        if f.alternate() && on_demand > 0 {
            writeln!(
                f,
                "  {DIM}{} without the tags, backed up on demand only{DIM:#}",
                plural(on_demand, "resource")
            )?;
        }
        Ok(())
    }

    /// What each vault holds, under which lock and key.
    pub(in crate::report) fn write_vaults(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.vaults.is_empty() {
            return Ok(());
        }
        writeln!(f, "{BOLD}what the vaults hold{BOLD:#}")?;
        self.vaults.iter().try_for_each(|vault| write!(f, "{vault}"))
    }

    /// How many resources are as fresh as promised in every region that was read; `None` where that is unknown.
    pub(in crate::report) fn verdict(&self) -> Option<String> {
        let all = self.resources?;
        if all == 0 && self.not_selected.is_empty() {
            return Some(self.nothing_selected());
        }
        let read: Vec<&CoverageRow> = self
            .regions
            .iter()
            .filter(|row| row.error.is_none() && row.rpo_hours.is_some())
            .collect();
        if read.is_empty() {
            return None;
        }
        let lacking =
            read.iter().flat_map(|row| row.named()).filter(|one| !one.freshness.is_fresh());
        let lacking: std::collections::BTreeSet<&str> =
            lacking.map(|one| one.resource.as_str()).collect();
        let regions = match &read[..] {
            [one] => one.region.to_string(),
            several => format!("{} regions", several.len()),
        };
        let has = if all == 1 { "has" } else { "have" };
        let pending = read.iter().map(|row| row.counts.pending).max().unwrap_or_default();
        let pending = match pending {
            0 => String::new(),
            1 => ", 1 is waiting for its first".to_owned(),
            count => format!(", {count} are waiting for their first"),
        };
        Some(format!(
            "{} of {} {has} fresh backups in {regions}{pending}",
            all.saturating_sub(lacking.len()),
            plural(all, "resource")
        ))
    }

    /// The first region of the deployment that could be read.
    pub(in crate::report) fn first_that_answers(&self, away: &[&Region]) -> Option<&Region> {
        let mut regions =
            self.regions.iter().filter(|row| row.error.is_none()).map(|row| &row.region);
        regions.find(|region| !away.contains(region))
    }

    /// What the regions hold that answer while others do not.
    pub(in crate::report) fn holds(&self, away: &[&Region]) -> Vec<String> {
        let rows =
            self.regions.iter().filter(|row| row.error.is_none() && !away.contains(&&row.region));
        rows.map(|row| {
            let fresh = plural(row.counts.fresh, "resource");
            let oldest = row
                .counts
                .oldest_hours
                .map(|hours| format!(", the oldest {} old", span(hours * 60)));
            let what = if row.region == self.primary { "backups" } else { "copies" };
            format!("{} has fresh {what} of {fresh}{}", row.region, oldest.unwrap_or_default())
        })
        .collect()
    }
}
