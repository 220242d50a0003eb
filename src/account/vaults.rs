//! The calls about vaults: which there are, which may be ours, and the tags on them.

use aws_sdk_backup::types::BackupVaultListMember;
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::listings::Listings;
use crate::account::tagging::{self, Service, Tagging};
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure};
use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::settings::VaultId;
use crate::model::tags::Tags;
use crate::model::vault_lock::VaultLock;

/// The vaults of a region that may be ours, by their names: what is known without a record. The
/// plain one is among them even where it is not there.
///
/// # Errors
/// Where the region cannot be listed.
pub(crate) async fn in_region(context: &Context, region: &Region) -> Result<Vec<VaultId>, Failure> {
    let names = &context.names;
    let keyed = |vault: BackupVaultListMember| {
        let id = VaultId { kms_key: vault.encryption_key_arn.clone(), ..plain(region) };
        (vault.backup_vault_name() == Some(&names.vault(&id))).then_some(id)
    };
    let listed = all(context, region).await?;
    Ok(std::iter::once(plain(region)).chain(listed.into_iter().filter_map(keyed)).collect())
}

/// The vault on AWS's own key.
pub(crate) fn plain(region: &Region) -> VaultId {
    VaultId::plain(region)
}

/// A vault as AWS lists it; `None` where it is not there.
pub(crate) async fn listed(
    context: &Context,
    vault: &VaultId,
) -> Result<Option<BackupVaultListMember>, Failure> {
    Ok(named(all(context, &vault.region).await?, &context.names.vault(vault)))
}

/// The lock of a vault; `None` where it has none, or is not there.
///
/// # Errors
/// Where the region cannot be listed.
pub(crate) async fn lock(context: &Context, vault: &VaultId) -> Result<Option<VaultLock>, Failure> {
    Ok(listed(context, vault).await?.as_ref().and_then(lock_of))
}

/// What locks a vault; `None` where nothing does. The list has all of it (API reference,
/// `BackupVaultListMember`).
pub(crate) fn lock_of(listed: &BackupVaultListMember) -> Option<VaultLock> {
    listed.locked.unwrap_or_default().then(|| VaultLock {
        final_from: listed.lock_date.map(|date| date.secs()),
        min_days: listed.min_retention_days,
        max_days: listed.max_retention_days,
    })
}

fn named(listed: Vec<BackupVaultListMember>, name: &str) -> Option<BackupVaultListMember> {
    listed.into_iter().find(|vault| vault.backup_vault_name() == Some(name))
}

/// AWS's approximate count of a vault's recovery points; `None` where it is not there.
pub(crate) async fn points(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
    vault: &VaultId,
) -> Result<Option<i64>, Failure> {
    let listed = list_once(caller, clients, listings, &vault.region).await?;
    let found = named(listed, &names.vault(vault));
    Ok(found.map(|vault| vault.number_of_recovery_points))
}

/// Tags of the vaults of a region whose names say that they may be meant.
///
/// # Errors
/// Where the region, or one of them, cannot be read.
pub(crate) async fn listed_tags(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
    region: &Region,
    may_be: impl Fn(&str) -> bool,
) -> Result<Vec<Tags>, Failure> {
    let listed = list_once(caller, clients, listings, region).await?;
    let found = listed.into_iter().filter_map(|vault| vault.backup_vault_name);
    let found = found.filter(|name| may_be(name));
    let read = found.map(|name| async move {
        tagging::of_vault_or_plan(caller, clients, region, &names.named_vault_arn(region, &name))
            .await
    });
    try_join_all(read).await
}

/// All vaults of a region, read once in a run.
async fn all(context: &Context, region: &Region) -> Result<Vec<BackupVaultListMember>, Failure> {
    let Context { caller, clients, listings, .. } = context;
    list_once(caller, clients, listings, region).await
}

/// All vaults of a region, before a context is made.
///
/// # Errors
/// Where the region cannot be listed.
pub(crate) async fn list_in(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    region: &Region,
) -> Result<Vec<BackupVaultListMember>, Failure> {
    list_once(caller, clients, listings, region).await
}

async fn list_once(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    region: &Region,
) -> Result<Vec<BackupVaultListMember>, Failure> {
    listings.vaults.get(region, || list(caller, clients, region)).await
}

/// Where the vaults of a region are asked for.
pub(crate) fn listing(region: &Region) -> CallSite {
    CallSite::new("backup:ListBackupVaults", region, "")
}

async fn list(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
) -> Result<Vec<BackupVaultListMember>, Failure> {
    let backup = clients.backup(region);
    let send = |token| backup.list_backup_vaults().max_results(1000).set_next_token(token).send();
    let read = caller.pages("vaults", listing(region), send, |page| {
        (page.backup_vault_list.unwrap_or_default(), page.next_token)
    });
    read.await
}

/// The tags of each vault in a region that may be ours, found without IAM.
///
/// # Errors
/// Where the region cannot be read.
pub(crate) async fn read_all_tags(
    caller: &Caller,
    clients: &Clients,
    listings: &Listings,
    names: &Names,
    region: &Region,
) -> Result<Vec<Tags>, Failure> {
    // The usual one is asked for at once, to be quick.
    let usual = names.vault(&plain(region));
    let usual_arn = names.named_vault_arn(region, &usual);
    let (listed, usual_tags) = tokio::join!(
        list_once(caller, clients, listings, region),
        tagging::of_vault_or_plan(caller, clients, region, &usual_arn)
    );
    let listed = listed?.into_iter().filter_map(|vault| vault.backup_vault_name);
    let (found, others): (Vec<_>, Vec<_>) =
        listed.filter(|name| names.may_be_our_vault(name)).partition(|name| *name == usual);
    let others = others.into_iter().map(|name| async move {
        tagging::of_vault_or_plan(caller, clients, region, &names.named_vault_arn(region, &name))
            .await
    });
    let mut tags = try_join_all(others).await?;
    if !found.is_empty() {
        // Tags that cannot be read are unknown, never "none".
        tags.push(usual_tags?);
    }
    Ok(tags)
}

/// Writes the record's tags to a vault and removes those of an older, longer record.
///
/// # Errors
/// Where the vault cannot be tagged.
pub(crate) async fn write_tags(
    context: &Context,
    vault: &VaultId,
    tags: &Tags,
    old: &[String],
) -> Result<(), Failure> {
    let arn = context.names.vault_arn(vault);
    let tagging = Tagging::new(context, Service::Backup, &vault.region, &arn);
    tagging.put(tags).await?;
    tagging.take_off(old).await
}
