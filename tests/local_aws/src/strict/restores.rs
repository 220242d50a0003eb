//! Restores on demand: what a point says of its source, which jobs may be started, once per token.

use serde_json::{Map, Value, json};

use super::points::{key, not_found};
use super::{Case, iam, jobs, vaults};
use crate::account::now;
use crate::answer::{Answer, request_id};
use crate::backup_store::Point;
use crate::job::Ending;
use crate::proxied::State;
use crate::restores::make::finish;
use crate::restores::{TOKEN_SECONDS, maps};

/// The source's own values: not yet what a restore takes.
pub(crate) async fn point_metadata(case: Case<'_>) -> Answer {
    if let Some(refusal) = vaults::denied(case).await {
        return refusal;
    }
    let state = case.proxied.state();
    let vault = state.store.vaults.get(&key(case));
    let Some(point) = vault.and_then(|vault| vault.points.get(case.text("RecoveryPointArn")))
    else {
        return not_found(case);
    };
    Answer::json(&json!({
        "BackupVaultArn": point.members["BackupVaultArn"],
        "RecoveryPointArn": point.members["RecoveryPointArn"],
        "ResourceType": point.members["ResourceType"],
        "RestoreMetadata": point.restore_metadata,
    }))
}

/// The map that the job was given.
pub(crate) fn job_metadata(case: Case<'_>) -> Answer {
    let id = case.text("RestoreJobId");
    let state = case.proxied.state();
    let Some(map) = state.store.restore_maps.get(id) else { return jobs::not_found(case, id) };
    Answer::json(&json!({ "RestoreJobId": id, "Metadata": map }))
}

/// Answers as of now, then lets the jobs that have come to their end make their things.
pub(crate) async fn describe(case: Case<'_>) -> Answer {
    let answer = jobs::describe(case);
    finish(case.emulator, case.proxied, &case.request.account).await;
    answer
}

pub(crate) async fn list(case: Case<'_>) -> Answer {
    let answer = jobs::list(case);
    finish(case.emulator, case.proxied, &case.request.account).await;
    answer
}

pub(crate) async fn start(case: Case<'_>) -> Answer {
    if let Some(answer) = started(case) {
        return answer;
    }
    let empty = Map::new();
    let map = case.request.input["Metadata"].as_object().unwrap_or(&empty);
    let (job, recipe) = match prepared(case, map) {
        Ok(prepared) => prepared,
        Err(refusal) => return *refusal,
    };
    let role = case.text("IamRoleArn");
    if !iam::assumable(case, role, "backup.amazonaws.com").await {
        return case.invalid(&format!("IAM Role {role} cannot be assumed by AWS Backup"));
    }
    let answer = begin(case, job, recipe, map);
    finish(case.emulator, case.proxied, &case.request.account).await;
    answer
}

/// The answer that the token has had already. "Retrying a successful request with the same idempotency token results in
/// a success message with no action taken"; that it says the same job is unverified.
fn started(case: Case<'_>) -> Option<Answer> {
    known(&case.proxied.state(), &token(case))
}

fn known(state: &State, token: &(String, String)) -> Option<Answer> {
    let (answer, begun) = state.store.restore_tokens.get(token)?;
    (now().saturating_sub(*begun) <= TOKEN_SECONDS).then(|| Answer::json(answer))
}

fn token(case: Case<'_>) -> (String, String) {
    (case.request.region.clone(), case.text("IdempotencyToken").to_owned())
}

/// The job and what it is to make, or why it cannot be started.
fn prepared(case: Case<'_>, map: &Map<String, Value>) -> Result<(Value, Value), Box<Answer>> {
    let arn = case.text("RecoveryPointArn");
    let state = case.proxied.state();
    let vaults =
        state.store.vaults.iter().filter(|((region, _), _)| *region == case.request.region);
    let mut points = vaults.filter_map(|(_, vault)| vault.points.get(arn));
    let Some(point) = points.next() else { return Err(Box::new(not_found(case))) };
    let kind = point.text("ResourceType");
    let named = case.text("ResourceType");
    if !["", kind, &kind.replace(' ', "")].contains(&named) {
        let message = format!("Resource type {named} does not match the recovery point: {kind}");
        return Err(Box::new(case.invalid(&message)));
    }
    if !["COMPLETED", "PARTIAL", "AVAILABLE", "STOPPED"].contains(&point.text("Status")) {
        let message = format!("Recovery point {arn} is {}", point.text("Status"));
        return Err(Box::new(case.refuse(400, "InvalidRequestException", &message)));
    }
    if let Some(refusal) = maps::refusal(kind, map) {
        return Err(Box::new(case.invalid(&refusal)));
    }
    Ok((job(case, point), recipe(case, point, map)))
}

fn job(case: Case<'_>, point: &Point) -> Value {
    json!({
        "RestoreJobId": request_id(),
        "AccountId": case.request.account,
        "RecoveryPointArn": point.members["RecoveryPointArn"],
        "RecoveryPointCreationDate": point.members["CreationDate"],
        "BackupVaultArn": point.members["BackupVaultArn"],
        "SourceResourceArn": point.members["ResourceArn"],
        "ResourceType": point.members["ResourceType"],
        "BackupSizeInBytes": point.members["BackupSizeInBytes"],
        "IamRoleArn": case.text("IamRoleArn"),
        "PercentDone": "0.00%",
        "IsParent": false,
        // From cold storage it takes hours more.
        "ExpectedCompletionTimeMinutes": if point.is_cold() { 300 } else { 10 },
        "Status": "PENDING",
    })
}

fn recipe(case: Case<'_>, point: &Point, map: &Map<String, Value>) -> Value {
    let copies = &case.request.input["CopySourceTagsToRestoredResource"];
    let tags = if copies == true { point.source_tags.clone() } else { json!({}) };
    let source = point.text("ResourceArn").split(':').nth(3).unwrap_or_default();
    json!({
        "ResourceType": point.members["ResourceType"],
        "RecoveryPointArn": point.members["RecoveryPointArn"],
        "SourceResourceArn": point.members["ResourceArn"],
        "SourceRegion": source_region(point, source),
        "Source": point.restore_metadata,
        "Metadata": map,
        "Tags": tags,
        "SnapshotTags": point.source_tags,
        "IsCold": point.is_cold(),
        "CopiesTags": copies,
    })
}

/// A bucket's ARN has no region: a copy says by its source vault where it comes from.
fn source_region(point: &Point, source: &str) -> String {
    let vault = point.text("SourceBackupVaultArn").split(':').nth(3).unwrap_or_default();
    if source.is_empty() { vault } else { source }.to_owned()
}

fn begin(case: Case<'_>, mut job: Value, recipe: Value, map: &Map<String, Value>) -> Answer {
    let (region, token) = (&case.request.region, token(case));
    let id = job["RestoreJobId"].as_str().unwrap_or_default().to_owned();
    let answer = json!({ "RestoreJobId": id });
    let mut state = case.proxied.state();
    // Two of one token at once are one too.
    if let Some(answer) = known(&state, &token) {
        return answer;
    }
    if !token.1.is_empty() {
        state.store.restore_tokens.insert(token, (answer.clone(), now()));
    }
    state.store.restore_maps.insert(id, map.clone().into());
    let kind = recipe["ResourceType"].as_str().unwrap_or_default();
    let no_tags = (recipe["CopiesTags"] == true).then(|| maps::no_tags(kind)).flatten();
    let is_cold = recipe["IsCold"] == true;
    if is_cold {
        job["StatusMessage"] = "The recovery point is being retrieved from cold storage".into();
    }
    let ending = no_tags.map_or(Ending::Restored(Box::new(recipe)), Ending::Failed);
    state.store.start_restore(region, job, ending, is_cold);
    Answer::json(&answer)
}
