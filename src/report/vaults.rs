//! The part of `status` that shows each vault: how many points it holds, its lock and key, restore tests, and the next runs that reach it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::{Expired, PointKeys, RestoreTest, VaultSeen};
use crate::model::region::Region;
use crate::model::time::{HOUR, Time};
use crate::model::vault_lock::VaultLock;
use crate::protection::schedule::Run;
use crate::protection::vault_policy::{Denial, Extent, VaultPolicy};
use crate::report::or_null::{self, OrNull};
use crate::report::{BAD, CARE, Problem, plural};

/// A region's vault, or why it is unknown.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct VaultRow {
    pub(crate) region: Region,
    #[serde(flatten, serialize_with = "or_null::members")]
    #[schemars(with = "OrNull<VaultSeen>")]
    pub(crate) seen: Option<VaultSeen>,
    pub(crate) error: Option<Problem>,
    /// The next runs whose backups come here; `null` where the plan was
    /// not read.
    pub(crate) next_runs: Option<Vec<Run>>,
    #[serde(skip)]
    pub(crate) now: Time,
}

impl fmt::Display for VaultRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, .. } = self;
        if let Some(error) = &self.error {
            let message = error.to_string().replace('\n', "\n    ");
            return writeln!(
                f,
                "{BAD}?{BAD:#} {region}: what its vault holds is unknown: {message}"
            );
        }
        let Some(seen) = &self.seen else { return Ok(()) };
        let points = usize::try_from(seen.recovery_points).unwrap_or_default();
        let held = match seen.expired {
            Some(_) => plural(points, "recovery point"),
            None => format!("about {} (--all reads each)", plural(points, "recovery point")),
        };
        let key = seen.kms_key.as_deref().map_or("AWS's own key", |key| key);
        writeln!(f, "  {region}: {held}; {}; {key}", locked(seen.lock.as_ref()))?;
        match self.next_runs.as_deref() {
            None => writeln!(f, "    next run unknown: plan and selection were not read")?,
            Some([]) => (),
            Some([next, ..]) => writeln!(f, "    next run {next}")?,
        }
        writeln!(f, "    last restore test: {}", tested(seen.restore_test.as_ref(), self.now))?;
        seen.keys.as_ref().map_or(Ok(()), |keys| write_keys(f, keys))?;
        if let Some(policy) = &seen.access_policy {
            write_policy(f, policy)?;
        }
        seen.expired.as_ref().map_or(Ok(()), |expired| write_expired(f, expired))
    }
}

/// The keys of points that the vault's key does not encrypt.
fn write_keys(f: &mut fmt::Formatter<'_>, keys: &PointKeys) -> fmt::Result {
    for (key, count) in &keys.others {
        writeln!(
            f,
            "    {} under another key than the vault's: {key}",
            plural(*count, "recovery point")
        )?;
    }
    match keys.unencrypted {
        0 => Ok(()),
        count => writeln!(f, "    {} not encrypted", plural(count, "recovery point")),
    }
}

/// What others have put on the vault. What makes every job fail is said above.
fn write_policy(f: &mut fmt::Formatter<'_>, policy: &VaultPolicy) -> fmt::Result {
    let count = plural(policy.statements, "statement");
    writeln!(f, "    its access policy, which mrbackup does not set, has {count}")?;
    for denial in policy.denials.iter().filter(|denial| denial.failing().is_none()) {
        let Denial { statement, action, extent } = denial;
        let so = match extent {
            Extent::UnderCondition => " under a condition, which is not judged",
            Extent::SomeResources => " for some recovery points",
            Extent::Always => ", so that `mrbackup down --delete-backups` may fail",
        };
        writeln!(f, "    {CARE}!{CARE:#} statement {statement} denies {action}{so}")?;
    }
    Ok(())
}

/// What AWS Backup could not delete, and its own words of why: a missing role is only one reason.
fn write_expired(f: &mut fmt::Formatter<'_>, expired: &Expired) -> fmt::Result {
    let Expired { recovery_points, reasons } = expired;
    if *recovery_points == 0 {
        return Ok(());
    }
    let whose = if *recovery_points == 1 { "its" } else { "their" };
    let points = plural(*recovery_points, "recovery point");
    writeln!(
        f,
        "    {CARE}!{CARE:#} {points} past the end of {whose} life, not deleted (EXPIRED) and still paid for"
    )?;
    for (words, count) in reasons {
        writeln!(f, "      AWS Backup says of {count}: {words}")?;
    }
    let without_words = recovery_points - reasons.values().sum::<usize>();
    if without_words > 0 {
        writeln!(f, "      AWS Backup gives no reason for {without_words}")?;
    }
    Ok(())
}

fn locked(lock: Option<&VaultLock>) -> String {
    let Some(lock) = lock else { return "not locked".to_owned() };
    let date = |at: Time| jiff::Timestamp::from_second(at).map(|at| at.strftime("%F").to_string());
    let days = match (lock.min_days, lock.max_days) {
        (None, None) => String::new(),
        (Some(min), None) => format!(" for at least {min} d"),
        (None, Some(max)) => format!(" for at most {max} d"),
        (Some(min), Some(max)) => format!(" for {min} to {max} d"),
    };
    match lock.final_from.and_then(|at| date(at).ok()) {
        Some(date) => format!("locked{days}, for good from {date} on"),
        None => format!("locked{days}"),
    }
}

fn tested(test: Option<&RestoreTest>, now: Time) -> String {
    let Some(test) = test else { return "never in the last 30 days".to_owned() };
    let validation =
        test.validation.as_ref().map(|said| format!(", validation {said}")).unwrap_or_default();
    let status = test.status.as_deref().unwrap_or("without a status");
    let age = test.created_at.map(|at| format!(", {} h ago", (now - at).max(0) / HOUR));
    let resource = test.resource.as_ref().map(|resource| format!(", of {resource}"));
    let [age, resource] = [age, resource].map(Option::unwrap_or_default);
    format!("{status}{validation}{age}{resource}")
}
