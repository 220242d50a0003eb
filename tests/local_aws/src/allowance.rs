//! How many calls a service takes in a second before it throttles.

use std::time::Instant;

/// Calls that may still be made; full at first.
#[derive(Debug, Default)]
pub(crate) struct Allowance(Option<(Instant, f64)>);

impl Allowance {
    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, a_second: f64) -> bool {
        let now = Instant::now();
        let (then, left) = self.0.unwrap_or((now, a_second));
        let left = a_second.min(left + a_second * (now - then).as_secs_f64());
        let is_one = left >= 1.0;
        self.0 = Some((now, if is_one { left - 1.0 } else { left }));
        is_one
    }
}
