//! Where a kind of resource has its steps, and how one is made there.

use std::sync::Arc;

use crate::account::context::Context;
use crate::engine::{Step, StepId};
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::settings::table::Switch;

/// Makes the step of a region.
pub(super) type InRegion = fn(&Context, &Region) -> Arc<dyn Step>;

/// Makes the step of a plan in a region.
pub(super) type OfPlan = fn(&Context, &Region, &str) -> Arc<dyn Step>;

/// Where a kind has its steps, and how one is made there.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// One for all regions.
    Account(fn(&Context) -> Arc<dyn Step>),
    EachVault(fn(&Context, VaultId) -> Arc<dyn Step>),
    /// One for each plan of the settings, in the primary.
    EachPlan(OfPlan),
    /// The primary, and on its own the secondary.
    AlarmRegions(InRegion),
    Secondary(InRegion),
    /// Those that only receive copies.
    WithoutAlarms(InRegion),
    /// Where a setting switches it on: elsewhere nothing is made or looked for, but where the record says that it was on.
    Switched(Switch, InRegion),
}

/// Makes the step of what the settings name in the place of a step of ours; `None` where they name nothing.
pub(super) type GivenStep = fn(&Context, &StepId) -> Option<Arc<dyn Step>>;

/// An entry of the list: where a kind has its steps.
pub(super) struct Entry {
    pub(super) scope: Scope,
    /// What stands in its place where something given is used.
    pub(super) given: Option<GivenStep>,
    /// Whether it goes with a region's alert topic.
    pub(super) is_of_topic: bool,
    /// The function whose alarm chain it is a link of, and the link's place in it.
    pub(super) link: Option<(Lambda, u8)>,
}

impl Entry {
    pub(super) const fn new(scope: Scope) -> Self {
        Self { scope, given: None, is_of_topic: false, link: None }
    }

    /// It is the region's alert topic, or stands on that.
    pub(super) const fn of_topic(self) -> Self {
        Self { is_of_topic: true, ..self }
    }

    /// Something given may stand in its place.
    pub(super) const fn or_given(self, given: GivenStep) -> Self {
        Self { given: Some(given), ..self }
    }

    /// It is a link of a function's alarm chain, which is shown in the order of `place`.
    pub(super) const fn linked(self, lambda: Lambda, place: u8) -> Self {
        Self { link: Some((lambda, place)), ..self }
    }
}

impl Scope {
    /// Whether both have their steps in the same places.
    pub(super) fn is_like(self, other: Self) -> bool {
        self.switch() == other.switch()
            && std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// The setting that switches it on; `None` where it is there in any case.
    pub(super) fn switch(self) -> Option<Switch> {
        match self {
            Self::Switched(switch, _) => Some(switch),
            _ => None,
        }
    }

    /// How a step is made in any region that can be home to one; `None` where it has none of its own.
    pub(super) fn in_region(self) -> Option<InRegion> {
        match self {
            Self::AlarmRegions(new)
            | Self::Secondary(new)
            | Self::WithoutAlarms(new)
            | Self::Switched(_, new) => Some(new),
            Self::Account(_) | Self::EachVault(_) | Self::EachPlan(_) => None,
        }
    }
}
