//! Points and lengths of time, as AWS counts them.

use jiff::Timestamp;

/// A moment, in seconds since 1970 (UTC).
pub(crate) type Time = i64;

/// An hour, in seconds.
pub(crate) const HOUR: Time = 3_600;
/// A day, in seconds.
pub(crate) const DAY: Time = 24 * HOUR;

/// A day, in minutes: AWS Backup counts windows in minutes.
pub(crate) const DAY_IN_MINUTES: i64 = 24 * 60;

/// The day of a moment, as `2026-11-20`; `None` of one that no calendar has.
pub(crate) fn day(at: Time) -> Option<String> {
    Some(Timestamp::from_second(at).ok()?.strftime("%F").to_string())
}

/// A moment in words, to the minute.
pub(crate) fn utc(at: Time) -> String {
    Timestamp::from_second(at).map(|at| at.strftime("%F %R UTC").to_string()).unwrap_or_default()
}
