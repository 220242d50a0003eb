//! Resources that carry the tags where no plan selects them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::deployment::search::{Unread, by_reason};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::finding::{Finding, Severity};
use crate::report::{Problem, plural};

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

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for NotCoveredRow { region, resources, .. } in &self.not_covered {
            let Some(resources) = resources else { continue };
            let count = plural(resources.len(), "resource");
            let text = format!(
                "{count} in {region} not covered by this deployment: a plan selects from its own region alone. Where no other one covers them (mrbackup list):"
            );
            let up = format!("mrbackup up --name {region} --primary {region} --secondary REGION");
            findings.push(Finding::new(Severity::Note, text).with([up]));
        }
        for Unread { reason, regions, failure } in by_reason(&self.unread) {
            let regions: Vec<&str> = regions.into_iter().map(Region::as_str).collect();
            let text = format!(
                "Whether resources with the tags are not covered is unknown ({reason}) in {}",
                regions.join(", ")
            );
            findings.push(Finding::new(Severity::Note, text).with([failure.to_string()]));
        }
        findings
    }
}
