//! What is said of a step while it runs.

use std::collections::BTreeMap;

use crate::aws::Caller;
use crate::engine::{Ended, StepId, StepOutcome};
use crate::failure::Failure;
use crate::model::region::Region;

/// Runs one step and says so.
pub(crate) async fn announced(
    caller: &Caller,
    id: &StepId,
    work: impl Future<Output = Ended>,
) -> Ended {
    let region = id.region.as_ref().map(Region::as_str);
    let progress = caller.progress.on_behalf_of(region, &id.to_string());
    progress.begin();
    let ended = work.await;
    match &ended.outcome {
        StepOutcome::Unchanged => progress.end("unchanged", true),
        StepOutcome::Created => progress.end("created", true),
        StepOutcome::Updated => progress.end("updated", true),
        StepOutcome::Removed => progress.end("deleted", true),
        StepOutcome::Given => progress.end("given, left as it is", true),
        StepOutcome::Left(why) => progress.end(&format!("left: {why}"), false),
        StepOutcome::Kept(why) | StepOutcome::Retained(why) => {
            progress.end(&format!("kept: {why}"), false);
        }
        StepOutcome::Failed(failure) => progress.end(&format!("failed: {failure}"), false),
        StepOutcome::Skipped(need) => progress.end(&format!("skipped: needs {need}"), false),
    }
    ended
}

/// The interruption, if a step was interrupted: nothing else is worth saying then.
pub(crate) fn interrupted(outcomes: &BTreeMap<StepId, StepOutcome>) -> Result<(), Failure> {
    let was = |done: &StepOutcome| matches!(done, StepOutcome::Failed(Failure::Interrupted));
    if outcomes.values().any(was) { Err(Failure::Interrupted) } else { Ok(()) }
}
