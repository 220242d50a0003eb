//! Moments as documents have them: `2026-11-26T02:00:00Z`.

use jiff::Timestamp;
use serde::{Serialize as _, Serializer};

use crate::model::time::Time;

/// A moment as an instant; `None` of one that no calendar has.
pub(crate) fn instant(at: Time) -> Option<Timestamp> {
    Timestamp::from_second(at).ok()
}

/// Serializes a moment.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives references")]
pub(crate) fn serialize<S: Serializer>(at: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    instant(*at).serialize(serializer)
}

/// Serializes a moment that may not be known.
#[expect(clippy::ref_option, reason = "serde gives references")]
pub(crate) fn serialize_known<S: Serializer>(
    at: &Option<Time>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    at.and_then(instant).serialize(serializer)
}
