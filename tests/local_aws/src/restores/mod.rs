//! AWS Backup's restore side: what a recovery point says of its source, which maps a job takes, and what it makes.

pub(crate) mod events;
pub(crate) mod inferred;
pub(crate) mod make;
pub(crate) mod maps;
pub(crate) mod metadata;
mod obstacles;
mod points;
pub(crate) mod testing;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::Account;
use super::indexed_list::IndexedList;
use super::job::Kind;

/// How long AWS Backup knows the token of a started restore, in seconds: one hour, by older text of its reference.
pub(crate) const TOKEN_SECONDS: u64 = 3600;

impl Account {
    /// What the program has sent to `StartRestoreJob`, in the order of arrival: the members of the input and `Region`.
    /// Calls that were refused or whose answer was lost are in it.
    pub fn restore_requests(&self) -> Vec<Value> {
        let calls = self.log().into_iter().filter(|call| call.is("backup", "StartRestoreJob"));
        calls
            .map(|call| {
                let mut input = call.input().clone();
                input["Region"] = call.request.region.clone().into();
                input
            })
            .collect()
    }

    /// The restore jobs of a region as AWS describes them, each with the `Metadata` it was given.
    pub fn restore_jobs(&self, region: &str) -> Vec<Value> {
        let state = self.state();
        let jobs = state.store.jobs.get(&(Kind::Restore, region.to_owned()));
        let jobs = jobs.into_iter().flat_map(IndexedList::iter).map(|job| {
            let mut members = job.members.clone();
            let id = members["RestoreJobId"].as_str().unwrap_or_default();
            let metadata = state.store.restore_maps.get(id).cloned();
            members["Metadata"] = metadata.unwrap_or_else(|| json!({}));
            members
        });
        jobs.collect()
    }

    /// By resource type, the most restores of a region that went on at once.
    pub fn most_restores_at_once(&self, region: &str) -> BTreeMap<String, usize> {
        let state = self.state();
        let peaks = state.store.restore_peaks.iter().filter(|((there, _), _)| there == region);
        peaks.map(|((_, kind), most)| (kind.clone(), *most)).collect()
    }

    /// An hour passes for AWS Backup's memory of tokens: a start with an old token is a new restore.
    pub fn forget_restore_tokens(&self) {
        for (_, begun) in self.state().store.restore_tokens.values_mut() {
            *begun = begun.saturating_sub(TOKEN_SECONDS + 1);
        }
    }
}
