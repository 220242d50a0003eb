//! The record of an account's calls.

use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use serde_json::{Value, json};

use super::request::{Origin, Request};
use super::sync::{self, lock};

/// One call as it was sent, in the order of arrival.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked.
    pub request: Request,
    /// None while there is no answer, and for good when the caller got none.
    pub status: Option<u16>,
    /// The error's code as AWS would name it, empty for a success.
    pub code: String,
    done: bool,
    begun: Instant,
    ended: Option<Instant>,
}

impl Call {
    /// `backup.CreateBackupPlan us-east-1`, to compare and to print.
    pub fn name(&self) -> String {
        format!("{}.{} {}", self.request.service, self.request.operation, self.request.region)
    }

    /// Whether it called this operation of this service.
    pub fn is(&self, service: &str, operation: &str) -> bool {
        self.request.service == service && self.request.operation == operation
    }

    /// How long AWS took for the answer, where there was one.
    pub fn took(&self) -> Option<Duration> {
        Some(self.ended? - self.begun)
    }

    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }

    pub(crate) fn ended(&self) -> Option<Instant> {
        self.ended
    }

    /// The members of its input.
    pub fn input(&self) -> &Value {
        &self.request.input
    }

    /// As the model check wants it.
    pub(crate) fn wire(&self) -> Value {
        let request = &self.request;
        let headers: serde_json::Map<_, _> = request
            .headers
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())
            })
            .collect();
        json!({
            "service": request.service,
            "operation": request.operation,
            "method": request.method,
            "path": request.target,
            "headers": headers,
            "body": BASE64.encode(&request.body),
        })
    }

    /// Whether the operation, by its name, leaves AWS as it is.
    pub(crate) fn is_read(&self) -> bool {
        ["Get", "Head", "List", "Describe", "Simulate", "TestEventPattern", "FilterLogEvents"]
            .iter()
            .any(|prefix| self.request.operation.starts_with(prefix))
    }
}

/// All calls of one account but the test's own.
#[derive(Default)]
pub(crate) struct Log {
    calls: Mutex<Calls>,
    changed: Condvar,
}

#[derive(Default)]
struct Calls {
    /// How many were dropped from the front, so that a call in flight finds its entry, or that it is gone.
    dropped: usize,
    entries: Vec<Call>,
    in_flight: usize,
}

impl Log {
    /// Records the arrival and returns the entry's number.
    pub(crate) fn arrived(&self, request: &Request) -> usize {
        let mut calls = lock(&self.calls);
        calls.in_flight += 1;
        if request.origin == Origin::Test {
            return usize::MAX;
        }
        calls.entries.push(Call {
            request: request.clone(),
            status: None,
            code: String::new(),
            done: false,
            begun: Instant::now(),
            ended: None,
        });
        calls.dropped + calls.entries.len() - 1
    }

    pub(crate) fn answered(&self, number: usize, status: Option<u16>, code: &str) {
        let mut calls = lock(&self.calls);
        calls.in_flight -= 1;
        let index = number.checked_sub(calls.dropped);
        if let Some(call) = index.and_then(|index| calls.entries.get_mut(index)) {
            call.status = status;
            code.clone_into(&mut call.code);
            call.done = true;
            call.ended = Some(Instant::now());
        }
        drop(calls);
        self.changed.notify_all();
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.calls).entries.clone()
    }

    pub(crate) fn clear(&self) {
        let mut calls = lock(&self.calls);
        calls.dropped += calls.entries.len();
        calls.entries.clear();
    }

    /// Waits until AWS works on no call any more, those of killed callers included.
    #[track_caller]
    pub(crate) fn settle(&self) {
        sync::wait(
            &self.calls,
            &self.changed,
            |calls| calls.in_flight == 0,
            |calls| {
                let open: Vec<_> =
                    calls.entries.iter().filter(|call| !call.done).map(Call::name).collect();
                format!("still at work on {open:?}")
            },
        );
    }
}
