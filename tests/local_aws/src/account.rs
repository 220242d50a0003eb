//! One account of the local AWS, from the outside: what a test or an example looks at and turns.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fmt;
use std::process::Command;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::LocalAws;
use super::chain::chain;
use super::fault::{Armed, Fault};
use super::log::Call;
use super::proxied::{Lag, Proxied, State};
use super::request::{Origin, Request};
use super::restores::make::finish;

/// Which way a call of the test's own goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// To AWS as it is, with its rules, but unrecorded and spared by faults.
    Aws,
    /// Past the rules: for what a test wants to find there though AWS would not allow it now.
    Emulator,
    /// As the program under test would: recorded, and hit by faults.
    Program,
}

/// An error that AWS answered, or `status` 0 and the client's name for it where nothing came.
#[derive(Clone, Debug, PartialEq)]
pub struct AwsError {
    /// As AWS names the error.
    pub code: String,
    /// What AWS says of it.
    pub message: String,
    /// Of the HTTP answer.
    pub status: u64,
    /// All members of the error.
    pub response: Value,
}

impl fmt::Display for AwsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}): {}", self.code, self.status, self.message)
    }
}

/// An account. Its regions need no set-up.
#[derive(Clone)]
pub struct Account {
    aws: &'static LocalAws,
    id: String,
    pub(super) proxied: Arc<Proxied>,
}

impl Account {
    pub(crate) fn new(aws: &'static LocalAws, id: String) -> Self {
        let proxied = aws.proxy.proxied(&id);
        Self { aws, id, proxied }
    }

    /// The 12 digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The environment in which a program takes this account for AWS. The region is the caller's to choose.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.aws.endpoint().to_owned()),
            ("AWS_ACCESS_KEY_ID", self.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// A program in an environment that has nothing but this account.
    pub fn program(&self, path: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(path);
        command.env_clear().envs(self.environment());
        command.env("AWS_REGION", "us-east-1").env("HOME", "/nonexistent");
        command
    }

    /// Calls AWS by boto3's names. `{"$base64": "..."}` stands for bytes, and
    /// `{"$zip": {"handler.py": "..."}}` for those of a zip file.
    ///
    /// # Panics
    ///
    /// When AWS answers an error.
    #[track_caller]
    pub fn call(&self, service: &str, region: &str, operation: &str, arguments: Value) -> Value {
        match self.try_call(Via::Aws, service, region, operation, arguments) {
            Ok(answer) => answer,
            Err(error) => panic!("{service} {operation} in {region}: {error}"),
        }
    }

    /// The same, in one of three ways.
    ///
    /// # Errors
    ///
    /// What AWS answered.
    #[track_caller]
    pub fn try_call(
        &self,
        via: Via,
        service: &str,
        region: &str,
        operation: &str,
        arguments: Value,
    ) -> Result<Value, AwsError> {
        let via = match via {
            Via::Aws => "proxy",
            Via::Emulator => "emulator",
            Via::Program => "program",
        };
        self.proxied.state().regions.insert(region.to_owned());
        let mut question = json!({
            "account": self.id, "region": region, "service": service, "operation": operation, "via": via,
        });
        question["args"] = arguments;
        let mut answer = self.aws.helper.ask("call", &question);
        let error = &mut answer["error"];
        if error.is_null() {
            return Ok(answer["ok"].take());
        }
        let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
        let (code, message, status) =
            (text("code"), text("message"), error["status"].as_u64().unwrap_or_default());
        Err(AwsError { code, message, status, response: error["response"].take() })
    }

    /// Where AWS is.
    pub(super) fn endpoint(&self) -> &str {
        self.aws.endpoint()
    }

    /// Waits for what is to be done beside the proxy, on its threads.
    pub(super) fn inside<T>(&self, work: impl Future<Output = T>) -> T {
        self.aws.runtime.block_on(work)
    }

    /// Makes what restore jobs that have come to their end are to make.
    pub(super) fn finish_restores(&self) {
        self.inside(finish(self.aws.proxy.emulator(), &self.proxied, &self.id));
    }

    /// What the proxy knows of it.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.proxied.state()
    }

    /// Asks the helper process.
    #[track_caller]
    pub(super) fn ask(&self, question: &str, members: &Value) -> Value {
        self.aws.helper.ask(question, members)
    }

    /// Everything that is in the account, without times: two of these are equal when nothing has changed.
    /// Regions with nothing in them are left out.
    #[track_caller]
    pub fn inventory(&self) -> Value {
        let mut regions: BTreeSet<String> = self.proxied.state().regions.clone();
        regions.extend(["us-east-1", "us-west-2", "eu-west-1"].map(str::to_owned));
        self.aws.helper.ask("inventory", &json!({ "account": self.id, "regions": regions }))
    }

    /// What the program and its functions have asked of AWS, in the order of arrival.
    pub fn log(&self) -> Vec<Call> {
        self.proxied.log.calls()
    }

    /// Forgets the calls so far.
    pub fn clear_log(&self) {
        self.proxied.log.clear();
    }

    /// The longest chain of the program's calls of which each began after the one before it had ended, a poll being one link.
    pub fn chain(&self) -> Vec<String> {
        let mut calls = self.log();
        calls.retain(|call| call.request.origin == Origin::Program);
        chain(&calls)
    }

    /// The program's calls that are not reads.
    pub fn writes(&self) -> Vec<Call> {
        self.log()
            .into_iter()
            .filter(|call| call.request.origin == Origin::Program && !call.is_read())
            .collect()
    }

    /// Waits until AWS works on nothing any more, killed callers' calls included.
    #[track_caller]
    pub fn settle(&self) {
        self.proxied.log.settle();
    }

    /// What in the recorded requests AWS's service models do not allow.
    #[track_caller]
    pub fn violations(&self) -> Vec<String> {
        // Most runs of a test ask the same again: one of each is enough.
        let mut seen = HashSet::new();
        let mut requests = Vec::new();
        for call in self.log() {
            let Request { service, operation, method, target, body, .. } = &call.request;
            let asked = [service, operation, method, target].map(String::clone);
            if seen.insert((asked, body.clone())) {
                requests.push(call.wire());
            }
        }
        let answer = self.aws.helper.ask("check", &json!({ "requests": requests }));
        answer
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|line| Some(line.as_str()?.to_owned()))
            .collect()
    }

    /// Puts a fault to work. The answer counts: a test proves with it that the fault fired.
    pub fn fault(&self, fault: Fault) -> Arc<Armed> {
        self.proxied.arm(fault)
    }

    /// Every call to the region finds nobody there. IAM and STS stay: they are regions of their own.
    pub fn region_down(&self, region: &str) -> Arc<Armed> {
        self.fault(Fault::reset().region(region))
    }

    /// Ends all faults, and lets go what they hold.
    pub fn clear_faults(&self) {
        self.proxied.disarm();
    }

    /// From now on, other services cannot assume a role for this long after its creation.
    pub fn iam_lag(&self, time: Duration) {
        self.proxied.state().lag = Lag::Time(time);
    }

    /// The same in refusals of each operation, for tests that should not wait.
    pub fn iam_lag_tries(&self, tries: usize) {
        self.proxied.state().lag = Lag::Tries(tries);
    }

    /// From now on, this many reads of a role after each change of it are answered as before the change.
    pub fn stale_role_reads(&self, reads: usize) {
        self.proxied.state().stale_reads = reads;
    }

    /// From now on, this many reads of a function after each change of it find the change still going on.
    pub fn slow_functions(&self, reads: usize) {
        self.proxied.state().slow_reads = reads;
    }

    /// The owner of the address (or URL) confirms its subscriptions, for all topics in the region.
    ///
    /// # Panics
    ///
    /// When nobody has subscribed the address.
    #[track_caller]
    pub fn confirm_email(&self, region: &str, address: &str) {
        let list = self
            .try_call(Via::Emulator, "sns", region, "list_subscriptions", json!({}))
            .unwrap_or_default();
        let subscriptions = list["Subscriptions"].as_array().cloned().unwrap_or_default();
        let arns = subscriptions.iter().filter(|subscription| subscription["Endpoint"] == address);
        let arns: Vec<String> = arns
            .filter_map(|subscription| Some(subscription["SubscriptionArn"].as_str()?.to_owned()))
            .collect();
        assert!(!arns.is_empty(), "{address} is subscribed to nothing in {region}");
        self.proxied.state().confirmed.extend(arns);
    }

    /// The ARN of a resource in this account.
    pub fn arn(&self, service: &str, region: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{region}:{}:{resource}", self.id)
    }
}

/// Seconds since 1970, as AWS Backup writes times.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
