//! The report of `restore` and `recover`: what can be brought back or was, with which loss, and what stands in the way.

mod estimate;
mod import;
mod row;
mod text;

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::model::time::Time;
use crate::recovery::readiness::Readiness;
use crate::report::{Deployment, Exit, Report};
use crate::restores::{Outcome, RecoveryPlan};

use estimate::Estimate;
pub(crate) use estimate::Known as KnownRestores;
use row::ResourceRow;

/// What a region's vault brings back.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct RecoveryReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// The region of the vault, into which everything is restored.
    region: Region,
    dry_run: bool,
    /// How many resources are there again, or in a dry run could be.
    ready: usize,
    /// How many are not.
    not_ready: usize,
    /// Age of the oldest data that came back or would: what was written since is lost. `null` where nothing comes back.
    oldest_data_hours: Option<i64>,
    resources: Vec<ResourceRow>,
    /// In a dry run how long it would take; else `null`.
    estimate: Option<Estimate>,
    /// Quotas that may be too small for what is to be made, and what may come back twice.
    warnings: Vec<String>,
    #[serde(skip)]
    command: &'static str,
    #[serde(skip)]
    imports: bool,
}

impl RecoveryReport {
    /// `outcomes` is `None` in a dry run; else one for each item of the plan.
    pub(crate) fn new(
        deployment: Deployment,
        command: &'static str,
        region: &Region,
        plan: &RecoveryPlan,
        outcomes: Option<Vec<Outcome>>,
        now: Time,
    ) -> Self {
        let dry_run = outcomes.is_none();
        let mut outcomes = outcomes.map(Vec::into_iter);
        let rows = plan.items.iter().map(|item| {
            let outcome = outcomes.as_mut().and_then(Iterator::next);
            ResourceRow::new(item, outcome, now)
        });
        let mut resources: Vec<ResourceRow> = rows.collect();
        resources.extend(plan.left_out.iter().map(ResourceRow::without_point));
        let ready = resources.iter().filter(|row| row.state.is_well()).count();
        let oldest = resources.iter().filter(|row| row.state.is_well());
        Self {
            deployment,
            region: region.clone(),
            dry_run,
            ready,
            not_ready: resources.len() - ready,
            oldest_data_hours: oldest.filter_map(|row| row.data_age_hours).max(),
            warnings: plan.warnings(),
            resources,
            estimate: None,
            command,
            imports: false,
        }
    }

    /// The same as numbers over time.
    pub(crate) fn readiness(&self) -> Readiness {
        let Self { ready, not_ready, oldest_data_hours, .. } = *self;
        Readiness { ready, not_ready, oldest_data_hours }
    }

    /// The report of a dry run with how long it would take, by what is known of earlier restores.
    pub(crate) fn with_estimate(self, known: KnownRestores<'_>) -> Self {
        let estimate = Some(Estimate::new(&self.resources, known));
        Self { estimate, ..self }
    }

    /// The report with a Terraform import block for each thing that was restored.
    pub(crate) fn with_import_blocks(self) -> Self {
        Self { imports: true, ..self }
    }
}

impl Report for RecoveryReport {
    fn schema(&self) -> &'static str {
        if self.command == "restore" { "mrbackup.restore/1" } else { "mrbackup.recover/1" }
    }

    /// A vault without anything brings nothing back, which is no success.
    fn exit(&self) -> Exit {
        if self.not_ready == 0 && self.ready > 0 { Exit::Success } else { Exit::NeedsAttention }
    }

    fn is_refused(&self) -> bool {
        !self.dry_run && self.ready == 0 && self.resources.iter().all(ResourceRow::was_not_started)
    }
}

impl fmt::Display for RecoveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}
