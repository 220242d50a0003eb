//! A recovery point that somebody deletes is told at once, in whatever region; one that expires never.

use local_aws::eventually;
use serde_json::{Value, json};

use super::{Alarm as _, keep_clear_of_the_hour};
use crate::support::{Aws, PRIMARY, SECONDARY, TERTIARY, TOPIC, VALIDATOR, VAULT, deployed};

/// Puts points of as many volumes into a vault, kept for seven years.
fn put(aws: &Aws, region: &str, vault: &str, count: usize) -> Vec<String> {
    let point = |number: usize| {
        let volume = aws.arn("ec2", PRIMARY, &format!("volume/vol-{number:04}"));
        json!({ "ResourceArn": volume, "Lifecycle": { "DeleteAfterDays": 2555 } })
    };
    aws.put_recovery_points(region, vault, (0..count).map(point).collect())
}

fn delete(aws: &Aws, region: &str, vault: &str, point: &str) {
    let point = json!({ "BackupVaultName": vault, "RecoveryPointArn": point });
    aws.call("backup", region, "delete_recovery_point", point);
}

fn published(aws: &Aws) -> usize {
    aws.log().iter().filter(|call| call.is("sns", "Publish")).count()
}

/// The points of which the log says that no message of their own was sent, once there are as many.
#[track_caller]
fn await_withheld(aws: &Aws, region: &str, count: usize) -> Vec<String> {
    let withheld = || {
        let lines = aws.function_log(region, VALIDATOR).into_iter();
        let lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        let lines = lines.filter(|line| line["withheld"] == true);
        let points = lines.map(|line| line["point"].as_str().unwrap_or_default().to_owned());
        points.collect::<Vec<String>>()
    };
    eventually(&format!("{count} deletions in the log of {region}"), || {
        Some(withheld()).filter(|points| points.len() >= count)
    })
}

#[test]
fn one_of_the_tertiary_is_one_message_of_the_secondary() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let points = put(&aws, TERTIARY, VAULT, 1);
    delete(&aws, TERTIARY, VAULT, &points[0]);
    let messages = inbox.take(1);
    let volume = aws.arn("ec2", PRIMARY, "volume/vol-0000");
    messages[0].says(
        "recovery point in eu-west-1 is being DELETED (EBS)",
        r#"A recovery point in eu-west-1 of deployment "default" is being DELETED, 2555 days before its expiry."#,
        &[
            format!("Resource:  {volume} (EBS)"),
            format!("Vault:     vault {VAULT} in eu-west-1"),
            format!("Point:     {}", points[0]),
        ],
    );
    let record = messages[0].record();
    assert_eq!([&record["region"], &record["point"]], [TERTIARY, &points[0]]);
    assert_eq!(aws.function_log(PRIMARY, VALIDATOR), [""; 0], "the primary has heard nothing");
    assert_eq!((messages.len(), published(&aws)), (1, 1));
}

/// Each region with alarms tells of its own vault, by its own topic.
#[test]
fn one_of_the_primary_or_secondary_is_told_there() {
    let aws = deployed();
    for region in [PRIMARY, SECONDARY] {
        let inbox = aws.inbox(region, TOPIC);
        let points = put(&aws, region, VAULT, 1);
        delete(&aws, region, VAULT, &points[0]);
        let subjects: Vec<String> = inbox.take(1).into_iter().map(|each| each.subject).collect();
        let subject = format!("recovery point in {region} is being DELETED (EBS)");
        assert_eq!(subjects, [format!("mrbackup default: {subject}")]);
    }
    assert_eq!(published(&aws), 2);
}

/// The one message of each vault is of the point that was deleted, and its hour was still free for that.
#[test]
fn what_expires_is_silent_in_each_region() {
    let aws = deployed();
    let inboxes = [PRIMARY, SECONDARY].map(|region| aws.inbox(region, TOPIC));
    let mut deleted = Vec::new();
    for region in [PRIMARY, SECONDARY, TERTIARY] {
        put(&aws, region, VAULT, 3);
        aws.expire_recovery_points(region, VAULT);
        assert_eq!(aws.recovery_points(region, VAULT), [json!(null); 0], "{region}");
        deleted.push(put(&aws, region, VAULT, 1).remove(0));
        delete(&aws, region, VAULT, &deleted[deleted.len() - 1]);
    }
    let messages = [inboxes[0].take(1), inboxes[1].take(2)].concat();
    let points = messages.iter().map(|message| message.record()["point"].clone());
    let mut points: Vec<Value> = points.collect();
    points.sort_by_key(Value::to_string);
    deleted.sort();
    assert_eq!(points, deleted);
    assert_eq!(published(&aws), 3);
}

/// What is not in a vault of ours wakes nobody.
#[test]
fn those_of_another_vault_are_not_heard_of() {
    let aws = deployed();
    let theirs = json!({ "BackupVaultName": "theirs" });
    aws.call("backup", TERTIARY, "create_backup_vault", theirs);
    let inbox = aws.inbox(SECONDARY, TOPIC);
    for point in put(&aws, TERTIARY, "theirs", 2) {
        delete(&aws, TERTIARY, "theirs", &point);
    }
    delete(&aws, TERTIARY, VAULT, &put(&aws, TERTIARY, VAULT, 1)[0]);
    let messages = inbox.take(1);
    assert_eq!(messages.len(), 1, "only the last one");
    assert_eq!(
        messages[0].record()["vault"],
        aws.arn("backup", TERTIARY, &format!("backup-vault:{VAULT}"))
    );
    assert!(aws.function_log(SECONDARY, VALIDATOR).len() <= 1);
}

/// One message of each vault and hour, whatever number of copies of the function run at once.
#[test]
fn three_hundred_are_one_message_and_the_log_names_the_others() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let mut points = put(&aws, TERTIARY, VAULT, 300);
    keep_clear_of_the_hour();
    for point in &points {
        delete(&aws, TERTIARY, VAULT, point);
    }
    let mut named = await_withheld(&aws, SECONDARY, points.len() - 1);
    let messages = inbox.take(1);
    assert_eq!((messages.len(), published(&aws)), (1, 1), "{messages:#?}");
    named.push(messages[0].record()["point"].as_str().unwrap_or_default().to_owned());
    named.sort();
    points.sort();
    assert_eq!(named, points, "each is in the message or in the log");
}

/// A composite point takes its children with it.
#[test]
fn a_parent_with_its_children_is_one_message() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let lifecycle = json!({ "DeleteAfterDays": 2555 });
    let parent =
        json!({ "IsParent": true, "ResourceType": "CloudFormation", "Lifecycle": lifecycle });
    let parent = aws.put_recovery_point(TERTIARY, VAULT, parent);
    let child = json!({ "ParentRecoveryPointArn": parent, "Lifecycle": lifecycle });
    keep_clear_of_the_hour();
    aws.put_recovery_points(TERTIARY, VAULT, vec![child; 2]);
    delete(&aws, TERTIARY, VAULT, &parent);
    assert_eq!(await_withheld(&aws, SECONDARY, 2).len(), 2);
    assert_eq!((inbox.take(1).len(), published(&aws)), (1, 1));
}

/// Rules and targets are gone before the vaults are emptied.
#[test]
fn a_down_that_deletes_backups_is_no_alarm() {
    let aws = deployed();
    for region in [PRIMARY, SECONDARY, TERTIARY] {
        put(&aws, region, VAULT, 2);
    }
    aws.clear_log();
    aws.mrbackup(["down", "--delete-backups", "--confirm", "default", "--include-foreign-points"])
        .success();
    assert_eq!(published(&aws), 0);
    let writes = aws.writes();
    for region in [PRIMARY, SECONDARY, TERTIARY] {
        let is = |call: &local_aws::Call, service: &str, operation: &str| {
            call.is(service, operation) && call.request.region == region
        };
        let unheard = writes.iter().position(|call| is(call, "events", "DeleteRule"));
        let deleted = writes.iter().position(|call| is(call, "backup", "DeleteRecoveryPoint"));
        assert!(unheard.is_some() && deleted.is_some() && unheard < deleted, "{region}");
    }
}
