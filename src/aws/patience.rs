//! How long AWS is waited for: a call that fails until a deadline, and less where nobody has answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::clients::ATTEMPT_TIMEOUT;
use crate::aws::endpoint::Endpoint;
use crate::aws::rate::Rate;
use crate::failure::{AwsError, CallSite, ErrorKind};
use crate::model::region::Region;

/// How long a call is tried again after its first failure, unless the person says otherwise.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(90);
/// The same for a read of an endpoint that has answered nobody in this run: it is more likely down than busy, and
/// a command that reads has others to ask. Less than a search gives a region.
const PATIENCE_WITH_THE_UNHEARD: Duration = Duration::from_secs(3);
/// How long a service of a region may say nothing to all who read from it.
///
/// A region that takes connections and never answers would cost each call several attempts, and a `status` makes such
/// calls one after the other: to IAM, to the vaults, to the rest. Three of these waits have to fit into a minute.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(15);
/// How long a run goes on in which nothing succeeds: then each call that is left is made once.
const WITHOUT_PROGRESS: Duration = Duration::from_mins(10);
/// A wait that has been shorter, or soon ends, is not worth a line.
pub(super) const WORTH_A_LINE: Duration = Duration::from_secs(2);
/// Without news for so long, a wait is said again: CI systems end silent jobs.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// What bounds the attempts of a command's calls. Clones share what they learn.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    pub(super) timeout: Duration,
    /// How long a read waits for a service that says nothing.
    pub(super) silence: Duration,
    /// `AWS_MAX_ATTEMPTS`, where the person has set it.
    pub(super) attempts: Option<u32>,
    /// A command that changes nothing has no reason to wait for who has answered before and is silent now.
    pub(super) only_reads: bool,
    experience: Arc<Mutex<Experience>>,
}

/// What the calls of a run have met with.
#[derive(Debug, Default)]
struct Experience {
    endpoints: BTreeMap<Endpoint, Standing>,
    /// Since when AWS has throttled each call of an operation. It counts most rates by operation.
    throttled: BTreeMap<(&'static str, Option<Region>), Instant>,
    /// The first failure since anything succeeded.
    failing_since: Option<Instant>,
}

/// What is known of an endpoint.
#[derive(Debug, Default)]
struct Standing {
    heard: bool,
    /// The first failure since the last answer.
    failing_since: Option<Instant>,
    /// Calls that have begun and not ended, waits between their attempts included.
    under_way: usize,
    told: Option<Instant>,
    rate: Rate,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            timeout: CALL_TIMEOUT,
            silence: LONGEST_SILENCE,
            attempts: None,
            only_reads: false,
            experience: Arc::default(),
        }
    }
}

impl Patience {
    /// The same with no more than `time` for a call, however long the person would wait.
    pub(super) fn at_most(mut self, time: Duration) -> Self {
        self.timeout = self.timeout.min(time);
        self.silence = self.silence.min(time);
        self
    }

    /// The same without what was learnt.
    pub(super) fn afresh(&self) -> Self {
        Self { experience: Arc::default(), ..self.clone() }
    }

    /// Takes note of how a call ended. A refusal is an answer too, and a 5xx is none.
    pub(super) fn learn<T>(&self, site: &CallSite, answer: &Result<T, AwsError>) {
        let class = answer.as_ref().err().map(|error| error.class);
        let answered = answer.as_ref().map_or_else(|error| error.code.is_some(), |_| true);
        let mut experience = self.experience();
        let operation = (site.action, site.region.clone());
        if class == Some(ErrorKind::Throttled) {
            experience.throttled.entry(operation).or_insert_with(Instant::now);
        } else if answered {
            experience.throttled.remove(&operation);
        }
        if class.is_some() {
            experience.failing_since.get_or_insert_with(Instant::now);
        } else {
            experience.failing_since = None;
        }
        let standing = experience.endpoints.entry(Endpoint::of(site)).or_default();
        match class {
            Some(class) if class.is_silence() => {
                standing.failing_since.get_or_insert_with(Instant::now);
                return;
            }
            Some(ErrorKind::Throttled) => standing.rate.slow_down(),
            Some(_) => (),
            None => standing.rate.recover(),
        }
        if answered {
            standing.heard = true;
            standing.failing_since = None;
        }
    }

    /// How long a call may be tried again from now, which has failed since `since`.
    pub(super) fn left(&self, error: &AwsError, since: Instant) -> Duration {
        let experience = self.experience();
        // Who comes later to what is down, or has not been let in, does not wait as long again.
        let since = |before: Option<Instant>| before.unwrap_or(since).min(since);
        let deadline = if error.class.is_silence() {
            // With a proxy that has led nowhere yet, no other attempt fares better.
            if error.is_explained() && !experience.endpoints.values().any(|each| each.heard) {
                return Duration::ZERO;
            }
            let standing = experience.endpoints.get(&Endpoint::of(&error.site));
            let unheard = error.site.reads() && !standing.is_some_and(|standing| standing.heard);
            let bound = if unheard { PATIENCE_WITH_THE_UNHEARD } else { self.timeout };
            since(standing.and_then(|standing| standing.failing_since)) + bound.min(self.timeout)
        } else {
            let operation = (error.site.action, error.site.region.clone());
            since(experience.throttled.get(&operation).copied()) + self.timeout
        };
        let end_of_run = since(experience.failing_since) + WITHOUT_PROGRESS.max(self.timeout);
        deadline.min(end_of_run).saturating_duration_since(Instant::now())
    }

    /// How long a call waits for a service that says nothing; `None` where it waits for its own attempt's end.
    ///
    /// What is written waits until the deadline, and so does what a command that writes reads of a service that it
    /// has heard: it has begun, and does better to finish.
    pub(super) fn silence(&self, site: &CallSite) -> Option<Duration> {
        let heard = || {
            let experience = self.experience();
            experience.endpoints.get(&Endpoint::of(site)).is_some_and(|standing| standing.heard)
        };
        (site.reads() && (self.only_reads || !heard())).then_some(self.silence.min(self.timeout))
    }

    /// Takes the next turn of a service that throttles, and says how long it is until then.
    pub(super) fn turn(&self, site: &CallSite) -> Duration {
        self.experience().endpoints.entry(Endpoint::of(site)).or_default().rate.turn()
    }

    /// Counts a call until what is returned is dropped.
    pub(super) fn begin(&self, site: &CallSite) -> UnderWay<'_> {
        let endpoint = Endpoint::of(site);
        self.experience().endpoints.entry(endpoint.clone()).or_default().under_way += 1;
        UnderWay { patience: self, endpoint }
    }

    /// What to say of a call that has failed since `since` and goes on for at most `left`.
    pub(super) fn of_failing(
        &self,
        error: &AwsError,
        since: Instant,
        left: Duration,
    ) -> Option<String> {
        let why = match error.class {
            ErrorKind::Throttled => "throttled",
            ErrorKind::NotSent => "not reached",
            _ => "no usable answer",
        };
        if since.elapsed() < WORTH_A_LINE || left < WORTH_A_LINE {
            return None;
        }
        self.line(&error.site, why, left)
    }

    /// What to say of a call that has waited for its answer for [`WORTH_A_LINE`], bounded by `silence`.
    pub(super) fn of_silent(&self, site: &CallSite, silence: Option<Duration>) -> Option<String> {
        let longest = silence.unwrap_or(ATTEMPT_TIMEOUT + self.timeout);
        self.line(site, "no answer yet", longest.saturating_sub(WORTH_A_LINE))
    }

    /// One line for all calls of an endpoint, unless it was told a while ago.
    fn line(&self, site: &CallSite, why: &str, left: Duration) -> Option<String> {
        let endpoint = Endpoint::of(site);
        let mut experience = self.experience();
        let standing = experience.endpoints.entry(endpoint.clone()).or_default();
        if standing.told.is_some_and(|told| told.elapsed() < HEARTBEAT) {
            return None;
        }
        standing.told = Some(Instant::now());
        let calls = match standing.under_way {
            0 | 1 => "1 call".to_owned(),
            many => format!("{many} calls"),
        };
        Some(format!("        {endpoint}: {why}, {calls} waiting, up to {} s more", left.as_secs()))
    }

    fn experience(&self) -> MutexGuard<'_, Experience> {
        self.experience.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that has begun and not ended.
pub(super) struct UnderWay<'a> {
    patience: &'a Patience,
    endpoint: Endpoint,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(standing) = self.patience.experience().endpoints.get_mut(&self.endpoint) {
            standing.under_way = standing.under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(class: ErrorKind, action: &'static str) -> AwsError {
        let site = CallSite::new(action, &Region::parse("us-west-2").unwrap(), "");
        AwsError { class, ..AwsError::incomplete(site) }
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_that_wait_are_one_line() {
        let patience = Patience::default();
        let throttled = error(ErrorKind::Throttled, "sns:Publish");
        let mut calls: Vec<_> = (0..12).map(|_| patience.begin(&throttled.site)).collect();
        let since = Instant::now();
        let tell = || patience.of_failing(&throttled, since, Duration::from_mins(1));
        assert_eq!(tell(), None);
        tokio::time::sleep(WORTH_A_LINE).await;
        let line = tell().unwrap();
        let said = "us-west-2 sns: throttled, 12 calls waiting, up to 60 s more";
        assert_eq!(line.trim_start(), said);
        assert_eq!(tell(), None);
        assert_eq!(patience.of_silent(&throttled.site, None), None);
        calls.truncate(2);
        tokio::time::sleep(HEARTBEAT).await;
        assert!(tell().unwrap().contains("2 calls waiting"));
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
        assert_eq!(patience.silence(&read.site), Some(LONGEST_SILENCE));
        assert_eq!(patience.silence(&write.site), None);
        patience.learn(&read.site, &Ok(()));
        assert_eq!(patience.left(&read, since), CALL_TIMEOUT);
        assert_eq!(patience.silence(&read.site), None);
        // What comes later to a region that is lost meanwhile has no deadline of its own.
        patience.learn::<()>(&read.site, &Err(read.clone()));
        tokio::time::sleep(CALL_TIMEOUT).await;
        assert!(patience.left(&read, Instant::now()).is_zero());
        let throttled = error(ErrorKind::Throttled, "sns:ListTopics");
        assert_eq!(patience.left(&throttled, Instant::now()), CALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_only_reads_gives_up_who_falls_silent() {
        let patience = Patience { only_reads: true, ..Patience::default() };
        let site = error(ErrorKind::Unknown, "sns:ListTopics").site;
        patience.learn(&site, &Ok(()));
        assert_eq!(patience.silence(&site), Some(LONGEST_SILENCE));
        let short = patience.at_most(Duration::from_secs(5));
        assert_eq!(short.silence(&site), Some(Duration::from_secs(5)));
    }

    /// A thousand batches of tags that AWS throttles for ever take one deadline, and not a thousand.
    #[tokio::test(start_paused = true)]
    async fn an_operation_that_is_throttled_for_ever_is_waited_for_once() {
        let patience = Patience::default();
        let [tag, read] =
            ["tag:TagResources", "tag:GetResources"].map(|a| error(ErrorKind::Throttled, a));
        patience.learn::<()>(&tag.site, &Err(tag.clone()));
        tokio::time::sleep(CALL_TIMEOUT).await;
        // That something else succeeds says nothing of it.
        patience.learn(&read.site, &Ok(()));
        assert!(patience.left(&tag, Instant::now()).is_zero());
        assert_eq!(patience.left(&read, Instant::now()), CALL_TIMEOUT);
        patience.learn(&tag.site, &Ok(()));
        assert_eq!(patience.left(&tag, Instant::now()), CALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_without_progress_ends() {
        let patience = Patience::default();
        let begun = Instant::now();
        // Another operation each time: none has been waited for before.
        for action in [
            "a:List", "b:List", "c:List", "d:List", "e:List", "f:List", "g:List", "h:List",
            "i:List",
        ] {
            let throttled = error(ErrorKind::Throttled, action);
            patience.learn::<()>(&throttled.site, &Err(throttled.clone()));
            tokio::time::sleep(patience.left(&throttled, Instant::now())).await;
        }
        assert_eq!(begun.elapsed(), WITHOUT_PROGRESS);
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
