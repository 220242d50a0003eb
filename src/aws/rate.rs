//! How fast an endpoint is asked: without a limit until it throttles, then slower, and faster again as it answers.

use std::time::Duration;

use tokio::time::Instant;

/// Between two calls after the first refusal: 20 a second.
const FIRST: Duration = Duration::from_millis(50);
/// Between two calls at the most. AWS counts most rates by operation: one that gets nothing done has its own pauses, and
/// must not stop the others.
const LONGEST: Duration = Duration::from_millis(250);
/// What is shorter than that makes no difference.
const NEGLIGIBLE: Duration = Duration::from_millis(5);
/// Calls that were under way together are refused together: that is one piece of news.
const ONE_BURST: Duration = Duration::from_millis(250);

/// The rate of one endpoint, as its answers teach it.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// From one call to the next; zero while nothing has been refused.
    interval: Duration,
    /// The next turn that nobody has taken.
    next: Option<Instant>,
    slowed: Option<Instant>,
}

impl Rate {
    /// Takes the next turn, and says how long it is until then.
    pub(super) fn turn(&mut self) -> Duration {
        if self.interval.is_zero() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = Some(at + self.interval);
        at - now
    }

    /// A call was throttled.
    pub(super) fn slow_down(&mut self) {
        if self.slowed.is_none_or(|slowed| slowed.elapsed() >= ONE_BURST) {
            self.slowed = Some(Instant::now());
            self.interval = (self.interval * 2).clamp(FIRST, LONGEST);
        }
    }

    /// A call was taken.
    pub(super) fn recover(&mut self) {
        self.interval = self.interval * 15 / 16;
        if self.interval < NEGLIGIBLE {
            self.interval = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_before_the_first_refusal() {
        let mut rate = Rate::default();
        rate.recover();
        assert!((0..100).all(|_| rate.turn().is_zero()));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_take_turns_after_a_refusal() {
        let mut rate = Rate::default();
        (0..10).for_each(|_| rate.slow_down());
        assert_eq!([rate.turn(), rate.turn(), rate.turn()], [Duration::ZERO, FIRST, FIRST * 2]);
        for _ in 0..10 {
            sleep(ONE_BURST).await;
            rate.slow_down();
        }
        sleep(LONGEST).await;
        assert_eq!([rate.turn(), rate.turn()], [Duration::ZERO, LONGEST]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_recovers() {
        let mut rate = Rate::default();
        rate.slow_down();
        (0..100).for_each(|_| rate.recover());
        assert!((0..100).all(|_| rate.turn().is_zero()));
    }

    /// A service that takes 20 calls a second, saves none, and is asked by 40 callers at once.
    #[tokio::test(start_paused = true)]
    async fn it_comes_close_to_what_the_service_takes() {
        let (mut rate, mut taken, mut refused) = (Rate::default(), 0, 0);
        let mut free = Instant::now();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_mins(1) {
            sleep(rate.turn().max(Duration::from_millis(1))).await;
            if free <= Instant::now() {
                free = Instant::now() + FIRST;
                taken += 1;
                rate.recover();
            } else {
                refused += 1;
                rate.slow_down();
            }
        }
        assert!(taken > 500, "{taken} of 1200");
        assert!(2 * refused < taken, "{refused} refused, {taken} taken");
    }
}
