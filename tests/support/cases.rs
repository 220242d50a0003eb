//! Tests of many cases.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the test on every case, so that the first failure does not hide the others. Each prints its own panic.
///
/// # Panics
///
/// When any case has.
#[track_caller]
pub(crate) fn for_each_case<T>(cases: &[T], test: impl Fn(&T)) {
    let failed = cases.iter().filter(|case| catch_unwind(AssertUnwindSafe(|| test(case))).is_err());
    let failed = failed.count();
    assert_eq!(failed, 0, "{failed} of {} cases failed, each as it says above", cases.len());
}
