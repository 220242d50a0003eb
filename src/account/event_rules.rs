//! The calls about the event rules that set the functions off, and that forward events.

use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::types::Target;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::receiver::Receiver;
use crate::model::region::Region;

/// The rule for a receiver; `None` where there is none.
///
/// # Errors
/// Where it cannot be read.
pub(crate) async fn describe(
    context: &Context,
    receiver: Receiver,
    region: &Region,
) -> Result<Option<DescribeRuleOutput>, Failure> {
    let events = context.region(region).events;
    let rule = context.names.event_rule(receiver);
    let send = || events.describe_rule().name(&rule).send();
    let arn = context.names.event_rule_arn(receiver, region);
    let site = CallSite::new("events:DescribeRule", region, arn);
    if_found(context.caller.call(site, send).await)
}

/// Ids of other people's targets on our rule.
pub(crate) async fn foreign_targets(
    context: &Context,
    receiver: Receiver,
    region: &Region,
) -> Result<Vec<String>, Failure> {
    let targets = targets(context, receiver, region).await?.unwrap_or_default();
    Ok(targets
        .into_iter()
        .map(|target| target.id)
        .filter(|id| id != receiver.target_id())
        .collect())
}

/// All targets of the rule; `None` where there is no rule.
pub(crate) async fn targets(
    context: &Context,
    receiver: Receiver,
    region: &Region,
) -> Result<Option<Vec<Target>>, Failure> {
    let events = context.region(region).events;
    let send = |token| {
        let list = events.list_targets_by_rule().rule(context.names.event_rule(receiver));
        list.set_next_token(token).send()
    };
    let arn = context.names.event_rule_arn(receiver, region);
    let site = CallSite::new("events:ListTargetsByRule", region, arn);
    let read = context.caller.pages("event targets", site, send, |page| {
        (page.targets.unwrap_or_default(), page.next_token)
    });
    if_found(read.await)
}
