//! The sentences of success: each is said only after everything was read that it speaks of.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;

use local_aws::{Call, Fault};

use crate::support::{
    Aws, Outcome, PRIMARY, REGIONS, account, deployed, fresh_everywhere, long_deployed, volume,
};

/// A sentence of success, how an account gets there, and which reads it may do without.
struct Claim {
    command: &'static [&'static str],
    sentence: &'static str,
    account: fn() -> Aws,
    /// Whether a run leaves another account behind: then each needs one of its own.
    changes: bool,
    /// Operations that may fail, each with the reason.
    spared: &'static [(&'static str, &'static str)],
}

/// The calls of a run that leave AWS as it is, each once.
fn reads(aws: &Aws) -> BTreeSet<(String, String, String)> {
    let log = aws.log();
    let is_read = |call: &&Call| {
        ["Get", "List", "Describe"].iter().any(|verb| call.request.operation.starts_with(verb))
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
        aws.command().env("MRBACKUP_SEARCH_REGIONS", regions).args(self.command).run()
    }

    fn is_said(&self, run: &Outcome) -> bool {
        run.stdout.contains(self.sentence)
    }

    /// The reads without which the sentence is said all the same.
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

    #[track_caller]
    fn check(&self) {
        let aws = (self.account)();
        aws.clear_log();
        let run = self.run(&aws);
        assert!(self.is_said(&run), "{run:?}");
        let mut reads = reads(&aws);
        for region in REGIONS {
            let list = ("backup".to_owned(), "ListBackupVaults".to_owned(), region.to_owned());
            assert!(reads.contains(&list), "{list:?} is not read: {reads:?}");
        }
        for (spared, _) in self.spared {
            let before = reads.len();
            reads.retain(|(service, operation, _)| format!("{service}.{operation}") != *spared);
            assert!(reads.len() < before, "{spared} is not read");
        }
        // Regions are treated alike: the primary, or one of the others, stands for an operation.
        let stands = |read: &(String, String, String)| {
            let same =
                |other: &&(String, String, String)| (&other.0, &other.1) == (&read.0, &read.1);
            let primary = reads.iter().filter(same).find(|other| other.2 == PRIMARY);
            read.1 == "ListBackupVaults" || *read == *primary.or(reads.iter().rfind(same)).unwrap()
        };
        let reads = reads.iter().filter(|read| stands(read)).cloned().collect();
        assert_eq!(self.without(reads), [""; 0], "{:?} says {:?}", self.command, self.sentence);
    }
}

const NOT_THERE: &str = "the thing itself was asked for, and is not there";

#[test]
fn nothing_is_left_where_everything_was_read() {
    let claim = Claim {
        command: &["down"],
        sentence: "nothing is left",
        account: deployed,
        changes: true,
        spared: &[("lambda.GetFunctionEventInvokeConfig", "it goes with its function")],
    };
    claim.check();
}

#[test]
fn nothing_is_to_be_removed_where_everything_was_read() {
    let claim = Claim {
        command: &["down"],
        sentence: "✔ No deployment default",
        account,
        changes: false,
        spared: &[
            ("backup.ListTags", NOT_THERE),
            ("events.ListTagsForResource", NOT_THERE),
            ("iam.GetRolePolicy", NOT_THERE),
            ("iam.ListAttachedRolePolicies", NOT_THERE),
            ("iam.ListRolePolicies", NOT_THERE),
            ("iam.ListRoles", "it only adds regions to those where anything may be"),
            ("logs.ListTagsForResource", NOT_THERE),
            ("monitoring.ListTagsForResource", NOT_THERE),
            ("sns.GetTopicAttributes", NOT_THERE),
        ],
    };
    claim.check();
}

/// The deployment with a resource that is backed up and copied everywhere.
fn fresh() -> Aws {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    aws
}

#[test]
fn all_is_in_place_where_everything_was_read() {
    let claim = Claim {
        command: &["status"],
        sentence: "in place, ours, and as recorded",
        account: fresh,
        changes: false,
        spared: &[("tagging.GetResources", "the resources are not parts of the deployment")],
    };
    claim.check();
}

#[test]
fn it_is_healthy_where_everything_was_read() {
    let claim = Claim {
        command: &["status", "-o", "json"],
        sentence: "\"healthy\": true,\n  \"verdict\"",
        account: fresh,
        changes: false,
        spared: &[],
    };
    claim.check();
}

#[test]
fn nothing_is_to_be_done_where_everything_was_read() {
    let claim = Claim {
        command: &["up"],
        sentence: "Nothing to do",
        account: deployed,
        changes: false,
        spared: &[],
    };
    claim.check();
}

#[test]
fn nothing_is_to_be_repaired_where_everything_was_read() {
    let claim = Claim {
        command: &["repair"],
        sentence: "Nothing to repair",
        account: fresh,
        changes: false,
        spared: &[
            ("backup.ListTags", "the record is on the role too"),
            ("iam.GetRole", "the record is on the vaults too"),
        ],
    };
    claim.check();
}
