//! The verdict on what a drill made: by the function that judges AWS's own restore tests too.

use std::time::Duration;

use serde_json::json;

use crate::account::context::Context;
use crate::account::invocation::{self, Answer};
use crate::failure::Failure;
use crate::model::lambda::Lambda;
use crate::model::region::Region;
use crate::recovery::proof::Judgement;

/// How long a judgement may take: it reads objects to their end.
const LONGEST: Duration = Duration::from_mins(5);

/// Who can judge in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    /// The validator, whose code knows how.
    Validator,
    /// Why nobody can.
    Nobody(String),
    /// The deployment has no validator there.
    NoneThere,
}

/// Looks whether the region's validator is the one of this version: another one would take the question for an event.
///
/// # Errors
/// On Ctrl-C; what cannot be read is nobody who judges.
pub(super) async fn look(
    context: &Context,
    region: &Region,
    code_sha256: &str,
) -> Result<Judge, Failure> {
    if !context.settings.regions.with_alarms().contains(&region) {
        return Ok(Judge::NoneThere);
    }
    Ok(match invocation::code_sha256(context, Lambda::Validator, region).await {
        Ok(Some(found)) if found == code_sha256 => Judge::Validator,
        Ok(Some(_)) => Judge::Nobody(
            "the validator there is of another version of mrbackup: `mrbackup up` brings it up to date".to_owned(),
        ),
        Ok(None) => {
            Judge::Nobody("the validator is not there: `mrbackup up` makes it again".to_owned())
        }
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => Judge::Nobody(failure.to_string()),
    })
}

/// Asks the validator for its verdict on a restore job; `Err` of the inner result says why there is none.
///
/// # Errors
/// On Ctrl-C.
pub(super) async fn ask(
    context: &Context,
    region: &Region,
    job: &str,
) -> Result<Result<Judgement, String>, Failure> {
    let question = json!({"mrbackup-judge": {"job": job}});
    let answer = invocation::invoke(context, Lambda::Validator, region, &question, LONGEST).await;
    Ok(match answer {
        Ok(Answer::Said(answer)) => serde_json::from_value(answer.clone())
            .map_err(|_| format!("the validator's answer is no verdict: {answer}")),
        Ok(Answer::Raised(words)) => Err(format!("the validator raised {words}")),
        Ok(Answer::NoFunction) => Err("the validator is not there".to_owned()),
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => Err(failure.to_string()),
    })
}
