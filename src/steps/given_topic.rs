//! An alert topic that was there before the deployment: alarms go to it, and mrbackup leaves it as it is.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::topics;
use crate::engine::{Checked, Given, Observed, Step, StepId, Told, Used};
use crate::failure::Failure;
use crate::model::policy_document;
use crate::model::region::Region;
use crate::steps::topic::{KIND, Topic};
use crate::steps::topic_key_policy::Use;
use crate::steps::topic_policy;

/// The step of a topic that the settings name, in the place of the deployment's own.
pub(super) fn step(context: &Context, own: &StepId) -> Option<Arc<dyn Step>> {
    let region = own.region.as_ref().filter(|_| *own.kind == KIND && own.variant.is_none())?;
    let arn = context.settings.given_topics.get(region)?;
    let id = StepId { variant: Some(arn.clone()), ..own.clone() };
    let context = context.on_behalf_of(&id);
    Some(Arc::new(Used(GivenTopic { context, id, region: region.clone(), arn: arn.clone() })))
}

struct GivenTopic {
    context: Context,
    id: StepId,
    region: Region,
    arn: String,
}

impl GivenTopic {
    /// What keeps alarms from it. The functions publish by their roles' policies; an alarm has no role.
    fn judge_policy(&self, policy: &Value, observed: &mut Observed<()>) {
        let Self { context, region, arn, .. } = self;
        let account = &context.names.account;
        let policy = policy_document::normal(policy);
        let has_alarms = Topic::new(context, region).has_alarms();
        match topic_policy::of_alarms(&policy, account) {
            Use::UnderCondition if has_alarms => observed.notes.push(
                "its policy lets CloudWatch publish under a condition, which is not judged; `mrbackup drill alarm` tries it"
                    .to_owned(),
            ),
            Use::NotAllowed if has_alarms => observed.attention.push(format!(
                "{region}: the policy of the given topic {arn} does not let CloudWatch publish: the watchdog's alarms reach no one. Add to it: {}",
                topic_policy::alarms_statement(arn, account)
            )),
            Use::Allowed | Use::UnderCondition | Use::NotAllowed | Use::Denied(_) => (),
        }
        let prefix = format!("mrbackup-{}-", context.names.deployment);
        for sid in topic_policy::denials(&policy, account, &prefix) {
            observed.attention.push(format!(
                "{region}: statement {sid} of the policy of the given topic {arn} denies publishing: alarms may reach no one"
            ));
        }
    }
}

#[async_trait]
impl Given for GivenTopic {
    fn id(&self) -> StepId {
        self.id.clone()
    }

    fn name(&self) -> String {
        self.arn.clone()
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let Self { context, region, arn, .. } = self;
        let Some(mut attributes) = topics::attributes_of(context, region, arn).await? else {
            return Ok(Checked::Unfit(format!(
                "SNS has no such topic; create it, or name another under [topic] for {region}"
            )));
        };
        let mut observed = Observed::new(());
        let policy = attributes.remove("Policy").unwrap_or_default();
        self.judge_policy(&serde_json::from_str(&policy).unwrap_or_default(), &mut observed);
        if let Some(key) = attributes.remove("KmsMasterKeyId").filter(|key| !key.is_empty()) {
            Topic::new(context, region).judge_key(&key, &mut observed).await;
        }
        Ok(Checked::Fit(observed, Told::nothing()))
    }
}
