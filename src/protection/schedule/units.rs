//! Words for the proof: spans and moments.

use jiff::Zoned;
use serde::{Serialize, Serializer};

use crate::model::time::DAY_IN_MINUTES;

/// `25 h`, `7 d`, `7 d 8 h`, `1 h 30 min`: days from three days on.
pub(crate) fn span(minutes: i64) -> String {
    let days = if minutes < 3 * DAY_IN_MINUTES { 0 } else { minutes / DAY_IN_MINUTES };
    let parts = [(days, "d"), ((minutes - days * DAY_IN_MINUTES) / 60, "h"), (minutes % 60, "min")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if parts.is_empty() { "0 h".to_owned() } else { parts.join(" ") }
}

/// `Tue 24 Nov 02:00 UTC`, with the year where it is not near `now`.
pub(super) fn moment(at: &Zoned, now: &Zoned) -> String {
    let months = (at.date() - now.date()).get_days() / 30;
    let format = if months < 6 { "%a %-d %b %H:%M %Z" } else { "%a %-d %b %Y %H:%M %Z" };
    at.strftime(format).to_string()
}

/// Serializes a moment as an instant, `2026-11-24T02:00:00Z`.
pub(super) fn instant<S: Serializer>(at: &Zoned, serializer: S) -> Result<S::Ok, S::Error> {
    at.timestamp().serialize(serializer)
}

/// The same for a moment that may be none.
#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
pub(super) fn maybe_instant<S: Serializer>(
    at: &Option<Zoned>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    at.as_ref().map(Zoned::timestamp).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_at_a_glance() {
        for (minutes, text) in [
            (0, "0 h"),
            (90, "1 h 30 min"),
            (25 * 60, "25 h"),
            (48 * 60, "48 h"),
            (7 * DAY_IN_MINUTES, "7 d"),
            (7 * DAY_IN_MINUTES + 8 * 60, "7 d 8 h"),
        ] {
            assert_eq!(span(minutes), text);
        }
    }
}
