//! The report of `recover --runbook`: the plan of a recovery as commands for AWS CLI, for people who cannot run mrbackup.

mod content;
mod markdown;
mod shell;
mod steps;

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::region::Region;
use crate::model::time::Time;
use crate::report::{Deployment, Exit, Report};
use crate::restores::RecoveryPlan;

pub(crate) use steps::RunbookScope;

use content::{Content, NotRestored};
use steps::Command;

/// The plan of a recovery as commands for AWS CLI.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct RunbookReport {
    #[serde(flatten)]
    deployment: Deployment,
    /// The region of the vault, into which everything is restored.
    region: Region,
    /// When the first of the recovery points expires or moves to cold storage: the runbook has to be made again before. `null`
    /// where none ever does.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    good_until: Option<Time>,
    /// How many resources the commands bring back.
    covered: usize,
    /// What the commands do not bring back.
    not_covered: Vec<NotRestored>,
    /// All commands in their order.
    commands: Vec<Command>,
    /// Quotas that may be too small for what is to be made.
    warnings: Vec<String>,
    /// The runbook as a person reads it.
    markdown: String,
}

impl RunbookReport {
    /// `now` is when the plan was made.
    pub(crate) fn new(scope: &RunbookScope<'_>, plan: &RecoveryPlan, now: Time) -> Self {
        let content = Content::new(scope, plan, now);
        let markdown = markdown::write(&content, scope, now);
        Self {
            deployment: Deployment::new(scope.names, Some(scope.settings)),
            region: scope.region.clone(),
            good_until: content.good_until,
            covered: content.covered.len(),
            commands: content.commands(),
            not_covered: content.not_covered,
            warnings: content.warnings,
            markdown,
        }
    }
}

impl Report for RunbookReport {
    fn schema(&self) -> &'static str {
        "mrbackup.runbook/1"
    }

    /// A runbook that brings nothing back is no success.
    fn exit(&self) -> Exit {
        if self.not_covered.is_empty() && self.covered > 0 {
            Exit::Success
        } else {
            Exit::NeedsAttention
        }
    }
}

impl fmt::Display for RunbookReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.markdown)
    }
}
