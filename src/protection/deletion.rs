//! Which recovery points a removal deletes, which it only disassociates, and which stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::model::recovery_point::{CreatingPlan, RecoveryPoint};
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::protection::point_origin::{PlanOwners, PointOrigin};
use crate::protection::staying::{Obstacle, Obstacles, Stay};

/// What is to be deleted, as it was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeletionChoice {
    /// Points of other plans, and those copied in from elsewhere, too.
    pub(crate) foreign: bool,
    /// Ids of plans whose points go, whoever made these plans.
    pub(crate) plans: BTreeSet<String>,
    /// Delete continuous points, which stops the source's own point-in-time recovery, in place of
    /// only letting go of them.
    pub(crate) stop_pitr: bool,
    /// Regions that are left as they are: nobody asks what runs there.
    pub(crate) without: Vec<Region>,
}

/// How vaults are emptied. The dry run tells and the run does what was decided here, once, before
/// anything is written.
#[derive(Debug, Default)]
pub(crate) struct DeletionPolicy {
    choice: DeletionChoice,
    decision: OnceLock<Decision>,
    /// What AWS Backup has let go of.
    disassociated: Mutex<Released>,
}

/// What was read before the first write, and decides which points go.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    pub(crate) owners: PlanOwners,
    pub(crate) obstacles: BTreeMap<VaultId, Obstacles>,
}

/// Resources whose continuous backups are their own service's again, and whether these go on.
pub(crate) type Released = BTreeMap<(Region, String), bool>;

/// A continuous backup of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disassociated {
    pub(crate) region: Region,
    pub(crate) resource: String,
    /// False of one that had stopped already.
    pub(crate) continues: bool,
}

impl DeletionPolicy {
    pub(crate) fn new(choice: DeletionChoice) -> Self {
        Self { choice, ..Self::default() }
    }

    /// Settles which points go. Only the first decision counts.
    pub(crate) fn decide(&self, decision: Decision) {
        self.decision.get_or_init(|| decision);
    }

    /// What was let go of so far.
    pub(crate) fn released(&self) -> Released {
        self.disassociated.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn record(&self, point: Option<Disassociated>) {
        let Some(point) = point else { return };
        let mut released = self.disassociated.lock().unwrap_or_else(PoisonError::into_inner);
        point.add_to(&mut released);
    }

    /// Whether what this plan made stays, as it is not proven to be ours.
    pub(crate) fn spares(&self, origin: PointOrigin, plan: Option<&CreatingPlan>) -> bool {
        let named = plan.is_some_and(|plan| self.choice.plans.contains(&plan.id));
        origin.is_foreign() && !self.choice.foreign && !named
    }

    /// Why a point of this plan stays, with what is in the way of its deletion.
    pub(crate) fn stay(
        &self,
        origin: PointOrigin,
        plan: Option<&CreatingPlan>,
        obstacle: Option<&Obstacle>,
    ) -> Option<Stay> {
        if self.spares(origin, plan) {
            return Some(Stay::Foreign(origin));
        }
        obstacle.cloned().map(Stay::Held)
    }

    /// Why a point of a vault stays. Before anything was decided, all do.
    pub(crate) fn stays(&self, vault: &VaultId, point: &RecoveryPoint) -> Option<Stay> {
        let origin = self.owners().map_or(PointOrigin::Unknown, |owners| owners.origin(point));
        let obstacles = self.decision.get().and_then(|decision| decision.obstacles.get(vault));
        self.stay(origin, point.plan.as_ref(), obstacles.and_then(|all| all.of(point)))
    }

    /// Regions that are left as they are.
    pub(crate) fn without(&self) -> &[Region] {
        &self.choice.without
    }

    /// Whose the plans are; `None` before it was decided.
    pub(crate) fn owners(&self) -> Option<&PlanOwners> {
        self.decision.get().map(|decision| &decision.owners)
    }

    /// What AWS Backup would only let go of; `None` of a point that is deleted.
    pub(crate) fn disassociates(
        &self,
        region: &Region,
        point: &RecoveryPoint,
    ) -> Option<Disassociated> {
        let continues = point.continues()?;
        let resource = point.resource.clone().unwrap_or_else(|| point.arn.clone());
        let disassociated = Disassociated { region: region.clone(), resource, continues };
        (!self.choice.stop_pitr).then_some(disassociated)
    }
}

impl Disassociated {
    /// A bucket may have one that stopped beside one that goes on.
    pub(crate) fn add_to(self, released: &mut Released) {
        *released.entry((self.region, self.resource)).or_default() |= self.continues;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recovery_point::PointStatus;

    #[test]
    fn a_resource_goes_on_if_any_of_its_continuous_backups_does() {
        let region = Region::parse("us-east-1").unwrap();
        let policy = DeletionPolicy::default();
        let point = |status| {
            let resource = Some("bucket".to_owned());
            policy.disassociates(
                &region,
                &RecoveryPoint { resource, status, ..RecoveryPoint::default() },
            )
        };
        assert_eq!(point(PointStatus::Completed), None);
        policy.record(point(PointStatus::Stopped));
        let key = (region.clone(), "bucket".to_owned());
        assert_eq!(policy.released(), Released::from([(key.clone(), false)]));
        policy.record(point(PointStatus::Available));
        policy.record(point(PointStatus::Stopped));
        assert_eq!(policy.released(), Released::from([(key, true)]));
    }

    #[test]
    fn a_flag_reaches_no_further_than_it_says() {
        use PointOrigin::{CopiedIn, OnDemand, OtherPlan, OurPlan, ProbablyOurs, Unknown};
        let plan = |id| CreatingPlan::new(Some(id), None, None);
        let policy = |choice: DeletionChoice| DeletionPolicy::new(choice);
        let named = DeletionChoice { plans: ["p".to_owned()].into(), ..DeletionChoice::default() };
        let all = DeletionChoice { foreign: true, ..DeletionChoice::default() };
        for (choice, id, spared) in [
            (DeletionChoice::default(), "p", vec![ProbablyOurs, OtherPlan, CopiedIn, Unknown]),
            (named.clone(), "q", vec![ProbablyOurs, OtherPlan, CopiedIn, Unknown]),
            (named, "p", vec![]),
            (all, "q", vec![]),
        ] {
            let policy = policy(choice);
            let mut stay = vec![OurPlan, OnDemand, ProbablyOurs, OtherPlan, CopiedIn, Unknown];
            stay.retain(|origin| policy.spares(*origin, plan(id).as_ref()));
            assert_eq!(stay, spared);
        }
    }

    #[test]
    fn what_is_held_stays_and_all_does_before_anything_was_decided() {
        let vault = VaultId::plain(&Region::parse("us-east-1").unwrap());
        let policy = DeletionPolicy::default();
        let point = |arn: &str| RecoveryPoint { arn: arn.to_owned(), ..RecoveryPoint::default() };
        assert_eq!(policy.stays(&vault, &point("a")), Some(Stay::Foreign(PointOrigin::Unknown)));
        let obstacle = Obstacle::AccessPoint { name: "ap".to_owned() };
        let by_point = [("a".to_owned(), obstacle.clone())].into();
        let obstacles = [(vault.clone(), Obstacles { by_point, unread: None })].into();
        policy.decide(Decision { obstacles, ..Decision::default() });
        assert_eq!(policy.stays(&vault, &point("a")), Some(Stay::Held(obstacle)));
        assert_eq!(policy.stays(&vault, &point("b")), None);
    }
}
