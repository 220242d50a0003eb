//! Why recovery points stay where vaults are emptied: they are not proven to be ours, or AWS Backup deletes them for nobody.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::recovery_point::RecoveryPoint;
use crate::protection::point_origin::PointOrigin;
use crate::terminal::wrap::plural;

/// Why nothing goes of a vault that is locked.
pub(crate) const LOCKED: &str = "its vault lock lets no one delete from it";

/// What keeps AWS Backup from deleting a recovery point, and from letting it expire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Obstacle {
    /// AWS refuses to delete or disassociate a point under one (API reference, `CreateLegalHold`).
    LegalHold { title: String, id: String },
    /// A backup access point reads an S3 point, and blocks its deletion and its lifecycle as long
    /// as it is there (API reference, `CreateBackupAccessPoint`).
    AccessPoint { name: String },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LegalHold { title, id } => write!(f, "the legal hold {title} ({id})"),
            Self::AccessPoint { name } => write!(f, "the backup access point {name}"),
        }
    }
}

/// The points of a vault that cannot be deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Obstacles {
    /// By the point's ARN.
    pub(crate) by_point: HashMap<String, Obstacle>,
    /// Why nobody knows whether there are more.
    pub(crate) unread: Option<String>,
}

impl Obstacles {
    /// What is in the way of a point's deletion. A composite point holds its members.
    pub(crate) fn of(&self, point: &RecoveryPoint) -> Option<&Obstacle> {
        let arns = [Some(&point.arn), point.parent.as_ref()];
        arns.into_iter().flatten().find_map(|arn| self.by_point.get(arn))
    }
}

/// Why a point stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stay {
    /// It is not proven to be ours.
    Foreign(PointOrigin),
    Held(Obstacle),
}

/// What stays in a vault that is emptied, added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Staying {
    points: BTreeMap<Stay, usize>,
    /// Running jobs that are not this deployment's: their points are still to come.
    pub(crate) jobs: usize,
}

impl Staying {
    pub(crate) fn add(&mut self, why: Stay, points: usize) {
        *self.points.entry(why).or_default() += points;
    }

    /// How many points stay that are not proven to be ours.
    pub(crate) fn foreign(&self) -> usize {
        let foreign = self.points.iter().filter(|(why, _)| matches!(why, Stay::Foreign(_)));
        foreign.map(|(_, count)| count).sum()
    }

    /// How many points AWS Backup would delete for nobody, by what is in the way.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&Obstacle, usize)> {
        self.points.iter().filter_map(|(why, count)| match why {
            Stay::Held(obstacle) => Some((obstacle, *count)),
            Stay::Foreign(_) => None,
        })
    }

    /// Why the vault stays; `None` where nothing keeps it.
    pub(crate) fn because(&self) -> Option<String> {
        let held = self.held().map(|(obstacle, count)| held_words(obstacle, count));
        let jobs = (self.jobs > 0).then(|| format!("{} in it", others_jobs(self.jobs)));
        let lines: Vec<String> = held.chain(self.foreign_words()).chain(jobs).collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }

    fn foreign_words(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (why, count) in &self.points {
            if let Stay::Foreign(origin) = why {
                *counts.entry(whose(*origin)).or_default() += count;
            }
        }
        let line = |(whose, count)| format!("it holds {} {whose}", plural(count, "recovery point"));
        counts.into_iter().map(line).collect()
    }
}

/// Whose a point is that stays; other people's are told in one word.
fn whose(origin: PointOrigin) -> &'static str {
    match origin {
        PointOrigin::OtherPlan | PointOrigin::CopiedIn => "not of this deployment",
        PointOrigin::OurPlan
        | PointOrigin::OnDemand
        | PointOrigin::ProbablyOurs
        | PointOrigin::Unknown => origin.words(),
    }
}

/// That so many points cannot go, and because of what.
pub(crate) fn held_words(obstacle: &Obstacle, points: usize) -> String {
    let them = if points == 1 { "it" } else { "them" };
    let points = plural(points, "recovery point");
    let verb = match obstacle {
        Obstacle::LegalHold { .. } => "is on",
        Obstacle::AccessPoint { .. } => "reads",
    };
    format!("{points} cannot be deleted, nor expire: {obstacle} {verb} {them}")
}

/// That so many jobs of others run.
pub(crate) fn others_jobs(jobs: usize) -> String {
    let are = if jobs == 1 { "is" } else { "are" };
    format!("{} not of this deployment {are} running", plural(jobs, "job"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold() -> Obstacle {
        Obstacle::LegalHold { title: "audit".to_owned(), id: "h-1".to_owned() }
    }

    #[test]
    fn each_reason_is_told_with_its_count() {
        let mut staying = Staying::default();
        assert_eq!(staying.because(), None);
        staying.add(Stay::Foreign(PointOrigin::OtherPlan), 1);
        staying.add(Stay::Foreign(PointOrigin::CopiedIn), 1);
        staying.add(Stay::Foreign(PointOrigin::ProbablyOurs), 1);
        staying.add(Stay::Held(hold()), 2);
        staying.jobs = 1;
        assert_eq!(
            staying.because().unwrap(),
            "2 recovery points cannot be deleted, nor expire: the legal hold audit (h-1) is on them; \
             it holds 2 recovery points not of this deployment; \
             it holds 1 recovery point probably of this deployment's plan, by its name alone; \
             1 job not of this deployment is running in it"
        );
        assert_eq!((staying.foreign(), staying.held().count()), (3, 1));
    }

    #[test]
    fn a_member_is_held_with_its_composite() {
        let by_point = HashMap::from([("parent".to_owned(), hold())]);
        let obstacles = Obstacles { by_point, unread: None };
        let point = |arn: &str, parent: Option<&str>| RecoveryPoint {
            arn: arn.to_owned(),
            parent: parent.map(str::to_owned),
            ..RecoveryPoint::default()
        };
        assert!(obstacles.of(&point("parent", None)).is_some());
        assert!(obstacles.of(&point("member", Some("parent"))).is_some());
        assert!(obstacles.of(&point("other", Some("elsewhere"))).is_none());
    }
}
