//! What calls have in common that go to one service in one region.

use std::fmt;

use crate::failure::CallSite;
use crate::model::region::Region;

/// A service in a region; without one where the service is global.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Endpoint {
    service: &'static str,
    region: Option<Region>,
}

impl Endpoint {
    /// The endpoint that a call goes to.
    pub(super) fn of(site: &CallSite) -> Self {
        let service = site.action.split(':').next().unwrap_or_default();
        Self { service, region: site.region.clone() }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(region) = &self.region {
            write!(f, "{region} ")?;
        }
        f.write_str(self.service)
    }
}
