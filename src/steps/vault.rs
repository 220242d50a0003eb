//! A backup vault in each region, which also carries the deployment's record for the day when IAM is away.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_backup::config::Config;
use aws_sdk_backup::config::retry::RetryConfig;
use aws_sdk_backup::types::BackupVaultListMember;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::context::Context;
use crate::account::ownership::{not_ours, taken};
use crate::account::recovery_points::{Wanted, each_page};
use crate::account::{backup_tags, emptying};
use crate::aws::{Caller, Clients, Poll};
use crate::engine::{Change, Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::Site;
use crate::failure::{Failure, if_found};
use crate::model::names::Names;
use crate::model::region::{Partition, Region};
use crate::model::settings::VaultId;
use crate::model::tags::Tags;
use crate::protection::vault_contents::Tally;

/// How long an emptied vault may still count as full (delstack#370: seconds to a minute).
const EMPTIED: Duration = Duration::from_mins(2);

#[derive(Serialize, Deserialize)]
struct Spec {
    /// Compared only where a key is wanted: AWS fills in its own otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_key: Option<String>,
    tags: Tags,
}

pub(super) struct Vault {
    context: Context,
    id: VaultId,
    region: Region,
    name: String,
    arn: String,
}

impl Vault {
    pub(super) fn new(context: &Context, id: VaultId) -> Self {
        let (name, arn) = (context.names.vault(&id), context.names.vault_arn(&id));
        let region = id.region.clone();
        Self { context: context.on_behalf_of(&StepId::of_vault(&id)), id, region, name, arn }
    }

    fn key(&self) -> Option<&String> {
        self.id.kms_key.as_ref()
    }

    /// Whether earlier settings made it and the present ones do not write to it.
    fn is_former(&self) -> bool {
        self.context.settings.former.vaults.contains(&self.id)
    }

    /// By the list, because AWS answers 403 and not 404 to everything else about a missing vault.
    async fn find(&self) -> Result<Option<(BackupVaultListMember, Tags)>, Failure> {
        let Context { caller, clients, .. } = &self.context;
        let (listed, tags) = tokio::join!(
            list(caller, clients, &self.region),
            backup_tags::read(caller, clients, &self.region, &self.arn)
        );
        let name = Some(self.name.as_str());
        match listed?.into_iter().find(|vault| vault.backup_vault_name() == name) {
            // Tags that cannot be read are unknown, never "none".
            Some(vault) => Ok(Some((vault, tags?))),
            None => Ok(None),
        }
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        match self.find().await? {
            Some((_, tags)) if self.context.is_ours(&tags) => Ok(Some(())),
            Some(_) => Err(taken(&format!("vault in {}", self.region), &self.name)),
            None => Ok(None),
        }
    }

    async fn create(&self) -> Result<(), Failure> {
        let backup = self.context.region(&self.region).backup;
        let send = || async {
            let request = backup
                .create_backup_vault()
                .backup_vault_name(&self.name)
                .set_encryption_key_arn(self.key().cloned())
                .set_backup_vault_tags(Some(
                    self.context.record.as_ref().clone().into_iter().collect(),
                ))
                .creator_request_id(format!("mrb-{}-vault-{}", self.context.id, self.context.run))
                .customize()
                .config_override(Config::builder().retry_config(RetryConfig::disabled()));
            Ok(request.send().await?.backup_vault_arn.map(|_| ()))
        };
        let site = Site::new("backup:CreateBackupVault", &self.region, &self.name);
        self.context.caller.create(site, send, || self.look()).await
    }
}

impl Vault {
    async fn delete(&self) -> Result<Removal, Failure> {
        let backup = self.context.region(&self.region).backup;
        let send = || backup.delete_backup_vault().backup_vault_name(&self.name).send();
        let site = Site::new("backup:DeleteBackupVault", &self.region, &self.name);
        match self.context.caller.call(site, send).await {
            Err(Failure::Aws(error)) if error.message.contains("contains recovery points") => {
                Ok(Removal::Kept("it contains recovery points".to_owned()))
            }
            // AWS answers 403 for a vault that is not there: only the list tells.
            Err(failure) if failure.is_denied() => match self.find().await? {
                None => Ok(Removal::Gone),
                Some(_) => Err(failure),
            },
            answer => if_found(answer).map(|_| Removal::Gone),
        }
    }
}

#[async_trait]
impl Step for Vault {
    fn id(&self) -> StepId {
        StepId::of_vault(&self.id)
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    /// The role, because it is the lock and the first place of the record.
    fn needs(&self) -> Vec<StepId> {
        vec![StepId::global(Kind::ServiceRole)]
    }

    fn wanted(&self) -> Value {
        to_value(&Spec { encryption_key: self.key().cloned(), tags: self.context.place_tags() })
    }

    /// A key cannot be changed, so that there are two vaults on the way from one key to another.
    fn why(&self, changes: &[Change]) -> Option<String> {
        let settings = &self.context.settings;
        let mut former = settings.former.vaults.iter();
        let other = former.any(|vault| vault.region == self.region && *vault != self.id);
        let still_used = settings.regions.names().contains(&self.region);
        let why = match (self.is_former(), still_used, other) {
            (true, true, _) => "its KMS key is not the wanted one, and AWS Backup cannot change it",
            (true, false, _) => "nothing is backed up or copied to its region any more",
            (false, _, true) if changes.is_empty() => {
                "AWS Backup cannot change a vault's KMS key: backups go here from now on"
            }
            (false, ..) => return None,
        };
        Some(why.to_owned())
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let Some((vault, tags)) = self.find().await? else { return Ok(Live::Absent) };
        if !self.context.is_ours(&tags) {
            return Ok(not_ours(&self.context, &backup_tags::line(&self.arn, &self.region)));
        }
        let encryption_key = self.key().and_then(|_| vault.encryption_key_arn().map(str::to_owned));
        let mut observed =
            Observed::of(&Spec { encryption_key, tags: self.context.our_place_tags(&tags) });
        if self.is_former() {
            let mut held = Tally::default();
            let every = Wanted::default();
            each_page(&self.context, &self.id, every, |page| held.add_all(&page)).await?;
            observed.stays = held.holdings().map(|holdings| format!("it holds {holdings}"));
        }
        Ok(Live::Ours(observed))
    }

    async fn apply(&self, live: Option<&Observed>) -> Result<(), Failure> {
        let Some(observed) = live else { return self.create().await };
        let live: Spec = serde_json::from_value(observed.spec.clone()).expect("made from a Spec");
        if live.encryption_key.as_ref() != self.key() {
            return Err(Failure::refused(
                format!(
                    "vault {} in {} has the KMS key {}, and AWS Backup cannot change it",
                    self.name,
                    self.region,
                    live.encryption_key.as_deref().unwrap_or("of AWS")
                ),
                "somebody made this vault anew: empty and delete it, then run `mrbackup up` again",
            ));
        }
        backup_tags::retag(
            &self.context,
            &self.region,
            &self.arn,
            &live.tags,
            &self.context.place_tags(),
        )
        .await
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        let Some(how) = self.context.emptying.clone() else { return self.delete().await };
        if let Some(why) = emptying::empty(&self.context, &self.id, &how).await? {
            return Ok(Removal::Kept(why));
        }
        // For a while AWS does not know that the last point is gone.
        let begun = tokio::time::Instant::now();
        let gone = || async {
            Ok(match self.delete().await? {
                Removal::Kept(why) if begun.elapsed() < EMPTIED => Poll::Waiting(why),
                removal => Poll::Ready(removal),
            })
        };
        self.context
            .caller
            .poll(&format!("the removal of vault {}", self.name), EMPTIED, gone)
            .await
    }
}

/// The vaults of a region that may be ours, by their names: what is known without a record.
pub(super) async fn in_region(context: &Context, region: &Region) -> Vec<VaultId> {
    let Context { caller, clients, names, .. } = context;
    let plain = VaultId { region: region.clone(), kms_key: None };
    let keyed = |vault: BackupVaultListMember| {
        let id = VaultId { region: region.clone(), kms_key: vault.encryption_key_arn.clone() };
        (vault.backup_vault_name() == Some(&names.vault(&id))).then_some(id)
    };
    // A region that cannot be listed shows when its plain vault is looked for.
    let listed = list(caller, clients, region).await.unwrap_or_default();
    std::iter::once(plain).chain(listed.into_iter().filter_map(keyed)).collect()
}

/// A vault as AWS lists it; `None` where it is not there.
pub(crate) async fn listed(
    context: &Context,
    vault: &VaultId,
) -> Result<Option<BackupVaultListMember>, Failure> {
    let Context { caller, clients, names, .. } = context;
    by_name(caller, clients, names, vault).await
}

async fn by_name(
    caller: &Caller,
    clients: &Clients,
    names: &Names,
    vault: &VaultId,
) -> Result<Option<BackupVaultListMember>, Failure> {
    let name = names.vault(vault);
    let listed = list(caller, clients, &vault.region).await?;
    Ok(listed.into_iter().find(|listed| listed.backup_vault_name() == Some(&name)))
}

/// AWS's approximate count of a vault's recovery points; `None` where it is not there.
pub(crate) async fn points(
    caller: &Caller,
    clients: &Clients,
    names: &Names,
    vault: &VaultId,
) -> Result<Option<i64>, Failure> {
    let found = by_name(caller, clients, names, vault).await?;
    Ok(found.map(|vault| vault.number_of_recovery_points))
}

/// Tags of every vault of a region that may be some deployment's.
pub(crate) async fn all_tags(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    account: &str,
    partition: Partition,
) -> Result<Vec<Tags>, Failure> {
    let listed = list(caller, clients, region).await?;
    let names = listed.into_iter().filter_map(|vault| vault.backup_vault_name);
    let names = names.filter(|name| name.starts_with("mrbackup-"));
    let read = names.map(|name| async move {
        let arn = format!("arn:{partition}:backup:{region}:{account}:backup-vault:{name}");
        backup_tags::read(caller, clients, region, &arn).await
    });
    try_join_all(read).await
}

/// All vaults of a region.
async fn list(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
) -> Result<Vec<BackupVaultListMember>, Failure> {
    let backup = clients.region(region).backup;
    let fetch = |token: Option<String>| {
        let backup = backup.clone();
        async move {
            let send = || {
                backup.list_backup_vaults().max_results(1000).set_next_token(token.clone()).send()
            };
            let page = caller.call(Site::new("backup:ListBackupVaults", region, ""), send).await?;
            Ok((page.backup_vault_list.unwrap_or_default(), page.next_token))
        }
    };
    caller.pages("vaults", fetch).await
}

/// The tags of each vault in a region that may be ours, found without IAM.
///
/// # Errors
/// Where the region cannot be read.
pub(crate) async fn read_all_tags(
    caller: &Caller,
    clients: &Clients,
    names: &Names,
    region: &Region,
) -> Result<Vec<Tags>, Failure> {
    // The usual one is asked for at once, to be quick.
    let usual = names.vault(&VaultId { region: region.clone(), kms_key: None });
    let usual_arn = names.named_vault_arn(region, &usual);
    let (listed, usual_tags) = tokio::join!(
        list(caller, clients, region),
        backup_tags::read(caller, clients, region, &usual_arn)
    );
    let listed = listed?.into_iter().filter_map(|vault| vault.backup_vault_name);
    let (found, others): (Vec<_>, Vec<_>) =
        listed.filter(|name| names.may_be_our_vault(name)).partition(|name| *name == usual);
    let others = others.into_iter().map(|name| async move {
        backup_tags::read(caller, clients, region, &names.named_vault_arn(region, &name)).await
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
    backup_tags::put(context, &vault.region, &arn, tags).await?;
    backup_tags::untag(context, &vault.region, &arn, old).await
}
