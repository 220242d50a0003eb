//! The table of what is fresh, late, never and pending, which the watchdog is tried with too (`tests/watchdog/test_cases.py`).

use local_aws::now;
use serde_json::{Value, json};

use crate::support::{
    Aws, DAY, HOUR, PRIMARY, REGIONS, SELECT_TAGS, VAULT, deployed, point, sample_but_for, seen,
    volume,
};

const CASES: &str = include_str!("../freshness/cases.json");

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

/// Gives the deployment the settings that an account of the table has.
fn with_freshness(aws: &Aws, freshness: &Value) {
    let Some(hours) = freshness["allowance_hours"].as_u64() else { return };
    let by_type = freshness["allowance_hours_by_type"].as_object().unwrap().iter();
    let by_type: Vec<String> = by_type.map(|(kind, hours)| format!("{kind} = {hours}\n")).collect();
    let by_type = by_type.concat();
    let hours = format!("allowance_hours = {hours} ");
    let changes = [("allowance_hours = 12 ", hours.as_str()), ("# S3 = 48 ", by_type.as_str())];
    let file = aws.file("mrbackup.toml", &sample_but_for(&changes));
    aws.mrbackup(["up", "--config", &file, "--allow-less-protection"]).success();
}

#[test]
fn each_case_of_the_table_is_judged_as_it_says() {
    let accounts: Value = serde_json::from_str(CASES).unwrap();
    for account in list(&accounts) {
        let aws = deployed();
        with_freshness(&aws, &account["freshness"]);
        aws.vaults_made(now() - account["vaults_made_days_ago"].as_u64().unwrap() * DAY);
        for name in list(&account["opted_out"]) {
            let preference =
                json!({"ResourceTypeOptInPreference": {name.as_str().unwrap(): false}});
            aws.call("backup", PRIMARY, "update_region_settings", preference);
        }
        if account["managed"].is_object() {
            let preference = json!({"ResourceTypeManagementPreference": account["managed"]});
            aws.call("backup", PRIMARY, "update_region_settings", preference);
        }
        let mut cases = Vec::new();
        for (index, case) in list(&account["resources"]).iter().enumerate() {
            let resource = match case["resource"].as_str().and_then(|name| name.split_once(':')) {
                None => volume(&aws, &format!("vol-{index}")),
                Some((service, name)) => {
                    let arn = match name.strip_prefix("::") {
                        Some(global) => format!("arn:aws:{service}:::{global}"),
                        None => aws.arn(service, PRIMARY, name),
                    };
                    aws.put_tagged_resource(PRIMARY, &arn, &SELECT_TAGS);
                    arn
                }
            };
            for (region, points) in case["points"].as_object().unwrap() {
                for made in list(points) {
                    let status = json!({"Status": made[1], "StatusMessage": made[2]});
                    point(&aws, region, &resource, made[0].as_u64().unwrap(), &status);
                }
            }
            for hours in list(&case["jobs"]) {
                let created = now() - hours.as_u64().unwrap() * HOUR;
                aws.put_backup_job(
                    PRIMARY,
                    json!({
                        "ResourceArn": resource, "BackupVaultName": VAULT, "CreationDate": created,
                    }),
                );
            }
            if let Some(hours) = case["seen"].as_u64() {
                seen(&aws, &resource, hours);
            }
            cases.push((resource, case));
        }
        let status = aws.mrbackup(["status", "--all", "-o", "json"]);
        let report = status.report();
        for (resource, case) in cases {
            for region in REGIONS {
                let told = list(&report.backups_in(region)["resources"]);
                let told = told.iter().find(|told| told["resource"] == resource.as_str());
                // What is fresh is counted, and not named.
                let word = told.map_or("fresh", |told| told["freshness"].as_str().unwrap());
                assert_eq!(word, case["expected"][region], "{} {region}: {status:?}", case["what"]);
                let said = case["said"][region].as_str().unwrap_or_default();
                let row = told.map(Value::to_string).unwrap_or_default();
                assert!(row.contains(said), "{} {region}: {said}: {row}", case["what"]);
            }
        }
    }
}
