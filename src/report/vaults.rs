//! The part of `status` that shows each vault: how many points it holds, its lock and key, restore tests, and the next runs that reach it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::{Expired, PointKeys, RestoreTest, VaultSeen};
use crate::model::region::Region;
use crate::model::time::{HOUR, Time};
use crate::model::vault_lock::VaultLock;
use crate::protection::schedule::Run;
use crate::protection::vault_policy::{Denial, Extent};
use crate::report::finding::{Finding, Severity};
use crate::report::or_null::{self, OrNull};
use crate::report::{DrillLeftovers, Problem, plural};

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
    #[serde(flatten)]
    pub(crate) drills: DrillLeftovers,
    #[serde(skip)]
    pub(crate) now: Time,
}

impl VaultRow {
    /// What a person has to know of, although no backup is missing.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let region = &self.region;
        if let Some(error) = &self.error {
            return vec![Finding::unread(
                format!("{region}: what its vault holds is unknown"),
                error,
            )];
        }
        let Some(seen) = &self.seen else { return Vec::new() };
        let denials = seen.access_policy.iter().flat_map(|policy| &policy.denials);
        // What makes every job fail is said elsewhere.
        let denials = denials.filter(|denial| denial.failing().is_none());
        let denials = denials.map(|denial| format!("{region}: {}", denied(denial)));
        let denials = denials.map(|text| Finding::new(Severity::Note, text));
        let expired = seen.expired.as_ref().and_then(|expired| self.expired(expired));
        let restores = self.restores(seen.running_restores);
        denials.chain(expired).chain(restores).chain(self.drills.finding(region)).collect()
    }

    /// Restores that run, which somebody waits for.
    fn restores(&self, running: usize) -> Option<Finding> {
        let (region, restores) = (&self.region, plural(running, "restore"));
        let verb = if running == 1 { "is" } else { "are" };
        let text = format!(
            "{region}: {restores} from its vault {verb} running: `aws backup list-restore-jobs --region {region} --by-status RUNNING`"
        );
        (running > 0).then(|| Finding::new(Severity::Note, text))
    }

    /// What AWS Backup could not delete, and its own words of why: a missing role is only one reason.
    fn expired(&self, expired: &Expired) -> Option<Finding> {
        let Expired { recovery_points, reasons } = expired;
        let whose = if *recovery_points == 1 { "its" } else { "their" };
        let (points, region) = (plural(*recovery_points, "recovery point"), &self.region);
        let text = format!(
            "{region}: {points} past the end of {whose} life, not deleted (EXPIRED) and still paid for"
        );
        let mut details: Vec<String> = reasons
            .iter()
            .map(|(words, count)| format!("AWS Backup's reason for {count}: {words}"))
            .collect();
        let without_words = recovery_points - reasons.values().sum::<usize>();
        if without_words > 0 {
            details.push(format!("AWS Backup gives no reason for {without_words}"));
        }
        (*recovery_points > 0).then(|| Finding::new(Severity::Note, text).with(details))
    }

    /// How many points it holds, and whether it is locked: two cells of the table of regions.
    pub(super) fn cells(&self) -> [String; 2] {
        let Some(seen) = &self.seen else { return [String::new(), String::new()] };
        let about = if seen.expired.is_some() { "" } else { "~" };
        let locked = if seen.lock.is_some() { "locked" } else { "" };
        [format!("{about}{}", seen.recovery_points), locked.to_owned()]
    }
}

impl fmt::Display for VaultRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(seen), region) = (&self.seen, &self.region) else { return Ok(()) };
        let points = usize::try_from(seen.recovery_points).unwrap_or_default();
        let held = match seen.expired {
            Some(_) => plural(points, "recovery point"),
            None => format!("about {}", plural(points, "recovery point")),
        };
        let key = seen.kms_key.as_deref().map_or("AWS's own key", |key| key);
        writeln!(f, "  {region}: {held}; {}; {key}", locked(seen.lock.as_ref()))?;
        match self.next_runs.as_deref() {
            None => writeln!(f, "    next run unknown: plan and selection were not read")?,
            Some([]) => (),
            Some(runs) => {
                let runs: Vec<String> = runs.iter().map(Run::to_string).collect();
                writeln!(f, "    next runs: {}", runs.join(", "))?;
            }
        }
        writeln!(f, "    last restore test: {}", tested(seen.restore_test.as_ref(), self.now))?;
        seen.keys.as_ref().map_or(Ok(()), |keys| write_keys(f, keys))?;
        match &seen.access_policy {
            Some(policy) => writeln!(
                f,
                "    its access policy, which mrbackup does not set, has {}",
                plural(policy.statements, "statement")
            ),
            None => Ok(()),
        }
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

/// What a statement keeps from being done, which others have put on the vault.
fn denied(denial: &Denial) -> String {
    let Denial { statement, action, extent } = denial;
    let so = match extent {
        Extent::UnderCondition => " under a condition, which is not judged",
        Extent::SomeResources => " for some recovery points",
        Extent::Always => ", so that `mrbackup down --delete-backups` may fail",
    };
    format!("statement {statement} of the vault's access policy denies {action}{so}")
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
