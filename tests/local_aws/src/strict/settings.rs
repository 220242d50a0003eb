//! Which services AWS Backup may back up in a region.

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
    Answer::json(&json!({
        "ResourceTypeOptInPreference": types,
        "ResourceTypeManagementPreference": { "DynamoDB": true, "EFS": true },
    }))
}

/// What is not named stays as it is.
pub(crate) fn update(case: Case<'_>) -> Answer {
    let asked = case.request.input["ResourceTypeOptInPreference"].as_object();
    let mut state = case.proxied.state();
    let types = state.opt_ins.entry(case.request.region.clone()).or_default();
    for (name, on) in asked.into_iter().flatten() {
        types.insert(name.clone(), on == true);
    }
    Answer::new(200, "application/json", "")
}
