//! The access policy on a vault, which somebody else has put there.

use serde_json::Value;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::settings::VaultId;
use crate::protection::vault_policy::{VaultPolicy, VaultUse, judged};

/// What the policy of a vault means for the deployment; `None` where it has none. A vault that is not
/// there is denied, as everything about it is.
///
/// # Errors
/// Where it cannot be read.
pub(super) async fn read(
    context: &Context,
    vault: &VaultId,
) -> Result<Option<VaultPolicy>, Failure> {
    let backup = context.region(&vault.region).backup;
    let (name, vault_arn) = (context.names.vault(vault), context.names.vault_arn(vault));
    let send = || backup.get_backup_vault_access_policy().backup_vault_name(&name).send();
    let site = CallSite::new("backup:GetBackupVaultAccessPolicy", &vault.region, &vault_arn);
    let found = if_found(context.caller.call(site, send).await)?;
    let of = VaultUse {
        vault_arn: &vault_arn,
        role_arn: &context.names.role_in_use(&context.settings),
        account: &context.names.account,
        is_source: vault.region == context.settings.regions.primary,
    };
    let text = found.and_then(|output| output.policy);
    let policy: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(policy.map(|policy| judged(&policy, &of)))
}
