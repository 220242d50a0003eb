//! What an account has in AWS Backup that the emulator does not keep: recovery points, vault locks and jobs.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::account::now;
use super::indexed_list::IndexedList;
use super::job::{Job, Kind};
use super::restores::make::Due;
use super::restores::{metadata, testing};

/// A vault, by region and name.
pub(crate) type VaultKey = (String, String);

#[derive(Default)]
pub(crate) struct BackupStore {
    pub(crate) vaults: HashMap<VaultKey, Vault>,
    /// The protected resources of a vault, or of a region where the vault has no name, until its points change.
    pub(crate) protected: HashMap<VaultKey, Vec<Value>>,
    /// By kind and region.
    pub(crate) jobs: HashMap<(Kind, String), IndexedList<Job>>,
    /// The answers to jobs that were started with a token, by kind, region and token.
    pub(crate) started: HashMap<(Kind, String, String), Value>,
    /// The answers to restores that were started with a token, and when, by region and token.
    pub(crate) restore_tokens: HashMap<(String, String), (Value, u64)>,
    /// The map that each restore job was given.
    pub(crate) restore_maps: HashMap<String, Value>,
    /// The most restores that went on at once, by region and resource type.
    pub(crate) restore_peaks: HashMap<(String, String), usize>,
    /// Restore testing plans, by region and name.
    pub(crate) testing_plans: BTreeMap<(String, String), testing::Plan>,
    /// Restore jobs whose time has come.
    pub(crate) due_restores: Vec<Due>,
    /// What `EventBridge` is still to be told of restore jobs that are over, by region.
    pub(crate) restore_events: Vec<(String, Value)>,
    /// By plan: how many deletions are still refused though it has no selection.
    pub(crate) plan_refusals: HashMap<String, usize>,
    /// By region and resource: whether the source service keeps the continuous backups that are no more in a vault.
    pub(crate) released: HashMap<(String, String), bool>,
    /// When every vault was made, if a test says so.
    pub(crate) vaults_made: Option<u64>,
    /// When every selection was made, if a test says so.
    pub(crate) selections_made: Option<u64>,
    pub(crate) pace: Pace,
}

/// How slow AWS Backup is from now on. Only reads and tries of programs count, never the test's own.
#[derive(Default)]
pub(crate) struct Pace {
    /// How many reads still find a point after its deletion.
    pub(crate) deletion_reads: usize,
    /// How many deletions of a vault are refused after its last point is gone.
    pub(crate) vault_tries: usize,
    /// How many deletions of a plan are refused after its last selection is gone.
    pub(crate) plan_tries: usize,
    /// Whether a continuous point goes, and the source's own backups with it, when it is deleted.
    pub(crate) deletes_continuous: bool,
    /// Whether lists of selections leave the request ids out.
    pub(crate) lists_no_request_ids: bool,
    /// Whether jobs that restore stay pending until the test ends them.
    pub(crate) restores_pend: bool,
    /// What tests have restored and is not deleted: a part of its ARN, and AWS's message.
    pub(crate) kept_tests: Vec<(String, String)>,
    /// How many reads find a job going on.
    pub(crate) job_reads: usize,
    /// Jobs that will fail: a part of the ARN of their resource or vault, and AWS's message.
    pub(crate) failures: Vec<(String, String)>,
}

/// What is in a vault, what locks it, and who may do what there.
#[derive(Default)]
pub(crate) struct Vault {
    pub(crate) points: IndexedList<Point>,
    /// `MinRetentionDays`, `MaxRetentionDays` and `LockDate`, where they were given.
    pub(crate) lock: Option<Value>,
    /// The access policy, as it was typed.
    pub(crate) policy: Option<String>,
    /// How many deletions are still refused though it is empty.
    pub(crate) refusals: usize,
}

/// A recovery point.
pub(crate) struct Point {
    /// As `DescribeRecoveryPoint` answers it.
    pub(crate) members: Value,
    /// While it is being deleted: the reads that still find it.
    pub(crate) reads_left: Option<usize>,
    pub(crate) legal_hold: bool,
    /// Name of the backup access point that reads it.
    pub(crate) access_point: Option<String>,
    /// What uses it, so that its deletion ends as `EXPIRED`, in AWS's words.
    pub(crate) in_use: Option<String>,
    pub(crate) created: f64,
    /// What the source was, as a restore is told.
    pub(crate) restore_metadata: Value,
    /// Of the source at backup time.
    pub(crate) source_tags: Value,
}

impl BackupStore {
    pub(crate) fn put_point(&mut self, key: VaultKey, mut members: Value) {
        self.protected.clear();
        calculate_lifecycle(&mut members);
        let arn = members["RecoveryPointArn"].as_str().unwrap_or_default().to_owned();
        let created = members["CreationDate"].as_f64().unwrap_or_default();
        let restore_metadata = restore_metadata(&mut members, &arn);
        let source_tags = members.as_object_mut().and_then(|members| members.remove("SourceTags"));
        let point = Point {
            members,
            reads_left: None,
            legal_hold: false,
            access_point: None,
            in_use: None,
            created,
            restore_metadata,
            source_tags: source_tags.unwrap_or_else(|| json!({})),
        };
        self.vaults.entry(key).or_default().points.put(&arn, point);
    }

    /// Takes points away, however that came about.
    pub(crate) fn remove_points<'a>(
        &mut self,
        key: &VaultKey,
        arns: impl IntoIterator<Item = &'a String>,
    ) {
        self.protected.clear();
        let Some(vault) = self.vaults.get_mut(key) else { return };
        let before = vault.points.len();
        for arn in arns {
            vault.points.remove(arn);
        }
        if before > 0 && vault.points.len() == 0 {
            vault.refusals = self.pace.vault_tries;
        }
    }

    /// Counts a read of those of these points that are being deleted; the last one takes them away.
    pub(crate) fn read_points(&mut self, key: &VaultKey, arns: &[String]) {
        let Some(vault) = self.vaults.get_mut(key) else { return };
        let gone: Vec<&String> = arns
            .iter()
            .filter(|arn| vault.points.get_mut(arn).is_some_and(|point| point.read() == Some(0)))
            .collect();
        self.remove_points(key, gone);
    }
}

impl Pace {
    /// Why a new job will fail.
    pub(crate) fn failure(&self, job: &Value) -> Option<String> {
        let members =
            ["ResourceArn", "SourceResourceArn", "BackupVaultArn", "DestinationBackupVaultArn"];
        let arns = members.map(|member| job[member].as_str().unwrap_or_default());
        let mut failures = self.failures.iter();
        let (_, message) =
            failures.find(|(part, _)| arns.iter().any(|arn| arn.contains(part.as_str())))?;
        Some(message.clone())
    }
}

impl Vault {
    /// Why the lock does not let a point in.
    pub(crate) fn refuses(&self, point: &Value) -> Option<String> {
        let lock = self.lock.as_ref()?;
        let days = point["Lifecycle"]["DeleteAfterDays"].as_u64().unwrap_or(u64::MAX);
        let (least, most) = (lock["MinRetentionDays"].as_u64(), lock["MaxRetentionDays"].as_u64());
        let fits = least.is_none_or(|least| days >= least) && most.is_none_or(|most| days <= most);
        (!fits).then(|| "Retention is outside the range that the vault's lock allows".to_owned())
    }
}

impl Point {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.members[member].as_str().unwrap_or_default()
    }

    /// AWS calls a point of a continuous backup available, and every other one completed.
    pub(crate) fn is_continuous(&self) -> bool {
        ["AVAILABLE", "STOPPED"].contains(&self.text("Status"))
    }

    /// Whether it can neither be deleted nor expire.
    pub(crate) fn is_held(&self) -> bool {
        self.legal_hold || self.access_point.is_some()
    }

    pub(crate) fn is_child(&self) -> bool {
        !self.text("ParentRecoveryPointArn").is_empty()
    }

    pub(crate) fn is_cold(&self) -> bool {
        let at = self.members["CalculatedLifecycle"]["MoveToColdStorageAt"].as_u64();
        match self.text("StorageClass") {
            "" => at.is_some_and(|at| at <= now()),
            class => class == "COLD",
        }
    }

    fn read(&mut self) -> Option<usize> {
        let left = self.reads_left.as_mut()?;
        *left = left.saturating_sub(1);
        Some(*left)
    }
}

/// What is given, or what a source of the type would have.
fn restore_metadata(members: &mut Value, arn: &str) -> Value {
    let given = members.as_object_mut().and_then(|members| members.remove("RestoreMetadata"));
    given.unwrap_or_else(|| {
        let text = |member: &str| members[member].as_str().unwrap_or_default();
        let account = text("BackupVaultArn").split(':').nth(4).unwrap_or_default();
        metadata::of(text("ResourceType"), account, text("ResourceArn"), arn)
    })
}

/// Adds the times at which a point moves and expires by its lifecycle, unless they are there.
pub(crate) fn calculate_lifecycle(members: &mut Value) {
    if !members["CalculatedLifecycle"].is_null() {
        return;
    }
    let created = members["CreationDate"].as_u64().unwrap_or_else(now);
    let at = |days: &str| Some(created + members["Lifecycle"][days].as_u64()? * 86_400);
    let mut calculated = json!({});
    for (days, name) in
        [("MoveToColdStorageAfterDays", "MoveToColdStorageAt"), ("DeleteAfterDays", "DeleteAt")]
    {
        if let Some(time) = at(days) {
            calculated[name] = time.into();
        }
    }
    members["CalculatedLifecycle"] = calculated;
}
