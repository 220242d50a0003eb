//! Where a recovery point came from, which decides whether it is ours to delete.

use std::collections::BTreeSet;

use aws_sdk_backup::types::RecoveryPointByBackupVault;
use serde::Serialize;

/// Where a recovery point came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Origin {
    OurPlan,
    OnDemand,
    OtherPlan,
    /// Copied from a vault that is not of this deployment.
    CopiedIn,
}

impl Origin {
    pub(crate) fn of(
        point: &RecoveryPointByBackupVault,
        our_plans: &BTreeSet<String>,
        our_vaults: &BTreeSet<String>,
    ) -> Self {
        let plan = point.created_by().and_then(|by| by.backup_plan_id());
        let elsewhere = |arn: &str| !our_vaults.contains(arn);
        match (point.source_backup_vault_arn().filter(|arn| elsewhere(arn)), plan) {
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
    use aws_sdk_backup::types::RecoveryPointCreator;

    use super::*;

    #[test]
    fn a_points_origin_is_told_by_plan_and_source_vault() {
        let plans = BTreeSet::from(["ours".to_owned()]);
        let vaults = BTreeSet::from(["arn:ours".to_owned()]);
        let origin = |plan: Option<&str>, source: Option<&str>| {
            let by = plan.map(|plan| RecoveryPointCreator::builder().backup_plan_id(plan).build());
            let point = RecoveryPointByBackupVault::builder()
                .set_created_by(by)
                .set_source_backup_vault_arn(source.map(str::to_owned))
                .build();
            Origin::of(&point, &plans, &vaults)
        };
        assert_eq!(origin(Some("ours"), None), Origin::OurPlan);
        assert_eq!(origin(Some("ours"), Some("arn:ours")), Origin::OurPlan);
        assert_eq!(origin(None, None), Origin::OnDemand);
        assert_eq!(origin(Some("theirs"), None), Origin::OtherPlan);
        assert_eq!(origin(Some("ours"), Some("arn:theirs")), Origin::CopiedIn);
        assert!(Origin::CopiedIn.is_foreign() && !Origin::OnDemand.is_foreign());
    }
}
