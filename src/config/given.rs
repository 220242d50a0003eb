//! What cannot be given together.

use crate::failure::Failure;
use crate::model::settings::Settings;

/// Refuses a key for a vault that has one, and a deployment without a place for its record.
///
/// # Errors
/// [`Failure::Usage`] with what to leave out.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    let Settings { given_vaults, kms_keys, service_role, .. } = settings;
    if let Some((region, name)) =
        given_vaults.iter().find(|(region, _)| kms_keys.contains_key(region))
    {
        return Err(Failure::Usage(format!(
            "the vault {name} of {region} is given and has its own key: leave out the key of {region} in kms_keys"
        )));
    }
    let is_own_vault = settings.vaults().iter().any(|vault| vault.given.is_none());
    if service_role.is_some() && !is_own_vault {
        return Err(Failure::Usage(
            "the service role and every vault are given, so that nothing of this deployment could hold its record: \
             leave out service_role, or one of the vaults"
                .to_owned(),
        ));
    }
    Ok(())
}
