//! Where a recovery point or a job came from, which decides whether it is ours to delete.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::names::plan_stem;
use crate::model::recovery_point::{CreatingPlan, RecoveryPoint};
use crate::model::region::Region;

/// Where a recovery point, or a job, came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PointOrigin {
    OurPlan,
    OnDemand,
    /// A plan of this deployment's plan's name made it, and nothing proves that the plan was ours.
    ProbablyOurs,
    OtherPlan,
    /// Copied from a vault that is not of this deployment, by no plan of ours.
    CopiedIn,
    /// Its plan may be in a region that could not be read.
    Unknown,
}

impl PointOrigin {
    /// Whether it is not proven to be this deployment's.
    pub(crate) fn is_foreign(self) -> bool {
        !matches!(self, Self::OurPlan | Self::OnDemand)
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OurPlan => "of this deployment's plan",
            Self::OnDemand => "on demand",
            Self::ProbablyOurs => "probably of this deployment's plan, by its name alone",
            Self::OtherPlan => "of other plans",
            Self::CopiedIn => "copied in from elsewhere",
            Self::Unknown => "of a plan in a region that could not be read",
        }
    }
}

/// Whose the plans are, as far as AWS and the record tell; and which vaults are ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlanOwners {
    /// Ids of plans that are or were this deployment's: by their `CreatorRequestId`, their tag, or
    /// the record.
    pub(crate) ours: BTreeSet<String>,
    /// Ids of plans that somebody else made, as AWS lists them.
    pub(crate) others: BTreeSet<String>,
    /// Regions whose plans could not be listed.
    pub(crate) unread: BTreeSet<Region>,
    /// The name of this deployment's plan at the top, which anybody may give to theirs; those of its others begin with it.
    pub(crate) name: String,
    pub(crate) account: String,
    /// ARNs of every vault of this deployment.
    pub(crate) vaults: BTreeSet<String>,
}

impl PlanOwners {
    /// Whose a point is: its plan tells, whatever vault it came through.
    pub(crate) fn origin(&self, point: &RecoveryPoint) -> PointOrigin {
        self.origin_of(point.plan.as_ref(), self.is_copied_in(point))
    }

    /// Whether a point was copied from a vault that is not of this deployment.
    pub(crate) fn is_copied_in(&self, point: &RecoveryPoint) -> bool {
        point.source_vault.as_ref().is_some_and(|arn| !self.vaults.contains(arn))
    }

    /// Whose it is that this plan made; `copied_in` of a point from a vault that is not ours.
    pub(crate) fn origin_of(&self, plan: Option<&CreatingPlan>, copied_in: bool) -> PointOrigin {
        let origin = plan.map_or(PointOrigin::OnDemand, |plan| self.of_plan(plan));
        match origin {
            PointOrigin::OnDemand | PointOrigin::OtherPlan if copied_in => PointOrigin::CopiedIn,
            origin => origin,
        }
    }

    fn of_plan(&self, plan: &CreatingPlan) -> PointOrigin {
        let elsewhere = plan.account.as_ref().is_some_and(|account| *account != self.account);
        let may_be_unread = plan
            .region
            .as_ref()
            .map_or(!self.unread.is_empty(), |region| self.unread.contains(region));
        if self.ours.contains(&plan.id) {
            PointOrigin::OurPlan
        } else if elsewhere || self.others.contains(&plan.id) {
            PointOrigin::OtherPlan
        } else if plan.name.as_deref().map(plan_stem) == Some(&self.name) {
            PointOrigin::ProbablyOurs
        } else if may_be_unread {
            PointOrigin::Unknown
        } else {
            PointOrigin::OtherPlan
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Owners who know of one plan of ours and one of somebody else's.
    pub(crate) fn owners() -> PlanOwners {
        PlanOwners {
            ours: BTreeSet::from(["ours".to_owned()]),
            others: BTreeSet::from(["theirs".to_owned()]),
            name: "mrbackup-default".to_owned(),
            account: "111122223333".to_owned(),
            vaults: BTreeSet::from(["arn:ours".to_owned()]),
            ..PlanOwners::default()
        }
    }

    fn plan(id: &str, name: Option<&str>, arn: Option<&str>) -> Option<CreatingPlan> {
        CreatingPlan::new(Some(id), name, arn)
    }

    fn origin(plan: Option<CreatingPlan>, source: Option<&str>) -> PointOrigin {
        let source_vault = source.map(str::to_owned);
        owners().origin(&RecoveryPoint { plan, source_vault, ..RecoveryPoint::default() })
    }

    #[test]
    fn the_plan_tells_whose_a_point_is_and_the_vault_does_not() {
        let ours = || plan("ours", None, None);
        assert_eq!(origin(ours(), None), PointOrigin::OurPlan);
        assert_eq!(origin(ours(), Some("arn:ours")), PointOrigin::OurPlan);
        assert_eq!(origin(ours(), Some("arn:theirs")), PointOrigin::OurPlan);
        assert_eq!(origin(None, None), PointOrigin::OnDemand);
        assert_eq!(origin(None, Some("arn:theirs")), PointOrigin::CopiedIn);
        assert_eq!(origin(plan("theirs", None, None), None), PointOrigin::OtherPlan);
        assert_eq!(origin(plan("theirs", None, None), Some("arn:theirs")), PointOrigin::CopiedIn);
        assert_eq!(origin(plan("unlisted", None, None), None), PointOrigin::OtherPlan);
    }

    #[test]
    fn a_name_alone_is_no_proof_and_is_told_apart() {
        let named = |id, arn| plan(id, Some("mrbackup-default"), arn);
        let of = |account: &str| format!("arn:aws:backup:us-east-1:{account}:backup-plan:x");
        assert_eq!(origin(named("unlisted", None), None), PointOrigin::ProbablyOurs);
        assert_eq!(origin(named("unlisted", None), Some("arn:x")), PointOrigin::ProbablyOurs);
        let (here, elsewhere) = (of("111122223333"), of("999999999999"));
        assert_eq!(origin(named("unlisted", Some(&here)), None), PointOrigin::ProbablyOurs);
        assert_eq!(origin(named("unlisted", Some(&elsewhere)), None), PointOrigin::OtherPlan);
        // AWS lists it, and somebody else made it.
        assert_eq!(origin(named("theirs", None), None), PointOrigin::OtherPlan);
    }

    #[test]
    fn a_plan_of_a_region_that_could_not_be_read_is_unknown() {
        let west = Region::parse("us-west-2").unwrap();
        let owners = PlanOwners { unread: BTreeSet::from([west]), ..owners() };
        let in_region = |id, region: &str| {
            let arn = format!("arn:aws:backup:{region}:111122223333:backup-plan:{id}");
            owners.origin_of(plan(id, None, Some(&arn)).as_ref(), false)
        };
        assert_eq!(in_region("new", "us-west-2"), PointOrigin::Unknown);
        assert_eq!(in_region("new", "us-east-1"), PointOrigin::OtherPlan);
        assert_eq!(in_region("ours", "us-west-2"), PointOrigin::OurPlan);
        assert_eq!(owners.origin_of(plan("new", None, None).as_ref(), false), PointOrigin::Unknown);
    }

    #[test]
    fn only_what_is_proven_is_ours() {
        use PointOrigin::{CopiedIn, OnDemand, OtherPlan, OurPlan, ProbablyOurs, Unknown};
        assert!(
            [ProbablyOurs, OtherPlan, CopiedIn, Unknown].into_iter().all(PointOrigin::is_foreign)
        );
        assert!(![OurPlan, OnDemand].into_iter().any(PointOrigin::is_foreign));
    }
}
