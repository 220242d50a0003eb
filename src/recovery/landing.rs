//! Where a restore goes: the region, what it offers, what settings say, and what was typed for this one.

use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::model::time::Time;
use crate::recovery::drill::{self, SetApart};
use crate::recovery::region_facts::RegionFacts;
use crate::recovery::source::{Metadata, Source, value_of};

/// The surroundings of the translation of one recovery point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Landing<'a> {
    pub(crate) region: &'a Region,
    pub(crate) facts: &'a RegionFacts,
    pub(crate) settings: &'a RestoreSettings,
    pub(crate) typed: &'a Typed,
    /// Identifies the job of a resource that gets no name.
    pub(crate) request_id: &'a str,
    /// Of a drill: how it is set apart from the source and from everybody.
    pub(crate) set_apart: Option<&'a SetApart>,
}

/// What was typed for one restore.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    /// `--as`: the name of what is made.
    pub(crate) name: Option<String>,
    /// `--set`: keys of AWS Backup's restore metadata.
    pub(crate) set: Metadata,
    /// `--at`: the moment to which a continuous backup is restored.
    pub(crate) at: Option<Time>,
}

impl Landing<'_> {
    /// What a person says of a key for this resource: typed, or in the settings' overrides. Not of what a drill decides.
    pub(crate) fn given<'b>(&'b self, source: &Source, key: &str) -> Option<&'b str> {
        if self.set_apart.is_some() && drill::decides(key) {
            return None;
        }
        let typed = value_of(&self.typed.set, key);
        typed.or_else(|| value_of(self.settings.overrides.get(&source.resource)?, key))
    }

    /// The name that what is made is to have; `None` where it is the source's.
    pub(crate) fn name(&self) -> Option<&str> {
        let of_drill = self.set_apart.map(|set_apart| set_apart.name.as_str());
        of_drill.or(self.typed.name.as_deref())
    }

    /// A setting as messages name it.
    pub(crate) fn setting(&self, key: &str) -> String {
        format!("{key} in [restore.{}]", self.region)
    }
}
