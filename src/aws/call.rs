//! How a call is made: one place for retries, waits with a bound, the answer that got lost, and Ctrl-C.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use crate::aws::circuit_breaker::CircuitBreaker;
use crate::aws::clients::{Clients, RegionClients, SendingOnce};
use crate::aws::patience::{Patience, WORTH_A_LINE};
use crate::aws::wait::{POLL, Wait};
use crate::failure::{AwsError, CallSite, ErrorKind, Failure};
use crate::model::caller_identity::CallerIdentity;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::progress::Progress;

/// Sends of a creating call whose name was taken by what then was not there, or that came into another's way.
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
    circuit_breaker: CircuitBreaker,
    pub(super) patience: Patience,
    /// Clones share what they learn.
    identity: Arc<OnceLock<CallerIdentity>>,
}

impl Caller {
    pub(crate) fn new(interrupt: Interrupt, progress: Progress) -> Self {
        Self {
            interrupt,
            progress,
            circuit_breaker: CircuitBreaker::default(),
            patience: Patience::default(),
            identity: Arc::default(),
        }
    }

    /// The same with another deadline for a call that fails, from its first failure on.
    pub(crate) fn with_call_timeout(mut self, timeout: Duration) -> Self {
        self.patience.timeout = timeout;
        self
    }

    /// The same with as many attempts at most as the person wants of those who use their clients.
    pub(crate) fn within_attempts_of(mut self, clients: &Clients) -> Self {
        self.patience.attempts = clients.attempts();
        self
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

    /// The same for a command that only reads, and says of what falls silent that it is unknown.
    pub(crate) fn only_reading(mut self) -> Self {
        self.patience.only_reads = true;
        self
    }

    /// The same for a new look, which knows nothing of who did not answer before.
    pub(crate) fn afresh(&self) -> Self {
        let patience = self.patience.afresh();
        Self { patience, circuit_breaker: CircuitBreaker::default(), ..self.clone() }
    }

    /// The same for what may be left out: no call takes longer than `time`.
    pub(crate) fn at_most(&self, time: Duration) -> Self {
        Self { patience: self.patience.clone().at_most(time), ..self.clone() }
    }

    /// The same on behalf of one step.
    pub(crate) fn on_behalf_of(&self, step: &str) -> Self {
        Self { progress: self.progress.on_behalf_of(step), ..self.clone() }
    }

    /// Makes a call that may be repeated: a read, an idempotent put, or a delete.
    ///
    /// `send` makes the request anew for each attempt: the clients do not retry by themselves. What was throttled,
    /// lost or not sent is tried again until the deadline; conflicts and what has to spread first are waited out
    /// within their own bounds.
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
        let mut wait = self.wait(&site);
        loop {
            match self.attempt(&site, &send).await? {
                Ok(value) => return Ok(value),
                Err(error) => wait.before_next(error).await?,
            }
        }
    }

    /// Makes a call that creates something, which must not be sent twice blindly.
    ///
    /// `send` makes the request with clients of the region of `clients` which nobody else is given.
    /// `made` takes what is wanted out of the answer: `None`
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
        let mut wait = self.wait(&site);
        let mut in_the_way = 0;
        loop {
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
                    if error.class == ErrorKind::Unknown {
                        wait.before_next(error).await?;
                        continue;
                    }
                    in_the_way += 1;
                    if in_the_way >= SENDS {
                        return Err(error.into());
                    }
                }
                _ => wait.before_next(error).await?,
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
        let turn = self.patience.turn(site);
        if !turn.is_zero() {
            self.pause(turn).await?;
        }
        let begun = Instant::now();
        let silence = self.patience.silence(site);
        // Boxed: the SDK's futures are deep, and their types would nest through every step.
        let answer = Box::pin(send());
        let answer = async {
            match silence {
                Some(silence) => self.circuit_breaker.bounded(site, silence, answer).await,
                None => Some(answer.await),
            }
        };
        let answer = tokio::select! {
            biased;
            answer = answer => answer,
            // What only reads need not be finished, and may never be.
            () = self.interrupt.happened(), if site.reads() => return Err(Failure::Interrupted),
            never = self.tell_of_silence(site, silence) => match never {},
        };
        let known = self.identity().is_some();
        let named = |error: AwsError| if known { error.of_known_caller() } else { error };
        let Some(answer) = answer else {
            // Given up for the whole command: not tried again.
            let error = AwsError::unanswered(site.clone(), silence.unwrap_or_default());
            self.progress.call(site, begun.elapsed(), Some(&error));
            return Err(error.into());
        };
        let answer = answer.map_err(|error| named(AwsError::new(site.clone(), &error)));
        self.patience.learn(site, &answer);
        self.progress.call(site, begun.elapsed(), answer.as_ref().err());
        Ok(answer)
    }

    /// Says that a call waits, once it has done so for long enough.
    async fn tell_of_silence(&self, site: &CallSite, silence: Option<Duration>) -> Infallible {
        tokio::time::sleep(WORTH_A_LINE).await;
        if let Some(line) = self.patience.of_silent(site, silence) {
            self.progress.note(&line);
        }
        std::future::pending().await
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
        self.interrupt.pause(time).await
    }

    fn wait(&self, site: &CallSite) -> Wait<'_> {
        Wait::new(site, &self.patience, &self.progress, &self.interrupt)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
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

    fn not_sent<T>() -> Answer<T> {
        let refused = std::io::Error::other("tcp connect: Connection refused");
        Err(SdkError::dispatch_failure(ConnectorError::io(refused.into())))
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

    /// A lost answer, a clean 5xx, and a request that never left.
    #[tokio::test(start_paused = true)]
    async fn a_creating_call_is_looked_for_each_time_and_sent_until_the_deadline() {
        let failed = |n| match n % 3 {
            0 => refusal("InternalFailure", "internal", 500),
            1 => not_sent(),
            _ => lost(),
        };
        let (result, sent) =
            create((0..8).map(failed).chain([Ok(Some(1))]).collect(), vec![]).await;
        assert_eq!((result.unwrap(), sent), (1, 9));

        let begun = Instant::now();
        let (result, _) = create((0..1000).map(failed).collect(), vec![]).await;
        assert!(result.is_err());
        assert!((90..95).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_stays_taken_is_sent_three_times() {
        let exists = || refusal("AlreadyExistsException", "exists", 400);
        let (result, sent) = create(vec![exists(), exists(), exists()], vec![]).await;
        assert!(result.unwrap_err().to_string().contains("exists"));
        assert_eq!(sent, 3);
    }

    /// Calls with what each attempt answers; the answer, how often it was sent, and how long it took.
    async fn call(
        caller: &Caller,
        site: CallSite,
        answer: impl Fn(u32) -> Answer<()>,
    ) -> (Result<(), Failure>, u32, Duration) {
        let (sent, begun) = (Cell::new(0), Instant::now());
        let send = || {
            sent.set(sent.get() + 1);
            std::future::ready(answer(sent.get()))
        };
        let result = caller.call(site, send).await;
        (result, sent.get(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_throttled_for_ever_ends_at_the_deadline_with_all_that_is_known() {
        let throttled = |_| refusal("ThrottlingException", "Rate exceeded", 400);
        let site = || CallSite::new("sns:Publish", &Region::parse("us-west-2").unwrap(), "t");
        let (result, sent, took) = call(&caller(), site(), throttled).await;
        assert_eq!(took.as_secs(), 90);
        assert!((10..60).contains(&sent), "{sent}");
        assert_eq!(
            result.unwrap_err().to_string(),
            format!(
                "us-west-2: sns:Publish on t failed: ThrottlingException: AWS keeps refusing sns:Publish in us-west-2 (throttled), {sent} times in 90 s: Rate exceeded"
            )
        );
        let short = caller().with_call_timeout(Duration::from_secs(7));
        let (_, _, took) = call(&short, site(), throttled).await;
        assert_eq!(took.as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_put_that_fails_in_each_way_is_tried_until_it_is_done() {
        let answers = |n| match n {
            1..4 => lost(),
            4..8 => refusal("InternalFailure", "internal", 500),
            8..12 => not_sent(),
            12..14 => refusal("ThrottlingException", "Rate exceeded", 400),
            _ => Ok(()),
        };
        let (result, sent, took) = call(&caller(), site(), answers).await;
        result.unwrap();
        assert_eq!(sent, 14);
        assert!(took < Duration::from_secs(90), "{took:?}");
    }

    /// The deadline counts from the first failure, and not from what had to spread before.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_counts_from_the_first_failure() {
        let lag = "IAM Role r cannot be assumed by AWS Backup";
        let answers = |n| match n {
            1..160 => refusal("InvalidParameterValueException", lag, 400),
            160..163 => lost(),
            _ => Ok(()),
        };
        let (result, _, took) = call(&caller(), site(), answers).await;
        result.unwrap();
        assert!(took > Duration::from_secs(90), "{took:?}");
    }

    /// A region that is down holds a command up once, for each service, and one that was there is waited for.
    #[tokio::test(start_paused = true)]
    async fn a_read_waits_longer_for_who_has_answered_before() {
        let (caller, site) = (caller(), || CallSite::global("test:List", ""));
        let (result, sent, took) = call(&caller, site(), |_| lost()).await;
        assert!(result.is_err());
        assert!(sent > 2, "{sent}");
        assert_eq!(took.as_secs(), 3);
        let (result, sent, _) = call(&caller, site(), |_| lost()).await;
        assert!(result.is_err());
        assert_eq!(sent, 1);

        call(&caller, site(), |_| refusal("AccessDenied", "no", 403)).await.0.unwrap_err();
        let (result, _, took) = call(&caller, site(), |_| not_sent()).await;
        assert!(result.is_err());
        assert_eq!(took.as_secs(), 90);
    }

    #[tokio::test(start_paused = true)]
    async fn the_users_number_of_attempts_is_an_upper_limit() {
        let mut caller = caller();
        caller.patience.attempts = Some(4);
        for answer in [lost, not_sent, || refusal("ThrottlingException", "Rate exceeded", 400)] {
            let (result, sent, _) = call(&caller, site(), |_| answer()).await;
            assert!(result.is_err());
            assert_eq!(sent, 4);
        }
    }

    /// A service that was given up says so to every later call at once.
    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_not_tried_again_where_it_was_given_up() {
        let caller = caller().only_reading();
        let begun = Instant::now();
        for _ in 0..2 {
            let never = || std::future::pending::<Answer<()>>();
            let result = caller.call(CallSite::global("test:List", ""), never).await;
            assert!(result.unwrap_err().to_string().contains("no answer for 15 s"));
        }
        assert_eq!(begun.elapsed().as_secs(), 15);
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
