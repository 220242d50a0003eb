//! The calls about the KMS keys of topics.

use aws_sdk_kms::types::KeyManagerType;
use serde_json::Value;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

/// What is known of a topic's key.
pub(crate) enum TopicKey {
    /// AWS's own key for SNS, whose policy cannot be changed.
    OfAws,
    /// A customer's: its id or ARN, and its policy.
    OfCustomer(String, Value),
    /// It belongs to this account, which alone may read its policy (API reference, `GetKeyPolicy`).
    Foreign(String),
    Gone,
}

/// Reads the key that a topic names: an id, an alias, or the ARN of either (API reference, `CreateTopic`).
///
/// # Errors
/// Where the key, or its policy, cannot be read.
pub(crate) async fn read(
    context: &Context,
    region: &Region,
    key: &str,
) -> Result<TopicKey, Failure> {
    if key.ends_with("alias/aws/sns") {
        return Ok(TopicKey::OfAws);
    }
    let owner = key.split(':').nth(4).unwrap_or(&context.names.account);
    if owner != context.names.account {
        return Ok(TopicKey::Foreign(owner.to_owned()));
    }
    let is_alias = key.contains("alias/");
    let id = if is_alias {
        match aliased(context, region, key).await? {
            None => return Ok(TopicKey::Gone),
            Some((_, true)) => return Ok(TopicKey::OfAws),
            Some((id, false)) => id,
        }
    } else {
        key.to_owned()
    };
    let kms = context.clients.kms(region);
    let send = || kms.get_key_policy().key_id(&id).send();
    let found = context.caller.call(CallSite::new("kms:GetKeyPolicy", region, &id), send).await;
    let Some(found) = if_found(found)? else { return Ok(TopicKey::Gone) };
    let policy = serde_json::from_str(&found.policy.unwrap_or_default()).unwrap_or_default();
    Ok(TopicKey::OfCustomer(id, policy))
}

/// The ARN of the key behind an alias, and whether AWS manages it. `GetKeyPolicy` takes no alias.
async fn aliased(
    context: &Context,
    region: &Region,
    alias: &str,
) -> Result<Option<(String, bool)>, Failure> {
    let kms = context.clients.kms(region);
    let send = || kms.describe_key().key_id(alias).send();
    let found = context.caller.call(CallSite::new("kms:DescribeKey", region, alias), send).await;
    let metadata = if_found(found)?.and_then(|output| output.key_metadata);
    Ok(metadata.map(|key| {
        let is_awss = key.key_manager == Some(KeyManagerType::Aws);
        (key.arn.unwrap_or(key.key_id), is_awss)
    }))
}
