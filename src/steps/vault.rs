//! A backup vault in each region, which also carries the deployment's record for the day when IAM is away.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupVaultListMember;
use jiff::Timestamp;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::ownership::require_ours;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::tagging::{self, Service, Tagging};
use crate::account::{emptying, vaults};
use crate::aws::{Poll, SendingOnce};
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::model::settings::{Settings, VaultId};
use crate::model::tags::Tags;
use crate::protection::lock_conflict;
use crate::protection::vault_contents::ContentsTally;
use crate::steps::scope::{Entry, Scope};
use crate::terminal::wrap::plural;

pub(crate) static KIND: Kind = Kind::new("vault");

pub(super) const ENTRY: Entry =
    Entry::new(Scope::EachVault(|context, vault| Arc::new(Vault::new(context, vault))));

/// What the variant of a given vault's step begins with, and no key's ARN.
const GIVEN: &str = "given:";

/// The step of a vault. It is known by its key too: a region has one vault a key.
pub(super) fn step_id(vault: &VaultId) -> StepId {
    let VaultId { region, kms_key, given } = vault.clone();
    let given = given.map(|name| format!("{GIVEN}{name}"));
    StepId { kind: &KIND, region: Some(region), variant: given.or(kms_key) }
}

/// The vault that a step is of.
pub(crate) fn vault_of(id: &StepId) -> Option<VaultId> {
    let region = id.region.clone().filter(|_| *id.kind == KIND)?;
    let given = id.variant.as_ref().and_then(|variant| variant.strip_prefix(GIVEN));
    let given = given.map(str::to_owned);
    let kms_key = id.variant.clone().filter(|_| given.is_none());
    Some(VaultId { region, kms_key, given })
}

/// How long an emptied vault may still count as full (delstack#370: seconds to a minute).
const EMPTIED: Duration = Duration::from_mins(2);

#[derive(Serialize)]
pub(super) struct Spec {
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
        Self { context: context.on_behalf_of(&step_id(&id)), id, region, name, arn }
    }

    fn tagging(&self) -> Tagging<'_> {
        Tagging::new(&self.context, Service::Backup, &self.region, &self.arn)
    }

    fn key(&self) -> Option<&String> {
        self.id.kms_key.as_ref()
    }

    /// Whether earlier settings made it and the present ones do not write to it.
    fn is_former(&self) -> bool {
        self.context.settings.former.vaults.contains(&self.id)
    }

    /// Whether backups went to a given vault before.
    fn replaces_given(&self) -> bool {
        let mut former = self.context.settings.former.vaults.iter();
        former.any(|vault| vault.region == self.region && vault.given.is_some())
    }

    /// By the list, because AWS answers 403 and not 404 to everything else about a missing vault.
    async fn find(&self) -> Result<Option<(BackupVaultListMember, Tags)>, Failure> {
        let Context { caller, clients, .. } = &self.context;
        let (listed, tags) = tokio::join!(
            vaults::listed(&self.context, &self.id),
            tagging::of_vault_or_plan(caller, clients, &self.region, &self.arn)
        );
        match listed? {
            // Tags that cannot be read are unknown, never "none".
            Some(vault) => Ok(Some((vault, tags?))),
            None => Ok(None),
        }
    }

    async fn look(&self) -> Result<Option<()>, Failure> {
        let what = format!("vault in {}", self.region);
        let found = self.find().await?;
        found.map(|(_, tags)| require_ours(&self.context, &tags, &what, &self.name)).transpose()
    }

    async fn make_vault(&self) -> Result<(), Failure> {
        self.context.listings.vaults.forget(&self.region);
        let clients = self.context.region(&self.region);
        let send = |once: &SendingOnce| {
            once.backup()
                .create_backup_vault()
                .backup_vault_name(&self.name)
                .set_encryption_key_arn(self.key().cloned())
                .set_backup_vault_tags(Some(
                    self.context.record.as_ref().clone().into_iter().collect(),
                ))
                .creator_request_id(format!("mrb-{}-vault-{}", self.context.id, self.context.run))
                .send()
        };
        let site = CallSite::new("backup:CreateBackupVault", &self.region, &self.name);
        self.context
            .caller
            .create(
                &clients,
                site,
                send,
                |answer| answer.backup_vault_arn.map(|_| ()),
                || self.look(),
            )
            .await
    }
}

/// What the rules, a drill or a repair would keep in a vault and its lock does not allow.
pub(super) fn lock_conflicts(
    settings: &Settings,
    id: &VaultId,
    vault: &BackupVaultListMember,
) -> Vec<String> {
    let used = settings.vaults().contains(id);
    let Some(lock) = vaults::lock_of(vault).filter(|_| used) else { return Vec::new() };
    let now = Timestamp::now().as_second();
    let found = lock_conflict::conflicts(settings, &id.region, &lock, now);
    found.iter().map(ToString::to_string).collect()
}

impl Vault {
    async fn delete(&self) -> Result<Removal, Failure> {
        self.context.listings.vaults.forget(&self.region);
        let backup = self.context.region(&self.region).backup;
        let send = || backup.delete_backup_vault().backup_vault_name(&self.name).send();
        let site = CallSite::new("backup:DeleteBackupVault", &self.region, &self.name);
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
impl Resource for Vault {
    type Spec = Spec;

    fn id(&self) -> StepId {
        step_id(&self.id)
    }

    fn name(&self, _: Known<'_>) -> String {
        self.name.clone()
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        Spec { encryption_key: self.key().cloned(), tags: self.context.place_tags() }
    }

    /// A key cannot be changed, so that there are two vaults on the way from one key to another.
    fn reason(&self, difference: Option<Difference<'_, Spec>>, _: Known<'_>) -> Option<String> {
        let settings = &self.context.settings;
        let mut former = settings.former.vaults.iter();
        let other = former.any(|vault| vault.region == self.region && *vault != self.id);
        let still_used = settings.regions.names().contains(&self.region);
        let why = match (self.is_former(), still_used, other) {
            (true, true, _) if settings.given_vaults.contains_key(&self.region) => {
                "a given vault is used in its place"
            }
            (true, true, _) => "its KMS key is not the wanted one, and AWS Backup cannot change it",
            (true, false, _) => "nothing is backed up or copied to its region now",
            (false, _, true) if difference.is_none() && !self.replaces_given() => {
                "AWS Backup cannot change a vault's KMS key: backups go here from now on"
            }
            (false, ..) => return None,
        };
        Some(why.to_owned())
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some((vault, tags)) = self.find().await? else { return Ok(Live::Absent.into()) };
        if !self.context.is_ours(&tags) {
            return Ok(self.tagging().not_ours().into());
        }
        let encryption_key = self.key().and_then(|_| vault.encryption_key_arn().map(str::to_owned));
        let mut observed =
            Observed::new(Spec { encryption_key, tags: self.context.our_place_tags(&tags) });
        observed.attention = lock_conflicts(&self.context.settings, &self.id, &vault);
        // Where vaults are emptied, it goes as the others do.
        if self.is_former() && self.context.emptying.is_none() {
            let mut held = ContentsTally::default();
            let every = PointFilter::default();
            each_page(&self.context, &self.id, every, |page| held.add_all(&page)).await?;
            // A job that is about to make a point there makes it full.
            let running = emptying::running(&self.context, &self.id, &[]).await?.len();
            let jobs = (running > 0).then(|| format!("{} still running", plural(running, "job")));
            let held = held.contents().map(|contents| format!("it holds {contents}"));
            let reasons: Vec<String> = held.into_iter().chain(jobs).collect();
            observed.keep_reason = (!reasons.is_empty()).then(|| reasons.join("; "));
        }
        Ok(Live::Ours(observed).into())
    }

    async fn create(&self, _: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        self.make_vault().await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        if let Some((live, _)) = difference.of(|vault| vault.encryption_key.as_deref()) {
            return Err(Failure::failed(
                format!(
                    "vault {} in {} has the KMS key {}, and AWS Backup cannot change it",
                    self.name,
                    self.region,
                    live.unwrap_or("of AWS")
                ),
                "this vault was made anew outside mrbackup: when it holds nothing that is needed, delete it, then run `mrbackup up` again",
            ));
        }
        self.tagging().retag(difference.of(|vault| &vault.tags)).await?;
        Ok(Told::nothing())
    }

    async fn remove(&self, _: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
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
