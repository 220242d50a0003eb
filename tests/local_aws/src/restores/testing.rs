//! AWS Backup's own restore tests: plans with their selections, and what a run of one restores.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::account::{Account, Via, now};
use crate::answer::request_id;
use crate::backup_store::{BackupStore, Point};
use crate::indexed_list::IndexedList;
use crate::job::{Ending, Kind};
use crate::restores::inferred;

/// The tag by which AWS finds again what its tests made, and what names begin with where there is no tag.
pub(crate) const MARK: &str = "awsbackup-restore-test";

/// A restore testing plan of a region.
pub(crate) struct Plan {
    /// As `GetRestoreTestingPlan` answers it.
    pub(crate) members: Value,
    pub(crate) tags: BTreeMap<String, String>,
    /// By name, as `GetRestoreTestingSelection` answers them.
    pub(crate) selections: BTreeMap<String, Value>,
}

/// A restore that a run starts.
struct Test {
    job: Value,
    ending: Ending,
    map: Value,
    is_cold: bool,
}

impl Account {
    /// It is time for the region's restore testing plans: of each resource that a selection takes one eligible point is
    /// restored. AWS starts them within the plan's window, this at once. Returns the ids of the jobs; of a resource
    /// without an eligible point there is none, and nothing says so.
    #[track_caller]
    pub fn run_restore_tests(&self, region: &str) -> Vec<String> {
        let tests = self.restore_tests(region);
        let mut ids = Vec::new();
        {
            let mut state = self.state();
            for plan in state.store.testing_plans_in(region) {
                plan.members["LastExecutionTime"] = now().into();
            }
            for test in tests {
                let id = test.job["RestoreJobId"].as_str().unwrap_or_default().to_owned();
                state.store.restore_maps.insert(id.clone(), test.map);
                state.store.start_restore(region, test.job, test.ending, test.is_cold);
                ids.push(id);
            }
        }
        self.finish_restores();
        ids
    }

    /// Lets the region's last run have begun at this time, in seconds since 1970.
    pub fn restore_tests_ran(&self, region: &str, at: u64) {
        for plan in self.state().store.testing_plans_in(region) {
            plan.members["LastExecutionTime"] = at.into();
        }
    }

    /// AWS's clean-up comes round: what tests of the region made goes where a verdict is there, and elsewhere because the
    /// time for one is over. It ends as `FAILED`, and the thing stays, where `keep_test_restores` says so.
    #[track_caller]
    pub fn delete_test_restores(&self, region: &str) {
        let mut gone = Vec::new();
        {
            let mut state = self.state();
            let kept = state.store.pace.kept_tests.clone();
            let jobs = state.store.jobs.get_mut(&(Kind::Restore, region.to_owned()));
            for job in jobs.into_iter().flat_map(IndexedList::iter_mut) {
                let is_test = !job.members["CreatedBy"]["RestoreTestingPlanArn"].is_null();
                let made = job.members["CreatedResourceArn"].as_str().map(str::to_owned);
                let Some(made) = made.filter(|_| is_test) else { continue };
                if ["SUCCESSFUL", "FAILED"].iter().any(|end| job.members["DeletionStatus"] == *end)
                {
                    continue;
                }
                if !is_final(&job.members["ValidationStatus"]) {
                    // That a job without a verdict ends so is unverified; the model has the status.
                    job.members["ValidationStatus"] = "TIMED_OUT".into();
                }
                let kept = kept.iter().find(|(part, _)| made.contains(part.as_str()));
                let (status, message) = match kept {
                    Some((_, message)) => ("FAILED", Some(message.clone())),
                    None => ("SUCCESSFUL", None),
                };
                job.members["DeletionStatus"] = status.into();
                if let Some(message) = message {
                    job.members["DeletionStatusMessage"] = message.into();
                } else {
                    gone.push(made);
                }
            }
        }
        for made in gone {
            self.delete_restored(region, &made);
        }
    }

    /// From now on, what tests made and whose ARN contains the text is not deleted, in these words.
    pub fn keep_test_restores(&self, text: &str, message: &str) {
        let kept = (text.to_owned(), message.to_owned());
        self.state().store.pace.kept_tests.push(kept);
    }

    /// What the region's plans would restore now.
    fn restore_tests(&self, region: &str) -> Vec<Test> {
        let selections: Vec<(Value, Value)> = {
            let mut state = self.state();
            let plans = state.store.testing_plans_in(region);
            let pairs = plans.flat_map(|plan| {
                let selections = plan.selections.values();
                let of_each = selections.map(|one| (plan.members.clone(), one.clone()));
                of_each.collect::<Vec<_>>()
            });
            pairs.collect()
        };
        let mut tests = Vec::new();
        for (plan, selection) in &selections {
            let role = selection["IamRoleArn"].as_str().unwrap_or_default();
            let name = json!({ "RoleName": role.rsplit('/').next() });
            let has_role = self.try_call(Via::Emulator, "iam", region, "get_role", name).is_ok();
            let state = self.state();
            for point in chosen(&state.store, region, plan, selection) {
                tests.push(test(region, self.id(), plan, selection, point, has_role));
            }
        }
        tests
    }
}

impl BackupStore {
    /// The restore testing plans of a region.
    pub(crate) fn testing_plans_in(&mut self, region: &str) -> impl Iterator<Item = &mut Plan> {
        let plans = self.testing_plans.iter_mut();
        plans.filter(move |((there, _), _)| there == region).map(|(_, plan)| plan)
    }
}

/// Whether it is a verdict, which cannot be changed.
pub(crate) fn is_final(status: &Value) -> bool {
    ["SUCCESSFUL", "FAILED", "TIMED_OUT"].iter().any(|verdict| status == *verdict)
}

/// Of each resource that the selection takes, the point that is restored.
fn chosen<'a>(
    store: &'a BackupStore,
    region: &str,
    plan: &Value,
    selection: &Value,
) -> Vec<&'a Point> {
    let choice = &plan["RecoveryPointSelection"];
    let vaults = store.vaults.iter().filter(|((there, _), _)| there == region);
    let points = vaults.flat_map(|(_, vault)| vault.points.iter());
    let points = points.filter(|point| {
        point.members["ResourceType"] == selection["ProtectedResourceType"]
            && is_in(point.text("BackupVaultArn"), choice)
            && !point.is_child()
    });
    let mut of_each: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in points {
        of_each.entry(point.text("ResourceArn")).or_default().push(point);
    }
    let mut chosen = Vec::new();
    for (resource, mut points) in of_each {
        points.sort_by(|one, other| other.created.total_cmp(&one.created));
        // Of the latest point in the vault, whether it is eligible or not (developer guide, "Recovery point
        // determination").
        if !takes(selection, resource, &tags(points[0])) {
            continue;
        }
        points.retain(|point| is_eligible(point, choice));
        let is_latest = choice["Algorithm"] == "LATEST_WITHIN_WINDOW";
        // In the middle: a test cannot count on which one of several it is.
        chosen.extend(points.get(if is_latest { 0 } else { points.len() / 2 }));
    }
    chosen
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// `*` stands for any text in what names vaults.
fn is_in(vault: &str, choice: &Value) -> bool {
    let mut excluded = texts(&choice["ExcludeVaults"]);
    texts(&choice["IncludeVaults"]).any(|pattern| fits(vault, pattern))
        && !excluded.any(|pattern| fits(vault, pattern))
}

fn fits(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(text) = text.strip_prefix(head) else { return false };
    (0..=text.len()).filter_map(|at| text.get(at..)).any(|text| fits(text, rest))
}

fn is_eligible(point: &Point, choice: &Value) -> bool {
    let days = choice["SelectionWindowDays"].as_f64().unwrap_or(30.0);
    let kind = if point.is_continuous() { "CONTINUOUS" } else { "SNAPSHOT" };
    let is_good = ["COMPLETED", "AVAILABLE"].contains(&point.text("Status"));
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are few enough")]
    let oldest = now() as f64 - days * 86_400.0;
    is_good
        && point.created >= oldest
        && texts(&choice["RecoveryPointTypes"]).any(|wanted| wanted == kind)
}

/// A backup of `DynamoDB` without advanced features copies no tags of its table (developer guide, "Copying tags onto
/// backups"): its point is `DynamoDB`'s own.
fn tags(point: &Point) -> Value {
    let is_basic = point.text("RecoveryPointArn").starts_with("arn:aws:dynamodb:");
    if is_basic { json!({}) } else { point.source_tags.clone() }
}

/// Whether the resource is selected, by its ARN and by its point's tags.
fn takes(selection: &Value, resource: &str, tags: &Value) -> bool {
    let arns = &selection["ProtectedResourceArns"];
    let named = arns.is_null() || texts(arns).any(|arn| arn == "*" || arn == resource);
    let value = |pair: &Value| {
        let key = pair["Key"].as_str().unwrap_or_default();
        tags[key.strip_prefix("aws:ResourceTag/").unwrap_or(key)].as_str() == pair["Value"].as_str()
    };
    let conditions = &selection["ProtectedResourceConditions"];
    let pairs = |list: &str| conditions[list].as_array().into_iter().flatten();
    named && pairs("StringEquals").all(value) && !pairs("StringNotEquals").any(value)
}

fn test(
    region: &str,
    account: &str,
    plan: &Value,
    selection: &Value,
    point: &Point,
    has_role: bool,
) -> Test {
    let id = request_id();
    let mut map = inferred::of(point, region, &id);
    let overrides = selection["RestoreMetadataOverrides"].as_object();
    for (key, value) in overrides.into_iter().flatten() {
        put(&mut map, key, value);
    }
    let kind = point.text("ResourceType");
    let job = json!({
        "RestoreJobId": id,
        "AccountId": account,
        "RecoveryPointArn": point.members["RecoveryPointArn"],
        "RecoveryPointCreationDate": point.members["CreationDate"],
        "BackupVaultArn": point.members["BackupVaultArn"],
        "SourceResourceArn": point.members["ResourceArn"],
        "ResourceType": kind,
        "BackupSizeInBytes": point.members["BackupSizeInBytes"],
        "IamRoleArn": selection["IamRoleArn"],
        "PercentDone": "0.00%",
        "IsParent": false,
        "Status": "PENDING",
        "CreatedBy": { "RestoreTestingPlanArn": plan["RestoreTestingPlanArn"] },
    });
    let source = point.text("ResourceArn").split(':').nth(3).unwrap_or_default();
    let recipe = json!({
        "ResourceType": kind,
        "RecoveryPointArn": point.members["RecoveryPointArn"],
        "SourceResourceArn": point.members["ResourceArn"],
        "SourceRegion": source,
        "Source": point.restore_metadata,
        "Metadata": map,
        "Tags": { MARK: plan["RestoreTestingPlanName"] },
        "SnapshotTags": { MARK: plan["RestoreTestingPlanName"] },
    });
    let ending = if has_role {
        Ending::Restored(Box::new(recipe))
    } else {
        Ending::Failed("IAM Role cannot be assumed by AWS Backup".to_owned())
    };
    Test { job, ending, map: map.into(), is_cold: point.is_cold() }
}

/// Keys of overrides are not case sensitive.
fn put(map: &mut Map<String, Value>, key: &str, value: &Value) {
    map.retain(|there, _| !there.eq_ignore_ascii_case(key));
    map.insert(key.to_owned(), value.clone());
}
