//! Points and lengths of time, as AWS counts them.

/// A moment, in seconds since 1970 (UTC).
pub(crate) type Time = i64;

/// An hour, in seconds.
pub(crate) const HOUR: Time = 3_600;
/// A day, in seconds.
pub(crate) const DAY: Time = 24 * HOUR;

/// A day, in minutes: AWS Backup counts windows in minutes.
pub(crate) const DAY_IN_MINUTES: i64 = 24 * 60;
