//! Spans of creation dates, cut into slices whose pages are read side by side.

use crate::model::time::Time;

/// The most that AWS Backup lists at once.
pub(super) const PAGE: usize = 1000;
/// Looks at single resources that are under way at once.
pub(super) const AT_ONCE: usize = 8;
/// Slices that are read at once.
const SLICES: u8 = 4;

/// A span of creation dates.
pub(super) struct Window {
    pub(super) since: Time,
    pub(super) until: Time,
}

/// What a list is asked for; `None` where it has no bound.
pub(super) struct Slice {
    pub(super) since: Option<Time>,
    pub(super) until: Option<Time>,
}

impl Window {
    /// Its slices, the last without an end: a clock may be behind AWS's.
    pub(super) fn slices_without_end(&self) -> impl Iterator<Item = Slice> {
        self.slices().map(|(n, since, until)| Slice {
            since: Some(since),
            until: (n + 1 < SLICES).then_some(until),
        })
    }

    /// Its slices, the first without a beginning.
    pub(super) fn slices_without_beginning(&self) -> impl Iterator<Item = Slice> {
        self.slices()
            .map(|(n, since, until)| Slice { since: (n > 0).then_some(since), until: Some(until) })
    }

    /// AWS does not say whether the ends belong to a span: they overlap by a second.
    fn slices(&self) -> impl Iterator<Item = (u8, Time, Time)> {
        let length = ((self.until - self.since) / Time::from(SLICES)).max(1);
        let begin = move |n: u8| self.since + Time::from(n) * length;
        (0..SLICES).map(move |n| {
            let end = if n + 1 < SLICES { begin(n + 1) } else { self.until };
            (n, begin(n) - 1, end + 1)
        })
    }
}

/// About how many calls it takes to read a list of so many things by slices.
pub(super) fn calls_for(things: usize) -> usize {
    things / PAGE + usize::from(SLICES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(slices: impl Iterator<Item = Slice>) -> Vec<(Option<Time>, Option<Time>)> {
        slices.map(|slice| (slice.since, slice.until)).collect()
    }

    #[test]
    fn slices_leave_no_second_out() {
        let window = Window { since: 100, until: 143 };
        let without_end = bounds(window.slices_without_end());
        assert_eq!(
            without_end,
            [
                (Some(99), Some(111)),
                (Some(109), Some(121)),
                (Some(119), Some(131)),
                (Some(129), None),
            ]
        );
        let without_beginning = bounds(window.slices_without_beginning());
        assert_eq!(without_beginning[0], (None, Some(111)));
        assert_eq!(without_beginning[3], (Some(129), Some(144)));
    }

    #[test]
    fn a_window_of_a_moment_has_slices_too() {
        let moment = Window { since: 7, until: 7 };
        assert!(bounds(moment.slices_without_beginning()).contains(&(Some(9), Some(8))));
        assert_eq!(bounds(moment.slices_without_beginning())[0], (None, Some(9)));
    }
}
