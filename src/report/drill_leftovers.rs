//! What drills have left in a region: it costs by the hour, and it is nobody's backup.

use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::model::names;
use crate::model::region::Region;
use crate::report::finding::{Finding, Severity};
use crate::report::{Problem, plural};
use crate::restores::drill::Leftover;

/// Lines of a finding that name single things.
const NAMED: usize = 3;

/// What drills have left, or why that is unknown.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct DrillLeftovers {
    /// What `drill restore` made there and that is still there: ARNs, and restore jobs that run. `null` where it is unknown.
    drill_leftovers: Option<Vec<String>>,
    #[serde(skip)]
    unread: Option<Problem>,
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
        let (drill_leftovers, unread) = match found {
            Ok(found) => (Some(found.iter().map(Leftover::name).collect()), None),
            Err(failure) => (None, Some(failure.into())),
        };
        Self { drill_leftovers, unread, clean_up }
    }

    /// What a person has to know of.
    pub(super) fn finding(&self, region: &Region) -> Option<Finding> {
        if let Some(unread) = &self.unread {
            let text = format!("{region}: whether drills have left something is unknown");
            let why =
                unread.to_string().lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
            return Some(Finding::new(Severity::Note, text).with(why));
        }
        let found = self.drill_leftovers.as_ref().filter(|found| !found.is_empty())?;
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
