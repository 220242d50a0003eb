//! AWS Backup's side of an account: what a test puts there, and how slow AWS is about it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::account::{Account, Via, now};
use super::answer::request_id;
use super::backup_store::VaultKey;
use super::indexed_list::IndexedList;
use super::job::{Job, Kind};
use super::point_events;
use super::resource;

impl Account {
    /// Puts a recovery point into a vault and returns its ARN. Members that are not given are those of a volume's
    /// backup that was completed just now. `AVAILABLE` makes it a continuous one; `ParentRecoveryPointArn` makes it
    /// a part of a composite one.
    pub fn put_recovery_point(&self, region: &str, vault: &str, members: Value) -> String {
        self.put_recovery_points(region, vault, vec![members]).remove(0)
    }

    /// Puts very many into a vault at once.
    pub fn put_recovery_points(
        &self,
        region: &str,
        vault: &str,
        points: Vec<Value>,
    ) -> Vec<String> {
        let points: Vec<Value> =
            points.into_iter().map(|members| self.point(region, vault, members)).collect();
        let mut state = self.proxied.state();
        let mut put = |point: Value| {
            let arn = point["RecoveryPointArn"].as_str().unwrap_or_default().to_owned();
            state.store.put_point(key(region, vault), point);
            arn
        };
        points.into_iter().map(&mut put).collect()
    }

    /// What is in a vault, as AWS describes it.
    pub fn recovery_points(&self, region: &str, vault: &str) -> Vec<Value> {
        let state = self.proxied.state();
        let vault = state.store.vaults.get(&key(region, vault));
        let points = vault.into_iter().flat_map(|vault| vault.points.iter());
        points.map(|point| point.members.clone()).collect()
    }

    /// The copy jobs that a region's points were the source of, as AWS describes them.
    pub fn copy_jobs(&self, region: &str) -> Vec<Value> {
        let state = self.proxied.state();
        let jobs = state.store.jobs.get(&(Kind::Copy, region.to_owned()));
        jobs.into_iter().flat_map(IndexedList::iter).map(|job| job.members.clone()).collect()
    }

    /// The resources whose continuous backups AWS Backup has let go of, and whether their own service keeps them.
    pub fn released_resources(&self, region: &str) -> BTreeMap<String, bool> {
        let state = self.proxied.state();
        let here = state.store.released.iter().filter(|((there, _), _)| there == region);
        here.map(|((_, resource), kept)| (resource.clone(), *kept)).collect()
    }

    /// Puts a backup job there and returns its id. It stays in the state that it is given.
    pub fn put_backup_job(&self, region: &str, members: Value) -> String {
        self.put_job(Kind::Backup, region, members)
    }

    /// Puts a copy job there, in the region of its source, and returns its id.
    pub fn put_copy_job(&self, region: &str, members: Value) -> String {
        self.put_job(Kind::Copy, region, members)
    }

    /// Puts a restore job there and returns its id. What it was made from is `SourceResourceArn`, and its map `Metadata`.
    pub fn put_restore_job(&self, region: &str, members: Value) -> String {
        self.put_job(Kind::Restore, region, members)
    }

    /// Lets every vault of the account have been made at this time, in seconds since 1970: nothing is due in a young one.
    pub fn vaults_made(&self, at: u64) {
        self.proxied.state().store.vaults_made = Some(at);
    }

    /// The same of every selection: of a young one no job was due yet.
    pub fn selections_made(&self, at: u64) {
        self.proxied.state().store.selections_made = Some(at);
    }

    /// Locks a vault, which needs not be there yet. A `LockDate` that has come makes it a lock for ever.
    pub fn lock_vault(&self, region: &str, vault: &str, members: Value) {
        let mut state = self.proxied.state();
        state.store.vaults.entry(key(region, vault)).or_default().lock = Some(members);
    }

    /// Takes a vault's lock off, as `DeleteBackupVaultLockConfiguration` does before its `LockDate`.
    pub fn unlock_vault(&self, region: &str, vault: &str) {
        let mut state = self.proxied.state();
        state.store.vaults.entry(key(region, vault)).or_default().lock = None;
    }

    /// From now on, no list of AWS Backup gives a program more than this at once, whatever it asks for.
    pub fn small_pages(&self, limit: usize) {
        self.proxied.page_limit.store(limit, Ordering::Relaxed);
    }

    /// From now on, a deleted recovery point is found as `DELETING` by this many reads of it.
    pub fn slow_deletions(&self, reads: usize) {
        self.proxied.state().store.pace.deletion_reads = reads;
    }

    /// From now on, this many deletions of a vault are refused after its last recovery point is gone.
    pub fn slow_vaults(&self, tries: usize) {
        self.proxied.state().store.pace.vault_tries = tries;
    }

    /// From now on, this many deletions of a plan are refused after its last selection is gone.
    pub fn slow_plans(&self, tries: usize) {
        self.proxied.state().store.pace.plan_tries = tries;
    }

    /// From now on, the deletion of a continuous recovery point is not refused: it goes, and with it the source's
    /// own backups. AWS's reference says this of `DeleteRecoveryPoint`.
    pub fn delete_continuous_points(&self) {
        self.proxied.state().store.pace.deletes_continuous = true;
    }

    /// From now on, lists of selections leave the request ids out, as emulators' own lists do.
    pub fn list_no_request_ids(&self) {
        self.proxied.state().store.pace.lists_no_request_ids = true;
    }

    /// From now on, a job that is started is found going on by this many reads of it, then over.
    pub fn slow_jobs(&self, reads: usize) {
        self.proxied.state().store.pace.job_reads = reads;
    }

    /// From now on, jobs fail with this message if the ARN of their resource or vault contains the text.
    pub fn fail_jobs(&self, text: &str, message: &str) {
        let failure = (text.to_owned(), message.to_owned());
        self.proxied.state().store.pace.failures.push(failure);
    }

    /// From now on, jobs succeed.
    pub fn let_jobs_end_well(&self) {
        self.proxied.state().store.pace.failures.clear();
    }

    /// Ends all jobs of a region that still go on, each as it was to end.
    pub fn end_jobs(&self, region: &str) {
        self.proxied.state().store.end_jobs(region);
        self.finish_restores();
    }

    /// Time passes in a vault, and every point with an expiry expires: it goes, or hangs as `EXPIRED` if its role is
    /// no more.
    #[track_caller]
    pub fn expire_recovery_points(&self, region: &str, vault: &str) {
        let key = key(region, vault);
        let due: Vec<(String, String)> = {
            let state = self.proxied.state();
            let points =
                state.store.vaults.get(&key).into_iter().flat_map(|vault| vault.points.iter());
            points
                .filter(|point| point.members["CalculatedLifecycle"]["DeleteAt"].is_number())
                .filter(|point| !point.is_held())
                .map(|point| {
                    (point.text("RecoveryPointArn").to_owned(), point.text("IamRoleArn").to_owned())
                })
                .collect()
        };
        let has_role = |role: &str| {
            let name = json!({ "RoleName": role.rsplit('/').next() });
            role.is_empty() || self.try_call(Via::Emulator, "iam", region, "get_role", name).is_ok()
        };
        let (gone, hangs): (Vec<_>, Vec<_>) = due.iter().partition(|(_, role)| has_role(role));
        let events: Vec<Value> = {
            let mut state = self.proxied.state();
            let points = state.store.vaults.get(&key).map(|vault| &vault.points);
            let expired = |(arn, _): &&(String, String)| {
                let mut members = points?.get(arn)?.members.clone();
                // It is as late as that by now.
                members["CalculatedLifecycle"]["DeleteAt"] = now().into();
                Some(point_events::deleting(&members))
            };
            let events = gone.iter().filter_map(expired).collect();
            state.store.remove_points(&key, gone.into_iter().map(|(arn, _)| arn));
            events
        };
        for event in &events {
            self.emit(region, event);
        }
        let mut state = self.proxied.state();
        let Some(vault) = state.store.vaults.get_mut(&key) else { return };
        for (arn, _) in hangs {
            if let Some(point) = vault.points.get_mut(arn) {
                point.members["Status"] = "EXPIRED".into();
            }
        }
    }

    /// A recovery point with what was not given.
    fn point(&self, region: &str, vault: &str, members: Value) -> Value {
        let resource = self.source(region, &members["ResourceArn"]);
        let named = members["ResourceType"].as_str();
        let kind = named.unwrap_or_else(|| resource::kind(&resource));
        let source = resource.split(':').nth(3).unwrap_or_default();
        let tags = self.proxied.state().tags_of(source, &resource);
        let created = members["CreationDate"].as_u64().unwrap_or_else(now);
        let defaults = json!({
            "RecoveryPointArn": resource::point_arn(region, self.id(), kind),
            "BackupVaultName": vault,
            "BackupVaultArn": self.arn("backup", region, &format!("backup-vault:{vault}")),
            "ResourceArn": resource,
            "ResourceType": kind,
            "Status": "COMPLETED",
            "CreationDate": created,
            "InitiationDate": created,
            "CompletionDate": created,
            "BackupSizeInBytes": 1_073_741_824,
            "IsEncrypted": true,
            "IsParent": false,
            "VaultType": "BACKUP_VAULT",
            "SourceTags": tags,
        });
        merged(defaults, members)
    }

    fn put_job(&self, kind: Kind, region: &str, members: Value) -> String {
        let (state, source) = match kind {
            Kind::Restore => ("Status", "SourceResourceArn"),
            Kind::Backup | Kind::Copy => ("State", "ResourceArn"),
        };
        let resource = self.source(region, &members[source]);
        let defaults = json!({
            kind.id(): request_id(),
            "AccountId": self.id(),
            "ResourceType": resource::kind(&resource),
            source: resource,
            state: "COMPLETED",
            "CreationDate": now(),
        });
        let mut job = merged(defaults, members);
        if job[state] == "COMPLETED" {
            job = merged(json!({ "CompletionDate": now(), "MessageCategory": "SUCCESS" }), job);
        }
        let id = job[kind.id()].as_str().unwrap_or_default().to_owned();
        let map = job.as_object_mut().and_then(|members| members.remove("Metadata"));
        let map = map.unwrap_or_else(|| json!({}));
        if kind == Kind::Restore {
            self.proxied.state().store.restore_maps.insert(id.clone(), map);
        }
        let key = (kind, region.to_owned());
        self.proxied.state().store.jobs.entry(key).or_default().put(&id, Job::put(job));
        id
    }

    /// The resource that is named, or a volume.
    fn source(&self, region: &str, named: &Value) -> String {
        match named.as_str() {
            Some(named) => named.to_owned(),
            None => self.arn("ec2", region, "volume/vol-0123456789abcdef0"),
        }
    }
}

pub(crate) fn key(region: &str, vault: &str) -> VaultKey {
    (region.to_owned(), vault.to_owned())
}

fn merged(mut defaults: Value, members: Value) -> Value {
    if let (Value::Object(defaults), Value::Object(members)) = (&mut defaults, members) {
        defaults.extend(members);
    }
    defaults
}
