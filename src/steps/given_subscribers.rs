//! Who has subscribed to a given topic: asked whether alarms reach any of them, and not managed.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sns::types::Subscription;

use crate::account::context::Context;
use crate::account::subscribers::{self, is_confirmed};
use crate::engine::{Checked, Given, Observed, Step, StepId, Told, Used};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::steps::subscriptions::KIND;

/// The step of a given topic's subscribers, in the place of the deployment's own.
pub(super) fn step(context: &Context, own: &StepId) -> Option<Arc<dyn Step>> {
    let region = own.region.as_ref().filter(|_| *own.kind == KIND && own.variant.is_none())?;
    let topic = context.settings.given_topics.get(region)?;
    let id = StepId { variant: Some(topic.clone()), ..own.clone() };
    let context = context.on_behalf_of(&id);
    Some(Arc::new(Used(GivenSubscribers {
        context,
        id,
        region: region.clone(),
        topic: topic.clone(),
    })))
}

struct GivenSubscribers {
    context: Context,
    id: StepId,
    region: Region,
    topic: String,
}

impl GivenSubscribers {
    /// Whether one of those that have confirmed gets every message: asked until one does.
    async fn judge_filters(&self, confirmed: &[&Subscription], observed: &mut Observed<()>) {
        let Self { context, region, topic, .. } = self;
        for subscription in confirmed {
            match subscribers::filter(context, region, subscription).await {
                Ok(Some(_)) => (),
                Ok(None) => return,
                Err(failure) => {
                    observed.attention.push(format!(
                        "{region}: whether filter policies keep alarms from the subscribers of {topic} is unknown: {failure}"
                    ));
                    return;
                }
            }
        }
        observed.attention.push(format!(
            "{region}: each subscriber of the given topic {topic} that has confirmed has a filter policy: alarms may reach no one"
        ));
    }
}

#[async_trait]
impl Given for GivenSubscribers {
    fn id(&self) -> StepId {
        self.id.clone()
    }

    fn name(&self) -> String {
        format!("of {}", self.topic)
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let Self { context, region, topic, .. } = self;
        // Without the topic there are none; the topic's own step tells that it is gone.
        let found = subscribers::list_of(context, region, topic).await?.unwrap_or_default();
        let mut observed = Observed::new(());
        let confirmed: Vec<&Subscription> = found.iter().filter(|one| is_confirmed(one)).collect();
        if context.settings.without_alerts {
            return Ok(Checked::Fit(observed, Told::nothing()));
        }
        if confirmed.is_empty() {
            observed.attention.push(format!(
                "no subscriber of the given topic {topic} has confirmed: alarms from {region} reach no one"
            ));
        } else {
            self.judge_filters(&confirmed, &mut observed).await;
        }
        Ok(Checked::Fit(observed, Told::nothing()))
    }
}
