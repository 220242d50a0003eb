//! The recovery points of a vault by the plan that made them and by what keeps them: what is decided of one is decided of its group.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::recovery_point::{CreatingPlan, RecoveryPoint};
use crate::protection::deletion::{Disassociated, Released};
use crate::protection::point_origin::{PlanOwners, PointOrigin};
use crate::protection::staying::Obstacle;

/// Points of a vault of which the same is true.
#[derive(Clone, Debug)]
pub(crate) struct PointGroup {
    pub(crate) origin: PointOrigin,
    /// `None` of points that were made on demand.
    pub(crate) plan: Option<CreatingPlan>,
    /// What keeps AWS Backup from deleting them.
    pub(crate) obstacle: Option<Obstacle>,
    pub(crate) points: usize,
    /// Resources whose continuous backups AWS Backup would let go of with them.
    pub(crate) released: Released,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    plan: Option<CreatingPlan>,
    copied_in: bool,
    obstacle: Option<Obstacle>,
}

#[derive(Clone, Debug, Default)]
struct Amount {
    points: usize,
    released: Released,
}

/// Adds points up by group, before it is known whose the plans are.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupTally(BTreeMap<Key, Amount>);

impl GroupTally {
    /// Adds a point; `disassociated` where AWS Backup would only let go of it.
    pub(crate) fn add(
        &mut self,
        point: &RecoveryPoint,
        copied_in: bool,
        obstacle: Option<&Obstacle>,
        disassociated: Option<Disassociated>,
    ) {
        let key = Key { plan: point.plan.clone(), copied_in, obstacle: obstacle.cloned() };
        let amount = self.0.entry(key).or_default();
        amount.points += 1;
        if let Some(disassociated) = disassociated {
            disassociated.add_to(&mut amount.released);
        }
    }

    /// The plans that made them.
    pub(crate) fn plans(&self) -> BTreeSet<CreatingPlan> {
        self.0.keys().filter_map(|key| key.plan.clone()).collect()
    }

    /// The groups, now that it is known whose the plans are.
    pub(crate) fn groups(self, owners: &PlanOwners) -> Vec<PointGroup> {
        let group = |(key, amount): (Key, Amount)| PointGroup {
            origin: owners.origin_of(key.plan.as_ref(), key.copied_in),
            plan: key.plan,
            obstacle: key.obstacle,
            points: amount.points,
            released: amount.released,
        };
        self.0.into_iter().map(group).collect()
    }
}
