//! How a call is made: one place for retries, waits with a bound, the answer that got lost, and Ctrl-C.

use std::error::Error;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use crate::aws::circuit_breaker::{CircuitBreaker, LONGEST_SILENCE};
use crate::aws::clients::{RegionClients, SendingOnce};
use crate::failure::{AwsError, CallSite, ErrorKind, Failure};
use crate::model::caller_identity::CallerIdentity;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::progress::Progress;

/// How long throttling and conflicts are ridden out, beyond the SDK's own retries.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at something that spreads: dense, because it clears in seconds.
const POLL: Duration = Duration::from_millis(700);
/// Sends of a creating call whose outcome was unknown and that then was not found to have acted.
const SENDS: u32 = 3;
/// Looks for a thing that AWS says exists, or may just have made, before it is sent again.
const LOOKS: u32 = 4;

/// What a poll found.
pub(crate) enum Poll<T> {
    Ready(T),
    /// Not yet, and what is waited for.
    Waiting(String),
}

/// Makes calls for one step or command.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) interrupt: Interrupt,
    pub(crate) progress: Progress,
    /// With it, a service that does not answer is given up for the whole command.
    circuit_breaker: Option<CircuitBreaker>,
    /// Clones share what they learn.
    identity: Arc<OnceLock<CallerIdentity>>,
}

impl Caller {
    pub(crate) fn new(interrupt: Interrupt, progress: Progress) -> Self {
        Self { interrupt, progress, circuit_breaker: None, identity: Arc::default() }
    }

    /// Remembers who is calling, for the command's first line and its document.
    pub(crate) fn is_known_as(&self, identity: CallerIdentity) {
        // Asked again by `--watch`, AWS answers the same.
        let _ = self.identity.set(identity);
    }

    /// Who is calling, once AWS has answered that.
    pub(crate) fn identity(&self) -> Option<&CallerIdentity> {
        self.identity.get()
    }

    /// The same for a command that only reads, and says of what does not answer that it is unknown.
    /// A command that changes things does better to wait.
    pub(crate) fn with_circuit_breaker(self) -> Self {
        Self { circuit_breaker: Some(CircuitBreaker::default()), ..self }
    }

    /// The same on behalf of one step.
    pub(crate) fn on_behalf_of(&self, step: &str) -> Self {
        Self { progress: self.progress.on_behalf_of(step), ..self.clone() }
    }

    /// Makes a call that may be repeated: a read, an idempotent put, or a delete.
    ///
    /// `send` makes the request anew for each attempt. The SDK has retried already what it
    /// retries; here throttling, conflicts and what has to spread first are waited out within
    /// their bounds.
    ///
    /// # Errors
    /// AWS's answer as [`AwsError`], or [`Failure::Interrupted`] before a new attempt.
    pub(crate) async fn call<T, E, F>(
        &self,
        site: CallSite,
        send: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let mut wait = Wait::new(self);
        loop {
            match self.attempt(&site, &send).await? {
                Ok(value) => return Ok(value),
                Err(error) => wait.before_next(&error).await?,
            }
        }
    }

    /// Makes a call that creates something, which must not be sent twice blindly.
    ///
    /// `send` makes the request with clients of the region of `clients` that do not retry by
    /// themselves, which nobody else is given. `made` takes what is wanted out of the answer: `None`
    /// where it lacks that. `look` says whether the thing is there and ours: it is asked when the
    /// name is taken and when AWS may or may not have acted.
    ///
    /// # Errors
    /// As [`Caller::call`], and whatever `look` refuses (a thing that is not ours).
    pub(crate) async fn create<T, O, E, F, L>(
        &self,
        clients: &RegionClients,
        site: CallSite,
        send: impl Fn(&SendingOnce) -> F,
        made: impl Fn(O) -> Option<T>,
        look: impl Fn() -> L,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
        L: Future<Output = Result<Option<T>, Failure>>,
    {
        let once = clients.sending_once();
        let mut wait = Wait::new(self);
        let mut sends = 0;
        loop {
            sends += 1;
            let error = match self.attempt(&site, &|| send(&once)).await? {
                Ok(answer) => match made(answer) {
                    Some(made) => return Ok(made),
                    None => AwsError::incomplete(site.clone()),
                },
                Err(error) => error,
            };
            match error.class {
                ErrorKind::Exists | ErrorKind::Unknown | ErrorKind::Conflict => {
                    if let Some(found) = self.look(&look).await? {
                        return Ok(found);
                    }
                    if sends >= SENDS {
                        return Err(error.into());
                    }
                }
                ErrorKind::NotSent if sends < SENDS => self.pause(POLL).await?,
                _ => wait.before_next(&error).await?,
            }
        }
    }

    async fn look<T, L>(&self, look: impl Fn() -> L) -> Result<Option<T>, Failure>
    where
        L: Future<Output = Result<Option<T>, Failure>>,
    {
        for _ in 0..LOOKS {
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            self.pause(POLL).await?;
        }
        Ok(None)
    }

    async fn attempt<T, E, F>(
        &self,
        site: &CallSite,
        send: &impl Fn() -> F,
    ) -> Result<Result<T, AwsError>, Failure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.interrupt.check()?;
        let begun = Instant::now();
        // Boxed: the SDK's futures are deep, and their types would nest through every step.
        let answer = Box::pin(send());
        let answer = async {
            match &self.circuit_breaker {
                Some(circuit_breaker) => circuit_breaker.bounded(site, answer).await,
                None => Some(answer.await),
            }
        };
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            // What only reads need not be finished, and may never be.
            () = self.interrupt.happened(), if site.reads() => return Err(Failure::Interrupted),
        };
        let known = self.identity().is_some();
        let named = |error: AwsError| if known { error.of_known_caller() } else { error };
        let answer = match answer {
            Some(answer) => answer.map_err(|error| named(AwsError::new(site.clone(), &error))),
            None => Err(AwsError::unanswered(site.clone(), LONGEST_SILENCE)),
        };
        self.progress.call(site, begun.elapsed(), answer.as_ref().err());
        Ok(answer)
    }

    /// Asks until there is an answer, at most for `bound`.
    ///
    /// # Errors
    /// What `ask` refuses, and a refusal naming `what` when the time is over.
    pub(crate) async fn poll<T, F>(
        &self,
        what: &str,
        bound: Duration,
        ask: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<Poll<T>, Failure>>,
    {
        let begun = Instant::now();
        loop {
            let why = match ask().await? {
                Poll::Ready(value) => return Ok(value),
                Poll::Waiting(why) => why,
            };
            if begun.elapsed() >= bound {
                return Err(Failure::refused(
                    format!("{what} is not ready after {} s: {why}", bound.as_secs()),
                    "run the same command again: it goes on where this one stopped",
                ));
            }
            self.progress.waiting(&why, begun.elapsed());
            self.pause(POLL).await?;
        }
    }

    /// Sleeps, unless interrupted.
    ///
    /// # Errors
    /// [`Failure::Interrupted`].
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), Failure> {
        tokio::select! {
            () = tokio::time::sleep(time) => self.interrupt.check(),
            () = self.interrupt.happened() => Err(Failure::Interrupted),
        }
    }
}

/// The waits between the attempts of one call.
struct Wait<'a> {
    caller: &'a Caller,
    begun: Instant,
    throttled: u32,
}

impl<'a> Wait<'a> {
    fn new(caller: &'a Caller) -> Self {
        Self { caller, begun: Instant::now(), throttled: 0 }
    }

    /// Waits as long as the error's class asks for, or hands the error back.
    async fn before_next(&mut self, error: &AwsError) -> Result<(), Failure> {
        let (bound, pause) = match error.class {
            ErrorKind::Throttled => (PATIENCE, self.backoff()),
            ErrorKind::Conflict => (PATIENCE, POLL),
            ErrorKind::NotYet(bound) => (bound, POLL),
            _ => return Err(error.clone().into()),
        };
        if self.begun.elapsed() >= bound {
            return Err(error.clone().into());
        }
        self.caller.progress.waiting(&error.message, self.begun.elapsed());
        self.caller.pause(pause).await
    }

    /// Full jitter, up to 8 s.
    fn backoff(&mut self) -> Duration {
        self.throttled = (self.throttled + 1).min(4);
        Duration::from_millis(fastrand::u64(100..=500 << self.throttled))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::unconnected;
    use crate::model::region::Region;

    type Answer<T> = Result<T, SdkError<GetCallerIdentityError, HttpResponse>>;

    fn refusal<T>(code: &str, message: &str, status: u16) -> Answer<T> {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        Err(SdkError::service_error(GetCallerIdentityError::generic(meta), response))
    }

    fn lost<T>() -> Answer<T> {
        Err(SdkError::timeout_error("the answer never came"))
    }

    fn caller() -> Caller {
        Caller::new(Interrupt::never(), Progress::silent())
    }

    fn site() -> CallSite {
        CallSite::global("test:Create", "thing")
    }

    /// Sends the answers in order and says how often it was asked.
    async fn create(
        answers: Vec<Answer<Option<u32>>>,
        looks: Vec<Result<Option<u32>, Failure>>,
    ) -> (Result<u32, Failure>, usize) {
        let answers = std::cell::RefCell::new(answers.into_iter());
        let looks = std::cell::RefCell::new(looks.into_iter());
        let sent = Cell::new(0);
        let result = caller()
            .create(
                &unconnected().region(&Region::parse("us-east-1").unwrap()),
                site(),
                |_| {
                    sent.set(sent.get() + 1);
                    std::future::ready(answers.borrow_mut().next().unwrap())
                },
                |made| made,
                || std::future::ready(looks.borrow_mut().next().unwrap_or(Ok(None))),
            )
            .await;
        (result, sent.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_looked_for_and_not_sent_again() {
        let (result, sent) = create(vec![lost()], vec![Ok(Some(7))]).await;
        assert_eq!((result.unwrap(), sent), (7, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_an_id_is_unknown() {
        let (result, sent) = create(vec![Ok(None)], vec![Ok(None), Ok(Some(7))]).await;
        assert_eq!((result.unwrap(), sent), (7, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_made_is_sent_again() {
        let (result, sent) = create(vec![lost(), Ok(Some(8))], vec![]).await;
        assert_eq!((result.unwrap(), sent), (8, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_taken_name_is_a_question_of_whose_it_is() {
        let exists = || refusal("AlreadyExistsException", "exists", 400);
        let (result, sent) = create(vec![exists()], vec![Ok(Some(9))]).await;
        assert_eq!((result.unwrap(), sent), (9, 1));
        let foreign = Err(Failure::refused("not ours", ""));
        let (result, _) = create(vec![exists()], vec![foreign]).await;
        assert_eq!(result.unwrap_err().to_string(), "not ours");
    }

    #[tokio::test(start_paused = true)]
    async fn a_role_that_cannot_be_assumed_is_waited_for_two_minutes() {
        let lag = "IAM Role r cannot be assumed by AWS Backup";
        let refused = || refusal("InvalidParameterValueException", lag, 400);
        let (result, sent) = create(vec![refused(), refused(), Ok(Some(1))], vec![]).await;
        assert_eq!((result.unwrap(), sent), (1, 3));

        let begun = Instant::now();
        let (result, _) = create((0..1000).map(|_| refused()).collect(), vec![]).await;
        assert!(result.unwrap_err().to_string().contains("cannot be assumed"));
        assert!((120..125).contains(&begun.elapsed().as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_is_ridden_out_for_a_minute() {
        let begun = Instant::now();
        let result = caller()
            .call(site(), || {
                std::future::ready(refusal::<()>("ThrottlingException", "Rate exceeded", 400))
            })
            .await;
        assert!(result.unwrap_err().to_string().contains("Rate exceeded"));
        assert!((60..70).contains(&begun.elapsed().as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_denied_call_is_made_once() {
        let calls = Cell::new(0);
        let result = caller()
            .call(site(), || {
                calls.set(calls.get() + 1);
                std::future::ready(refusal::<()>("AccessDenied", "no", 403))
            })
            .await;
        assert!(result.unwrap_err().is_denied());
        assert_eq!(calls.get(), 1);
    }
}
