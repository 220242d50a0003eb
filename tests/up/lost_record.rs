//! A service role that was deleted by hand, records that are torn or too new, and vaults that hold backups.

use serde_json::{Value, json};

use crate::support::{Aws, REGIONS, SERVICE_ROLE, UP, account, canonical, deployed, difference};

fn role_tags(aws: &Aws) -> Value {
    let role = aws.call("iam", "us-east-1", "get_role", json!({"RoleName": SERVICE_ROLE}));
    let tags = role["Role"]["Tags"].as_array().unwrap().clone();
    tags.into_iter()
        .map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone()))
        .collect()
}

fn tag_role(aws: &Aws, key: &str, value: &str) {
    let tags = json!({"RoleName": SERVICE_ROLE, "Tags": [{"Key": key, "Value": value}]});
    aws.call("iam", "us-east-1", "tag_role", tags);
}

#[test]
fn a_lost_role_is_said_and_taken_up_again_under_the_old_id() {
    let aws = deployed();
    let id = role_tags(&aws)["mrbackup:id"].clone();
    let selections = |aws: &Aws| -> Vec<Value> {
        let inventory = aws.inventory().to_string();
        inventory
            .match_indices("tagged-resources-")
            .map(|(at, _)| inventory[at..at + 25].into())
            .collect()
    };
    let old_selection = selections(&aws);
    aws.delete_role(SERVICE_ROLE);

    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("the service role is gone");
    status.stdout_has("✘ service role mrbackup-default-AWSBackupServiceRole is missing\n");

    let up = aws.mrbackup(["up"]).success();
    // The selection is saved again: to AWS Backup a role made again is another role.
    // The watchdog is told of the new one.
    up.stdout_has(format!("created 1, updated 2, unchanged {}.", aws.parts() - 3));
    assert_eq!(role_tags(&aws)["mrbackup:id"], id);
    assert_ne!(selections(&aws), old_selection);
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn down_without_the_role_removes_the_rest() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    aws.delete_role(SERVICE_ROLE);
    let parts = aws.parts();
    let down = aws.mrbackup(["down"]).success();
    down.stdout_lacks("known after apply");
    down.stdout_starts_with(format!("✔ Removed {parts} resources; nothing is left.\n"));
    assert_eq!(aws.inventory(), before);
}

#[test]
fn with_role_and_vaults_gone_the_rest_is_still_found() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_starts_with("✘ Deployment default: record lost");
    status.stdout_has("mrbackup-default-alerts");
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn up_takes_the_id_of_what_survived() {
    let aws = deployed();
    let id = role_tags(&aws)["mrbackup:id"].clone();
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    aws.mrbackup(UP).success();
    assert_eq!(role_tags(&aws)["mrbackup:id"], id);
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn an_empty_account_says_where_it_looked() {
    let aws = account();
    let status = aws.mrbackup(["status"]).code(3);
    // What account management of the local AWS tells, and what a region outside of it adds.
    status.stdout_starts_with("No deployment default in the 31 regions read.\n");
    let elsewhere = aws.mrbackup(["status", "--region", "ap-southeast-7"]).code(3);
    elsewhere.stdout_starts_with("No deployment default in the 32 regions read.\n");
    let nowhere = aws.command().without_env("AWS_REGION").args(["status"]).run().code(3);
    assert_eq!(nowhere.stdout, status.stdout);
}

#[test]
fn a_torn_record_is_written_again_and_keeps_its_id() {
    let aws = deployed();
    let id = role_tags(&aws)["mrbackup:id"].clone();
    tag_role(&aws, "mrbackup:spec:0", TORN);
    // The vaults still have it.
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("on the service role and on the vaults differs");
    status.stdout_has(format!("  {} resources in place and as recorded.", aws.parts()));
    tear_vaults(&aws);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("record lost: its record cannot be read");
    let bare = aws.mrbackup(["up"]).code(1);
    bare.stderr_has("it was in eu-west-1, us-east-1, us-west-2");
    aws.mrbackup(UP).success();
    assert_eq!(role_tags(&aws)["mrbackup:id"], id);
    aws.mrbackup(["status"]).all_as_recorded();
}

/// What the settings were is lost, but not where: nothing is forgotten in the regions that are not
/// given again.
#[test]
fn a_torn_record_in_other_regions_leaves_nothing_behind() {
    let aws = deployed();
    tag_role(&aws, "mrbackup:spec:0", TORN);
    tear_vaults(&aws);
    let other = ["up", "--primary", "us-west-2", "--secondary", "us-east-2"];
    aws.mrbackup(other.into_iter().chain(["--allow-less-protection"])).success();
    let fresh = account();
    fresh.mrbackup(other).success();
    assert_eq!(difference(&canonical(&aws), &canonical(&fresh)), "");
    aws.mrbackup(["status"]).all_as_recorded();
}

const TORN: &str = "1/0.1.0/9-ffff/999/00000000/AAAA";

fn tear_vaults(aws: &Aws) {
    for region in REGIONS {
        let arn = aws.vault_arn(region);
        let untag = json!({"ResourceArn": arn, "TagKeyList": ["mrbackup:spec:0"]});
        aws.call("backup", region, "untag_resource", untag);
    }
}

#[test]
fn a_newer_record_is_not_touched() {
    let aws = deployed();
    tag_role(&aws, "mrbackup:spec:0", "2/7.0.0/whatever comes");
    aws.clear_log();
    for command in [&["status"][..], &["up"], &["down"]] {
        let refused = aws.mrbackup(command).code(1);
        refused.stderr_has("was written by mrbackup 7.0.0");
        refused.stderr_has("upgrade mrbackup");
    }
    aws.assert_nothing_written();
}

#[test]
fn a_vault_with_recovery_points_stops_down_before_it_begins() {
    let aws = deployed();
    for _ in 0..3 {
        aws.put_recovery_point(
            "us-west-2",
            "mrbackup-default",
            json!({"CalculatedLifecycle": {"DeleteAt": 1_900_000_000}}),
        );
    }
    let before = aws.inventory();
    aws.clear_log();
    let refused = aws.mrbackup(["down"]).code(3);
    assert_eq!(
        refused.stdout,
        "✘ Nothing was removed: deployment default holds backups.\n  \
         us-west-2 vault mrbackup-default: 3 recovery points, the last one until 2030-03-17 (3 on demand)\n\
         Keep them until they expire, and remove the rest:  mrbackup down --keep-backups\n\
         Delete them permanently:  mrbackup down --delete-backups --confirm default\n"
    );
    aws.assert_nothing_written();
    assert_eq!(aws.inventory(), before);
    let json = aws.mrbackup(["down", "-o", "json"]).code(3).json();
    assert_eq!(json["full_vaults"][0]["recovery_points"], 3);
    assert_eq!(json["schema"], "mrbackup.down/1");
}

#[test]
fn a_page_of_recovery_points_is_not_the_whole_list() {
    let aws = deployed();
    for _ in 0..1001 {
        aws.put_recovery_point("eu-west-1", "mrbackup-default", json!({}));
    }
    let refused = aws.mrbackup(["down"]).code(3);
    refused.stdout_has("1001 recovery points");
    refused.stdout_has("at least one permanently");
}
