//! The report of `down`.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_backup::primitives::{DateTime, DateTimeFormat};
use aws_sdk_backup::types::RecoveryPointByBackupVault;
use serde::Serialize;

use crate::record::Record;
use crate::region::Region;
use crate::report::row::Condition;
use crate::report::{BAD, CARE, Deployment, Exit, GOOD, Row, plural, write_rows};

/// A vault that holds recovery points.
#[derive(Debug, Serialize)]
pub(crate) struct FullVault {
    region: Region,
    vault: String,
    recovery_points: usize,
    bytes: i64,
    /// When AWS Backup deletes the last of them; `null` where one is kept for ever.
    until: Option<String>,
}

impl FullVault {
    /// `None` for an empty vault.
    pub(crate) fn of(
        vault: String,
        region: Region,
        points: &[RecoveryPointByBackupVault],
    ) -> Option<Self> {
        if points.is_empty() {
            return None;
        }
        let deleted = points.iter().map(|point| point.calculated_lifecycle()?.delete_at());
        let last: Option<Vec<&DateTime>> = deleted.collect();
        let last = last.and_then(|dates| dates.into_iter().max().copied());
        let date = |date: DateTime| date.fmt(DateTimeFormat::DateTime).ok();
        let until = last.and_then(date).map(|text| text.chars().take(10).collect());
        let bytes = points.iter().filter_map(|point| point.backup_size_in_bytes).sum();
        Some(Self { region, vault, recovery_points: points.len(), bytes, until })
    }
}

impl fmt::Display for FullVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = plural(self.recovery_points, "recovery point");
        write!(f, "{} vault {}: {points}, {}, ", self.region, self.vault, size(self.bytes))?;
        match &self.until {
            Some(date) => write!(f, "the last one until {date}"),
            None => f.write_str("at least one for ever"),
        }
    }
}

/// A size in the units that AWS bills in.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: i64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

/// What `down` removed and what it kept.
#[derive(Debug, Serialize)]
pub(crate) struct DownReport {
    schema: &'static str,
    #[serde(flatten)]
    deployment: Deployment,
    removed: usize,
    kept: usize,
    failed: usize,
    /// Because of these nothing was removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    full_vaults: Vec<FullVault>,
    /// Where a deployment was looked for and not found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    looked: Vec<Region>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    blind: BTreeMap<Region, String>,
    resources: Vec<Row>,
}

impl DownReport {
    pub(crate) fn nothing(deployment: Deployment, record: &Record, resources: Vec<Row>) -> Self {
        let mut report = Self::removed(deployment, resources);
        if let Record::None(looked) = record {
            report.looked.clone_from(&looked.regions);
            let blind = looked.blind.iter();
            report.blind = blind.map(|(region, why)| (region.clone(), why.to_string())).collect();
        }
        report
    }

    pub(crate) fn refused(deployment: Deployment, full_vaults: Vec<FullVault>) -> Self {
        Self { full_vaults, ..Self::removed(deployment, Vec::new()) }
    }

    pub(crate) fn removed(deployment: Deployment, resources: Vec<Row>) -> Self {
        let count = |condition| resources.iter().filter(|row| row.is(condition)).count();
        Self {
            schema: "mrbackup.down/1",
            removed: count(Condition::Removed),
            kept: count(Condition::Kept) + count(Condition::NotOurs) + count(Condition::Skipped),
            failed: count(Condition::Failed) + count(Condition::Unknown),
            full_vaults: Vec::new(),
            looked: Vec::new(),
            blind: BTreeMap::new(),
            deployment,
            resources,
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        if self.failed > 0 {
            Exit::Failed
        } else if self.kept > 0 || !self.full_vaults.is_empty() || !self.blind.is_empty() {
            Exit::NeedsAttention
        } else {
            Exit::AsWanted
        }
    }
}

impl fmt::Display for DownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.deployment.deployment;
        if !self.full_vaults.is_empty() {
            writeln!(f, "{BAD}✘{BAD:#} Nothing was removed: deployment {name} holds backups.")?;
            for vault in &self.full_vaults {
                writeln!(f, "  {vault}")?;
            }
            return writeln!(
                f,
                "mrbackup deletes no backup. Let them expire or delete them, then run: {}",
                self.deployment.command("down")
            );
        }
        write_rows(f, &self.deployment, &self.resources)?;
        let Self { removed, kept, failed, .. } = self;
        if removed + kept + failed == 0 {
            let looked: Vec<&str> = self.looked.iter().map(Region::as_str).collect();
            writeln!(
                f,
                "{GOOD}✔{GOOD:#} Deployment {name}: nothing to remove (looked in {}).",
                looked.join(", ")
            )?;
        } else if kept + failed == 0 {
            writeln!(
                f,
                "\n{GOOD}✔{GOOD:#} Removed {}; nothing is left.",
                plural(*removed, "resource")
            )?;
        } else {
            writeln!(
                f,
                "\nRemoved {removed}, {CARE}kept {kept}{CARE:#}, {BAD}failed {failed}{BAD:#}."
            )?;
            writeln!(
                f,
                "What is left stays in working order; go on with: {}",
                self.deployment.command("down")
            )?;
        }
        for (region, why) in &self.blind {
            writeln!(f, "{CARE}!{CARE:#} {region} could not be read: {why}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::CalculatedLifecycle;

    use super::*;

    fn point(bytes: i64, delete_at: Option<i64>) -> RecoveryPointByBackupVault {
        let lifecycle = CalculatedLifecycle::builder()
            .set_delete_at(delete_at.map(DateTime::from_secs))
            .build();
        RecoveryPointByBackupVault::builder()
            .backup_size_in_bytes(bytes)
            .calculated_lifecycle(lifecycle)
            .build()
    }

    fn shown(points: &[RecoveryPointByBackupVault]) -> Option<String> {
        let region = Region::parse("us-west-2").unwrap();
        FullVault::of("mrbackup-default".to_owned(), region, points).map(|vault| vault.to_string())
    }

    #[test]
    fn a_full_vault_says_how_many_how_large_until_when() {
        assert_eq!(shown(&[]), None);
        let points = [point(3 << 30, Some(1_800_000_000)), point(1 << 29, Some(1_900_000_000))];
        assert_eq!(
            shown(&points).unwrap(),
            "us-west-2 vault mrbackup-default: 2 recovery points, 3.5 GiB, the last one until 2030-03-17"
        );
        assert_eq!(
            shown(&[point(12, None)]).unwrap(),
            "us-west-2 vault mrbackup-default: 1 recovery point, 12 B, at least one for ever"
        );
    }
}
