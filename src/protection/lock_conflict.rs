//! Retention that a vault's lock does not allow: AWS Backup then fails every such job and copy. Pure.

use std::fmt;

use jiff::Timestamp;

use crate::model::region::Region;
use crate::model::settings::{Lifecycle, Rule, Settings};
use crate::model::time::Time;
use crate::model::vault_lock::VaultLock;
use crate::protection::copies_to_make;

/// Days after which AWS Backup deletes what `drill backup` makes, where nothing else is typed.
pub(crate) const DRILL_DAYS: i64 = 7;
/// A continuous backup reaches back no further (AWS Backup developer guide, "Continuous backups and
/// point-in-time recovery").
pub(crate) const CONTINUOUS_DAYS: i64 = 35;

/// What asks for a retention.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asking {
    Backups(String),
    Continuous(String),
    Copies(String),
    Drill,
    Repair,
}

/// A retention that the lock of a region's vault does not allow.
#[derive(Debug)]
pub(crate) struct LockConflict<'a> {
    region: &'a Region,
    lock: &'a VaultLock,
    asking: Asking,
    days: Option<i64>,
    now: Time,
}

/// Everything that is to be kept in a region's vault and that the vault's lock does not allow
/// ("AWS Backup Vault Lock": a job whose retention is outside the lock's range fails).
pub(crate) fn conflicts<'a>(
    settings: &Settings,
    region: &'a Region,
    lock: &'a VaultLock,
    now: Time,
) -> Vec<LockConflict<'a>> {
    let rules = settings.all_rules();
    let of_rules = rules.iter().flat_map(|rule| of_rule(settings, rule, region));
    let repair = copies_to_make::lifecycle(settings, region)
        .map(|Lifecycle { delete_days, .. }| (Asking::Repair, delete_days));
    let asked = of_rules.chain(repair).chain([(Asking::Drill, Some(DRILL_DAYS))]);
    let refused = asked.filter(|(_, days)| !lock.takes(*days));
    refused.map(|(asking, days)| LockConflict { region, lock, asking, days, now }).collect()
}

/// How long a rule keeps what it makes in a region.
fn of_rule(settings: &Settings, rule: &Rule, region: &Region) -> Vec<(Asking, Option<i64>)> {
    let copies = rule.copies.iter().filter(|copy| copy.region == *region);
    let mut kept: Vec<_> = copies
        .map(|copy| (Asking::Copies(rule.name.clone()), rule.kept(copy).delete_days))
        .collect();
    if settings.regions.primary == *region {
        let days = rule.lifecycle.delete_days;
        kept.push(if rule.continuous {
            (Asking::Continuous(rule.name.clone()), Some(days.unwrap_or(CONTINUOUS_DAYS)))
        } else {
            (Asking::Backups(rule.name.clone()), days)
        });
    }
    kept
}

/// What a lock allows, in words: "at least 30 d".
pub(crate) fn range(lock: &VaultLock) -> String {
    match (lock.min_days, lock.max_days) {
        (None, None) => "any time".to_owned(),
        (Some(min), None) => format!("at least {min} d"),
        (None, Some(max)) => format!("at most {max} d"),
        (Some(min), Some(max)) => format!("{min} to {max} d"),
    }
}

/// Why a lock does not let in what is to be kept so many days.
pub(crate) fn refusal(lock: &VaultLock, days: Option<i64>) -> String {
    format!(
        "the vault's lock accepts only what is kept {}, and this is kept {}",
        range(lock),
        in_words(days)
    )
}

fn in_words(days: Option<i64>) -> String {
    days.map_or_else(|| "for an unlimited time".to_owned(), |days| format!("{days} d"))
}

/// How long a drill may keep what it makes under all of these locks, as near to its default as can
/// be; `None` where they contradict each other.
pub(crate) fn fitting_days<'a>(locks: impl IntoIterator<Item = &'a VaultLock>) -> Option<i64> {
    let (mut least, mut most) = (1, i64::MAX);
    for lock in locks {
        least = least.max(lock.min_days.unwrap_or_default());
        most = most.min(lock.max_days.unwrap_or(i64::MAX));
    }
    (least <= most).then(|| DRILL_DAYS.clamp(least, most))
}

impl LockConflict<'_> {
    /// Until when the lock can be mended.
    fn end_of_choice(&self) -> String {
        let day =
            |at: Time| Timestamp::from_second(at).map(|at| at.strftime("%F").to_string()).ok();
        match self.lock.final_from.and_then(|at| Some((at, day(at)?))) {
            None => "The lock can be changed or removed at any time".to_owned(),
            Some((at, day)) if at <= self.now => {
                format!("The lock is permanent since {day}: change the retention")
            }
            Some((_, day)) => format!("The lock becomes permanent on {day}"),
        }
    }
}

impl fmt::Display for LockConflict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, lock, asking, days, .. } = self;
        let days = in_words(*days);
        write!(f, "{region}: the vault's lock accepts only what is kept {}; ", range(lock))?;
        match asking {
            Asking::Backups(rule) => {
                write!(f, "rule {rule} keeps its backups {days}, so each of them fails")
            }
            Asking::Continuous(rule) => write!(
                f,
                "rule {rule} keeps its continuous backups {days} and can keep them {CONTINUOUS_DAYS} d at most, so each of them fails"
            ),
            Asking::Copies(rule) => {
                write!(f, "rule {rule} keeps its copies {days}, so each of them fails")
            }
            Asking::Drill => write!(
                f,
                "`mrbackup drill backup` keeps {days} what it makes, so it fails without a fitting --keep-days"
            ),
            Asking::Repair => {
                write!(f, "`mrbackup repair` keeps its copies {days}, so each of them would fail")
            }
        }?;
        write!(f, ". {}", self.end_of_choice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;
    use crate::model::time::DAY;

    const NOW: Time = 20_000 * DAY;

    fn lines(settings: &Settings, region: &str, lock: &VaultLock) -> Vec<String> {
        let region = Region::parse(region).unwrap();
        let found = conflicts(settings, &region, lock, NOW);
        found.iter().map(ToString::to_string).collect()
    }

    fn settings() -> Settings {
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
    }

    fn lock(min_days: Option<i64>, max_days: Option<i64>) -> VaultLock {
        VaultLock { min_days, max_days, final_from: None }
    }

    #[test]
    fn a_lock_that_fits_says_nothing() {
        for fitting in [lock(None, None), lock(Some(7), None), lock(Some(7), Some(2555))] {
            for region in ["us-east-1", "us-west-2", "eu-west-1"] {
                assert_eq!(lines(&settings(), region, &fitting), [""; 0], "{fitting:?}");
            }
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_named_with_its_days() {
        let short = lines(&settings(), "us-east-1", &lock(Some(400), None));
        assert_eq!(
            short,
            [
                "us-east-1: the vault's lock accepts only what is kept at least 400 d; rule daily keeps its backups 365 d, so each of them fails. The lock can be changed or removed at any time",
                "us-east-1: the vault's lock accepts only what is kept at least 400 d; `mrbackup drill backup` keeps 7 d what it makes, so it fails without a fitting --keep-days. The lock can be changed or removed at any time",
            ]
        );
        let long = lines(&settings(), "eu-west-1", &lock(Some(1), Some(1000)));
        assert_eq!(long.len(), 2, "{long:?}");
        assert!(
            long[0].contains("kept 1 to 1000 d; rule weekly keeps its copies 2555 d"),
            "{long:?}"
        );
        assert!(long[1].contains("`mrbackup repair` keeps its copies 2555 d"), "{long:?}");
    }

    #[test]
    fn what_has_no_end_is_longer_than_any_maximum() {
        let mut settings = settings();
        settings.rules.truncate(1);
        settings.rules[0].lifecycle.delete_days = None;
        settings.rules[0].copies[0].lifecycle.delete_days = None;
        for region in ["us-east-1", "us-west-2"] {
            let found = lines(&settings, region, &lock(None, Some(36_500)));
            assert!(found[0].contains("for an unlimited time, so each of them fails"), "{found:?}");
            assert_eq!(lines(&settings, region, &lock(Some(7), None)), [""; 0]);
        }
    }

    #[test]
    fn a_continuous_rule_cannot_be_kept_longer_than_35_days() {
        let mut settings = settings();
        settings.rules.truncate(1);
        settings.rules[0].continuous = true;
        for days in [None, Some(35)] {
            settings.rules[0].lifecycle = Lifecycle { cold_days: None, delete_days: days };
            let found = lines(&settings, "us-east-1", &lock(Some(36), None));
            assert!(found[0].contains("35 d and can keep them 35 d at most"), "{found:?}");
        }
    }

    #[test]
    fn a_drill_keeps_as_near_to_its_default_as_all_locks_allow() {
        let fitting = |locks: &[VaultLock]| fitting_days(locks);
        assert_eq!(fitting(&[]), Some(DRILL_DAYS));
        assert_eq!(fitting(&[lock(Some(30), None), lock(Some(1), Some(90))]), Some(30));
        assert_eq!(fitting(&[lock(None, Some(3))]), Some(3));
        assert_eq!(fitting(&[lock(Some(30), None), lock(None, Some(29))]), None);
    }

    #[test]
    fn the_date_from_which_the_lock_is_permanent_is_said() {
        for (from, said) in [
            (NOW + DAY, "The lock becomes permanent on 2024-10-05"),
            (NOW, "The lock is permanent since 2024-10-04: change the retention"),
        ] {
            let lock = VaultLock { min_days: Some(400), max_days: None, final_from: Some(from) };
            let found = lines(&settings(), "us-west-2", &lock);
            assert!(found.iter().all(|line| line.ends_with(said)), "{found:?}");
        }
    }
}
