//! Runs the real binary against an account of its own, and says all there is to say when something differs.

use std::ffi::OsStr;
use std::io::Read;
use std::ops::Deref;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use local_aws::{TestAccount, lock};

use super::outcome::Outcome;

/// No run of the binary takes longer than this.
const PATIENCE: Duration = Duration::from_mins(4);

/// A fresh account, and the binary to run against it.
pub(crate) struct Aws {
    account: TestAccount,
}

/// A fresh account on the one local AWS of this test binary.
#[track_caller]
pub(crate) fn account() -> Aws {
    Aws { account: TestAccount::new() }
}

/// The account of this number, for what was recorded in it.
#[track_caller]
pub(crate) fn account_numbered(id: &str) -> Aws {
    Aws { account: TestAccount::numbered(id) }
}

impl Deref for Aws {
    type Target = TestAccount;

    fn deref(&self) -> &TestAccount {
        &self.account
    }
}

impl Aws {
    /// Runs the binary to its end.
    #[track_caller]
    pub(crate) fn mrbackup<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Outcome {
        self.command().args(arguments).run()
    }

    /// The binary in an environment that has nothing but this account.
    pub(crate) fn command(&self) -> Run {
        let mut command = self.program(env!("CARGO_BIN_EXE_mrbackup"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Run { command }
    }
}

/// A run that is being prepared.
pub(crate) struct Run {
    command: Command,
}

impl Run {
    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs it in this directory.
    pub(crate) fn directory(&mut self, directory: &std::path::Path) {
        self.command.current_dir(directory);
    }

    /// Runs to the end.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts, for tests that do something meanwhile.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        let words = self.command.get_args().map(OsStr::to_string_lossy);
        let line = ["mrbackup".into()].into_iter().chain(words).collect::<Vec<_>>().join(" ");
        let mut child = self.command.spawn().expect("the binary was built with this test");
        let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
        Running { child, line, stdout, stderr, started: Instant::now() }
    }
}

/// What a stream has said so far, read by a thread of its own.
struct Drained {
    said: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
}

impl Drained {
    fn so_far(&self) -> String {
        String::from_utf8_lossy(&lock(&self.said)).into_owned()
    }

    fn all(self) -> String {
        self.reader.join().expect("reading does not panic");
        String::from_utf8_lossy(&lock(&self.said)).into_owned()
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> Drained {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    let reader = thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            lock(&heard).extend_from_slice(&buffer[..length]);
        }
    });
    Drained { said, reader }
}

/// The binary at work.
pub(crate) struct Running {
    child: Child,
    line: String,
    stdout: Drained,
    stderr: Drained,
    started: Instant,
}

impl Running {
    /// Sends a signal by its name: `INT` as Ctrl-C does, `TERM`, `STOP`.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{}: cannot send {name} to it",
            self.line
        );
    }

    /// Ctrl-C, and waits until the binary says that it has seen it.
    #[track_caller]
    pub(crate) fn interrupt(&self, acknowledgement: &str) {
        self.signal("INT");
        while !self.stderr.so_far().contains(acknowledgement) {
            let (line, said) = (&self.line, self.stderr.so_far());
            assert!(
                self.started.elapsed() < PATIENCE,
                "{line} does not say {acknowledgement:?}\n{said}"
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// SIGKILL, as a power cut would.
    #[track_caller]
    pub(crate) fn kill(mut self) -> Outcome {
        self.child.kill().expect("our own child");
        self.wait()
    }

    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        let status = loop {
            match self.child.try_wait().expect("our own child") {
                Some(status) => break Some(status),
                None if self.started.elapsed() > PATIENCE => {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    break None;
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        let took = self.started.elapsed();
        let outcome = Outcome {
            line: self.line,
            status,
            took,
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        };
        assert!(outcome.status.is_some(), "{outcome:?}\nnot finished after {PATIENCE:?}");
        outcome
    }
}
