//! A service role that was there before the deployment: AWS Backup works with it, and mrbackup leaves it as it is.

use std::sync::Arc;

use async_trait::async_trait;

use crate::account::context::Context;
use crate::account::roles;
use crate::engine::{Checked, Given, Observed, Step, StepId, Told, Used};
use crate::failure::{Failure, if_found};
use crate::model::names::role_name;
use crate::steps::role_trust::{Trust, judged};
use crate::steps::service_role::{ID, KIND, PRINCIPAL};

pub(super) struct GivenRole {
    context: Context,
    arn: String,
}

/// Its step. The deployment's own role may be there beside it, until nothing needs that.
fn step_id(arn: &str) -> StepId {
    StepId { kind: &KIND, region: None, variant: Some(arn.to_owned()) }
}

/// The step of a role that the settings name, in the place of the deployment's own.
pub(super) fn step(context: &Context, own: &StepId) -> Option<Arc<dyn Step>> {
    let arn = context.settings.service_role.as_ref().filter(|_| *own.kind == KIND)?;
    Some(Arc::new(Used(GivenRole::new(context, arn))))
}

impl GivenRole {
    fn new(context: &Context, arn: &str) -> Self {
        Self { context: context.on_behalf_of(&step_id(arn)), arn: arn.to_owned() }
    }

    /// What stands beside its use. A policy of the user's own may allow what AWS's managed ones do, and is not judged.
    fn policies(&self, attached: &[String]) -> Vec<String> {
        let aws = self.context.names.service_role_policies();
        let missing = aws.iter().filter(|policy| !attached.contains(policy));
        let missing: Vec<&str> = missing.map(|policy| role_name(policy)).collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let which = if missing.len() == aws.len() {
            "none of AWS's managed policies for backups and restores".to_owned()
        } else {
            format!("not AWS's managed {}", missing.join(", "))
        };
        vec![format!(
            "the given service role {} has {which}: whether its other policies allow the same is not checked",
            self.arn
        )]
    }
}

fn unfit(why: &str) -> Checked {
    Checked::Unfit(format!("{why}; repair the role, or name another with service_role"))
}

#[async_trait]
impl Given for GivenRole {
    fn id(&self) -> StepId {
        step_id(&self.arn)
    }

    fn name(&self) -> String {
        self.arn.clone()
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let name = role_name(&self.arn);
        let (found, attached) =
            tokio::join!(roles::get(&self.context, name), roles::attached(&self.context, name));
        let Some(found) = found? else {
            return Ok(unfit("IAM has no such role"));
        };
        // A role's name is unique in the account, whatever its path.
        if found.arn != self.arn {
            return Ok(unfit(&format!("the role of this name is {}", found.arn)));
        }
        let mut observed = Observed::new(());
        match judged(&roles::document(found.assume_role_policy_document()), PRINCIPAL) {
            Trust::Allowed => (),
            Trust::UnderCondition => observed.warnings.push(format!(
                "the given service role {} lets {PRINCIPAL} assume it under a condition, which is not checked",
                self.arn
            )),
            Trust::NotAllowed => {
                return Ok(unfit(&format!("its trust policy does not let {PRINCIPAL} assume it")));
            }
            Trust::Denied => {
                return Ok(unfit(&format!("its trust policy denies {PRINCIPAL} to assume it")));
            }
        }
        observed.warnings.extend(self.policies(&if_found(attached)?.unwrap_or_default()));
        Ok(Checked::Fit(observed, Told::one(&ID, Some(found.role_id))))
    }
}
