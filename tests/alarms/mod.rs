//! The alarms as deployed: the events that AWS Backup documents go in, and what people get to read comes out.

mod code;
mod drill;
mod second_region;
mod watchdog;
mod wiring;

use std::ops::Deref;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use local_aws::{Inbox, Message};
use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, SECONDARY, VALIDATOR, VAULT};

const JOB: &str = "34176239-e96d-4e1a-9fad-529dbb3c3556";
const COPY_JOB: &str = "0175DE71-5784-589F-D8AC-541ACCB4CAC8";

/// The default deployment, and a queue on its topic.
struct Deployed {
    aws: Aws,
    inbox: Inbox,
}

impl Deref for Deployed {
    type Target = Aws;

    fn deref(&self) -> &Aws {
        &self.aws
    }
}

#[track_caller]
fn deployed() -> Deployed {
    let aws = crate::support::deployed();
    let inbox = aws.inbox(PRIMARY, "mrbackup-default-alerts");
    Deployed { aws, inbox }
}

impl Deployed {
    /// Runs the deployed function to its end, and returns what it has sent to the topic.
    #[track_caller]
    fn tell(&self, event: &Value) -> Vec<Message> {
        let before = self.published();
        let payload = json!({ "$base64": BASE64.encode(event.to_string()) });
        let arguments = json!({ "FunctionName": VALIDATOR, "Payload": payload });
        let answer = self.call("lambda", PRIMARY, "invoke", arguments);
        assert!(answer["FunctionError"].is_null(), "{event}\n{answer}");
        self.inbox.take(self.published() - before)
    }

    /// The same for an event that is to be one alarm.
    #[track_caller]
    fn alarm(&self, event: &Value) -> Message {
        let messages = self.tell(event);
        match <[Message; 1]>::try_from(messages) {
            Ok([message]) => message,
            Err(messages) => panic!("{event}\nis to be one message, and is {messages:#?}"),
        }
    }

    fn published(&self) -> usize {
        self.log().iter().filter(|call| call.is("sns", "Publish")).count()
    }

    /// The lines of the sample that name the volume, and those about its job.
    fn facts(&self, place: &str, job: &str, why: &str) -> Vec<String> {
        let volume = self.arn("ec2", PRIMARY, "volume/vol-0a1b2c3d4e5f60718");
        vec![
            format!("Resource:  {volume} (EBS)"),
            format!("To:        vault {VAULT} in {place}"),
            format!("Job:       {job}"),
            format!("Why:       {why}"),
        ]
    }
}

/// What tests ask of a message.
trait Alarm {
    /// Asserts the subject, the first line, and that each of these is a whole line of the body.
    fn says(&self, subject: &str, first: &str, lines: &[String]);

    /// The last line, which is for machines.
    fn record(&self) -> Value;
}

impl Alarm for Message {
    #[track_caller]
    fn says(&self, subject: &str, first: &str, lines: &[String]) {
        assert_eq!(self.subject, format!("mrbackup default: {subject}"), "{}", self.body);
        assert_eq!(self.body.lines().next(), Some(first), "{}", self.body);
        for line in lines {
            assert!(
                self.body.lines().any(|each| each == line),
                "no line {line:?} in\n{}",
                self.body
            );
        }
    }

    #[track_caller]
    fn record(&self) -> Value {
        let line = self.body.lines().last().unwrap_or_default();
        serde_json::from_str(line).expect("the last line is JSON")
    }
}

/// A COMPLETED job's event, its region of destination, and the recovery point that the job wrote.
fn completed(aws: &Aws) -> [(Value, &'static str, &'static str); 2] {
    [
        (
            aws.sample("backup-completed"),
            PRIMARY,
            "arn:aws:ec2:us-east-1::snapshot/snap-0f1e2d3c4b5a69788",
        ),
        (
            aws.sample("copy-completed"),
            SECONDARY,
            "arn:aws:ec2:us-west-2::snapshot/snap-0a9b8c7d6e5f40312",
        ),
    ]
}

#[test]
fn each_documented_failure_is_one_message_that_says_what_to_do() {
    let aws = deployed();
    let gone = format!(
        "Backup job failed because backup vault arn:aws:backup:us-east-1:{}:backup-vault:{VAULT} does not exist.",
        aws.id()
    );
    let mut lines = aws.facts(PRIMARY, JOB, &gone);
    lines.push("When:      2026-07-30 02:20 UTC".to_owned());
    lines.push("Probable cause: The backup vault is gone.".to_owned());
    let up = "What to do: Run `mrbackup up --name default`: it makes what is missing again.";
    lines.push(up.to_owned());
    let message = aws.alarm(&aws.sample("backup-failed"));
    let first = r#"A backup job in us-east-1 of deployment "default" ended as FAILED."#;
    message.says("backup job FAILED in us-east-1 (EBS)", first, &lines);

    let why = "Backup job failed because there was a running job for the same resource.";
    let message = aws.alarm(&aws.sample("backup-expired"));
    let first = r#"A backup job in us-east-1 of deployment "default" ended as EXPIRED."#;
    message.says("backup job EXPIRED in us-east-1 (EBS)", first, &aws.facts(PRIMARY, JOB, why));

    let event = aws.sample("copy-failed");
    assert_eq!(event["detail"]["destinationRecoveryPointArn"], json!({}), "as AWS documents it");
    let why = "Access denied exception while trying to list tags";
    let mut lines = aws.facts(SECONDARY, COPY_JOB, why);
    lines.push(format!("From:      vault {VAULT} in us-east-1"));
    let message = aws.alarm(&event);
    let first = r#"A copy job to us-west-2 of deployment "default" ended as FAILED."#;
    message.says("copy job FAILED to us-west-2 (EBS)", first, &lines);
    let record = message.record();
    assert_eq!((&record["schema"], &record["id"]), (&json!("mrbackup.alarm/1"), &json!(COPY_JOB)));
    assert_eq!(record["point"], "", "none was written");
}

#[test]
fn a_completed_job_with_a_sound_recovery_point_is_silent() {
    let aws = deployed();
    for (event, region, arn) in completed(&aws) {
        let sound = json!({ "RecoveryPointArn": arn, "Lifecycle": { "DeleteAfterDays": 365 } });
        aws.put_recovery_point(region, VAULT, sound);
        assert_eq!(aws.tell(&event), [], "{event}");
    }
    let messages = aws.tell(&aws.sample("copy-failed"));
    let subjects: Vec<&str> = messages.iter().map(|message| message.subject.as_str()).collect();
    assert_eq!(subjects, ["mrbackup default: copy job FAILED to us-west-2 (EBS)"]);
}

#[test]
fn a_completed_job_without_a_sound_recovery_point_is_an_alarm() {
    let aws = deployed();
    for (mut event, region, arn) in completed(&aws) {
        let (kind, place) =
            if region == PRIMARY { ("backup", "in us-east-1") } else { ("copy", "to us-west-2") };
        let says = |event: &Value, verb: &str, problem: &str| {
            let first = format!(
                r#"A {kind} job {place} of deployment "default" COMPLETED, but its recovery point {verb}."#
            );
            let subject = format!("recovery point {place} {verb} (EBS)");
            aws.alarm(event).says(&subject, &first, &[format!("Problem: {problem}")]);
        };
        let gone = "The vault does not hold it: it was deleted since, or never written.";
        says(&event, "is missing", gone);
        aws.put_recovery_point(region, VAULT, json!({ "RecoveryPointArn": arn }));
        let forever = "It has no expiry: it is kept, and paid for, until somebody deletes it.";
        says(&event, "is not sound", forever);
        // Only what AWS Backup fully manages is encrypted by the vault's key, and has an ARN of AWS Backup's.
        let managed =
            aws.arn("backup", region, "recovery-point:1EB3B5E7-9EB0-435A-A80B-108B488B0D45");
        let point = json!({
            "RecoveryPointArn": managed, "Lifecycle": { "DeleteAfterDays": 365 }, "IsEncrypted": false,
        });
        aws.put_recovery_point(region, VAULT, point);
        match kind {
            "backup" => event["resources"] = json!([managed]),
            _ => event["detail"]["destinationRecoveryPointArn"] = managed.into(),
        }
        let plain = "It is not encrypted, though the vault's key should have seen to that.";
        says(&event, "is not sound", plain);
    }
}

#[test]
fn what_cannot_be_understood_is_an_alarm_and_no_crash() {
    let aws = deployed();
    for event in [json!({}), json!([]), json!("garbage"), json!({ "detail": 3 })] {
        let message = aws.alarm(&event);
        assert_eq!(message.subject, "mrbackup default: an event could not be understood");
        assert_eq!(message.record(), event);
    }
}

/// The jobs of the storm are those that AWS Backup lists; its window was over long ago, so nothing waits for its end.
#[test]
fn a_storm_of_failures_is_one_alarm_and_one_summary() {
    let aws = deployed();
    let event = aws.sample("backup-failed");
    for number in 0..4 {
        let job = json!({
            "BackupJobId": format!("job-{number}"),
            "State": "FAILED",
            "StatusMessage": event["detail"]["statusMessage"],
            "BackupVaultName": VAULT,
            "BackupVaultArn": event["detail"]["backupVaultArn"],
            "ResourceArn": aws.arn("ec2", PRIMARY, &format!("volume/vol-{number}")),
            // 2026-07-30T02:19Z, in the minute before the event
            "CompletionDate": 1_785_377_940 + number,
        });
        aws.put_backup_job(PRIMARY, job);
    }
    let subjects = [0, 1, 2, 3].map(|number| {
        let mut event = event.clone();
        event["detail"]["backupJobId"] = format!("job-{number}").into();
        aws.tell(&event).into_iter().map(|message| message.subject).collect::<Vec<_>>()
    });
    let one = "mrbackup default: backup job FAILED in us-east-1 (EBS)".to_owned();
    let all = "mrbackup default: 4 backup jobs FAILED in us-east-1, same cause".to_owned();
    assert_eq!(subjects, [vec![one], vec![all], vec![], vec![]]);
}
