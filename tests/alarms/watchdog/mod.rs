//! The watchdog as deployed: run by its schedule against an account that is well or not, and what people get to read.

mod findings;
mod plans;
mod runs;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local_aws::{Fault, Inbox, Message};
use serde_json::{Value, json};

use crate::support::{
    Aws, PRIMARY, REGIONS, SECONDARY, SELECT_TAGS, TOPIC, VAULT, WATCHDOG, deployed_with_email,
};

const HOUR: Duration = Duration::from_hours(1);

/// A deployment that is well: one volume with fresh points in three regions, one subscriber who has confirmed, and a
/// watchdog that has looked once.
struct Watched {
    aws: Aws,
    volume: String,
    /// On the topic of the second region, and of the first.
    inbox: Inbox,
    other: Inbox,
}

impl Watched {
    fn new() -> Self {
        let aws = deployed_with_email("ops@example.com");
        let [other, inbox] = [PRIMARY, SECONDARY].map(|region| {
            aws.confirm_email(region, "ops@example.com");
            aws.inbox(region, TOPIC)
        });
        let volume = aws.arn("ec2", PRIMARY, "volume/vol-1");
        aws.put_tagged_resource(PRIMARY, &volume, &SELECT_TAGS);
        let watched = Self { aws, volume, inbox, other };
        for region in REGIONS {
            watched.put_point(region, 10);
        }
        watched.is_silent();
        // CloudWatch says of each alarm that it is judged from now on.
        let subjects = watched.take(1);
        assert_eq!(subjects, [ok("findings")]);
        watched
    }

    fn put_point(&self, region: &str, hours: u64) -> String {
        let kept = json!({ "DeleteAfterDays": 365 });
        let point =
            json!({ "ResourceArn": self.volume, "CreationDate": ago(hours), "Lifecycle": kept });
        self.aws.put_recovery_point(region, VAULT, point)
    }

    /// The vaults were made long ago, so that backups were due by now.
    fn age(&self) {
        for region in REGIONS {
            let mut answer = self.aws.call("backup", region, "list_backup_vaults", json!({}));
            for vault in answer["BackupVaultList"].as_array_mut().expect("a list") {
                vault["CreationDate"] = ago(1000).into();
            }
            let reply = Fault::reply(200, "application/json", &answer.to_string());
            self.aws.fault(reply.on("backup", "ListBackupVaults").region(region).in_functions());
        }
    }

    /// An hour later its schedule runs the watchdog, which comes to its end.
    #[track_caller]
    fn tick(&self) -> Value {
        self.aws.advance(HOUR);
        match self.aws.run_schedule(SECONDARY, WATCHDOG) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn is_silent(&self) {
        let answer = self.tick();
        assert_eq!(answer, json!({ "outcome": "silent", "findings": 0, "unknown": [] }));
    }

    /// Takes this many messages, and asserts that no more have come to either topic.
    #[track_caller]
    fn take(&self, count: usize) -> Vec<String> {
        assert_eq!(subjects(&self.other.take(0)), [""; 0]);
        let mut subjects = subjects(&self.inbox.take(count));
        subjects.sort();
        subjects
    }

    /// What is wrong is told once by the watchdog and once by `CloudWatch`, and `CloudWatch` tells when it is over.
    #[track_caller]
    fn is_told_once(&self, finding: &str, mend: impl FnOnce()) {
        let answer = self.tick();
        assert_eq!((&answer["outcome"], &answer["findings"]), (&json!("told"), &json!(1)));
        let ours = format!("mrbackup default: 1 finding: {finding}");
        assert_eq!(self.take(2), [alarm("findings"), ours]);
        for _ in 0..2 {
            let answer = self.tick();
            assert_eq!((&answer["outcome"], &answer["findings"]), (&json!("silent"), &json!(1)));
        }
        assert_eq!(self.take(0), [""; 0], "it is told once");
        let status = self.aws.mrbackup(["status"]).code(3);
        status.stdout_has("alarm mrbackup-default-findings is on");
        mend();
        self.is_silent();
        assert_eq!(self.take(1), [ok("findings")]);
        self.is_silent();
        assert_eq!(self.take(0), [""; 0], "its end is told once");
    }
}

fn subjects(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| message.subject.clone()).collect()
}

fn alarm(name: &str) -> String {
    format!(r#"ALARM: "mrbackup-default-{name}" in {SECONDARY}"#)
}

fn ok(name: &str) -> String {
    format!(r#"OK: "mrbackup-default-{name}" in {SECONDARY}"#)
}

fn ago(hours: u64) -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()) - hours * 3600
}
