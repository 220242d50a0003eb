//! How a restore is known again: by the resource that it brings back, never by a token that AWS forgets after an hour.

use sha2::{Digest as _, Sha256};

use crate::model::names::{DeploymentName, hex};
use crate::model::region::Region;
use crate::recovery::source::{Metadata, value_of};
use crate::recovery::translate::Translation;

/// Keys of restore metadata that name what is made.
const NAMES: &[&str] = &[
    "DBInstanceIdentifier",
    "dbClusterIdentifier",
    "targetTableName",
    "DestinationBucketName",
    "CreationToken",
];
const REQUEST_ID: &str = "aws:backup:request-id";

/// An id in the form of a UUID, the same for a resource however often it is restored into a region: AWS Backup takes any, and
/// the job's own metadata shows it. `name` is what was typed with `--as`: a second copy beside the first is another restore.
pub(crate) fn request_id(
    deployment: &DeploymentName,
    region: &Region,
    resource: &str,
    name: Option<&str>,
) -> String {
    let digest = hash(&[
        "restore",
        deployment.as_str(),
        region.as_str(),
        resource,
        name.unwrap_or_default(),
    ]);
    let (hex, variant) = (hex(&digest[..16]), 0x8 | (digest[8] >> 4) & 0x3);
    // Version 8 is for ids whose makers have their own rule (RFC 9562).
    format!(
        "{}-{}-8{}-{variant:x}{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// The token of one attempt: the same request sent twice makes one job, another map or another attempt is a new one.
pub(crate) fn token(point: &str, map: &Metadata, attempt: usize) -> String {
    let attempt = attempt.to_string();
    let mut parts = vec![point, &attempt];
    parts.extend(map.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
    format!("mrb-{}", hex(&hash(&parts)[..16]))
}

/// Whether a job with this metadata makes what the translation would make.
pub(crate) fn is_same(job: &Metadata, wanted: &Translation) -> bool {
    let Some(map) = wanted.tries.first() else { return false };
    let agrees = |key: &&str| {
        let of_job = value_of(job, key).filter(|value| !value.is_empty());
        of_job.is_some() && of_job == value_of(map, key)
    };
    agrees(&REQUEST_ID) || NAMES.iter().any(agrees)
}

/// Whether a job with this metadata makes what a restore of the resource under this name would make.
pub(crate) fn is_of(
    job: &Metadata,
    deployment: &DeploymentName,
    region: &Region,
    resource: &str,
    name: &str,
) -> bool {
    let id = request_id(deployment, region, resource, Some(name));
    let says = |key: &str, wanted: &str| value_of(job, key) == Some(wanted);
    says(REQUEST_ID, &id) || NAMES.iter().any(|key| says(key, name) || says(key, &id))
}

/// Each part with its length before it, so that no two lists of parts are one text.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}
