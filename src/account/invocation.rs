//! A function that is run now, and what it answers.

use std::time::Duration;

use aws_sdk_lambda::config::Config;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use serde_json::Value;
use tokio::time::timeout;

use crate::account::context::Context;
use crate::failure::{AwsError, CallSite, Failure, if_found};
use crate::model::lambda::Lambda;
use crate::model::region::Region;

/// How a function took what it was given.
pub(crate) enum Answer {
    Said(Value),
    /// Its code raised this.
    Raised(String),
    NoFunction,
}

/// Runs a function and waits for its answer, at most for `longest`: one that itself waits for AWS would be run again and
/// again.
///
/// # Errors
/// As [`crate::aws::Caller::call`], and a function that does not answer in that time.
pub(crate) async fn invoke(
    context: &Context,
    lambda: Lambda,
    region: &Region,
    event: &Value,
    longest: Duration,
) -> Result<Answer, Failure> {
    let payload = Blob::new(event.to_string());
    let client = context.region(region).lambda;
    let name = context.names.function(lambda);
    let patient = TimeoutConfig::builder().operation_attempt_timeout(longest).build();
    let send = || {
        let request = client.invoke().function_name(&name).payload(payload.clone());
        let patient = Config::builder().timeout_config(patient.clone());
        request.customize().config_override(patient).send()
    };
    let site = CallSite::new("lambda:InvokeFunction", region, &name);
    let answer = timeout(longest, context.caller.call(site.clone(), send)).await;
    let answer = answer.unwrap_or_else(|_| Err(AwsError::unanswered(site, longest).into()));
    let Some(output) = if_found(answer)? else { return Ok(Answer::NoFunction) };
    let answer = output.payload.map(Blob::into_inner).unwrap_or_default();
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    if output.function_error.is_none() {
        return Ok(Answer::Said(answer));
    }
    let text = |member: &str| answer[member].as_str().unwrap_or("no words").to_owned();
    Ok(Answer::Raised(format!("{}: {}", text("errorType"), text("errorMessage"))))
}

/// Lambda's hash of the code that a function runs; `None` where there is no function.
///
/// # Errors
/// As [`crate::aws::Caller::call`].
pub(crate) async fn code_sha256(
    context: &Context,
    lambda: Lambda,
    region: &Region,
) -> Result<Option<String>, Failure> {
    let client = context.region(region).lambda;
    let name = context.names.function(lambda);
    let site = CallSite::new("lambda:GetFunctionConfiguration", region, &name);
    let send = || client.get_function_configuration().function_name(&name).send();
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|found| found.code_sha256.unwrap_or_default()))
}
