//! What drills have left in a region: it costs by the hour, and it is nobody's backup.

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::names;
use crate::model::region::Region;
use crate::report::finding::{Finding, Severity};
use crate::report::plural;
use crate::restores::drill::Leftover;

/// Lines of a finding that name single things.
const NAMED: usize = 3;

/// What drills have left.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DrillLeftovers {
    /// What `drill restore` made there and that is still there: ARNs, and restore jobs that run. `null` where it is unknown.
    drill_leftovers: Option<Vec<String>>,
    #[serde(skip)]
    clean_up: String,
}

impl DrillLeftovers {
    pub(crate) fn new(
        region: &Region,
        deployment: &str,
        found: &Result<Vec<Leftover>, Failure>,
    ) -> Self {
        let command = format!("drill restore --clean-up --region {region}");
        let clean_up = names::command(deployment, &command);
        let names = |found: &Vec<Leftover>| found.iter().map(Leftover::name).collect();
        Self { drill_leftovers: found.as_ref().ok().map(names), clean_up }
    }

    /// What a person has to know of.
    pub(super) fn finding(&self, region: &Region) -> Option<Finding> {
        let Some(found) = &self.drill_leftovers else {
            let text = format!(
                "{region}: whether drills have left something is unknown: `{}` shows why",
                self.clean_up
            );
            return Some(Finding::new(Severity::Note, text));
        };
        if found.is_empty() {
            return None;
        }
        let verb = if found.len() == 1 { "is" } else { "are" };
        let text = format!(
            "{region}: {} of drills {verb} still there, and cost: `{}`",
            plural(found.len(), "thing"),
            self.clean_up
        );
        let more = found.len().saturating_sub(NAMED);
        let named = found.iter().take(NAMED).cloned();
        let rest = (more > 0).then(|| format!("and {more} more"));
        Some(Finding::new(Severity::Note, text).with(named.chain(rest)))
    }
}
