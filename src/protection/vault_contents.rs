//! What a vault holds: how many recovery points, how large, until when.

use std::fmt;

use serde::Serialize;

use crate::model::recovery_point::RecoveryPoint;
use crate::model::time::Time;

/// The recovery points of a vault, added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct VaultContents {
    recovery_points: usize,
    bytes: i64,
    /// When AWS Backup deletes the last of them; `null` where one is kept for ever.
    until: Option<String>,
}

/// Adds recovery points up as they are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContentsTally {
    points: usize,
    bytes: i64,
    /// When AWS Backup deletes the last of them.
    last: Option<Time>,
    /// Whether one is kept for ever.
    for_ever: bool,
}

impl ContentsTally {
    pub(crate) fn add(&mut self, point: &RecoveryPoint) {
        self.points += 1;
        self.bytes += point.bytes;
        match point.deletes_at {
            Some(at) => self.last = self.last.max(Some(at)),
            None => self.for_ever = true,
        }
    }

    pub(crate) fn add_all(&mut self, points: &[RecoveryPoint]) {
        for point in points {
            self.add(point);
        }
    }

    /// `None` where there are none.
    pub(crate) fn contents(&self) -> Option<VaultContents> {
        (self.points > 0).then(|| self.total())
    }

    /// What was added up, be it nothing.
    pub(crate) fn total(&self) -> VaultContents {
        let until = self.last.filter(|_| !self.for_ever).and_then(date);
        VaultContents { recovery_points: self.points, bytes: self.bytes, until }
    }
}

/// The day of a moment, as `2026-11-20`.
fn date(at: Time) -> Option<String> {
    let at = jiff::Timestamp::from_second(at).ok()?;
    Some(at.strftime("%Y-%m-%d").to_string())
}

impl fmt::Display for VaultContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.recovery_points == 0 {
            return f.write_str("no recovery point yet");
        }
        let plural = if self.recovery_points == 1 { "" } else { "s" };
        write!(f, "{} recovery point{plural}, {}, ", self.recovery_points, size(self.bytes))?;
        match &self.until {
            Some(date) => write!(f, "the last one until {date}"),
            None => f.write_str("at least one for ever"),
        }
    }
}

/// A size in the units that AWS bills in.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub(crate) fn size(bytes: i64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(bytes: i64, deletes_at: Option<Time>) -> RecoveryPoint {
        RecoveryPoint { deletes_at, bytes, ..RecoveryPoint::default() }
    }

    fn shown(points: &[RecoveryPoint]) -> Option<String> {
        let mut held = ContentsTally::default();
        held.add_all(points);
        held.contents().map(|contents| contents.to_string())
    }

    #[test]
    fn it_is_said_how_many_how_large_until_when() {
        assert_eq!(shown(&[]), None);
        assert_eq!(ContentsTally::default().total().to_string(), "no recovery point yet");
        let points = [point(3 << 30, Some(1_800_000_000)), point(1 << 29, Some(1_900_000_000))];
        assert_eq!(
            shown(&points).unwrap(),
            "2 recovery points, 3.5 GiB, the last one until 2030-03-17"
        );
        assert_eq!(
            shown(&[point(12, None)]).unwrap(),
            "1 recovery point, 12 B, at least one for ever"
        );
    }
}
