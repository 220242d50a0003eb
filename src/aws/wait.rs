//! The waits between the attempts of one call.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::patience::{Patience, UnderWay};
use crate::failure::{AwsError, CallSite, ErrorKind, Failure};
use crate::terminal::interrupt::Interrupt;
use crate::terminal::progress::Progress;

/// Between two looks at something that spreads: dense, because it clears in seconds.
pub(super) const POLL: Duration = Duration::from_millis(500);

/// How long another change of the same thing is waited for.
const CONFLICT_PATIENCE: Duration = Duration::from_mins(1);
/// Doublings of the longest pause of 500 ms: up to 8 s.
const DOUBLINGS: u32 = 4;

/// The waits of one call, which end with its deadline.
pub(super) struct Wait<'a> {
    patience: &'a Patience,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
    begun: Instant,
    /// The first failure that an attempt follows; what has to spread first is none.
    failing_since: Option<Instant>,
    failures: u32,
    _under_way: UnderWay<'a>,
}

impl<'a> Wait<'a> {
    /// The waits of a call that begins.
    pub(super) fn new(
        site: &CallSite,
        patience: &'a Patience,
        progress: &'a Progress,
        interrupt: &'a Interrupt,
    ) -> Self {
        Self {
            patience,
            progress,
            interrupt,
            begun: Instant::now(),
            failing_since: None,
            failures: 0,
            _under_way: patience.begin(site),
        }
    }

    /// Waits as the error's class asks for, or hands the error back where the time for it is over.
    pub(super) async fn before_next(&mut self, error: AwsError) -> Result<(), Failure> {
        match error.class {
            ErrorKind::Throttled | ErrorKind::Unknown | ErrorKind::NotSent => {
                self.back_off(error).await
            }
            ErrorKind::Conflict => self.look_again(error, CONFLICT_PATIENCE).await,
            ErrorKind::NotYet(bound) => self.look_again(error, bound).await,
            _ => Err(error.into()),
        }
    }

    async fn back_off(&mut self, error: AwsError) -> Result<(), Failure> {
        let patience = self.patience;
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        self.failures += 1;
        let left = patience.left(&error, since);
        if left.is_zero() || patience.attempts.is_some_and(|limit| self.failures >= limit) {
            return Err(error.after_attempts(self.failures, since.elapsed()).into());
        }
        if let Some(line) = patience.of_failing(&error, since, left) {
            self.progress.note(&line);
        }
        self.interrupt.pause(jittered(self.failures).min(left)).await
    }

    async fn look_again(&self, error: AwsError, bound: Duration) -> Result<(), Failure> {
        if self.begun.elapsed() >= bound {
            return Err(error.into());
        }
        self.progress.waiting(&error.message, self.begun.elapsed());
        self.interrupt.pause(POLL).await
    }
}

/// Full jitter: what failed at the same time is not sent again at the same time.
fn jittered(failures: u32) -> Duration {
    Duration::from_millis(fastrand::u64(50..=500 << failures.saturating_sub(1).min(DOUBLINGS)))
}
