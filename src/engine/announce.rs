//! What is said of a step while it runs.

use std::collections::BTreeMap;

use crate::aws::Caller;
use crate::engine::{Done, Step, StepId};
use crate::failure::Failure;

/// Runs one step and says so.
pub(crate) async fn announced(
    caller: &Caller,
    step: &dyn Step,
    doing: &str,
    work: impl Future<Output = Done>,
) -> Done {
    let talk = caller.talk.of(&step.id().to_string());
    talk.begin(doing);
    let done = work.await;
    match &done {
        Done::Unchanged => talk.end("unchanged", true),
        Done::Created => talk.end("created", true),
        Done::Updated => talk.end("updated", true),
        Done::Removed => talk.end("removed", true),
        Done::Left(why) => talk.end(&format!("left: {why}"), false),
        Done::Kept(why) | Done::Retained(why) => talk.end(&format!("kept: {why}"), false),
        Done::Failed(failure) => talk.end(&format!("failed: {failure}"), false),
        Done::Skipped(need) => talk.end(&format!("skipped: needs {need}"), false),
    }
    done
}

/// The interruption, if a step was interrupted: nothing else is worth saying then.
pub(crate) fn interrupted(outcomes: &BTreeMap<StepId, Done>) -> Result<(), Failure> {
    let was = |done: &Done| matches!(done, Done::Failed(Failure::Interrupted));
    if outcomes.values().any(was) { Err(Failure::Interrupted) } else { Ok(()) }
}
