//! An account as a document in which two deployments of the same settings are equal: without what is drawn anew for each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::run::Aws;

/// Members whose value AWS or the deployment draws anew, with what stands in their place.
const DRAWN: [&str; 7] = [
    "BackupPlanId",
    "SelectionId",
    "SelectionName",
    "RoleId",
    "mrbackup:id",
    "mrbackup:role-id",
    // Of the plan, with the account's number in its ARNs: what the watchdog is told.
    "digest",
];
/// Members that say how the account came to be as it is, and not how it is.
const HISTORY: [&str; 3] = ["CreatorRequestId", "SubscriptionArn", "Version"];
/// Lists of hashes with the deployment's id in them, of which only the number is the same.
const HASHES: &str = "subscribers";

/// All that is in the account, but for ids, the account's number and the record's revision.
#[track_caller]
pub(crate) fn canonical(aws: &Aws) -> Value {
    let mut inventory = aws.inventory();
    let mut drawn = BTreeMap::from([(aws.id().to_owned(), "ACCOUNT")]);
    strip(&mut inventory, &mut drawn);
    let mut text = inventory.to_string();
    for (value, name) in drawn {
        text = text.replace(&value, name);
    }
    serde_json::from_str(&text).unwrap()
}

fn strip(value: &mut Value, drawn: &mut BTreeMap<String, &'static str>) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| {
                !HISTORY.contains(&key.as_str()) && !key.starts_with("mrbackup:spec:")
            });
            for (key, member) in members {
                if let (HASHES, Some(hashes)) = (key.as_str(), member.as_array_mut()) {
                    hashes.fill("HASH".into());
                }
                let name = DRAWN.into_iter().find(|name| *name == key);
                match (name, member.as_str()) {
                    (Some(name), Some(text)) => {
                        drawn.insert(text.to_owned(), name);
                    }
                    _ => strip(member, drawn),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, drawn)),
        _ => (),
    }
}

/// Where two accounts differ, line by line; empty where they do not.
pub(crate) fn difference(left: &Value, right: &Value) -> String {
    let lines = |value: &Value| -> Vec<String> {
        serde_json::to_string_pretty(value).unwrap().lines().map(str::to_owned).collect()
    };
    let (left, right) = (lines(left), lines(right));
    let only = |these: &[String], those: &[String], mark: &str| -> String {
        let lines = these.iter().filter(|line| !those.contains(line));
        lines.map(|line| format!("{mark} {}", line.trim())).collect::<Vec<_>>().join("\n")
    };
    if left == right {
        return String::new();
    }
    format!(
        "{}\n{}\n{} and {} lines",
        only(&left, &right, "<"),
        only(&right, &left, ">"),
        left.len(),
        right.len()
    )
}
