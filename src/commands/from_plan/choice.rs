//! What a person decides of the file that stands for a plan.

use crate::model::region::Region;

/// What a person decides.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// The plan's region, where the document has none or several.
    pub(crate) region: Option<Region>,
    pub(crate) secondary: Option<Region>,
    /// Write to the plan's vaults, and not to vaults of the deployment's own.
    pub(crate) keep_vaults: bool,
    pub(crate) keep_role: bool,
}
