//! What a vault is and holds beside what freshness needs: how many points, under which lock and key, and whether anything was restored from it to try.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types::{BackupVaultListMember, EncryptionKeyType};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::{restore_jobs, vaults};
use crate::backups::access_policy;
use crate::failure::Failure;
use crate::model::instant;
use crate::model::recovery_point::PointStatus;
use crate::model::settings::VaultId;
use crate::model::time::{DAY, Time};
use crate::model::vault_lock::VaultLock;
use crate::protection::vault_policy::VaultPolicy;
use crate::recovery::job::RestoreJob;

/// Vaults of so many recovery points are read to the end, which is ten pages.
const READ_TO_THE_END: i64 = 10_000;
/// AWS Backup lists the jobs of the last 30 days.
const JOBS_ARE_LISTED: Time = 30 * DAY;

/// A vault as `status` shows it.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub(crate) struct VaultSeen {
    pub(crate) vault: String,
    /// AWS's own count, which it calls an approximation, or ours where every point was read.
    pub(crate) recovery_points: i64,
    /// Points past their time that AWS Backup could not delete; `null` where not every one was read.
    pub(crate) expired: Option<Expired>,
    /// `null` where it is not locked.
    pub(crate) lock: Option<VaultLock>,
    /// The customer's key; `null` for AWS's own.
    pub(crate) kms_key: Option<String>,
    /// Points under other keys than the vault's; `null` where not every point was read.
    pub(crate) keys: Option<PointKeys>,
    /// What others allow and deny here; `null` where there is none, for mrbackup sets none.
    pub(crate) access_policy: Option<VaultPolicy>,
    /// `null` where there was none in the last 30 days.
    pub(crate) restore_test: Option<RestoreTest>,
    /// Restores from this vault that run now; AWS's own tests are none.
    pub(crate) running_restores: usize,
    /// The restore tests of it, those that failed too.
    #[serde(skip)]
    pub(crate) tests: Vec<RestoreJob>,
}

/// Points of status EXPIRED: AWS Backup could not delete them, and they are still paid for.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct Expired {
    pub(crate) recovery_points: usize,
    /// How many there are by the reason that AWS gives; those without one are not among them.
    pub(crate) reasons: BTreeMap<String, usize>,
}

/// What keys points are under that are not the vault's. AWS Backup encrypts with the vault's key the types
/// that it fully manages; a backup of another type has its resource's key or none, and its copy the
/// vault's, or in a vault on AWS's own key that of its service ("Encryption for backups in AWS Backup",
/// and AWS re:Post on encryption of copies).
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct PointKeys {
    /// How many there are under each, by the key's ARN.
    pub(crate) others: BTreeMap<String, usize>,
    pub(crate) unencrypted: usize,
}

/// A restore that a restore testing plan made of a point in this vault.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct RestoreTest {
    /// `null` where AWS does not name it.
    pub(crate) resource: Option<String>,
    pub(crate) status: Option<String>,
    /// The result of the test's own validation, where there is one.
    pub(crate) validation: Option<String>,
    /// When the restore began.
    #[serde(serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    pub(crate) created_at: Option<Time>,
}

/// What is to be read of a vault.
pub(crate) struct VaultQuery<'a> {
    pub(crate) now: Time,
    /// Read every point, however many there are.
    pub(crate) all: bool,
    /// Restore tests of these resources only; of any where there is none.
    pub(crate) resources: &'a BTreeSet<String>,
}

/// Looks at a vault; `None` where it is not there.
pub(crate) async fn seen(
    context: &Context,
    vault: &VaultId,
    query: &VaultQuery<'_>,
) -> Result<Option<VaultSeen>, Failure> {
    let (listed, restores, policy) = tokio::join!(
        vaults::listed(context, vault),
        restores(context, vault, query),
        access_policy::read(context, vault)
    );
    let (listed, (tests, running_restores)) = (listed?, restores?);
    let Some(listed) = listed else { return Ok(None) };
    let own_key = listed.encryption_key_arn.clone();
    let mut seen = described(context, vault, listed);
    seen.access_policy = policy?;
    let last = tests.iter().max_by_key(|test| test.begun);
    seen.restore_test = last.cloned().map(RestoreTest::from);
    seen.tests = tests;
    seen.running_restores = running_restores;
    // AWS's count of a given vault has what others put there.
    if query.all || vault.given.is_some() || seen.recovery_points <= READ_TO_THE_END {
        count(context, vault, own_key.as_deref(), &mut seen).await?;
    }
    Ok(Some(seen))
}

fn described(context: &Context, vault: &VaultId, listed: BackupVaultListMember) -> VaultSeen {
    let lock = vaults::lock_of(&listed);
    let from_aws = listed.encryption_key_type == Some(EncryptionKeyType::AwsOwnedKmsKey);
    VaultSeen {
        vault: context.names.vault(vault),
        recovery_points: listed.number_of_recovery_points,
        expired: None,
        lock,
        kms_key: listed
            .encryption_key_arn
            .filter(|_| !from_aws && (vault.kms_key.is_some() || vault.given.is_some())),
        keys: None,
        access_policy: None,
        restore_test: None,
        running_restores: 0,
        tests: Vec::new(),
    }
}

/// Adds up every point of a vault, page by page.
async fn count(
    context: &Context,
    vault: &VaultId,
    own_key: Option<&str>,
    seen: &mut VaultSeen,
) -> Result<(), Failure> {
    let mut keys = PointKeys::default();
    let (mut points, mut expired) = (0, Expired::default());
    each_page(context, vault, PointFilter::default(), |page| {
        for point in &page {
            points += 1;
            keys.unencrypted += usize::from(point.is_plain);
            let other = point.key.as_deref().filter(|key| own_key.is_some_and(|own| own != *key));
            if let Some(key) = other.filter(|_| !point.is_plain) {
                *keys.others.entry(key.to_owned()).or_default() += 1;
            }
            if point.status == PointStatus::Expired {
                expired.recovery_points += 1;
                if let Some(words) = &point.message {
                    *expired.reasons.entry(words.clone()).or_default() += 1;
                }
            }
        }
    })
    .await?;
    (seen.recovery_points, seen.expired, seen.keys) = (points, Some(expired), Some(keys));
    Ok(())
}

/// The restore tests of a vault, and how many restores run that are none.
async fn restores(
    context: &Context,
    vault: &VaultId,
    query: &VaultQuery<'_>,
) -> Result<(Vec<RestoreJob>, usize), Failure> {
    let since = query.now - JOBS_ARE_LISTED;
    let mut jobs = restore_jobs::list_once(context, &vault.region).await?;
    jobs.retain(|job| job.begun.is_none_or(|begun| begun >= since));
    let arn = context.names.vault_arn(vault);
    let asked = |resource: Option<&String>| {
        let of_one = || resource.is_some_and(|resource| query.resources.contains(resource));
        query.resources.is_empty() || of_one()
    };
    let here = jobs
        .into_iter()
        .filter(|job| job.vault.as_deref() == Some(&arn) && asked(job.resource.as_ref()));
    let (tests, others): (Vec<_>, Vec<_>) = here.partition(|job| job.is_test);
    Ok((tests, others.iter().filter(|job| !job.has_ended()).count()))
}

impl From<RestoreJob> for RestoreTest {
    fn from(job: RestoreJob) -> Self {
        Self {
            resource: job.resource,
            status: Some(job.status).filter(|status| !status.is_empty()),
            validation: job.validation,
            created_at: job.begun,
        }
    }
}
