//! How long a call that fails is tried again: until a deadline, and less where nobody has answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::circuit_breaker::{Endpoint, endpoint_of};
use crate::failure::{AwsError, CallSite, ErrorKind};

/// How long a call is tried again after its first failure, unless the person says otherwise.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(90);
/// The same for a read of an endpoint that has answered nobody in this run: it is more likely down than busy, and
/// a command that reads has others to ask. Less than a search gives a region.
const PATIENCE_WITH_THE_UNHEARD: Duration = Duration::from_secs(3);
/// A wait that has been shorter, or soon ends, is not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);
/// Without news for so long, a wait is said again: CI systems end silent jobs.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// What bounds the attempts of a command's calls. Clones share what they learn.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    pub(super) timeout: Duration,
    /// `AWS_MAX_ATTEMPTS`, where the person has set it.
    pub(super) attempts: Option<u32>,
    endpoints: Arc<Mutex<BTreeMap<Endpoint, Standing>>>,
}

/// What is known of an endpoint.
#[derive(Debug, Default)]
struct Standing {
    heard: bool,
    /// The first failure since the last answer.
    failing_since: Option<Instant>,
    /// Calls that wait before they are sent again.
    waiting: usize,
    told: Option<Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { timeout: CALL_TIMEOUT, attempts: None, endpoints: Arc::default() }
    }
}

impl Patience {
    /// Takes note of how a call ended. A refusal is an answer too, and a 5xx is none.
    pub(super) fn learn<T>(&self, site: &CallSite, answer: &Result<T, AwsError>) {
        let failed = answer.as_ref().err().filter(|error| is_silence(error.class));
        let answered = answer.as_ref().map_or_else(|error| error.code.is_some(), |_| true);
        let mut endpoints = self.endpoints();
        let standing = endpoints.entry(endpoint_of(site)).or_default();
        if failed.is_some() {
            standing.failing_since.get_or_insert_with(Instant::now);
        } else if answered {
            standing.heard = true;
            standing.failing_since = None;
        }
    }

    /// How long a call may be tried again from now, which has failed since `since`.
    pub(super) fn left(&self, error: &AwsError, since: Instant) -> Duration {
        let mut deadline = since + self.timeout;
        if is_silence(error.class) {
            let endpoints = self.endpoints();
            // With a proxy that has led nowhere yet, no other attempt fares better.
            if error.is_explained() && !endpoints.values().any(|standing| standing.heard) {
                return Duration::ZERO;
            }
            if let Some(standing) = endpoints.get(&endpoint_of(&error.site)) {
                let unheard = error.site.reads() && !standing.heard;
                let bound = if unheard {
                    PATIENCE_WITH_THE_UNHEARD.min(self.timeout)
                } else {
                    self.timeout
                };
                // Who comes later to an endpoint that is down does not wait as long again.
                deadline = deadline.min(standing.failing_since.unwrap_or(since) + bound);
            }
        }
        deadline.saturating_duration_since(Instant::now())
    }

    /// Counts a call that waits, until what is returned is dropped, and says what to tell of it: one line for all
    /// calls of the endpoint.
    pub(super) fn wait(
        &self,
        error: &AwsError,
        since: Instant,
        left: Duration,
    ) -> (Waiting<'_>, Option<String>) {
        let endpoint = endpoint_of(&error.site);
        let mut endpoints = self.endpoints();
        let standing = endpoints.entry(endpoint.clone()).or_default();
        standing.waiting += 1;
        let news = standing.told.is_none_or(|told| told.elapsed() >= HEARTBEAT);
        let long = since.elapsed() >= WORTH_A_LINE && left >= WORTH_A_LINE;
        let line = (news && long).then(|| {
            standing.told = Some(Instant::now());
            line(error, standing.waiting, left)
        });
        drop(endpoints);
        (Waiting { patience: self, endpoint }, line)
    }

    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<Endpoint, Standing>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the endpoint has said nothing that can be gone by.
fn is_silence(class: ErrorKind) -> bool {
    matches!(class, ErrorKind::Unknown | ErrorKind::NotSent)
}

fn line(error: &AwsError, waiting: usize, left: Duration) -> String {
    let (service, region) = endpoint_of(&error.site);
    let region = region.map(|region| format!("{region} ")).unwrap_or_default();
    let why = match error.class {
        ErrorKind::Throttled => "throttled",
        ErrorKind::NotSent => "not reached",
        _ => "no usable answer",
    };
    let calls = if waiting == 1 { "1 call".to_owned() } else { format!("{waiting} calls") };
    format!("        {region}{service}: {why}, {calls} waiting, up to {} s more", left.as_secs())
}

/// A call that waits before it is sent again.
pub(super) struct Waiting<'a> {
    patience: &'a Patience,
    endpoint: Endpoint,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(standing) = self.patience.endpoints().get_mut(&self.endpoint) {
            standing.waiting = standing.waiting.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::region::Region;

    fn error(class: ErrorKind, action: &'static str) -> AwsError {
        let site = CallSite::new(action, &Region::parse("us-west-2").unwrap(), "");
        AwsError { class, ..AwsError::incomplete(site) }
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_that_wait_are_one_line() {
        let patience = Patience::default();
        let throttled = error(ErrorKind::Throttled, "sns:Publish");
        let since = Instant::now();
        let tell = || patience.wait(&throttled, since, Duration::from_mins(1));
        let first: Vec<_> = (0..11).map(|_| tell()).collect();
        assert!(first.iter().all(|(_, line)| line.is_none()));
        tokio::time::sleep(WORTH_A_LINE).await;
        let (_call, line) = tell();
        let said = "us-west-2 sns: throttled, 12 calls waiting, up to 60 s more";
        assert_eq!(line.unwrap().trim_start(), said);
        assert!(tell().1.is_none());
        drop(first);
        tokio::time::sleep(HEARTBEAT).await;
        assert!(tell().1.unwrap().contains("2 calls waiting"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_is_waited_for_longer() {
        let patience = Patience::default();
        let [read, write] =
            ["sns:ListTopics", "sns:Publish"].map(|action| error(ErrorKind::Unknown, action));
        let since = Instant::now();
        patience.learn::<()>(&read.site, &Err(read.clone()));
        assert_eq!(patience.left(&read, since), PATIENCE_WITH_THE_UNHEARD);
        assert_eq!(patience.left(&write, since), CALL_TIMEOUT);
        patience.learn(&read.site, &Ok(()));
        assert_eq!(patience.left(&read, since), CALL_TIMEOUT);
        // What comes later to a region that is lost meanwhile has no deadline of its own.
        patience.learn::<()>(&read.site, &Err(read.clone()));
        tokio::time::sleep(CALL_TIMEOUT).await;
        assert!(patience.left(&read, Instant::now()).is_zero());
        let throttled = error(ErrorKind::Throttled, "sns:ListTopics");
        assert_eq!(patience.left(&throttled, Instant::now()), CALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_never_led_anywhere_is_not_tried_again() {
        let patience = Patience::default();
        let fix = Some("check HTTPS_PROXY".to_owned());
        let dead = AwsError { fix, ..error(ErrorKind::NotSent, "sts:GetCallerIdentity") };
        assert!(patience.left(&dead, Instant::now()).is_zero());
        patience.learn(&CallSite::global("iam:GetRole", ""), &Ok(()));
        assert!(!patience.left(&dead, Instant::now()).is_zero());
    }
}
