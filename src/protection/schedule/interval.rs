//! Stretches of time, and those that overlap made one.

use std::ops::Range;

/// Stretches in seconds since 1970: ascending, and none touches another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Intervals(Vec<Range<i64>>);

impl Intervals {
    pub(super) fn from_ranges(all: impl IntoIterator<Item = Range<i64>>) -> Self {
        let mut all: Vec<Range<i64>> = all.into_iter().collect();
        all.sort_by_key(|stretch| stretch.start);
        let mut merged: Vec<Range<i64>> = Vec::new();
        for stretch in all {
            match merged.last_mut() {
                Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
                _ => merged.push(stretch),
            }
        }
        Self(merged)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Range<i64>> {
        self.0.iter()
    }

    /// Which of them a moment is in.
    pub(super) fn find(&self, at: i64) -> Option<usize> {
        let after = self.0.partition_point(|stretch| stretch.end <= at);
        self.0.get(after).filter(|stretch| stretch.contains(&at)).map(|_| after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        let stretches = Intervals::from_ranges([5..9, 0..2, 2..4, 6..7]);
        assert_eq!(stretches, Intervals::from_ranges([0..4, 5..9]));
        let found: Vec<Option<usize>> = [0, 3, 4, 5, 8, 9].map(|at| stretches.find(at)).to_vec();
        assert_eq!(found, [Some(0), Some(0), None, Some(1), Some(1), None]);
    }
}
