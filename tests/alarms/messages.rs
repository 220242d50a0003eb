//! The events that AWS Backup documents go in, and what people get to read comes out.

use serde_json::{Value, json};

use super::{Alarm as _, COPY_JOB, JOB, completed, deployed};
use crate::support::{PRIMARY, SECONDARY, VAULT};

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
        let forever = "It has no expiry: it is kept, and paid for, until it is deleted.";
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
