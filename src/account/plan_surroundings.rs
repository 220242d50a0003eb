//! Whether the vaults, roles and keys are there that the plans of an account name.

use std::collections::BTreeMap;

use aws_sdk_backup::types::{BackupVaultListMember, EncryptionKeyType, VaultType};
use futures_util::stream::{StreamExt as _, iter};

use crate::account::listings::Listings;
use crate::account::{vault_keys, vaults};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure, if_found};
use crate::lint::model::Plan;
use crate::lint::surroundings::{self, SeenVault, Surroundings};
use crate::model::names::role_name;
use crate::model::region::Region;

/// How many reads are made at once.
const AT_ONCE: usize = 16;

/// Reads what the plans name. What cannot be read comes back by its words, and is no finding.
///
/// # Errors
/// Ctrl-C.
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    iam_region: &Region,
    plans: &[Plan],
) -> Result<(Surroundings, Vec<(String, Failure)>), Failure> {
    let mut seen = Surroundings::default();
    let mut unread = Vec::new();
    let regions = surroundings::regions(plans);
    let lists = regions.into_iter().map(|region| async move {
        let listed = vaults::list_in(caller, clients, listings, &region).await;
        (region, listed)
    });
    let roles = surroundings::roles(plans);
    let reads = roles.into_iter().map(|role| async move {
        let found = is_role_there(caller, clients, iam_region, &role).await;
        (role, found)
    });
    let (lists, roles) = tokio::join!(all(lists), all(reads));
    for (region, listed) in lists {
        if let Some(listed) = kept(listed, || format!("the vaults of {region}"), &mut unread)? {
            seen.vaults.insert(region, listed.iter().filter_map(vault).collect());
        }
    }
    for (role, found) in roles {
        if let Some(is_there) = kept(found, || format!("role {role}"), &mut unread)? {
            seen.roles.insert(role, is_there);
        }
    }
    seen.keys = keys(caller, clients, plans, &seen.vaults, &mut unread).await?;
    Ok((seen, unread))
}

async fn all<T>(reads: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    iter(reads.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await
}

/// What was read; else its failure is kept under these words.
fn kept<T>(
    read: Result<T, Failure>,
    words: impl FnOnce() -> String,
    unread: &mut Vec<(String, Failure)>,
) -> Result<Option<T>, Failure> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(failure @ Failure::Interrupted) => Err(failure),
        Err(failure) => {
            unread.push((words(), failure));
            Ok(None)
        }
    }
}

/// A vault with its key, if that is a customer's: one of AWS's own can be neither disabled nor deleted.
fn vault(listed: &BackupVaultListMember) -> Option<SeenVault> {
    let is_customers = listed.encryption_key_type == Some(EncryptionKeyType::CustomerManagedKmsKey);
    Some(SeenVault {
        name: listed.backup_vault_name.clone()?,
        lock: vaults::lock_of(listed),
        key: listed.encryption_key_arn.clone().filter(|_| is_customers),
        is_air_gapped: listed.vault_type == Some(VaultType::LogicallyAirGappedBackupVault),
    })
}

async fn is_role_there(
    caller: &Caller,
    clients: &Clients,
    iam_region: &Region,
    arn: &str,
) -> Result<bool, Failure> {
    let iam = clients.region(iam_region).iam;
    let name = role_name(arn);
    let send = || iam.get_role().role_name(name).send();
    let found = caller.call(CallSite::global("iam:GetRole", arn), send).await;
    Ok(if_found(found)?.is_some())
}

async fn keys(
    caller: &Caller,
    clients: &Clients,
    plans: &[Plan],
    vaults: &BTreeMap<Region, Vec<SeenVault>>,
    unread: &mut Vec<(String, Failure)>,
) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let wanted = surroundings::keys(plans, vaults).into_iter();
    let reads = wanted.map(|(region, key)| async move {
        let state = vault_keys::state(caller, clients, &region, &key).await;
        let state = state.map(|found| {
            found.map(|state| state.map(|state| state.as_str().to_owned()).unwrap_or_default())
        });
        (key, state)
    });
    let mut keys = BTreeMap::new();
    for (key, state) in all(reads).await {
        if let Some(state) = kept(state, || format!("key {key}"), unread)? {
            keys.insert(key, state);
        }
    }
    Ok(keys)
}
