//! A vault that was there before the deployment: backups or copies go to it, and mrbackup leaves it as it is.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::types::{BackupVaultListMember, EncryptionKeyType, VaultState, VaultType};

use crate::account::context::Context;
use crate::account::vault_keys::{self, KeySeen};
use crate::account::{role_points, vaults};
use crate::engine::{Checked, Given, Observed, Step, StepId, Told, Used};
use crate::failure::Failure;
use crate::model::settings::VaultId;
use crate::steps::vault::{lock_conflicts, step_id, vault_of};

/// The step of a vault that the settings name, or named before, in the place of the deployment's own.
pub(super) fn step(context: &Context, own: &StepId) -> Option<Arc<dyn Step>> {
    let id = vault_of(own).filter(|id| id.given.is_some())?;
    Some(Arc::new(Used(GivenVault { context: context.on_behalf_of(own), id })))
}

struct GivenVault {
    context: Context,
    id: VaultId,
}

impl GivenVault {
    /// Why AWS Backup can put nothing into it.
    fn unfit(&self, vault: &BackupVaultListMember) -> Option<String> {
        let is_primary = self.id.region == self.context.settings.regions.primary;
        let why = match (&vault.vault_type, &vault.vault_state) {
            (Some(VaultType::RestoreAccessBackupVault), _) => {
                "it only gives access to another account's recovery points"
            }
            // A rule names it beside a usual vault (API reference, `TargetLogicallyAirGappedBackupVaultArn`).
            (Some(VaultType::LogicallyAirGappedBackupVault), _) if is_primary => {
                "it is logically air-gapped, and only takes copies"
            }
            (_, Some(VaultState::Creating)) => "AWS Backup is still creating it",
            (_, Some(VaultState::Failed)) => "AWS Backup could not create it",
            _ => return None,
        };
        Some(format!("{why}; {}", self.advice()))
    }

    fn advice(&self) -> String {
        format!("name another under [vault] for {}, or none", self.id.region)
    }

    /// What keeps backups from its key, as far as KMS tells.
    async fn judge_key(&self, vault: &BackupVaultListMember, observed: &mut Observed<()>) {
        let region = &self.id.region;
        let is_awss = vault.encryption_key_type == Some(EncryptionKeyType::AwsOwnedKmsKey);
        let Some(key) = vault.encryption_key_arn().filter(|_| !is_awss) else { return };
        let name = self.name();
        match vault_keys::seen(&self.context, region, key).await {
            Ok(KeySeen::Enabled) => (),
            Ok(KeySeen::Foreign) => observed
                .notes
                .push(format!("its key {key} is another account's, and is not checked")),
            Ok(KeySeen::Gone) => observed.attention.push(format!(
                "{region}: KMS knows no key {key}, under which the given vault {name} is: nothing can be made or restored there"
            )),
            Ok(KeySeen::Unusable(state)) => observed.attention.push(format!(
                "{region}: the key {key} of the given vault {name} is {state}: nothing can be made or restored there"
            )),
            // The vault can be used all the same, and what is said of it stays.
            Err(failure) => observed.notes.push(format!("its key was not checked: {failure}")),
        }
    }
}

#[async_trait]
impl Given for GivenVault {
    fn id(&self) -> StepId {
        step_id(&self.id)
    }

    fn name(&self) -> String {
        self.context.names.vault(&self.id)
    }

    async fn check(&self) -> Result<Checked, Failure> {
        let is_used = self.context.settings.vaults().contains(&self.id);
        let mut observed = Observed::new(());
        if !is_used {
            // It is remembered for what the deployment's own role has to delete in it.
            let held = role_points::held_with(&self.context, |vault| *vault == self.id).await?;
            let Some(held) = held else { return Ok(Checked::Forgotten) };
            observed.notes.push(held);
            return Ok(Checked::Fit(observed, Told::nothing()));
        }
        let Some(vault) = vaults::listed(&self.context, &self.id).await? else {
            let why = format!("AWS Backup has no such vault in {}", self.id.region);
            return Ok(Checked::Unfit(format!("{why}; create it, or {}", self.advice())));
        };
        if let Some(why) = self.unfit(&vault) {
            return Ok(Checked::Unfit(why));
        }
        observed.attention = lock_conflicts(&self.context.settings, &self.id, &vault);
        self.judge_key(&vault, &mut observed).await;
        Ok(Checked::Fit(observed, Told::nothing()))
    }
}
