//! Both regions raise their alarms on their own: AWS Backup's documented events go in at either end.

use std::time::Duration;

use local_aws::Fault;
use serde_json::{Value, json};

/// What becomes of an event.
enum Made {
    /// The rule does not take it.
    Nothing,
    /// The function looks, and is silent.
    Silence,
    /// One message with this subject, in which `HERE` and `THERE` stand for the two regions.
    Alarm(&'static str),
}

use Made::{Alarm, Nothing, Silence};

use crate::support::{
    Aws, PRIMARY, REGIONS, SECONDARY, TOPIC, UP, VALIDATOR, VAULT, account, deployed,
};

/// A sample's name, what is changed in it, and what becomes of it.
type Case = (&'static str, fn(&mut Value), Made);

const CASES: &[Case] = &[
    ("backup-created", as_it_is, Nothing),
    ("backup-running", as_it_is, Nothing),
    ("backup-failed", as_it_is, Alarm("backup job FAILED in HERE (EBS)")),
    ("backup-failed", without_details, Alarm("backup job FAILED in HERE (EBS)")),
    ("backup-failed", sizes_as_numbers, Alarm("backup job FAILED in HERE (EBS)")),
    ("backup-failed", of_another_vault, Nothing),
    ("backup-expired", as_it_is, Alarm("backup job EXPIRED in HERE (EBS)")),
    ("backup-aborted", as_it_is, Alarm("backup job ABORTED in HERE (EBS)")),
    ("backup-partial", as_it_is, Alarm("backup job PARTIAL in HERE (EBS)")),
    ("backup-completed", as_it_is, Silence),
    ("backup-completed", sizes_as_numbers, Silence),
    ("backup-completed", of_another_point, Alarm("recovery point in HERE is missing (EBS)")),
    ("backup-completed", of_another_vault, Nothing),
    ("copy-created", as_it_is, Nothing),
    ("copy-failed", as_it_is, Alarm("copy job FAILED to THERE (EBS)")),
    ("copy-failed", without_details, Alarm("copy job FAILED to THERE (EBS)")),
    ("copy-failed", of_another_vault, Nothing),
    ("copy-completed", as_it_is, Silence),
    ("copy-completed", of_another_point, Alarm("recovery point to THERE is missing (EBS)")),
    ("restore-created", as_it_is, Nothing),
    ("restore-running", as_it_is, Nothing),
    ("restore-completed", as_it_is, Nothing),
    ("restore-aborted", as_it_is, Alarm("restore job ABORTED from HERE (EBS)")),
    ("restore-aborted", of_another_vault, Nothing),
    ("restore-failed", as_it_is, Alarm("restore job FAILED from an unknown vault (EC2)")),
    ("region-setting-modified", as_it_is, Alarm("AWS Backup opt-in changed in HERE; on: Aurora")),
    ("vault-created", as_it_is, Nothing),
    ("vault-deleted", as_it_is, Alarm("vault mrbackup-default in HERE was DELETED")),
    ("vault-deleted", of_another_vault, Nothing),
    ("vault-modified", as_it_is, Alarm("vault mrbackup-default in HERE is LOCKED now")),
];

fn as_it_is(_: &mut Value) {}

/// The documentation promises few of the members.
fn without_details(event: &mut Value) {
    let detail = event["detail"].as_object_mut().expect("an object");
    for member in ["statusMessage", "creationDate", "iamRoleArn", "bytesTransferred", "percentDone"]
    {
        detail.remove(member);
    }
}

/// Documented as text, and seen as numbers.
fn sizes_as_numbers(event: &mut Value) {
    for member in ["bytesTransferred", "backupSizeInBytes", "percentDone"] {
        let detail = &mut event["detail"][member];
        if let Some(number) = detail.as_str().and_then(|text| text.parse::<f64>().ok()) {
            *detail = number.into();
        }
    }
}

fn of_another_vault(event: &mut Value) {
    for member in ["backupVaultName", "backupVaultArn", "sourceBackupVaultArn"] {
        if let Some(vault) = event["detail"][member].as_str() {
            event["detail"][member] = vault.replace(VAULT, "theirs").into();
        }
    }
}

fn of_another_point(event: &mut Value) {
    let text = event.to_string();
    let other = text.replace("0f1e2d3c4b5a69788", "9").replace("0a9b8c7d6e5f40312", "9");
    *event = serde_json::from_str(&other).expect("still JSON");
}

/// The two regions in each other's place, as an event of the second has them.
fn mirrored(text: &str) -> String {
    text.replace(PRIMARY, "FIRST").replace(SECONDARY, PRIMARY).replace("FIRST", SECONDARY)
}

fn sample(aws: &Aws, region: &str, name: &str) -> Value {
    let text = aws.sample(name).to_string();
    let text = if region == PRIMARY { text } else { mirrored(&text) };
    serde_json::from_str(&text).expect("still JSON")
}

/// The recovery points that the completed jobs of the samples have written, sound ones.
fn put_points(aws: &Aws, here: &str, there: &str) {
    for (region, id) in [(here, "snap-0f1e2d3c4b5a69788"), (there, "snap-0a9b8c7d6e5f40312")] {
        let arn = format!("arn:aws:ec2:{region}::snapshot/{id}");
        let sound = json!({ "RecoveryPointArn": arn, "Lifecycle": { "DeleteAfterDays": 365 } });
        aws.put_recovery_point(region, VAULT, sound);
    }
}

/// From the bus through rule, target, permission and function to the topic of the same region, and to no other.
#[test]
fn each_documented_event_is_the_alarm_or_silence_that_it_should_be_in_either_region() {
    for (here, there) in [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)] {
        let aws = deployed();
        let (inbox, other) = (aws.inbox(here, TOPIC), aws.inbox(there, TOPIC));
        put_points(&aws, here, there);
        let (mut subjects, mut looks) = (Vec::new(), 0);
        for (name, change, made) in CASES {
            let mut event = sample(&aws, here, name);
            change(&mut event);
            aws.emit(here, &event);
            if matches!(made, Nothing) {
                continue;
            }
            looks += 1;
            aws.await_function_log(here, VALIDATOR, looks);
            if let Alarm(subject) = made {
                let subject = subject.replace("THERE", there).replace("HERE", here);
                subjects.push(format!("mrbackup default: {subject}"));
            }
        }
        let mut told: Vec<String> =
            inbox.take(subjects.len()).into_iter().map(|message| message.subject).collect();
        assert_eq!(aws.function_log(here, VALIDATOR).len(), looks, "{here}");
        told.sort();
        subjects.sort();
        assert_eq!(told, subjects, "{here}");
        assert_eq!(published(&aws), subjects.len(), "{here}");
        assert_eq!(other.take(0), [], "the other region has heard nothing");
        assert_eq!(aws.function_log(there, VALIDATOR), [""; 0]);
    }
}

fn published(aws: &Aws) -> usize {
    aws.log().iter().filter(|call| call.is("sns", "Publish")).count()
}

/// Replaces a function's code by one that cannot be loaded, as a broken edit by hand would.
fn break_code(aws: &Aws, region: &str, function: &str) {
    let code = json!({ "$zip": { "validator.py": "raise RuntimeError('broken by hand')\n" } });
    let update = json!({ "FunctionName": function, "ZipFile": code });
    aws.call("lambda", region, "update_function_code", update);
    let name = json!({ "FunctionName": function });
    let status = || aws.call("lambda", region, "get_function_configuration", name.clone());
    while status()["LastUpdateStatus"] == "InProgress" {
        std::thread::yield_now();
    }
}

/// Without the function's help: Lambda itself hands the event to the topic.
#[test]
fn a_validator_that_raises_still_gets_the_event_to_the_topic() {
    for region in [PRIMARY, SECONDARY] {
        let aws = deployed();
        // One attempt, so that the test need not wait a minute for the second; the deployment's two are in its drift.
        let name = json!({ "FunctionName": VALIDATOR });
        let mut config =
            aws.call("lambda", region, "get_function_event_invoke_config", name.clone());
        assert_eq!(config["MaximumRetryAttempts"], 2);
        let once = json!({
            "FunctionName": VALIDATOR,
            "MaximumRetryAttempts": 0,
            "MaximumEventAgeInSeconds": config["MaximumEventAgeInSeconds"],
            "DestinationConfig": config["DestinationConfig"].take(),
        });
        aws.call("lambda", region, "put_function_event_invoke_config", once);
        break_code(&aws, region, VALIDATOR);
        let inbox = aws.inbox(region, TOPIC);
        let event = sample(&aws, region, "backup-failed");
        aws.emit(region, &event);
        let messages = inbox.take(1);
        assert_eq!(messages.len(), 1, "{region}");
        let record: Value = serde_json::from_str(&messages[0].body).expect("Lambda's record");
        assert_eq!(record["requestPayload"]["detail"], event["detail"], "{region}");
        assert_eq!(record["requestPayload"]["detail-type"], "Backup Job State Change");
        assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
        let reason = record["responsePayload"].to_string();
        assert!(reason.contains("broken by hand"), "{reason}");
    }
}

/// All calls of the one kind in a region come before those of the other.
#[track_caller]
fn assert_before(aws: &Aws, region: &str, earlier: (&str, &str), later: (&str, &str)) {
    let writes: Vec<_> =
        aws.writes().into_iter().filter(|call| call.request.region == region).collect();
    let last = writes.iter().rposition(|call| call.is(earlier.0, earlier.1));
    let first = writes.iter().position(|call| call.is(later.0, later.1));
    let names: Vec<String> = writes.iter().map(local_aws::Call::name).collect();
    assert!(last.is_some() && last < first, "{earlier:?} before {later:?}: {names:?}");
}

/// AWS Backup tells of the deletion of our vaults, whoever deletes them: by then nobody listens any more.
#[test]
fn a_down_of_ours_raises_no_alarm() {
    let aws = deployed();
    aws.clear_log();
    // However slow the removal of the targets is.
    let slow = Fault::delay(Duration::from_millis(500)).on("events", "RemoveTargets");
    let slow = aws.fault(slow);
    aws.mrbackup(["down"]).success();
    assert_eq!(slow.fired(), 4);
    for region in REGIONS {
        assert_before(&aws, region, ("events", "RemoveTargets"), ("backup", "DeleteBackupVault"));
    }
    // The heartbeat ends with the watchdog: the alarm over it is gone before.
    assert_before(&aws, SECONDARY, ("monitoring", "DeleteAlarms"), ("lambda", "DeleteFunction"));
    assert_eq!(published(&aws), 0);
}

/// The vault that is left behind for another key may go; the one that is written to may not.
#[test]
fn a_vault_that_another_key_replaces_goes_without_an_alarm() {
    let aws = deployed();
    let key = aws.arn("kms", SECONDARY, "key/1234abcd");
    aws.mrbackup(["up", "--kms-key-arn", &key]).success();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let gone = sample(&aws, SECONDARY, "vault-deleted");
    aws.emit(SECONDARY, &gone);
    let vaults = aws.call("backup", SECONDARY, "list_backup_vaults", json!({}));
    let new = vaults["BackupVaultList"][0]["BackupVaultName"].as_str().expect("one vault");
    let gone: Value = serde_json::from_str(&gone.to_string().replace(VAULT, new)).expect("JSON");
    aws.emit(SECONDARY, &gone);
    let subjects: Vec<String> = inbox.take(1).into_iter().map(|message| message.subject).collect();
    assert_eq!(subjects, [format!("mrbackup default: vault {new} in {SECONDARY} was DELETED")]);
    assert_eq!(aws.await_function_log(SECONDARY, VALIDATOR, 1).len(), 1);
}

/// Alarms by a topic whose key is the user's own: who publishes may use the key, and nothing is left to do.
#[test]
fn a_topic_key_encrypts_the_topic_and_lets_its_publishers_in() {
    let aws = account();
    let keys = [PRIMARY, SECONDARY].map(|region| aws.arn("kms", region, "key/1234abcd"));
    let given = keys.iter().flat_map(|key| ["--topic-key-arn", key]);
    aws.mrbackup(UP.into_iter().chain(given)).success();
    for (region, key) in [PRIMARY, SECONDARY].into_iter().zip(&keys) {
        let topic = json!({ "TopicArn": aws.arn("sns", region, TOPIC) });
        let attributes = aws.call("sns", region, "get_topic_attributes", topic);
        assert_eq!(attributes["Attributes"]["KmsMasterKeyId"], *key, "{region}");
    }
    let [first, second] = &keys;
    for (role, policy, keys) in [
        ("mrbackup-default-validator-us-east-1", "validator", json!(first)),
        ("mrbackup-default-validator-us-west-2", "validator", json!(second)),
        ("mrbackup-default-watchdog-us-west-2", "watchdog", json!([first, second])),
    ] {
        let name = json!({ "RoleName": role, "PolicyName": policy });
        let answer = aws.call("iam", PRIMARY, "get_role_policy", name);
        let statements = answer["PolicyDocument"]["Statement"].as_array().expect("statements");
        let statement = statements.iter().find(|each| each["Sid"] == "EncryptAlarms");
        let statement = statement.unwrap_or_else(|| panic!("{role}: {answer}"));
        assert_eq!(statement["Action"], json!(["kms:Decrypt", "kms:GenerateDataKey"]), "{role}");
        assert_eq!(statement["Resource"], keys, "{role}");
    }
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    // A bare `up` keeps it, and drift is mended.
    let topic = aws.arn("sns", SECONDARY, TOPIC);
    let none =
        json!({ "TopicArn": topic, "AttributeName": "KmsMasterKeyId", "AttributeValue": "" });
    aws.call("sns", SECONDARY, "set_topic_attributes", none);
    let plan = aws.mrbackup(["plan", "--exit-code"]).code(3);
    plan.stdout_has(format!("kms_key: none → {second}"));
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["plan", "--exit-code"]).success();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    aws.emit(SECONDARY, &sample(&aws, SECONDARY, "backup-failed"));
    assert_eq!(inbox.take(1).len(), 1);
    // Its line in the log says that the run is over, and writes nothing into the account any more.
    aws.await_function_log(SECONDARY, VALIDATOR, 1);
    inbox.close();
    aws.mrbackup(["down"]).success();
}
