//! Where a call was made.

use std::fmt;

use crate::model::region::Region;

/// Where a call was made: enough to name the missing permission.
#[derive(Clone, Debug)]
pub(crate) struct CallSite {
    /// The IAM action, such as `backup:CreateBackupVault`.
    pub(crate) action: &'static str,
    /// `None` for IAM, which is global.
    pub(crate) region: Option<Region>,
    /// Name or ARN of what the call is about.
    pub(crate) resource: String,
}

impl CallSite {
    pub(crate) fn new(action: &'static str, region: &Region, resource: impl Into<String>) -> Self {
        Self { action, region: Some(region.clone()), resource: resource.into() }
    }

    pub(crate) fn global(action: &'static str, resource: impl Into<String>) -> Self {
        Self { action, region: None, resource: resource.into() }
    }

    /// Whether the call changes nothing, as AWS names its actions.
    pub(crate) fn reads(&self) -> bool {
        let operation = self.action.split(':').nth(1).unwrap_or_default();
        ["Get", "List", "Describe", "Test"].iter().any(|verb| operation.starts_with(verb))
    }
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(region) = &self.region {
            write!(f, "{region}: ")?;
        }
        write!(f, "{}", self.action)?;
        if self.resource.is_empty() { Ok(()) } else { write!(f, " on {}", self.resource) }
    }
}
