//! The names of what is used in the place of something of ours.

use std::collections::BTreeSet;

use crate::model::names::{Names, plan_stem};
use crate::model::recovery_point::CreatingPlan;
use crate::model::region::Region;
use crate::model::settings::{MAIN, Settings, VaultId};

impl Names {
    /// The ARN of the role that AWS Backup works with: the given one, or the deployment's own.
    pub(crate) fn role_in_use(&self, settings: &Settings) -> String {
        settings.service_role.clone().unwrap_or_else(|| self.service_role_arn())
    }

    /// The ARN of the topic that a region's alarms go to: the given one, or the deployment's own.
    pub(crate) fn topic_in_use(&self, settings: &Settings, region: &Region) -> String {
        settings.given_topics.get(region).cloned().unwrap_or_else(|| self.topic_arn(region))
    }

    /// The name of that topic, for people.
    pub(crate) fn topic_name_in_use(&self, settings: &Settings, region: &Region) -> String {
        let given = settings.given_topics.get(region).and_then(|arn| arn.rsplit(':').next());
        given.map_or_else(|| self.topic(), str::to_owned)
    }
}

/// Whose work in a given vault, which others use too, is the deployment's.
#[derive(Debug)]
pub(crate) struct Makers {
    /// What the names of its plans begin with, and the ids of former ones: what AWS Backup lists has both.
    pub(crate) plans: BTreeSet<String>,
    /// Roles of what no plan made.
    pub(crate) roles: BTreeSet<String>,
}

impl Makers {
    /// Whether they made what this plan and this role did: the plan tells, and of what was made on demand the role.
    pub(crate) fn made(&self, plan: Option<&CreatingPlan>, role: Option<&str>) -> bool {
        match plan {
            Some(CreatingPlan { id, name, .. }) => {
                let stem = name.as_deref().map(plan_stem);
                self.plans.contains(id) || stem.is_some_and(|stem| self.plans.contains(stem))
            }
            None => role.is_some_and(|role| self.roles.contains(role)),
        }
    }
}

/// Whose work in a vault is the deployment's.
#[derive(Debug)]
pub(crate) enum MakersIn {
    /// Everything in a vault of its own is.
    Own,
    /// Of a given one what these made.
    Given(Makers),
}

impl MakersIn {
    /// Whether what this plan and this role made there is the deployment's.
    pub(crate) fn made(&self, plan: Option<&CreatingPlan>, role: Option<&str>) -> bool {
        match self {
            Self::Own => true,
            Self::Given(makers) => makers.made(plan, role),
        }
    }
}

impl Names {
    /// Who makes backups and copies for the deployment in a vault.
    pub(crate) fn makers_in(&self, vault: &VaultId, settings: &Settings) -> MakersIn {
        match vault.given {
            None => MakersIn::Own,
            Some(_) => MakersIn::Given(self.makers(settings)),
        }
    }

    /// Who makes backups and copies for the deployment.
    pub(crate) fn makers(&self, settings: &Settings) -> Makers {
        let mut plans = settings.former.plans.clone();
        plans.insert(self.plan(MAIN));
        let roles = BTreeSet::from([self.service_role_arn(), self.role_in_use(settings)]);
        Makers { plans, roles }
    }
}

/// The name of a role or policy, by its ARN: what follows the path.
pub(crate) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
