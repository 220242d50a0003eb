//! A local AWS for tests and examples: an emulator (`MiniStack`, in a Python environment that is made on first use)
//! behind a proxy that answers as strictly as AWS does, records what it is asked, and fails on demand.
//!
//! A 12-digit access key is the account, so whoever wants to be alone takes a fresh one.

mod account;
mod alarms;
mod allowance;
mod answer;
mod backup_store;
mod backups;
mod cbor;
mod chain;
mod clock;
mod crowd;
mod emulator;
mod fault;
mod helper;
mod indexed_list;
mod job;
mod log;
mod obstacles;
mod point_events;
mod proxied;
mod proxy;
mod replay;
mod request;
mod resource;
mod restores;
mod selecting;
mod sequential;
mod strict;
mod sync;
mod tagged;
mod test_account;
mod venv;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::runtime::{Builder, Runtime};

pub use account::{Account, AwsError, Via, now};
pub use alarms::{Inbox, Message};
pub use clock::NotRun;
pub use crowd::Crowd;
pub use fault::{Armed, Fault};
pub use log::Call;
pub use request::{Origin, Request};
pub use selecting::selects;
pub use sync::{eventually, lock};
pub use test_account::TestAccount;
pub use venv::python;

use emulator::Emulator;
use helper::Helper;
use proxy::Proxy;
use request::Routes;

/// The running emulator and proxy, for as long as the process lives.
pub struct LocalAws {
    endpoint: String,
    helper: Helper,
    proxy: Arc<Proxy>,
    runtime: Runtime,
}

/// The one local AWS of this process, started by whoever asks first. `say` is told when that takes more than a moment.
///
/// # Errors
///
/// A paragraph for the reader: what this machine lacks.
pub fn start(say: &dyn Fn(&str)) -> Result<&'static LocalAws, String> {
    static SHARED: Mutex<Option<Result<&'static LocalAws, String>>> = Mutex::new(None);
    let mut shared = lock(&SHARED);
    shared.get_or_insert_with(|| LocalAws::new(say).map(|aws| &*Box::leak(Box::new(aws)))).clone()
}

impl LocalAws {
    fn new(say: &dyn Fn(&str)) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("cannot start the local AWS: {error}");
        let python = venv::python(say)?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(failed)?);
        let helper = Helper::start(&python, &endpoint)?;
        let runtime =
            Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
        let proxy = Proxy::new(
            Emulator::new(&helper.emulators),
            Routes::new(&helper.ask("routes", &json!({}))),
        );
        let listener = {
            let _inside = runtime.enter();
            listener.set_nonblocking(true).map_err(failed)?;
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        runtime.spawn(Arc::clone(&proxy).listen(listener));
        Ok(Self { endpoint, helper, proxy, runtime })
    }

    /// Where AWS is: the value for `AWS_ENDPOINT_URL`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// An account that nobody else in this process has, with nothing in it.
    pub fn account(&'static self) -> Account {
        static LAST: AtomicU64 = AtomicU64::new(111_111_110_000);
        Account::new(self, LAST.fetch_add(1, Ordering::Relaxed).to_string())
    }

    /// The account of this number, for what was recorded in it. Nobody else in this process may have it.
    pub fn account_numbered(&'static self, id: &str) -> Account {
        Account::new(self, id.to_owned())
    }
}
