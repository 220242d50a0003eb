//! Stretches in which a region holds no recovery point, because the last one has expired and the next is still to come.

use std::fmt;

use jiff::{Timestamp, Zoned};
use schemars::JsonSchema;
use serde::Serialize;

use super::calendar::{Calendar, Slot};
use super::units::{instant, span};
use crate::model::region::Region;
use crate::model::time::{DAY, DAY_IN_MINUTES};

/// The longest such stretch of a region.
///
/// AWS Backup deletes a point some time within 8 hours of its expiry ("Deleting backups"), and of
/// continuous backups it asks for a retention that is longer than the time between two runs
/// ("Changing your retention period").
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub(crate) struct Lapse {
    pub(crate) region: Region,
    /// The rule whose point expires last.
    pub(crate) rule: String,
    #[serde(rename = "retention_days")]
    pub(crate) kept_days: i64,
    /// When that point was scheduled.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    #[serde(rename = "last_at")]
    pub(crate) from: Zoned,
    /// When the next point is scheduled.
    #[serde(serialize_with = "instant")]
    #[schemars(with = "Timestamp")]
    #[serde(rename = "next_at")]
    pub(crate) to: Zoned,
    /// From the expiry to the next scheduled start; 0 or less where only a late start leaves the
    /// region without a point.
    pub(crate) minutes: i64,
    /// The same to the end of the next start window.
    pub(crate) minutes_with_start_window: i64,
}

impl Lapse {
    /// Whether nothing is there even where every job starts at once.
    pub(crate) fn is_certain(&self) -> bool {
        self.minutes > 0
    }
}

/// The longest stretch without a point among the scheduled starts of a region, which are ascending;
/// `kept_days` tells how long a rule keeps what it makes there, `None` for ever.
pub(super) fn longest(
    calendar: &Calendar<'_>,
    region: &Region,
    slots: &[Slot],
    follows: impl Fn(Slot, Slot) -> bool,
    kept_days: impl Fn(Slot) -> Option<i64>,
) -> Option<Lapse> {
    let mut covering: Option<(i64, Slot)> = None;
    let mut longest: Option<Lapse> = None;
    for pair in slots.windows(2) {
        let [one, next] = [pair[0], pair[1]];
        let expiry = kept_days(one)
            .map_or(i64::MAX, |days| calendar.start(one).saturating_add(days.saturating_mul(DAY)));
        if covering.is_none_or(|(until, _)| expiry >= until) {
            covering = Some((expiry, one));
        }
        let Some((until, last)) = covering.filter(|_| follows(one, next)) else { continue };
        let minutes = calendar.start(next).saturating_sub(until) / 60;
        let with_window = minutes.saturating_add(calendar.rule(next).start_window_minutes);
        let before = longest.as_ref().map_or(0, |lapse| lapse.minutes_with_start_window);
        if with_window > before {
            longest = Some(Lapse {
                region: region.clone(),
                rule: calendar.rule(last).name.clone(),
                kept_days: kept_days(last).unwrap_or_default(),
                from: calendar.at(last),
                to: calendar.at(next),
                minutes,
                minutes_with_start_window: with_window,
            });
        }
    }
    longest
}

impl Lapse {
    /// How many days a point would have to be kept so that there is always one, however late a job starts.
    pub(crate) fn needed_days(&self) -> i64 {
        let minutes = self.kept_days * DAY_IN_MINUTES + self.minutes_with_start_window;
        (minutes + DAY_IN_MINUTES - 1) / DAY_IN_MINUTES
    }

    /// What is so, without the region and the way out.
    pub(crate) fn facts(&self) -> String {
        let Self { rule, kept_days, minutes, .. } = self;
        let day = |at: &Zoned| at.strftime("%a %-d %b %Y %H:%M %Z").to_string();
        let days = if *kept_days == 1 { "1 day" } else { &format!("{kept_days} days") };
        let gap = minutes + kept_days * DAY_IN_MINUTES;
        let then = if self.is_certain() {
            format!(
                "and the next recovery point comes after {} at worst ({} → {}): for {} there is none",
                span(gap),
                day(&self.from),
                day(&self.to),
                span(*minutes)
            )
        } else {
            format!(
                "and a job that starts late in its window comes after {} at worst: for {} there may be no recovery point",
                span(gap + self.minutes_with_start_window - minutes),
                span(self.minutes_with_start_window)
            )
        };
        format!("rule {rule} keeps what it makes {days}, {then}")
    }
}

impl fmt::Display for Lapse {
    /// One sentence with the way out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, .. } = self;
        write!(f, "{region}: {}; raise its delete_after_days, or run it more often", self.facts())
    }
}
