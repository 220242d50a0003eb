//! Ctrl-C: calls in flight are finished and no new one starts; twice, and the process ends at once.

use std::time::Duration;

use tokio::sync::watch;

use crate::failure::Failure;
use crate::terminal::progress::Progress;

/// Exit code of an interrupted run, by the shell's convention 128 + SIGINT.
pub(crate) const EXIT: u8 = 130;

/// Tells whether the person has asked to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens for SIGINT, SIGTERM and SIGHUP from now on.
    ///
    /// # Errors
    /// Where the system lets no handler be set.
    pub(crate) fn listen(progress: Progress) -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            progress.note(
                "Interrupted: finishing the calls in flight. Press Ctrl-C again to stop at once.",
            );
            // The run may be over, and nobody listening.
            let _ = sender.send(true);
            signals.next().await;
            std::process::exit(EXIT.into());
        });
        Ok(Self(receiver))
    }

    /// An interrupt that never comes.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// An interrupt that has come already.
    #[cfg(test)]
    pub(crate) fn at_once() -> Self {
        Self(watch::channel(true).1)
    }

    /// # Errors
    /// [`Failure::Interrupted`] where it has happened.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if *self.0.borrow() { Err(Failure::Interrupted) } else { Ok(()) }
    }

    /// Sleeps, unless it happens.
    ///
    /// # Errors
    /// [`Failure::Interrupted`].
    pub(crate) async fn pause(&self, time: Duration) -> Result<(), Failure> {
        tokio::select! {
            () = tokio::time::sleep(time) => self.check(),
            () = self.happened() => Err(Failure::Interrupted),
        }
    }

    /// Waits until it happens.
    pub(crate) async fn happened(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|happened| *happened).await.is_err() {
            // Nobody is left who could interrupt.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
            _ = hangup.recv() => (),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
