//! Verdicts on what tests have restored, and what AWS infers for a test.

use serde_json::json;

use super::{Case, gone};
use crate::answer::Answer;
use crate::job::Kind;
use crate::restores::{inferred, testing};
use crate::strict::points::{key, not_found};
use crate::strict::{jobs, vaults};

/// "Once a validation status is set, it cannot be changed" (developer guide, "Restore testing validation"). That the
/// job has to be one of a test, and over, is unverified.
pub(super) fn put(case: Case<'_>) -> Answer {
    let id = case.text("RestoreJobId");
    let mut state = case.proxied.state();
    let jobs = state.store.jobs.get_mut(&(Kind::Restore, case.request.region.clone()));
    let Some(job) = jobs.and_then(|jobs| jobs.get_mut(id)) else {
        return jobs::not_found(case, id);
    };
    let refuse = |message: &str| case.refuse(400, "InvalidRequestException", message);
    if job.members["CreatedBy"]["RestoreTestingPlanArn"].is_null() {
        return refuse("The restore job was not created by a restore testing plan");
    }
    if job.members["Status"] != "COMPLETED" {
        return refuse("The restore job is not completed");
    }
    if testing::is_final(&job.members["ValidationStatus"]) {
        return refuse("The validation status of the restore job cannot be changed");
    }
    let status = &case.request.input["ValidationStatus"];
    job.members["ValidationStatus"] = status.clone();
    let message = &case.request.input["ValidationStatusMessage"];
    if !message.is_null() {
        job.members["ValidationStatusMessage"] = message.clone();
    }
    if testing::is_final(status) {
        job.members["DeletionStatus"] = "DELETING".into();
    }
    gone()
}

pub(super) async fn inferred(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let state = case.proxied.state();
    let vault = state.store.vaults.get(&key(case));
    let Some(point) = vault.and_then(|vault| vault.points.get(case.text("RecoveryPointArn")))
    else {
        return not_found(case);
    };
    let kind = point.text("ResourceType");
    if !inferred::TYPES.contains(&kind) {
        return case.invalid(&format!("Restore testing does not support {kind}"));
    }
    let map = inferred::of(point, &case.request.region, case.text("RecoveryPointArn"));
    Answer::json(&json!({ "InferredMetadata": map }))
}
