//! The KMS keys that settings, points and services name.

use crate::account::raw_reads::RawReads;
use crate::aws::Clients;
use crate::failure::{CallSite, Failure, if_found};
use crate::recovery::region_facts::Key;

/// A key by its id, ARN or alias; `None` where there is none.
pub(super) async fn key(
    reads: &RawReads<'_>,
    clients: &Clients,
    id: &str,
) -> Result<Option<Key>, Failure> {
    let kms = clients.kms(reads.region);
    let send = || kms.describe_key().key_id(id).send();
    let found = reads.caller.call(CallSite::new("kms:DescribeKey", reads.region, id), send).await;
    let metadata = if_found(found)?.and_then(|output| output.key_metadata);
    Ok(metadata.map(|key| Key {
        arn: key.arn.unwrap_or(key.key_id),
        state: key.key_state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
    }))
}
