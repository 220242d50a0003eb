//! Service Quotas: how much of a thing a region may have.

use serde_json::{Value, json};

use super::Case;
use crate::answer::Answer;

/// The quotas that a restore can meet, and their values in an account that has asked for no more.
const QUOTAS: [(&str, &str, &str, f64); 6] = [
    ("ec2", "L-1216C47A", "Running On-Demand Standard instances", 32.0),
    ("ebs", "L-7A658B76", "Storage for General Purpose SSD (gp3) volumes, in TiB", 50.0),
    ("rds", "L-7B6409FD", "DB instances", 40.0),
    ("rds", "L-952B80B8", "DB clusters", 40.0),
    ("dynamodb", "L-F98FE922", "Maximum number of tables", 2500.0),
    ("elasticfilesystem", "L-848C634D", "File systems per account", 1000.0),
];

pub(crate) fn answer(case: Case<'_>) -> Answer {
    let operation = case.request.operation.as_str();
    if operation != "GetServiceQuota" && operation != "GetAWSDefaultServiceQuota" {
        return case.refuse(400, "UnknownOperationException", operation);
    }
    let (service, code) = (case.text("ServiceCode"), case.text("QuotaCode"));
    let known = QUOTAS.iter().find(|(of, named, ..)| (*of, *named) == (service, code));
    let Some((_, _, name, value)) = known else {
        let message = "The request failed because the specified quota does not exist.";
        return case.refuse(400, "NoSuchResourceException", message);
    };
    let key = (case.request.region.clone(), code.to_owned());
    let lowered = case.proxied.state().quotas.get(&key).copied();
    let value: Value = lowered.unwrap_or(*value).into();
    let quota = json!({
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "QuotaArn": case.request.arn(&format!("{service}/{code}")),
        "Value": value,
        "Unit": "None",
        "Adjustable": true,
        "GlobalQuota": false,
    });
    let body = json!({ "Quota": quota }).to_string();
    Answer::new(200, "application/x-amz-json-1.1", body)
}
