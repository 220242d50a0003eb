//! Services that have stopped answering in a region: after one long wait nobody waits for them again.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::endpoint::Endpoint;
use crate::failure::CallSite;

/// Who has answered, and who has not. Clones share what they learn.
#[derive(Clone, Debug, Default)]
pub(super) struct CircuitBreaker(Arc<Mutex<BTreeMap<Endpoint, Arc<Mutex<Circuit>>>>>);

#[derive(Debug)]
struct Circuit {
    /// Calls that wait for an answer now.
    waiting: usize,
    /// The last answer, or the first call that has waited since then.
    since: Instant,
    /// The longest silence that was waited out in vain.
    given_up_after: Option<Duration>,
}

impl CircuitBreaker {
    /// Waits for the answer of a call as long as it may be expected.
    ///
    /// `None` where the service has said nothing in the region for as long as `silence`, to this call or to
    /// any other: then this and every later call that would wait no longer ends without an answer.
    pub(super) async fn bounded<T>(
        &self,
        site: &CallSite,
        silence: Duration,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        let call = Call::begin(self.circuit(site));
        tokio::pin!(answer);
        loop {
            let until = call.patient_until(silence)?;
            tokio::select! {
                answer = &mut answer => {
                    call.answered();
                    return Some(answer);
                }
                () = tokio::time::sleep_until(until) => (),
            }
        }
    }

    fn circuit(&self, site: &CallSite) -> Arc<Mutex<Circuit>> {
        let new = || {
            Arc::new(Mutex::new(Circuit {
                waiting: 0,
                since: Instant::now(),
                given_up_after: None,
            }))
        };
        Arc::clone(lock(&self.0).entry(Endpoint::of(site)).or_insert_with(new))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call that waits. Counted until it is dropped, for whoever asks may give up before.
struct Call(Arc<Mutex<Circuit>>);

impl Call {
    fn begin(circuit: Arc<Mutex<Circuit>>) -> Self {
        let mut heard = lock(&circuit);
        if heard.waiting == 0 {
            heard.since = Instant::now();
        }
        heard.waiting += 1;
        drop(heard);
        Self(circuit)
    }

    /// Until when there may be an answer; `None` when the time for it is over.
    fn patient_until(&self, silence: Duration) -> Option<Instant> {
        let mut circuit = lock(&self.0);
        let until = circuit.since + silence;
        if until <= Instant::now() {
            circuit.given_up_after = circuit.given_up_after.max(Some(silence));
        }
        circuit.given_up_after.is_none_or(|after| after < silence).then_some(until)
    }

    fn answered(&self) {
        lock(&self.0).since = Instant::now();
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        lock(&self.0).waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;
    use crate::model::region::Region;

    const SILENCE: Duration = Duration::from_secs(15);

    fn site(action: &'static str, region: &str) -> CallSite {
        CallSite::new(action, &Region::parse(region).unwrap(), "")
    }

    fn list() -> CallSite {
        site("backup:ListBackupVaults", "us-east-1")
    }

    async fn ask<T>(
        circuit_breaker: &CircuitBreaker,
        site: CallSite,
        answer: impl Future<Output = T>,
    ) -> Option<T> {
        circuit_breaker.bounded(&site, SILENCE, answer).await
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_waited_for_once() {
        let circuit_breaker = CircuitBreaker::default();
        let begun = Instant::now();
        let both = tokio::join!(
            ask(&circuit_breaker, list(), pending::<()>()),
            ask(&circuit_breaker, list(), pending::<()>())
        );
        assert_eq!(both, (None, None));
        let later = circuit_breaker.clone();
        let later = ask(&later, site("backup:ListTags", "us-east-1"), ready(()));
        assert_eq!(later.await, None);
        assert_eq!(begun.elapsed(), SILENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn other_services_and_regions_are_heard_all_the_same() {
        let circuit_breaker = CircuitBreaker::default();
        assert_eq!(ask(&circuit_breaker, list(), pending::<()>()).await, None);
        for site in [
            site("backup:ListBackupVaults", "us-west-2"),
            site("sns:ListTopics", "us-east-1"),
            CallSite::global("iam:GetRole", ""),
        ] {
            assert_eq!(ask(&circuit_breaker, site, ready(1)).await, Some(1));
        }
    }

    /// A long list is many short calls, and a slow answer among them is none the worse.
    #[tokio::test(start_paused = true)]
    async fn each_answer_is_a_new_beginning() {
        let circuit_breaker = CircuitBreaker::default();
        let slow = ask(&circuit_breaker, list(), sleep(SILENCE * 2));
        let steady = async {
            for _ in 0..8 {
                ask(&circuit_breaker, list(), sleep(SILENCE / 4)).await.unwrap();
            }
        };
        assert_eq!(tokio::join!(slow, steady).0, Some(()));
        // Nobody waited meanwhile.
        sleep(SILENCE * 2).await;
        assert_eq!(ask(&circuit_breaker, list(), sleep(SILENCE / 2)).await, Some(()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_leaves_no_trace() {
        let circuit_breaker = CircuitBreaker::default();
        let with_circuit_breaker = ask(&circuit_breaker, list(), pending::<()>());
        assert!(tokio::time::timeout(SILENCE / 2, with_circuit_breaker).await.is_err());
        sleep(SILENCE * 2).await;
        assert_eq!(ask(&circuit_breaker, list(), sleep(SILENCE / 2)).await, Some(()));
    }
}
