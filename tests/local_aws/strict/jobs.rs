//! Jobs: those that the test puts there, and backups that are over as soon as they start.

use serde_json::{Value, json};

use super::points::{self, wanted};
use super::{Case, page};
use crate::local_aws::account::now;
use crate::local_aws::answer::{Answer, request_id};

pub(crate) async fn start(case: Case<'_>) -> Answer {
    let answer = case.forward().await;
    if !answer.is_success() {
        return answer;
    }
    let mut job = answer.value();
    let vault = case.text("BackupVaultName");
    for member in ["BackupVaultName", "ResourceArn", "IamRoleArn"] {
        job[member] = case.text(member).into();
    }
    job["BackupVaultArn"] = case.request.arn(&format!("backup-vault:{vault}")).into();
    job["AccountId"] = case.request.account.clone().into();
    job["CompletionDate"] = now().into();
    job["PercentDone"] = "100.0".into();
    job["State"] = "COMPLETED".into();
    let mut point = job.clone();
    point["Status"] = "COMPLETED".into();
    point["Lifecycle"] = case.request.input["Lifecycle"].clone();
    let region = case.request.region.clone();
    let mut state = case.world.state();
    state.backup_jobs.entry(region.clone()).or_default().push(job);
    state.points.entry((region, vault.to_owned())).or_default().push(point);
    answer
}

/// A copy that is there at once, with the creation date of its source, as copies have it.
pub(crate) fn start_copy(case: Case<'_>) -> Answer {
    let source =
        points::find(case, case.text("SourceBackupVaultName"), case.text("RecoveryPointArn"));
    let destination = case.text("DestinationBackupVaultArn");
    let parts: Vec<&str> = destination.split(':').collect();
    let (Some(source), [_, _, "backup", region, _, "backup-vault", vault]) = (source, &parts[..])
    else {
        return case.invalid("Recovery point or destination vault does not exist");
    };
    let copy =
        format!("arn:aws:backup:{region}:{}:recovery-point:{}", case.request.account, request_id());
    let mut job = json!({
        "CopyJobId": request_id(),
        "AccountId": case.request.account,
        "SourceBackupVaultArn": source["BackupVaultArn"],
        "SourceRecoveryPointArn": source["RecoveryPointArn"],
        "DestinationBackupVaultArn": destination,
        "DestinationRecoveryPointArn": copy,
        "IamRoleArn": case.text("IamRoleArn"),
        "CreationDate": now(),
        "CompletionDate": now(),
        "State": "COMPLETED",
    });
    let mut point = source.clone();
    for member in ["ResourceArn", "ResourceType", "BackupSizeInBytes"] {
        job[member] = source[member].clone();
    }
    point["RecoveryPointArn"] = copy.into();
    point["BackupVaultName"] = (*vault).into();
    point["BackupVaultArn"] = destination.into();
    point["SourceBackupVaultArn"] = source["BackupVaultArn"].clone();
    point["Lifecycle"] = case.request.input["Lifecycle"].clone();
    let answer = Answer::json(&json!({ "CopyJobId": job["CopyJobId"], "CreationDate": now() }));
    let mut state = case.world.state();
    let key = ((*region).to_owned(), (*vault).to_owned());
    state.points.entry(key).or_default().push(point);
    state.copy_jobs.entry(case.request.region.clone()).or_default().push(job);
    answer
}

pub(crate) fn describe(case: Case<'_>) -> Answer {
    // A backup job is answered flat and a copy job wrapped.
    let (member, wrap) = if case.request.operation == "DescribeCopyJob" {
        ("CopyJobId", true)
    } else {
        ("BackupJobId", false)
    };
    match jobs(case).into_iter().find(|job| job[member] == case.text(member)) {
        Some(job) if wrap => Answer::json(&json!({ "CopyJob": job })),
        Some(job) => Answer::json(&job),
        None => case.refuse(
            400,
            "ResourceNotFoundException",
            &format!("Cannot find job {}", case.text(member)),
        ),
    }
}

pub(crate) fn list(case: Case<'_>) -> Answer {
    let key = if case.request.operation == "ListCopyJobs" { "CopyJobs" } else { "BackupJobs" };
    let jobs: Vec<Value> = jobs(case).into_iter().filter(|job| wanted(case, job)).collect();
    page(case, key, &jobs)
}

fn jobs(case: Case<'_>) -> Vec<Value> {
    let state = case.world.state();
    let of =
        if case.request.operation.contains("Copy") { &state.copy_jobs } else { &state.backup_jobs };
    of.get(&case.request.region).cloned().unwrap_or_default()
}
