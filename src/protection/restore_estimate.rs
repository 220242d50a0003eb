//! How long restores of what a region holds would take, by how long restores of these types took: pure.

use crate::protection::restores_proved::Hour;

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// A drill or a restore test, in the hour that begins then.
    Proved(Hour),
    /// The median of the restore jobs that AWS lists.
    Jobs(i64),
    /// Nothing of the type was restored, as far as that is known.
    Nothing,
}

impl Basis {
    pub(crate) fn minutes(self) -> Option<i64> {
        match self {
            Self::Proved(hour) => hour.minutes,
            Self::Jobs(minutes) => Some(minutes),
            Self::Nothing => None,
        }
    }
}

/// Restores of one type that are to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfType {
    pub(crate) kind: String,
    pub(crate) count: usize,
    pub(crate) basis: Basis,
    /// Whether they wait until all others are started, as instances do.
    pub(crate) comes_last: bool,
}

/// When the last of these ends, in minutes from the beginning, with so many of a type at once.
fn ends_after(of_type: &OfType, parallel: usize) -> Option<i64> {
    Some(waves(of_type, parallel) * of_type.basis.minutes()?)
}

/// When the last of these starts.
fn starts_after(of_type: &OfType, parallel: usize) -> Option<i64> {
    Some((waves(of_type, parallel) - 1).max(0) * of_type.basis.minutes()?)
}

fn waves(of_type: &OfType, parallel: usize) -> i64 {
    i64::try_from(of_type.count.div_ceil(parallel.max(1))).unwrap_or(i64::MAX)
}

/// In how many minutes each type would be back, in their order, with so many of a type at once; `None` of those without an
/// estimate. What comes last waits for the others as far as those can be estimated.
pub(crate) fn back_after(types: &[OfType], parallel: usize) -> Vec<Option<i64>> {
    let others = types.iter().filter(|of_type| !of_type.comes_last);
    let started = others.filter_map(|of_type| starts_after(of_type, parallel)).max();
    let waits = |of_type: &OfType| if of_type.comes_last { started.unwrap_or(0) } else { 0 };
    types.iter().map(|of_type| Some(waits(of_type) + ends_after(of_type, parallel)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_type(kind: &str, count: usize, minutes: Option<i64>) -> OfType {
        let basis = minutes.map_or(Basis::Nothing, Basis::Jobs);
        OfType { kind: kind.to_owned(), count, basis, comes_last: kind == "EC2" }
    }

    #[test]
    fn more_than_run_at_once_take_a_multiple() {
        let after = |count, parallel| back_after(&[of_type("EBS", count, Some(12))], parallel)[0];
        assert_eq!(after(10, 10), Some(12));
        assert_eq!(after(11, 10), Some(24));
        assert_eq!(after(3, 1), Some(36));
    }

    #[test]
    fn types_run_side_by_side_and_instances_wait_until_all_others_are_started() {
        let types = [
            of_type("RDS", 11, Some(30)),
            of_type("S3", 1, Some(100)),
            of_type("EFS", 50, None),
            of_type("EC2", 1, Some(5)),
        ];
        assert_eq!(back_after(&types, 10), [Some(60), Some(100), None, Some(35)]);
        assert_eq!(back_after(&types[3..], 10), [Some(5)]);
    }
}
