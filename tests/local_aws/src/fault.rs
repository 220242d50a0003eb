//! Faults on demand: which calls they hit, and what then happens.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tokio::sync::watch;

use super::allowance::Allowance;
use super::request::{Origin, Request};
use super::sync::{self, lock};

/// One kind of trouble for some calls of an account. Built from what happens, then narrowed to whom:
/// `Fault::cut().on("backup", "CreateBackupPlan").nth(1)`.
#[derive(Clone, Debug)]
#[must_use = "a fault hits nothing before an account has it"]
pub struct Fault {
    effect: Effect,
    service: Option<String>,
    operation: Option<String>,
    region: Option<String>,
    origin: Origin,
    text: String,
    when: When,
}

/// What happens to a call. "Acts" means that AWS has done what was asked.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    Error { status: u16, code: String, message: String, acts: bool },
    Throttle,
    Reply { status: u16, content_type: &'static str, body: String },
    Reset,
    Cut,
    Empty,
    Truncate,
    Delay(Duration),
    Hold { acts: bool },
}

#[derive(Clone, Copy, Debug)]
enum When {
    First(usize),
    After(usize),
    Nth(usize),
    Share { percent: u64, seed: u64 },
    Beyond { a_second: u32 },
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self {
            effect,
            service: None,
            operation: None,
            region: None,
            origin: Origin::Program,
            text: String::new(),
            when: When::After(0),
        }
    }

    /// AWS refuses, and does not act.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::new(Effect::Error {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            acts: false,
        })
    }

    /// AWS acts, and says that it failed.
    pub fn error_after(status: u16, code: &str, message: &str) -> Self {
        Self::new(Effect::Error {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            acts: true,
        })
    }

    /// "Slow down", with the code and status of the service that is asked.
    pub fn throttle() -> Self {
        Self::new(Effect::Throttle)
    }

    /// Something else answers: a company's proxy, a login page, a page of a list that never ends.
    pub fn reply(status: u16, content_type: &'static str, body: &str) -> Self {
        Self::new(Effect::Reply { status, content_type, body: body.to_owned() })
    }

    /// The connection closes before AWS acts.
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// AWS acts, and the connection closes before the first byte of the answer.
    pub fn cut() -> Self {
        Self::new(Effect::Cut)
    }

    /// AWS acts, and the answer has lost its body.
    pub fn empty() -> Self {
        Self::new(Effect::Empty)
    }

    /// AWS acts, and the connection closes in the middle of the answer.
    pub fn truncate() -> Self {
        Self::new(Effect::Truncate)
    }

    /// AWS acts late: even when the caller has given up by then.
    pub fn delay(time: Duration) -> Self {
        Self::new(Effect::Delay(time))
    }

    /// AWS acts, and answers when the test says so.
    pub fn hold() -> Self {
        Self::new(Effect::Hold { acts: true })
    }

    /// AWS acts when the test says so, and never if the caller is gone by then.
    pub fn hold_before() -> Self {
        Self::new(Effect::Hold { acts: false })
    }

    /// Hits only calls of this service.
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Only this operation, by the service's signing name (`events`, `tagging`).
    pub fn on(self, service: &str, operation: &str) -> Self {
        let mut fault = self.service(service);
        fault.operation = Some(operation.to_owned());
        fault
    }

    /// Only in this region. IAM and STS are everywhere, and hit only when the fault names them as its service.
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// The calls of functions, instead of the program's.
    pub fn in_functions(mut self) -> Self {
        self.origin = Origin::Function;
        self
    }

    /// Only calls with this text in their path or body: a policy's name, a vault's.
    pub fn containing(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// Only the first `count` calls that the fault is for.
    pub fn first(mut self, count: usize) -> Self {
        self.when = When::First(count);
        self
    }

    /// All but the first `count` calls that the fault is for.
    pub fn after(mut self, count: usize) -> Self {
        self.when = When::After(count);
        self
    }

    /// Only the `n`-th call, from 1, of those that the fault is for.
    pub fn nth(mut self, n: usize) -> Self {
        self.when = When::Nth(n);
        self
    }

    /// Some of the calls, the same ones for the same seed and order.
    pub fn share(mut self, percent: u64, seed: u64) -> Self {
        self.when = When::Share { percent, seed };
        self
    }

    /// Those beyond so many in a second, as a service throttles: what is unused is saved for a second.
    pub fn beyond(mut self, a_second: u32) -> Self {
        self.when = When::Beyond { a_second };
        self
    }

    fn is_for(&self, request: &Request) -> bool {
        let is = |wanted: &Option<String>, actual: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == actual)
        };
        let global = matches!(request.service.as_str(), "iam" | "sts") && self.service.is_none();
        self.origin == request.origin
            && is(&self.service, &request.service)
            && is(&self.operation, &request.operation)
            && request.contains(&self.text)
            && (self.region.is_none() || !global && is(&self.region, &request.region))
    }
}

impl When {
    fn includes(self, counts: &mut Counts) -> bool {
        let number = counts.seen;
        match self {
            Self::Beyond { a_second } => !counts.saved.take(f64::from(a_second)),
            Self::First(count) => number <= count,
            Self::After(count) => number > count,
            Self::Nth(n) => number == n,
            Self::Share { percent, seed } => {
                // SplitMix64: neighbouring seeds and numbers give unrelated draws.
                let mut draw =
                    seed.wrapping_add((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
                draw = (draw ^ (draw >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                draw = (draw ^ (draw >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (draw ^ (draw >> 31)) % 100 < percent
            }
        }
    }
}

/// A fault at work. It counts, so that a test can prove that it fired.
pub struct Armed {
    fault: Fault,
    counts: Mutex<Counts>,
    changed: Condvar,
    released: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Counts {
    seen: usize,
    fired: usize,
    held: usize,
    saved: Allowance,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Arc<Self> {
        let (released, _) = watch::channel(false);
        Arc::new(Self { fault, counts: Mutex::default(), changed: Condvar::new(), released })
    }

    /// Whether it hits this call. Every call must be shown to it, for it counts those that it is for.
    pub(crate) fn strikes(&self, request: &Request) -> bool {
        if !self.fault.is_for(request) {
            return false;
        }
        let mut counts = lock(&self.counts);
        counts.seen += 1;
        self.fault.when.includes(&mut counts)
    }

    pub(crate) fn fire(&self) {
        lock(&self.counts).fired += 1;
        self.changed.notify_all();
    }

    pub(crate) fn effect(&self) -> &Effect {
        &self.fault.effect
    }

    /// Parks a held call until the test lets it go.
    pub(crate) async fn parked(&self) {
        let mut released = self.released.subscribe();
        lock(&self.counts).held += 1;
        self.changed.notify_all();
        let _ = released.wait_for(|released| *released).await;
    }

    /// How many calls it was for, hit or not.
    pub fn seen(&self) -> usize {
        lock(&self.counts).seen
    }

    /// How many calls it hit.
    pub fn fired(&self) -> usize {
        lock(&self.counts).fired
    }

    /// Waits until it has hit a call.
    ///
    /// # Panics
    ///
    /// After two minutes in which it did not.
    #[track_caller]
    pub fn wait_fired(&self) {
        self.wait(|counts| counts.fired > 0);
    }

    /// Waits until a call is being held, which for `Fault::hold` means that AWS has acted.
    ///
    /// # Panics
    ///
    /// After two minutes in which there was none.
    #[track_caller]
    pub fn wait_held(&self) {
        self.wait(|counts| counts.held > 0);
    }

    /// Lets go what is held now or would be later.
    pub fn release(&self) {
        self.released.send_replace(true);
    }

    #[track_caller]
    fn wait(&self, is_so: impl Fn(&Counts) -> bool) {
        sync::wait(&self.counts, &self.changed, is_so, |counts| {
            format!("{counts:?} of {:?}", self.fault)
        });
    }
}
