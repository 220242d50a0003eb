//! The plans of a deployment that has several, compared: what each promises and how well it keeps it, by region.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::settings::{Plan, Settings};
use crate::protection::coverage::{Coverage, RegionalCoverage};
use crate::protection::freshness::SelectedResources;
use crate::protection::schedule::span;
use crate::report::finding::{Finding, Severity, listed};
use crate::report::table::{Column, Table};
use crate::report::{BAD, GOOD, plural};

const COLUMNS: [Column; 6] = [
    Column::Text("plan"),
    Column::Text("region"),
    Column::Number("resources"),
    Column::Number("not fresh"),
    Column::Text("RPO"),
    Column::Text("kept"),
];

/// A plan in a region that its rules reach.
#[derive(Debug, JsonSchema, Serialize)]
struct PlanRow {
    plan: String,
    region: Region,
    /// Resources that the plan takes.
    resources: usize,
    /// Those of them without a backup within the RPO; `null` where the region could not be read.
    not_fresh: Option<usize>,
    rpo_hours: Option<i64>,
    /// The longest of its rules; `null` keeps permanently.
    retention_days: Option<i64>,
}

/// All plans; none of a deployment with one plan, or where the resources are unknown.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct PlanRows {
    plans: Vec<PlanRow>,
    /// Resources that more than one plan takes.
    in_several_plans: Vec<String>,
}

impl PlanRows {
    pub(super) fn new(
        settings: &Settings,
        selected: Option<&SelectedResources>,
        coverage: &RegionalCoverage<'_, Failure>,
    ) -> Self {
        let Some(selected) = selected.filter(|_| settings.has_several_plans()) else {
            return Self::default();
        };
        let plans = settings.all_plans();
        let rows = plans.iter().flat_map(|plan| rows(settings, plan, selected, coverage));
        let several = selected.plans.iter().filter(|(_, plans)| plans.len() > 1);
        Self {
            plans: rows.collect(),
            in_several_plans: several.map(|(arn, _)| arn.clone()).collect(),
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.plans.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(COLUMNS);
        let mut before = "";
        for row in &self.plans {
            let mark = match row.not_fresh {
                Some(0) => ("✔", GOOD),
                Some(_) => ("✘", BAD),
                None => ("?", BAD),
            };
            let name = if row.plan == before { String::new() } else { row.plan.clone() };
            before = &row.plan;
            let days = row
                .retention_days
                .map_or_else(|| "permanently".to_owned(), |days| format!("{days} d"));
            table.row(
                mark,
                [
                    name,
                    row.region.to_string(),
                    row.resources.to_string(),
                    row.not_fresh.map_or_else(|| "unknown".to_owned(), |count| count.to_string()),
                    row.rpo_hours.map_or_else(|| "unknown".to_owned(), |hours| span(hours * 60)),
                    days,
                ],
            );
        }
        table.write(f)
    }

    /// That some are backed up more than once.
    pub(super) fn finding(&self, limit: usize) -> Option<Finding> {
        let count = self.in_several_plans.len();
        (count > 0).then(|| {
            let is = if count == 1 { "is" } else { "are" };
            let text = format!(
                "{} {is} in more than one plan, and each of them makes its backups",
                plural(count, "resource")
            );
            let named = self.in_several_plans.iter().cloned();
            Finding::new(Severity::Note, text).with(listed(named, count, limit))
        })
    }
}

/// A row for each region that the plan reaches.
fn rows(
    settings: &Settings,
    plan: &Plan,
    selected: &SelectedResources,
    coverage: &RegionalCoverage<'_, Failure>,
) -> Vec<PlanRow> {
    let takes = |resource: &String| {
        selected.plans.get(resource).is_some_and(|plans| plans.contains(&plan.name))
    };
    let resources = selected.resources.keys().filter(|resource| takes(resource)).count();
    let primary = &settings.regions.primary;
    let reached = coverage
        .regions
        .iter()
        .filter(|(region, _)| plan.rules.iter().any(|rule| rule.reaches(region, primary)));
    let row = |(region, read): &(&Region, Result<Coverage<'_>, &Failure>)| {
        let read = read.as_ref().ok();
        let reaching = plan.rules.iter().filter(|rule| rule.reaches(region, primary));
        let days = reaching.map(|rule| rule.days_in(region, primary));
        let rpo = read.and_then(|read| read.rpo.as_ref()?.by_plan.get(&plan.name));
        PlanRow {
            plan: plan.name.clone(),
            region: (*region).clone(),
            resources,
            not_fresh: read.map(|read| {
                let missing = read.without_fresh();
                missing.filter(|judged| takes(judged.resource)).count()
            }),
            rpo_hours: rpo.map(|rpo| rpo.minutes / 60),
            retention_days: days.max_by_key(|days| days.unwrap_or(i64::MAX)).flatten(),
        }
    };
    reached.map(row).collect()
}
