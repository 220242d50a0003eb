//! The event rule's target: the validator function.

use async_trait::async_trait;
use aws_sdk_eventbridge::operation::put_targets::PutTargetsError;
use aws_sdk_eventbridge::operation::remove_targets::RemoveTargetsError;
use aws_sdk_eventbridge::types::Target;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::Site;
use crate::context::Context;
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{Failure, if_found};
use crate::names::TARGET_ID;
use crate::region::Region;

#[derive(Serialize, Deserialize)]
struct Spec {
    arn: String,
    /// What reaches the function in place of the event; `null` where the event itself does.
    input: Option<String>,
}

pub(super) struct EventTarget {
    context: Context,
    region: Region,
}

impl EventTarget {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(Kind::EventTarget, region);
        Self { context: context.on_behalf_of(&id), region: region.clone() }
    }

    fn spec(&self) -> Spec {
        Spec { arn: self.context.names.function_arn(&self.region), input: None }
    }

    fn site(&self, action: &'static str) -> Site {
        Site::new(action, &self.region, self.context.names.event_rule_arn(&self.region))
    }
}

#[async_trait]
impl Step for EventTarget {
    fn id(&self) -> StepId {
        StepId::regional(Kind::EventTarget, &self.region)
    }

    fn name(&self) -> String {
        format!("{} → {}", self.context.names.event_rule(), self.context.names.function())
    }

    fn needs(&self) -> Vec<StepId> {
        [Kind::EventRule, Kind::Function].map(|kind| StepId::regional(kind, &self.region)).to_vec()
    }

    fn lives_in(&self) -> Option<StepId> {
        Some(StepId::regional(Kind::EventRule, &self.region))
    }

    fn wanted(&self) -> Value {
        to_value(&self.spec())
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let targets = list(&self.context, &self.region).await?.unwrap_or_default();
        let (ours, others): (Vec<_>, Vec<_>) =
            targets.into_iter().partition(|target| target.id == TARGET_ID);
        let Some(target) = ours.into_iter().next() else { return Ok(Live::Absent) };
        let input = target.input.or(target.input_path);
        let input = input.or(target.input_transformer.map(|t| t.input_template));
        let mut observed = Observed::of(&Spec { arn: target.arn, input });
        observed.notes = others
            .iter()
            .map(|other| format!("the rule also has the target {}", other.id))
            .collect();
        Ok(Live::Ours(observed))
    }

    async fn apply(&self, _live: Option<&Observed>) -> Result<(), Failure> {
        let events = self.context.region(&self.region).events;
        let target = Target::builder()
            .id(TARGET_ID)
            .arn(self.spec().arn)
            .build()
            .expect("id and ARN are set");
        let send = || async {
            let request = events.put_targets().rule(self.context.names.event_rule());
            let output = request.targets(target.clone()).send().await?;
            let entry = output.failed_entries().first();
            let entry = entry.map(|e| (e.error_code(), e.error_message()));
            failed_inside(output.failed_entry_count, entry, PutTargetsError::generic)
        };
        self.context.caller.call(self.site("events:PutTargets"), send).await
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        let events = self.context.region(&self.region).events;
        let send = || async {
            let request = events.remove_targets().rule(self.context.names.event_rule());
            let output = request.ids(TARGET_ID).send().await?;
            let entry = output.failed_entries().first();
            let entry = entry.map(|e| (e.error_code(), e.error_message()));
            failed_inside(output.failed_entry_count, entry, RemoveTargetsError::generic)
        };
        if_found(self.context.caller.call(self.site("events:RemoveTargets"), send).await)?;
        Ok(Removal::Gone)
    }
}

/// EventBridge reports failures of single targets inside a 200: they are errors like any other.
fn failed_inside<E>(
    count: i32,
    entry: Option<(Option<&str>, Option<&str>)>,
    error: impl Fn(ErrorMetadata) -> E,
) -> Result<(), SdkError<E, HttpResponse>> {
    if count == 0 {
        return Ok(());
    }
    let (code, message) = entry.unwrap_or_default();
    let meta = ErrorMetadata::builder()
        .code(code.unwrap_or("FailedEntry"))
        .message(message.unwrap_or("AWS gave no reason"))
        .build();
    let status = 200_u16.try_into().expect("a valid status");
    Err(SdkError::service_error(error(meta), HttpResponse::new(status, SdkBody::empty())))
}

/// Ids of other people's targets on our rule.
pub(super) async fn foreign_on(context: &Context, region: &Region) -> Result<Vec<String>, Failure> {
    let targets = list(context, region).await?.unwrap_or_default();
    Ok(targets.into_iter().map(|target| target.id).filter(|id| id != TARGET_ID).collect())
}

/// All targets of the rule; `None` where there is no rule.
async fn list(context: &Context, region: &Region) -> Result<Option<Vec<Target>>, Failure> {
    let events = context.region(region).events;
    let fetch = |token: Option<String>| {
        let events = events.clone();
        async move {
            let send = || {
                events
                    .list_targets_by_rule()
                    .rule(context.names.event_rule())
                    .set_next_token(token.clone())
                    .send()
            };
            let arn = context.names.event_rule_arn(region);
            let site = Site::new("events:ListTargetsByRule", region, arn);
            let page = context.caller.call(site, send).await?;
            Ok((page.targets.unwrap_or_default(), page.next_token))
        }
    };
    if_found(context.caller.pages("event targets", fetch).await)
}
