//! What more than one step asks for, and a run asks AWS once: a region's vaults, plans and subscriptions, what a plan holds.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_backup::operation::get_backup_plan::GetBackupPlanOutput;
use aws_sdk_backup::types::{
    BackupPlansListMember, BackupSelection, BackupSelectionsListMember, BackupVaultListMember,
};
use aws_sdk_sns::types::Subscription;
use tokio::sync::OnceCell;

use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::tags::Tags;
use crate::recovery::job::RestoreJob;

/// The lists of one run. Its clones are the same lists; [`Listings::default`] knows nothing yet.
#[derive(Clone, Default)]
pub(crate) struct Listings {
    pub(crate) vaults: Listing<Region, Vec<BackupVaultListMember>>,
    pub(crate) plans: Listing<Region, Vec<BackupPlansListMember>>,
    /// Of the region's alert topic; `None` where there is no topic.
    pub(crate) subscriptions: Listing<Region, Option<Vec<Subscription>>>,
    pub(crate) in_plan: InPlan,
    pub(crate) restore_jobs: Listing<Region, Vec<RestoreJob>>,
}

/// What is in a backup plan, by the plan's id; `None` where there is no such plan.
#[derive(Clone, Default)]
pub(crate) struct InPlan {
    pub(crate) tags: Listing<String, Option<Tags>>,
    pub(crate) document: Listing<String, Option<GetBackupPlanOutput>>,
    pub(crate) selections: Listing<String, Option<Vec<BackupSelectionsListMember>>>,
    /// By the ids of plan and selection; `None` where there is no such selection.
    pub(crate) selection: Listing<(String, String), Option<BackupSelection>>,
}

/// A list for each key.
pub(crate) struct Listing<K, T>(Arc<Mutex<BTreeMap<K, Memory<T>>>>);

impl<K, T> Clone for Listing<K, T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T> Default for Listing<K, T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

enum Memory<T> {
    Asked(Arc<Cell<T>>),
    /// Something was written. AWS's lists lag behind that, so that none is remembered any more.
    Changed,
}

type Cell<T> = OnceCell<Result<T, Failure>>;

impl<K: Clone + Ord, T: Clone> Listing<K, T> {
    /// The list, read if nobody has read it before.
    ///
    /// Who asks while it is being read gets the same answer. One that failed is not remembered.
    ///
    /// # Errors
    /// Where the list cannot be read.
    pub(crate) async fn get<F>(&self, key: &K, read: impl FnOnce() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Some(cell) = self.cell(key) else { return read().await };
        let answer = cell.get_or_init(read).await.clone();
        if answer.is_err() {
            self.drop_cell(key, &cell);
        }
        answer
    }

    /// Something in the list is about to be created or deleted: from now on it is read each time.
    pub(crate) fn forget(&self, key: &K) {
        self.lock().insert(key.clone(), Memory::Changed);
    }

    /// `None` where the list is not remembered.
    fn cell(&self, key: &K) -> Option<Arc<Cell<T>>> {
        let mut memories = self.lock();
        let memory = memories.entry(key.clone());
        match memory.or_insert_with(|| Memory::Asked(Arc::default())) {
            Memory::Asked(cell) => Some(Arc::clone(cell)),
            Memory::Changed => None,
        }
    }

    fn drop_cell(&self, key: &K, failed: &Arc<Cell<T>>) {
        let mut memories = self.lock();
        if matches!(memories.get(key), Some(Memory::Asked(cell)) if Arc::ptr_eq(cell, failed)) {
            memories.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Memory<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    /// Answers with how often it was asked.
    struct Service {
        asked: Cell<u32>,
        away: Cell<bool>,
    }

    impl Service {
        fn new() -> Self {
            Self { asked: Cell::new(0), away: Cell::new(false) }
        }

        async fn list(&self) -> Result<u32, Failure> {
            tokio::task::yield_now().await;
            self.asked.set(self.asked.get() + 1);
            if self.away.get() {
                return Err(Failure::refused("away", ""));
            }
            Ok(self.asked.get())
        }
    }

    #[tokio::test]
    async fn a_region_is_asked_once() {
        let (listing, service) = (Listing::<Region, u32>::default(), Service::new());
        let (first, same) = (region("us-east-1"), listing.clone());
        let both = tokio::join!(
            listing.get(&first, || service.list()),
            same.get(&first, || service.list())
        );
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
        assert_eq!(listing.get(&first, || service.list()).await.unwrap(), 1);
        assert_eq!(listing.get(&region("us-west-2"), || service.list()).await.unwrap(), 2);
        assert_eq!(Listing::default().get(&first, || service.list()).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_failure_is_for_those_who_wait_and_is_not_remembered() {
        let (listing, service) = (Listing::<Region, u32>::default(), Service::new());
        service.away.set(true);
        let first = region("us-east-1");
        let both = tokio::join!(
            listing.get(&first, || service.list()),
            listing.get(&first, || service.list())
        );
        assert!(both.0.is_err() && both.1.is_err());
        assert_eq!(service.asked.get(), 1);
        service.away.set(false);
        assert_eq!(listing.get(&first, || service.list()).await.unwrap(), 2);
        assert_eq!(listing.get(&first, || service.list()).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn what_was_changed_is_read_each_time() {
        let (listing, service) = (Listing::<Region, u32>::default(), Service::new());
        let (changed, other) = (region("us-east-1"), region("us-west-2"));
        assert_eq!(listing.get(&changed, || service.list()).await.unwrap(), 1);
        assert_eq!(listing.get(&other, || service.list()).await.unwrap(), 2);
        listing.forget(&changed);
        assert_eq!(listing.get(&changed, || service.list()).await.unwrap(), 3);
        assert_eq!(listing.get(&changed, || service.list()).await.unwrap(), 4);
        assert_eq!(listing.get(&other, || service.list()).await.unwrap(), 2);
    }
}
