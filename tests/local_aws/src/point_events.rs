//! What AWS Backup tells `EventBridge` of recovery points that it deletes, whoever asked for it, in the vault's region.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value, json};

/// Members that are in AWS's sample of the event, as the API calls them.
const TOLD: [&str; 11] = [
    "BackupVaultName",
    "BackupVaultArn",
    "CreationDate",
    "IamRoleArn",
    "ResourceType",
    "ResourceArn",
    "IsEncrypted",
    "StorageClass",
    "CompletionDate",
    "CreatedBy",
    "Lifecycle",
];

/// The event of a point of these members that is being deleted. AWS documents the status, and of an event's members only
/// those of a COMPLETED one; it sends within five minutes, this at once.
pub(crate) fn deleting(members: &Value) -> Value {
    let mut detail: Map<String, Value> = TOLD
        .iter()
        .filter(|name| !members[**name].is_null())
        .map(|name| (in_camel_case(name), told(&members[*name])))
        .collect();
    // Written so in AWS's sample.
    detail.insert("calculatedLifeCycle".to_owned(), told(&members["CalculatedLifecycle"]));
    detail.insert("status".to_owned(), "DELETING".into());
    json!({
        "source": "aws.backup",
        "detail-type": "Recovery Point State Change",
        "resources": [members["RecoveryPointArn"]],
        "detail": detail,
    })
}

/// The entry of `PutEvents` that brings an event to the region's default bus.
pub(crate) fn entry(event: &Value) -> Value {
    json!({
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Resources": event["resources"],
        "Detail": event["detail"].to_string(),
    })
}

/// Times are text in events, and truth too.
pub(crate) fn told(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (in_camel_case(name), told(value))).collect()
        }
        Value::Bool(value) => value.to_string().into(),
        // A number of days is smaller.
        Value::Number(number) => match number.as_f64() {
            Some(seconds) if seconds > 1e6 => {
                let time = DateTime::from_secs_f64(seconds).fmt(Format::DateTime);
                time.map_or(Value::Null, Value::from)
            }
            _ => value.clone(),
        },
        value => value.clone(),
    }
}

fn in_camel_case(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_lowercase() + rest
}
