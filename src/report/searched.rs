//! Where a deployment was looked for: what "nothing" rests on.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::deployment::search::{Looked, Unread};
use crate::model::region::Region;
use crate::report::{CARE, UnreadRegion};

/// The regions that were searched.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub(crate) struct Searched {
    /// Regions that were read, and hold nothing but what is reported.
    searched_regions: Vec<Region>,
    /// Regions that could not be read, and why.
    unreachable_regions: Vec<UnreadRegion>,
    /// The deployments that the account has, where the one that was named is not among them.
    other_deployments: Vec<String>,
    #[serde(skip)]
    looked: Looked,
}

impl Searched {
    pub(crate) fn new(looked: &Looked) -> Self {
        let unread = looked.unreachable_regions.iter();
        Self {
            searched_regions: looked.regions.clone(),
            unreachable_regions: unread.map(|(r, why)| UnreadRegion::new(r, why)).collect(),
            other_deployments: looked.deployments.clone(),
            looked: looked.clone(),
        }
    }

    /// How far the search reached: "in the 17 regions read".
    pub(crate) fn extent(&self) -> String {
        self.looked.extent()
    }

    /// Whether all was read where anything may be.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.looked.is_conclusive()
    }

    /// "There are: default, staging."
    pub(crate) fn there_are(&self) -> Option<String> {
        self.looked.there_are()
    }

    /// One line for each reason, in AWS's words.
    pub(crate) fn write_unread(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Unread { reason, regions, failure } in self.looked.unread() {
            let (first, others) = (&regions[0], &regions[1..]);
            write!(f, "{CARE}!{CARE:#} not read ({reason}): {first}")?;
            for region in others {
                write!(f, ", {region}")?;
            }
            writeln!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}
