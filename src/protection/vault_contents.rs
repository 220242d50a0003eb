//! What a vault holds: how many recovery points, until when. Not how much: no sum of what AWS calls their size is what is stored.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::recovery_point::RecoveryPoint;
use crate::model::time::{Time, day};
use crate::terminal::wrap::plural;

/// The recovery points of a vault, added up.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(crate) struct VaultContents {
    recovery_points: usize,
    /// When AWS Backup deletes the last of them; `null` where one never expires.
    #[serde(rename = "expires_at", serialize_with = "instant::serialize_known")]
    #[schemars(with = "Option<Timestamp>")]
    until: Option<Time>,
}

/// Adds recovery points up as they are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContentsTally {
    points: usize,
    /// When AWS Backup deletes the last of them.
    last: Option<Time>,
    /// Whether one is kept for ever.
    for_ever: bool,
}

impl ContentsTally {
    pub(crate) fn add(&mut self, point: &RecoveryPoint) {
        self.points += 1;
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
        let until = self.last.filter(|_| !self.for_ever);
        VaultContents { recovery_points: self.points, until }
    }
}

impl fmt::Display for VaultContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.recovery_points == 0 {
            return f.write_str("no recovery point yet");
        }
        write!(f, "{}, ", plural(self.recovery_points, "recovery point"))?;
        match self.until.and_then(day) {
            Some(date) => write!(f, "the last one until {date}"),
            None => f.write_str("at least one permanently"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(deletes_at: Option<Time>) -> RecoveryPoint {
        RecoveryPoint { deletes_at, ..RecoveryPoint::default() }
    }

    fn shown(points: &[RecoveryPoint]) -> Option<String> {
        let mut held = ContentsTally::default();
        held.add_all(points);
        held.contents().map(|contents| contents.to_string())
    }

    #[test]
    fn it_is_said_how_many_until_when() {
        assert_eq!(shown(&[]), None);
        assert_eq!(ContentsTally::default().total().to_string(), "no recovery point yet");
        let points = [point(Some(1_800_000_000)), point(Some(1_900_000_000))];
        assert_eq!(shown(&points).unwrap(), "2 recovery points, the last one until 2030-03-17");
        assert_eq!(shown(&[point(None)]).unwrap(), "1 recovery point, at least one permanently");
    }
}
