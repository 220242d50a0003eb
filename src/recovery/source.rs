//! What is to be restored: a recovery point of a vault, and which one of a resource is taken.

use std::collections::BTreeMap;

use crate::model::recovery_point::RecoveryPoint;
use crate::model::region::Region;
use crate::model::time::Time;

/// Restore metadata: AWS Backup's keys, all of whose values are text.
pub(crate) type Metadata = BTreeMap<String, String>;

/// A recovery point from which a resource is to be restored.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) point: RecoveryPoint,
    /// ARN of the resource that it is a backup of.
    pub(crate) resource: String,
    /// AWS Backup's name of its type: ARNs of clusters do not tell Aurora, `DocumentDB` and Neptune apart.
    pub(crate) kind: String,
    /// What AWS Backup kept of the source's configuration. Its values are the source region's.
    pub(crate) metadata: Metadata,
    /// Whether the point is in cold storage, from which a restore takes hours.
    pub(crate) is_cold: bool,
}

impl Source {
    /// A value of the source's configuration. AWS writes keys in different cases for different types.
    pub(crate) fn said(&self, key: &str) -> Option<&str> {
        let value = value_of(&self.metadata, key);
        value.filter(|value| !value.is_empty() && *value != "null")
    }

    /// The last part of the resource's ARN: the name or id that its service knows it by.
    pub(crate) fn name(&self) -> &str {
        name_of(&self.resource)
    }

    /// The region that the resource is or was in; `None` of a bucket, whose ARN does not tell it.
    pub(crate) fn region(&self) -> Option<&str> {
        self.resource.split(':').nth(3).filter(|region| !region.is_empty())
    }

    /// Whether the restore is into another region than the resource's.
    pub(crate) fn comes_from_elsewhere(&self, into: &Region) -> bool {
        match self.region() {
            Some(region) => region != into.as_str(),
            None => self.point.source_vault.is_some(),
        }
    }
}

/// A value of restore metadata: keys are the same in any case ("Restore testing inferred metadata").
pub(crate) fn value_of<'a>(map: &'a Metadata, key: &str) -> Option<&'a str> {
    let found = map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
    found.map(|(_, value)| value.as_str())
}

/// The last part of an ARN.
pub(crate) fn name_of(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// Which points may be taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    /// Made at this moment or before.
    pub(crate) before: Option<Time>,
    /// This point, and no other.
    pub(crate) point: Option<String>,
    /// Points in cold storage too, whose restore takes hours.
    pub(crate) cold_too: bool,
    /// The moment to which a continuous backup is restored: it has to have begun before.
    pub(crate) at: Option<Time>,
}

/// Why none of a resource's points is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPoint {
    /// Points are there, all of them in cold storage.
    OnlyCold,
    /// None of them is whole, or of the time that was asked for.
    NoneGood,
    /// None of them is continuous.
    NoneContinuous,
    /// None of them is the one that was asked for.
    NotHeld,
}

/// The points of one resource while they are read: the newest good one is kept, of the others that they were there.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    best: Option<RecoveryPoint>,
    cold: bool,
    not_continuous: bool,
    /// Whether one is that which was asked for, or any may be.
    held: bool,
}

impl Candidates {
    /// Looks at a point.
    pub(crate) fn add(&mut self, point: RecoveryPoint, choice: &Choice, now: Time) {
        let made = point.created.unwrap_or_default();
        if choice.point.as_ref().is_some_and(|arn| *arn != point.arn) {
            return;
        }
        self.held = true;
        if !point.status.is_good() || choice.before.is_some_and(|before| made > before) {
            return;
        }
        // A copy of a continuous backup is a snapshot ("Continuous backups and point-in-time recovery").
        if choice.at.is_some_and(|at| point.continues().is_none() || made > at) {
            self.not_continuous = true;
        } else if is_cold(&point, now) && !choice.cold_too {
            self.cold = true;
        } else if self.best.as_ref().is_none_or(|best| newness(best, now) < newness(&point, now)) {
            self.best = Some(point);
        }
    }

    /// The newest good point.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn newest(self) -> Result<RecoveryPoint, NoPoint> {
        self.best.ok_or(match (self.held, self.not_continuous, self.cold) {
            (false, ..) => NoPoint::NotHeld,
            (true, true, _) => NoPoint::NoneContinuous,
            (true, false, true) => NoPoint::OnlyCold,
            (true, false, false) => NoPoint::NoneGood,
        })
    }
}

/// Whether a point has moved to cold storage.
pub(crate) fn is_cold(point: &RecoveryPoint, now: Time) -> bool {
    point.cold_at.is_some_and(|at| at <= now)
}

/// How new what a point holds is: one that goes on holds what was there minutes ago.
fn newness(point: &RecoveryPoint, now: Time) -> (Time, &str) {
    let made = point.created.unwrap_or_default();
    (if point.continues() == Some(true) { now } else { made }, &point.arn)
}

impl NoPoint {
    /// The reason as a sentence goes on with it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OnlyCold => {
                "its recovery points are in cold storage, from which a restore takes hours: --cold-too takes them"
            }
            Self::NoneGood => {
                "it has no recovery point that is whole and of the time that was asked for"
            }
            Self::NoneContinuous => {
                "it has no continuous backup of that moment; a copy of one is a snapshot"
            }
            Self::NotHeld => {
                "the vault of this deployment does not hold the recovery point that was asked for"
            }
        }
    }
}
