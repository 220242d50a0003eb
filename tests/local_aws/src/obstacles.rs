//! What a test puts in the way of AWS Backup: holds on recovery points, and plans that it has forgotten.

use super::account::Account;
use super::backup_store::Point;
use super::backups::key;

impl Account {
    /// Lays a legal hold on a recovery point, or lifts it.
    ///
    /// # Panics
    ///
    /// When the point is not there.
    #[track_caller]
    pub fn hold_recovery_point(&self, region: &str, vault: &str, arn: &str, held: bool) {
        self.change_point(region, vault, arn, |point| point.legal_hold = held);
    }

    /// Makes a backup access point of this name that reads a recovery point.
    ///
    /// # Panics
    ///
    /// When the point is not there.
    #[track_caller]
    pub fn put_backup_access_point(&self, region: &str, vault: &str, arn: &str, name: &str) {
        self.change_point(region, vault, arn, |point| point.access_point = Some(name.to_owned()));
    }

    /// From now on, the deletion of a recovery point is answered as any other and ends as `EXPIRED`, in these words.
    ///
    /// # Panics
    ///
    /// When the point is not there.
    #[track_caller]
    pub fn use_recovery_point(&self, region: &str, vault: &str, arn: &str, words: &str) {
        self.change_point(region, vault, arn, |point| point.in_use = Some(words.to_owned()));
    }

    /// From now on, no list shows this plan if it is deleted.
    pub fn forget_plan(&self, id: &str) {
        self.proxied.state().plans.retain(|plan| plan.id != id);
    }

    #[track_caller]
    fn change_point(&self, region: &str, vault: &str, arn: &str, change: impl FnOnce(&mut Point)) {
        let mut state = self.proxied.state();
        let vault = state.store.vaults.get_mut(&key(region, vault));
        change(vault.and_then(|vault| vault.points.get_mut(arn)).expect("a point"));
    }
}
