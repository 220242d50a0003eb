//! What `drill alarm` tries in a region: the rule's pattern, and the functions themselves.

use std::time::Duration;

use crate::account::context::Context;
use crate::account::event_rules;
use crate::account::invocation::{self, Answer};
use crate::commands::drill_alarm::samples::{self, Sample};
use crate::engine::Facts;
use crate::failure::{CallSite, Failure};
use crate::model::lambda::Lambda;
use crate::model::receiver::Receiver;
use crate::model::region::Region;
use crate::steps::watchdog_input;

/// Asks EventBridge which of the documented events the rule's own pattern does not match; `None`
/// where there is no rule, or it has no pattern.
pub(crate) async fn unmatched(
    context: &Context,
    receiver: Receiver,
    region: &Region,
    samples: &[Sample],
) -> Result<Option<Vec<String>>, Failure> {
    let events = context.region(region).events;
    let arn = context.names.event_rule_arn(receiver, region);
    let found = event_rules::describe(context, receiver, region).await?;
    let Some(pattern) = found.and_then(|rule| rule.event_pattern) else { return Ok(None) };
    let mut unmatched = Vec::new();
    for sample in samples {
        let event = sample.event.to_string();
        let send = || events.test_event_pattern().event_pattern(&pattern).event(&event).send();
        let site = CallSite::new("events:TestEventPattern", region, &arn);
        if !context.caller.call(site, send).await?.result {
            unmatched.push(sample.what.clone());
        }
    }
    Ok(Some(unmatched))
}

/// How long a function may take for a drill: each further run would send its message again.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// How a function took a drill.
pub(crate) enum Taken {
    /// SNS has accepted its message, under this id.
    Told(String),
    /// Why there is no message.
    Broken(String),
}

/// Invokes a function with a marked event and waits for what it says.
pub(crate) async fn invoke(
    context: &Context,
    lambda: Lambda,
    region: &Region,
    id: &str,
    facts: &Facts,
) -> Result<Taken, Failure> {
    let event = match lambda {
        Lambda::Validator => samples::drill(context, region, id),
        Lambda::Watchdog => {
            let mut input = watchdog_input::told(context, facts);
            input["mrbackup-drill"] = id.into();
            input
        }
    };
    let answer = match invocation::invoke(context, lambda, region, &event, LONGEST_RUN).await? {
        Answer::Said(answer) => answer,
        Answer::Raised(words) => return Ok(Taken::Broken(format!("its code raised {words}"))),
        Answer::NoFunction => return Ok(Taken::Broken("there is no such function".to_owned())),
    };
    match answer["message_id"].as_str().filter(|_| answer["outcome"] == "drill") {
        Some(message) => Ok(Taken::Told(message.to_owned())),
        None => {
            Ok(Taken::Broken(format!("its answer does not show that it sent a message: {answer}")))
        }
    }
}
