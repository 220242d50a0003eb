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

    /// The same without a word of what it does.
    pub(crate) fn in_silence(&self) -> Self {
        Self { progress: Progress::silent(), ..self.clone() }
    }

    /// The same for what may be left out: no call takes longer than `time`.
    pub(crate) fn at_most(&self, time: Duration) -> Self {
        Self { patience: self.patience.clone().at_most(time), ..self.clone() }
    }

    /// The same on behalf of one step.
    pub(crate) fn on_behalf_of(&self, region: Option<&str>, step: &str) -> Self {
        Self { progress: self.progress.on_behalf_of(region, step), ..self.clone() }
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
        let _waiting = self.progress.waits_for(&site);
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
                return Err(Failure::failed(
                    format!("{what} is not ready after {} s: {why}", bound.as_secs()),
                    "run the same command again: it continues where this one stopped",
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
mod tests;
