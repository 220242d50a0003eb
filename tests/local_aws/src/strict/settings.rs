//! Which services AWS Backup may back up in a region.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Case;
use crate::answer::Answer;

/// As AWS names them, blanks included.
const TYPES: [&str; 18] = [
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "Redshift Serverless",
    "S3",
    "SAP HANA on Amazon EC2",
    "Storage Gateway",
    "Timestream",
    "VirtualMachine",
];

pub(crate) fn describe(case: Case<'_>) -> Answer {
    let mut types: Value =
        TYPES.iter().map(|name| (*name, true)).collect::<Vec<_>>().into_iter().collect();
    let state = case.proxied.state();
    for (name, on) in state.opt_ins.get(&case.request.region).into_iter().flatten() {
        types[name] = (*on).into();
    }
    let mut managed = json!({ "DynamoDB": true, "EFS": true });
    for (name, on) in state.managed.get(&case.request.region).into_iter().flatten() {
        managed[name] = (*on).into();
    }
    Answer::json(&json!({
        "ResourceTypeOptInPreference": types,
        "ResourceTypeManagementPreference": managed,
    }))
}

/// What is not named stays as it is.
pub(crate) fn update(case: Case<'_>) -> Answer {
    let asked = |member: &str| -> BTreeMap<String, bool> {
        let types = case.request.input[member].as_object().into_iter().flatten();
        types.map(|(name, on)| (name.clone(), on == true)).collect()
    };
    let region = &case.request.region;
    let mut state = case.proxied.state();
    let types = asked("ResourceTypeOptInPreference");
    state.opt_ins.entry(region.clone()).or_default().extend(types);
    let managed = asked("ResourceTypeManagementPreference");
    state.managed.entry(region.clone()).or_default().extend(managed);
    Answer::new(200, "application/json", "")
}
