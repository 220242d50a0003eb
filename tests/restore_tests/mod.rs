//! The restore tests that `restore_test` asks for. What their tests share: what a region has of them, and how one is turned off.

mod chain;
mod life;
mod settings;
mod status;

use serde_json::{Value, json};

use crate::support::{Aws, RESTORE_TESTS, UP, account, fresh_everywhere, volume};

/// The setting turned off, which protects less.
const OFF: [&str; 4] = ["up", "--set", "restore_test.regions=[]", "--allow-less-protection"];

/// A deployment with tests in the secondary and these volumes, fresh everywhere.
#[track_caller]
fn tested(volumes: &[&str]) -> Aws {
    let aws = account();
    let quiet = ["--alerts", "none"];
    aws.mrbackup(UP.into_iter().chain(RESTORE_TESTS).chain(quiet)).success();
    for name in volumes {
        let resource = volume(&aws, name);
        fresh_everywhere(&aws, &resource);
    }
    aws
}

/// The restore testing plans of a region with their selections.
#[track_caller]
fn plans(aws: &Aws, region: &str) -> Vec<Value> {
    let inventory = aws.inventory();
    let there = &inventory["regions"][region]["backup"]["restore testing"];
    there.as_array().cloned().unwrap_or_default()
}

/// How many calls were about them.
fn calls(aws: &Aws) -> usize {
    let log = aws.log().into_iter();
    log.filter(|call| call.request.operation.contains("RestoreTesting")).count()
}

/// The selection of a type in the one plan of a region.
#[track_caller]
fn selection(aws: &Aws, region: &str, kind: &str) -> Value {
    let plans = plans(aws, region);
    let selections = plans[0]["Selections"].as_array().unwrap().iter();
    let mut of_kind = selections.filter(|one| one["ProtectedResourceType"] == kind);
    of_kind.next().unwrap_or_else(|| panic!("no {kind}: {plans:#?}")).clone()
}

/// What the table `[restore.us-west-2]` says in a file.
const NETWORK: &str = r#"
[restore.us-west-2]
subnet = "subnet-0123456789abcdef0"
security_groups = ["sg-0123456789abcdef0"]
db_subnet_group = "databases"

"#;

#[track_caller]
fn overrides(aws: &Aws, kind: &str) -> Value {
    selection(aws, "us-west-2", kind)["RestoreMetadataOverrides"].clone()
}

#[track_caller]
fn assert_network(aws: &Aws) {
    let groups = r#"["sg-0123456789abcdef0"]"#;
    let instance = json!({"securityGroupIds": groups, "subnetId": "subnet-0123456789abcdef0"});
    assert_eq!(overrides(aws, "EC2"), instance);
    let database = json!({"dbSubnetGroupName": "databases", "vpcSecurityGroupIds": groups});
    assert_eq!(overrides(aws, "RDS"), database);
}
