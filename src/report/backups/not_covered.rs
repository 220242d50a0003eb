//! Resources that carry the tags where no plan selects them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::deployment::search::{Unread, by_reason};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::{CARE, Problem, plural};

/// What was found in the regions that the plan does not select from.
#[derive(Debug, Default)]
pub(crate) struct NotCovered {
    pub(crate) resources: BTreeMap<Region, Vec<String>>,
    /// Regions of which nothing is known.
    pub(crate) unread: BTreeMap<Region, Failure>,
}

/// The same in a report.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct NotCoveredRows {
    not_covered: Vec<NotCoveredRow>,
    #[serde(skip)]
    unread: BTreeMap<Region, Failure>,
}

/// A region that holds such resources, or of which it is not known.
#[derive(Debug, JsonSchema, Serialize)]
struct NotCoveredRow {
    region: Region,
    /// `null` where they could not be read.
    resources: Option<Vec<String>>,
    error: Option<Problem>,
}

impl NotCoveredRows {
    pub(super) fn new(NotCovered { resources, unread }: NotCovered) -> Self {
        let found = resources.into_iter().map(|(region, resources)| NotCoveredRow {
            region,
            resources: Some(resources),
            error: None,
        });
        let unknown = unread.iter().map(|(region, failure)| NotCoveredRow {
            region: region.clone(),
            resources: None,
            error: Some(failure.into()),
        });
        Self { not_covered: found.chain(unknown).collect(), unread }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for NotCoveredRow { region, resources, .. } in &self.not_covered {
            let Some(resources) = resources else { continue };
            writeln!(
                f,
                "{CARE}!{CARE:#} {} in {region} not covered by this deployment: a plan selects from its own region alone. \
                 Where no other one covers them (mrbackup list): \
                 mrbackup up --name {region} --primary {region} --secondary REGION",
                plural(resources.len(), "resource")
            )?;
        }
        for Unread { reason, regions, failure } in by_reason(&self.unread) {
            let regions: Vec<&str> = regions.into_iter().map(Region::as_str).collect();
            writeln!(
                f,
                "{CARE}!{CARE:#} Whether resources with the tags are not covered is unknown ({reason}) in {}\n    {failure}",
                regions.join(", ")
            )?;
        }
        Ok(())
    }
}
