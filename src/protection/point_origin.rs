//! Where a recovery point came from, which decides whether it is ours to delete.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::model::recovery_point::RecoveryPoint;

/// Where a recovery point came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PointOrigin {
    OurPlan,
    OnDemand,
    OtherPlan,
    /// Copied from a vault that is not of this deployment.
    CopiedIn,
}

impl PointOrigin {
    pub(crate) fn new(
        point: &RecoveryPoint,
        our_plans: &BTreeSet<String>,
        our_vaults: &BTreeSet<String>,
    ) -> Self {
        let plan = point.plan.as_ref();
        let elsewhere = |arn: &str| !our_vaults.contains(arn);
        match (point.source_vault.as_ref().filter(|arn| elsewhere(arn)), plan) {
            (Some(_), _) => Self::CopiedIn,
            (None, Some(plan)) if our_plans.contains(plan) => Self::OurPlan,
            (None, Some(_)) => Self::OtherPlan,
            (None, None) => Self::OnDemand,
        }
    }

    pub(crate) fn is_foreign(self) -> bool {
        matches!(self, Self::OtherPlan | Self::CopiedIn)
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OurPlan => "of this deployment's plan",
            Self::OnDemand => "on demand",
            Self::OtherPlan => "of other plans",
            Self::CopiedIn => "copied in from elsewhere",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_points_origin_is_told_by_plan_and_source_vault() {
        let plans = BTreeSet::from(["ours".to_owned()]);
        let vaults = BTreeSet::from(["arn:ours".to_owned()]);
        let origin = |plan: Option<&str>, source: Option<&str>| {
            let point = RecoveryPoint {
                plan: plan.map(str::to_owned),
                source_vault: source.map(str::to_owned),
                ..RecoveryPoint::default()
            };
            PointOrigin::new(&point, &plans, &vaults)
        };
        assert_eq!(origin(Some("ours"), None), PointOrigin::OurPlan);
        assert_eq!(origin(Some("ours"), Some("arn:ours")), PointOrigin::OurPlan);
        assert_eq!(origin(None, None), PointOrigin::OnDemand);
        assert_eq!(origin(Some("theirs"), None), PointOrigin::OtherPlan);
        assert_eq!(origin(Some("ours"), Some("arn:theirs")), PointOrigin::CopiedIn);
        assert!(PointOrigin::CopiedIn.is_foreign() && !PointOrigin::OnDemand.is_foreign());
    }
}
