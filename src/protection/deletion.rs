//! Which recovery points a removal deletes, which it only disassociates, and which stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::model::recovery_point::RecoveryPoint;
use crate::model::region::Region;
use crate::protection::point_origin::PointOrigin;
use crate::terminal::wrap::plural;

/// How a vault is emptied.
#[derive(Debug, Default)]
pub(crate) struct DeletionPolicy {
    /// Points of other plans, and those copied in from elsewhere, too.
    pub(crate) foreign: bool,
    /// Delete continuous points, which stops the source's own point-in-time recovery, in place of
    /// only letting go of them.
    pub(crate) stop_pitr: bool,
    /// Every plan that was ever this deployment's.
    pub(crate) our_plans: BTreeSet<String>,
    /// What AWS Backup has let go of.
    disassociated: Mutex<Released>,
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
    pub(crate) fn new(foreign: bool, stop_pitr: bool, our_plans: BTreeSet<String>) -> Self {
        Self { foreign, stop_pitr, our_plans, disassociated: Mutex::default() }
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

    /// Whether a point of this origin stays.
    pub(crate) fn spares(&self, origin: PointOrigin) -> bool {
        !self.foreign && origin.is_foreign()
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
        (!self.stop_pitr).then_some(disassociated)
    }
}

impl Disassociated {
    /// A bucket may have one that stopped beside one that goes on.
    pub(crate) fn add_to(self, released: &mut Released) {
        *released.entry((self.region, self.resource)).or_default() |= self.continues;
    }
}

/// Why points of others keep a vault.
pub(crate) fn foreign_stay(foreign: usize) -> String {
    let them = if foreign == 1 { "it" } else { "them" };
    let points = plural(foreign, "recovery point");
    format!("it holds {points} of others: --include-foreign-points deletes {them} too")
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
}
