//! What AWS has told in this run, and other steps need.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::lambda::Lambda;
use crate::model::region::Region;

/// What AWS told in this run and other steps need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) plan_ids: BTreeMap<Region, String>,
    /// Younger plans of ours, by region.
    pub(crate) twin_plans: BTreeMap<Region, Vec<String>>,
    /// Regions whose plan this run has made: nothing is in it yet.
    pub(crate) new_plans: BTreeSet<Region>,
    /// `RoleId` of a role of ours, which changes when the role is made again under the same name;
    /// `None` where there is no such role, and no entry where it could not be read.
    pub(crate) role_ids: BTreeMap<OurRole, Option<String>>,
    /// The role that a function was last saved with.
    pub(crate) saved_with: BTreeMap<OurRole, String>,
    /// The selections of a region's plan; no entry where they could not be read.
    pub(crate) selections: BTreeMap<Region, SelectionNames>,
    /// Name of the selection that the watchdog was told of.
    pub(crate) watchdog_selection: Option<String>,
    /// When the selection that was found was made, in seconds since 1970.
    pub(crate) selected_since: Option<i64>,
    /// Addresses by keyed hash, as typed and as subscribed.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Former subscribers that stay on a region's topic until another has confirmed.
    pub(crate) staying: BTreeMap<Region, BTreeSet<String>>,
    /// Keyed hashes of former subscribers that are still on the topic.
    pub(crate) former_subscribers: BTreeSet<String>,
}

impl Facts {
    /// Ids of a region's plan and of the selections of ours in it, if there is a plan.
    pub(crate) fn plan_and_selections(
        &self,
        region: &Region,
    ) -> Option<(String, BTreeSet<String>)> {
        let selections = self.selections.get(region).map(|found| found.ids.clone());
        Some((self.plan_ids.get(region)?.clone(), selections.unwrap_or_default()))
    }
}

/// A role of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OurRole {
    Service,
    Of(Lambda, Region),
}

/// The selections of a plan, as far as their names decide the name of the wanted one.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelectionNames {
    /// Ids of ours.
    pub(crate) ids: BTreeSet<String>,
    /// Of ours that select what is wanted.
    pub(crate) right: BTreeSet<String>,
    pub(crate) ours: BTreeSet<String>,
    /// Of others.
    pub(crate) foreign: BTreeSet<String>,
}
