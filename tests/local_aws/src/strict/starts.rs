//! Jobs on demand: what may be started, once per token, and the points that they make.

use serde_json::{Value, json};

use super::{Case, iam, vaults};
use crate::account::now;
use crate::answer::{Answer, request_id};
use crate::backup_store::Point;
use crate::job::{Ending, Kind};
use crate::resource;

pub(crate) async fn backup(case: Case<'_>) -> Answer {
    let (region, vault) = (case.request.region.as_str(), case.text("BackupVaultName"));
    if vaults::denied(case).await.is_some() {
        let message = format!("Cannot find backup vault {vault}");
        return case.refuse(400, "ResourceNotFoundException", &message);
    }
    if let Some(answer) = started_or_refused(case, Kind::Backup).await {
        return answer;
    }
    let resource_type = resource::kind(case.text("ResourceArn"));
    let point = resource::point_arn(region, &case.request.account, resource_type);
    let mut job = json!({
        "BackupJobId": request_id(),
        "AccountId": case.request.account,
        "BackupVaultName": vault,
        "BackupVaultArn": case.request.arn(&format!("backup-vault:{vault}")),
        "RecoveryPointArn": point,
        "ResourceArn": case.text("ResourceArn"),
        "ResourceType": resource_type,
        "IamRoleArn": case.text("IamRoleArn"),
        "BackupSizeInBytes": 1_073_741_824,
        "IsParent": false,
        "StartBy": now() + 8 * 3600,
    });
    let mut made = json!({
        "Status": "COMPLETED",
        "CreationDate": now(),
        "IsEncrypted": true,
        "IsParent": false,
        "VaultType": "BACKUP_VAULT",
        "Lifecycle": case.request.input["Lifecycle"],
        "SourceTags": case.proxied.state().tags_of(region, case.text("ResourceArn")),
    });
    for member in [
        "BackupVaultName",
        "BackupVaultArn",
        "RecoveryPointArn",
        "ResourceArn",
        "ResourceType",
        "IamRoleArn",
        "BackupSizeInBytes",
    ] {
        made[member] = job[member].clone();
    }
    job["RecoveryPointLifecycle"] = made["Lifecycle"].clone();
    let answer = json!({
        "BackupJobId": job["BackupJobId"],
        "RecoveryPointArn": point,
        "CreationDate": now(),
        "IsParent": false,
    });
    let key = (region.to_owned(), vault.to_owned());
    start(case, Kind::Backup, job, Ending::Completed(Some((key, made))), &answer)
}

/// A copy has the creation date of its source and a lifecycle of its own, which begins at that date.
pub(crate) async fn copy(case: Case<'_>) -> Answer {
    if let Some(answer) = started_or_refused(case, Kind::Copy).await {
        return answer;
    }
    let destination = case.text("DestinationBackupVaultArn");
    let parts: Vec<&str> = destination.split(':').collect();
    let source = {
        let state = case.proxied.state();
        let key = (case.request.region.clone(), case.text("SourceBackupVaultName").to_owned());
        let vault = state.store.vaults.get(&key);
        let source = vault.and_then(|vault| vault.points.get(case.text("RecoveryPointArn")));
        source.map(|point| (as_given(point), refusal(point)))
    };
    let (Some((source, refusal)), [_, _, "backup", region, _, "backup-vault", vault]) =
        (source, &parts[..])
    else {
        return case.invalid("Recovery point or destination vault does not exist");
    };
    if let Some(why) = refusal {
        let message = format!("Recovery point cannot be copied: {why}");
        return case.refuse(400, "InvalidRequestException", &message);
    }
    let resource_type = source["ResourceType"].as_str().unwrap_or_default();
    let arn = resource::copy_arn(region, &case.request.account, resource_type);
    let mut job = json!({
        "CopyJobId": request_id(),
        "AccountId": case.request.account,
        "SourceBackupVaultArn": source["BackupVaultArn"],
        "SourceRecoveryPointArn": source["RecoveryPointArn"],
        "DestinationBackupVaultArn": destination,
        "DestinationRecoveryPointArn": arn,
        "DestinationRecoveryPointLifecycle": case.request.input["Lifecycle"],
        "IamRoleArn": case.text("IamRoleArn"),
        "IsParent": false,
    });
    for member in ["ResourceArn", "ResourceType", "BackupSizeInBytes"] {
        job[member] = source[member].clone();
    }
    let mut copy = json!({
        "RecoveryPointArn": arn,
        "BackupVaultName": vault,
        "BackupVaultArn": destination,
        "SourceBackupVaultArn": source["BackupVaultArn"],
        "IamRoleArn": case.text("IamRoleArn"),
        "Lifecycle": case.request.input["Lifecycle"],
        "Status": "COMPLETED",
        "IsEncrypted": true,
        "IsParent": false,
        "VaultType": "BACKUP_VAULT",
        "RestoreMetadata": source["RestoreMetadata"],
        "SourceTags": source["SourceTags"],
    });
    for member in ["CreationDate", "ResourceArn", "ResourceType", "BackupSizeInBytes"] {
        copy[member] = source[member].clone();
    }
    let answer = json!({ "CopyJobId": job["CopyJobId"], "CreationDate": now(), "IsParent": false });
    let key = ((*region).to_owned(), (*vault).to_owned());
    start(case, Kind::Copy, job, Ending::Completed(Some((key, copy))), &answer)
}

/// The answer that the request's token has had already, or the refusal for its role.
async fn started_or_refused(case: Case<'_>, kind: Kind) -> Option<Answer> {
    let token = case.text("IdempotencyToken");
    if !token.is_empty() {
        let state = case.proxied.state();
        let key = (kind, case.request.region.clone(), token.to_owned());
        if let Some(answer) = state.store.started.get(&key) {
            return Some(Answer::json(answer));
        }
    }
    let role = case.text("IamRoleArn");
    if iam::assumable(case, role, "backup.amazonaws.com").await {
        return None;
    }
    Some(case.invalid(&format!("IAM Role {role} cannot be assumed by AWS Backup")))
}

/// With what a restore is told of the source, which a copy keeps.
fn as_given(point: &Point) -> Value {
    let mut members = point.members.clone();
    members["RestoreMetadata"] = point.restore_metadata.clone();
    members["SourceTags"] = point.source_tags.clone();
    members
}

/// Why a point cannot be copied.
fn refusal(point: &Point) -> Option<&'static str> {
    if point.is_cold() {
        Some("it is in cold storage")
    } else if point.is_continuous() {
        Some("it is of a continuous backup")
    } else if ["COMPLETED", "PARTIAL"].contains(&point.text("Status")) {
        None
    } else {
        Some("it is not complete")
    }
}

fn start(case: Case<'_>, kind: Kind, job: Value, ending: Ending, answer: &Value) -> Answer {
    let (region, token) = (&case.request.region, case.text("IdempotencyToken"));
    let mut state = case.proxied.state();
    if !token.is_empty() {
        // Two of one token at once are one too.
        let key = (kind, region.clone(), token.to_owned());
        if let Some(answer) = state.store.started.get(&key) {
            return Answer::json(answer);
        }
        state.store.started.insert(key, answer.clone());
    }
    state.store.start_job(kind, region, job, ending);
    Answer::json(answer)
}
