//! What AWS Backup tells `EventBridge` of the jobs of restore tests that are over.

use serde_json::{Value, json};

use crate::point_events::told;

/// Members of a job that a consumer found in the event of a COMPLETED one, beside its `status` and the plan's ARN.
const TOLD: [(&str, &str); 12] = [
    ("restoreJobId", "RestoreJobId"),
    ("backupSizeInBytes", "BackupSizeInBytes"),
    ("creationDate", "CreationDate"),
    ("iamRoleArn", "IamRoleArn"),
    ("percentDone", "PercentDone"),
    ("resourceType", "ResourceType"),
    ("createdResourceArn", "CreatedResourceArn"),
    ("completionDate", "CompletionDate"),
    ("backupVaultArn", "BackupVaultArn"),
    ("recoveryPointArn", "RecoveryPointArn"),
    ("sourceResourceArn", "SourceResourceArn"),
    ("statusMessage", "StatusMessage"),
];

/// AWS's sample of a FAILED one leaves the vault out.
const OF_SUCCESS: [&str; 1] = ["backupVaultArn"];

/// The event of a job that is over, if a restore testing plan started it. AWS sends it within minutes, this at once.
pub(crate) fn of(job: &Value) -> Option<Value> {
    let plan = job["CreatedBy"]["RestoreTestingPlanArn"].as_str()?;
    let is_completed = job["Status"] == "COMPLETED";
    let mut detail = json!({ "status": job["Status"], "restoreTestingPlanArn": plan });
    for (name, member) in TOLD {
        if job[member].is_null() || (!is_completed && OF_SUCCESS.contains(&name)) {
            continue;
        }
        detail[name] = match name {
            "backupSizeInBytes" => job[member].to_string().into(),
            "percentDone" => 0.into(),
            _ => told(&job[member]),
        };
    }
    detail["isParent"] = false.into();
    Some(json!({
        "source": "aws.backup",
        "detail-type": "Restore Job State Change",
        "resources": [job["RecoveryPointArn"]],
        "detail": detail,
    }))
}
