//! What the proxy knows of an account beyond what the emulator does.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::Answer;
use super::backup_store::BackupStore;
use super::fault::{Armed, Fault};
use super::log::Log;
use super::request::Request;
use super::strict::Tags;
use super::sync::lock;

/// One account, as the proxy keeps it.
#[derive(Default)]
pub(crate) struct Proxied {
    pub(crate) log: Log,
    faults: Mutex<Vec<Arc<Armed>>>,
    state: Mutex<State>,
    /// How much a list of AWS Backup gives at once, at most, unless it is 0.
    pub(crate) page_limit: AtomicUsize,
    /// Held by whoever first looks and then changes, as one step to everybody else.
    pub(crate) gate: tokio::sync::Mutex<()>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) regions: BTreeSet<String>,
    pub(crate) lag: Lag,
    pub(crate) roles: HashMap<String, NewRole>,
    /// How many reads of a role stay behind after each change of it.
    pub(crate) stale_reads: usize,
    pub(crate) stale_roles: HashMap<String, StaleRole>,
    /// How many reads of a function after each change of it still find the change going on.
    pub(crate) slow_reads: usize,
    /// Reads left, by region and function.
    pub(crate) slow_functions: HashMap<(String, String), usize>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) store: BackupStore,
    /// Resource types switched on or off, by region.
    pub(crate) opt_ins: HashMap<String, BTreeMap<String, bool>>,
    /// By region: which resource types were switched to full management, or back.
    pub(crate) managed: HashMap<String, BTreeMap<String, bool>>,
    /// The tags of resources that a test has put there, by region and ARN.
    pub(crate) tagged: HashMap<String, BTreeMap<String, Tags>>,
    /// Quotas that are not AWS's default, by region and code.
    pub(crate) quotas: HashMap<(String, String), f64>,
    /// The ARNs of the e-mail subscriptions whose owner has confirmed.
    pub(crate) confirmed: HashSet<String>,
}

/// How long AWS's other services do not know a new role.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Lag {
    #[default]
    None,
    Time(Duration),
    /// This many refusals of each operation.
    Tries(usize),
}

pub(crate) struct NewRole {
    pub(crate) created: Instant,
    /// By operation.
    pub(crate) refused: HashMap<String, usize>,
}

/// A role as it was before its last changes, by the operation that reads it.
pub(crate) struct StaleRole {
    pub(crate) left: usize,
    pub(crate) answers: HashMap<&'static str, Answer>,
}

/// A plan that was made through the proxy. It is remembered when it is gone, as AWS does.
pub(crate) struct Plan {
    pub(crate) region: String,
    pub(crate) id: String,
    pub(crate) creator_request_id: String,
    /// The answer to its creation.
    pub(crate) created: Value,
    /// As last written.
    pub(crate) document: Value,
}

impl State {
    /// The tags that a resource has by now, as a backup of it keeps them.
    pub(crate) fn tags_of(&self, region: &str, arn: &str) -> Value {
        let there = self.tagged.get(region).and_then(|there| there.get(arn));
        serde_json::json!(there.cloned().unwrap_or_default())
    }
}

impl Proxied {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn arm(&self, fault: Fault) -> Arc<Armed> {
        let armed = Armed::new(fault);
        lock(&self.faults).push(Arc::clone(&armed));
        armed
    }

    /// Lets go what faults hold, and forgets them.
    pub(crate) fn disarm(&self) {
        for armed in lock(&self.faults).drain(..) {
            armed.release();
        }
    }

    /// The first fault that hits this call; each counts it.
    pub(crate) fn strike(&self, request: &Request) -> Option<Arc<Armed>> {
        let faults = lock(&self.faults);
        let struck: Vec<_> = faults.iter().filter(|armed| armed.strikes(request)).collect();
        let first = struck.first().map(|armed| Arc::clone(armed));
        if let Some(armed) = &first {
            armed.fire();
        }
        first
    }
}
