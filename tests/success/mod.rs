//! Success is claimed only after everything was read that it speaks of: in the sentences of success, and in exit code 0.

mod exit_zero;
mod sentences;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use local_aws::{Call, Fault, Origin, Request};

use crate::support::{Aws, Outcome, PRIMARY, REGIONS, fresh_everywhere, long_deployed, volume};

/// How success is claimed.
#[derive(Debug)]
enum Said {
    Sentence(&'static str),
    ExitZero,
}

/// A claim of success, how an account gets there, and which reads it may do without.
struct Claim {
    /// `VOLUME` in it is the ARN of the account's resource, `SETTINGS` a file with what restores need.
    command: &'static [&'static str],
    said: Said,
    account: fn() -> Aws,
    /// Whether a run leaves another account behind: then each needs one of its own.
    changes: bool,
    /// Operations that may fail, each with the reason.
    spared: &'static [(&'static str, &'static str)],
}

/// Operations, with the regions in which they were called.
type Reads = BTreeMap<String, Vec<String>>;

/// What a run asks of AWS, each question once. A run of a function and of an event pattern is one too.
fn reads(aws: &Aws) -> BTreeSet<(String, String, String)> {
    let log = aws.log();
    let verbs = ["Get", "List", "Describe", "Invoke", "TestEventPattern"];
    let is_read = |call: &&Call| {
        let Request { origin, operation, .. } = &call.request;
        *origin == Origin::Program && verbs.iter().any(|verb| operation.starts_with(verb))
    };
    let name = |call: &Call| {
        let request = &call.request;
        (request.service.clone(), request.operation.clone(), request.region.clone())
    };
    log.iter().filter(is_read).map(name).collect()
}

impl Claim {
    fn run(&self, aws: &Aws) -> Outcome {
        let regions = REGIONS.join(",");
        let volume = aws.arn("ec2", PRIMARY, "volume/vol-1");
        let arguments = self.command.iter().map(|argument| match *argument {
            "SETTINGS" => crate::recovery::settings(aws),
            argument => argument.replace("VOLUME", &volume),
        });
        aws.command().env("MRBACKUP_SEARCH_REGIONS", regions).args(arguments).run()
    }

    fn is_said(&self, run: &Outcome) -> bool {
        match self.said {
            Said::Sentence(sentence) => run.stdout.contains(sentence),
            Said::ExitZero => run.exit_code() == Some(0),
        }
    }

    /// The reads without which success is claimed all the same.
    fn without(&self, reads: BTreeSet<(String, String, String)>) -> Vec<String> {
        let (queue, unneeded) = (Mutex::new(reads), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut aws = (self.account)();
                    while let Some(read) = { queue.lock().unwrap().pop_first() } {
                        let (service, operation, region) = &read;
                        if self.changes {
                            aws = (self.account)();
                        }
                        aws.clear_faults();
                        let denied = Fault::error(403, "AccessDeniedException", "not allowed");
                        let denied = aws.fault(denied.on(service, operation).region(region));
                        let run = self.run(&aws);
                        assert!(denied.fired() > 0, "{read:?} was not denied: {run:?}");
                        if self.is_said(&run) {
                            let read = format!("{service}.{operation} {region}");
                            unneeded.lock().unwrap().push(read);
                        }
                    }
                });
            }
        });
        unneeded.into_inner().unwrap()
    }

    /// For a claim about every region.
    #[track_caller]
    fn check_everywhere(&self) {
        let reads = self.check();
        assert_eq!(reads["backup.ListBackupVaults"].len(), REGIONS.len(), "{reads:?}");
    }

    /// Denies one read after the other, and returns what was read, where it was, and shown to be needed or spared.
    #[track_caller]
    fn check(&self) -> Reads {
        let aws = (self.account)();
        aws.clear_log();
        let run = self.run(&aws);
        assert!(self.is_said(&run), "{run:?}");
        let all = reads(&aws);
        let mut reads = all.clone();
        for (spared, _) in self.spared {
            let before = reads.len();
            reads.retain(|(service, operation, _)| format!("{service}.{operation}") != *spared);
            assert!(reads.len() < before, "{spared} is not read");
        }
        // Who names a region asks for nothing of the others.
        let named = self.command.iter().skip_while(|argument| **argument != "--region").nth(1);
        let is_global = |service: &str| ["iam", "sts"].contains(&service);
        reads.retain(|(service, _, region)| {
            is_global(service) || named.is_none_or(|named| region == named)
        });
        // Regions are treated alike: the primary, or one of the others, stands for an operation.
        let stands = |read: &(String, String, String)| {
            let same =
                |other: &&(String, String, String)| (&other.0, &other.1) == (&read.0, &read.1);
            let primary = reads.iter().filter(same).find(|other| other.2 == PRIMARY);
            read.1 == "ListBackupVaults" || *read == *primary.or(reads.iter().rfind(same)).unwrap()
        };
        let reads = reads.iter().filter(|read| stands(read)).cloned().collect();
        assert_eq!(self.without(reads), [""; 0], "{:?} claims {:?}", self.command, self.said);
        let mut read = Reads::new();
        for (service, operation, region) in all {
            read.entry(format!("{service}.{operation}")).or_default().push(region);
        }
        read
    }
}

/// The deployment with a resource that is backed up and copied everywhere.
fn fresh() -> Aws {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    aws
}
