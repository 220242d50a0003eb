//! The state of the KMS key that a vault is under.

use aws_sdk_kms::types::KeyState;

use crate::account::context::Context;
use crate::aws::{Caller, Clients};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

/// What KMS tells of a key.
pub(crate) enum KeySeen {
    Enabled,
    /// It belongs to another account, whose keys may not be described from here.
    Foreign,
    Gone,
    /// KMS's word of its state, such as `Disabled` (API reference, `KeyMetadata`, `KeyState`).
    Unusable(String),
}

/// Reads the state of a key.
///
/// # Errors
/// Where KMS does not answer, or denies it.
pub(crate) async fn seen(
    context: &Context,
    region: &Region,
    key: &str,
) -> Result<KeySeen, Failure> {
    if key.split(':').nth(4).is_some_and(|owner| owner != context.names.account) {
        return Ok(KeySeen::Foreign);
    }
    Ok(match state(&context.caller, &context.clients, region, key).await? {
        None => KeySeen::Gone,
        Some(None | Some(KeyState::Enabled)) => KeySeen::Enabled,
        Some(Some(state)) => KeySeen::Unusable(state.as_str().to_owned()),
    })
}

/// KMS's word of a key's state, where it has one; `None` where there is no such key.
///
/// # Errors
/// Where KMS does not answer, or denies it.
pub(crate) async fn state(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    key: &str,
) -> Result<Option<Option<KeyState>>, Failure> {
    let kms = clients.kms(region);
    let send = || kms.describe_key().key_id(key).send();
    let found = caller.call(CallSite::new("kms:DescribeKey", region, key), send).await;
    let metadata = if_found(found)?.and_then(|output| output.key_metadata);
    Ok(metadata.map(|key| key.key_state))
}
