//! Locks between the test threads, which may panic at any time, and the proxy, which goes on.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for something that should happen at once: machines may be slow and busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// The value, also after a thread has panicked while it had it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until something is so. `otherwise` says what it looks like when patience ends.
#[track_caller]
pub(crate) fn wait<T>(
    mutex: &Mutex<T>,
    changed: &Condvar,
    is_so: impl Fn(&T) -> bool,
    otherwise: impl Fn(&T) -> String,
) {
    let deadline = Instant::now() + PATIENCE;
    let mut value = lock(mutex);
    while !is_so(&value) {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "after {PATIENCE:?}: {}", otherwise(&value));
        value = changed.wait_timeout(value, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Asks again and again until there is an answer, where nothing tells when to look.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not there after {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
