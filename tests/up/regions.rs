//! Regions that change: added, dropped, changed in role; the new made before the old goes, and no backup lost.

use std::collections::BTreeSet;

use local_aws::{Fault, Via};
use serde_json::{Value, json};

use crate::support::{
    Aws, PRIMARY, SECONDARY, UP, account, canonical, deployed, difference, parts_of_a_deployment,
    parts_of_a_tertiary,
};

const LESS: &str = "--allow-less-protection";

/// An account in which `up` was run once with these arguments.
#[track_caller]
fn fresh(arguments: &[&str]) -> Value {
    let aws = account();
    aws.mrbackup(arguments).success();
    canonical(&aws)
}

fn vaults(aws: &Aws) -> BTreeSet<String> {
    let inventory = aws.inventory();
    let regions = inventory["regions"].as_object().cloned().unwrap_or_default();
    let of = |(region, found): (&String, &Value)| -> Vec<String> {
        let vaults = found["backup"]["vaults"].as_array().cloned().unwrap_or_default();
        let name = |vault: &Value| vault["BackupVaultName"].as_str().unwrap().to_owned();
        vaults.iter().map(|vault| format!("{region} {}", name(vault))).collect()
    };
    regions.iter().flat_map(of).collect()
}

const OTHER_TERTIARY: [&str; 7] =
    ["up", "--primary", PRIMARY, "--secondary", SECONDARY, "--tertiary", "eu-central-1"];

#[test]
fn another_tertiary_is_refused_without_the_word() {
    let aws = deployed();
    aws.clear_log();
    let refused = aws.mrbackup(OTHER_TERTIARY).code(1);
    let error = "error: nothing was changed, because it would protect less:";
    assert!(refused.stderr.lines().any(|line| line == error), "{refused:?}");
    refused.stderr_has(
        "eu-west-1 is dropped: what it holds stays until it expires, and nothing new comes",
    );
    aws.assert_nothing_written();
}

#[test]
fn another_tertiary_is_planned_as_another_copy_and_vault() {
    let aws = deployed();
    let plan = aws.mrbackup(["plan", "--tertiary", "eu-central-1"]).code(3);
    plan.stdout_has("\n      rules.weekly.copies\n        - eu-west-1/mrbackup-default\n        + eu-central-1/mrbackup-default\n");
    // What of the others changes: the plan, what the watchdog is told, and from where the secondary takes events.
    let (moved, changed) = (parts_of_a_tertiary(), 3);
    let same = aws.parts() - moved - changed;
    plan.stdout_has(format!(
        "Plan for default: {moved} to create, {changed} to change, {moved} to delete, {same} unchanged.\n"
    ));
}

#[test]
fn another_tertiary_leaves_nothing_of_the_former_behind() {
    let aws = deployed();
    let up = aws.mrbackup(OTHER_TERTIARY.iter().chain([&LESS])).success();
    let (moved, changed) = (parts_of_a_tertiary(), 3);
    let same = aws.parts() - moved - changed;
    up.stdout_starts_with(format!(
        "✔ default is set up: created {moved}, updated {changed}, removed {moved}, unchanged {same}.\n"
    ));
    assert_eq!(difference(&canonical(&aws), &fresh(&OTHER_TERTIARY)), "");
    aws.assert_at_rest();
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    aws.assert_nothing_written();
}

#[test]
fn a_tertiary_is_added_and_dropped_again() {
    let two = ["up", "--primary", "us-east-1", "--secondary", "us-west-2"];
    let aws = account();
    aws.mrbackup(two).success();
    aws.mrbackup(["up", "--tertiary", "eu-west-1", LESS]).success();
    assert_eq!(difference(&canonical(&aws), &fresh(&UP)), "");
    let refused = aws.mrbackup(["up", "--drop-region", "eu-west-1"]).code(1);
    refused.stderr_has("eu-west-1 is dropped");
    aws.mrbackup(["up", "--drop-region", "eu-west-1", LESS]).success();
    assert_eq!(difference(&canonical(&aws), &fresh(&two)), "");
}

#[test]
fn a_further_region_gets_what_the_secondary_gets() {
    let aws = deployed();
    let up = aws.mrbackup(["up", "--copy-to", "ap-south-1"]).success();
    // What of the others changes: the plan, what the watchdog is told, and from where the secondary takes events.
    let (added, changed) = (parts_of_a_tertiary(), 3);
    let parts = parts_of_a_deployment() + added;
    let same = parts - added - changed;
    up.stdout_has(format!("created {added}, updated {changed}, unchanged {same}."));
    let with: Vec<&str> = UP.into_iter().chain(["--copy-to", "ap-south-1"]).collect();
    assert_eq!(difference(&canonical(&aws), &fresh(&with)), "");
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has_row("ap-south-1 copy 0/0");
    // A flag given once stays in force.
    let bare = aws.mrbackup(["up"]).success();
    bare.stdout_has(format!("nothing to do, {parts} resources"));
    aws.mrbackup(["up", "--drop-region", "ap-south-1", LESS]).success();
    assert_eq!(difference(&canonical(&aws), &fresh(&UP)), "");
}

/// Plan, selection and alarms move; vaults stay and change their role only.
#[test]
fn primary_and_secondary_change_places() {
    let aws = deployed();
    aws.mrbackup(["up", "--email", "ops@example.com"]).success();
    aws.confirm_email("us-east-1", "ops@example.com");
    assert_eq!(watchdogs(&aws), ["us-west-2"]);
    aws.put_recovery_point("us-east-1", "mrbackup-default", json!({}));
    let swapped = ["up", "--primary", "us-west-2", "--secondary", "us-east-1"];
    let refused = aws.mrbackup(swapped).code(1);
    refused.stderr_has("the primary region moves from us-east-1 to us-west-2");
    aws.clear_log();
    let up = aws.mrbackup(swapped.into_iter().chain([LESS])).success();
    up.stdout_has("ops@example.com has not confirmed in us-west-2 yet");
    assert_new_before_old(&aws, ["CreateBackupSelection", "DeleteBackupSelection"]);
    assert_new_before_old(&aws, ["PutMetricAlarm us-east-1", "DeleteAlarms us-west-2"]);
    assert_eq!(watchdogs(&aws), ["us-east-1"]);
    aws.confirm_email("us-west-2", "ops@example.com");
    aws.mrbackup(["status"]).all_as_recorded();
    let new: Vec<&str> = swapped
        .into_iter()
        .chain(["--tertiary", "eu-west-1", "--email", "ops@example.com"])
        .collect();
    let other = account();
    other.mrbackup(&new).success();
    for region in ["us-east-1", "us-west-2"] {
        other.confirm_email(region, "ops@example.com");
    }
    assert_eq!(difference(&canonical(&aws), &canonical(&other)), "");
}

/// The regions that a watchdog with its alarms is in.
fn watchdogs(aws: &Aws) -> Vec<String> {
    let inventory = aws.inventory();
    let regions = inventory["regions"].as_object().cloned().unwrap_or_default();
    let with = |(region, found): (String, Value)| {
        let functions = found["lambda"]["functions"].to_string();
        let has = functions.contains("mrbackup-default-watchdog");
        let alarms = found["cloudwatch"]["alarms"].as_array().map_or(0, Vec::len);
        assert_eq!(alarms, if has { 2 } else { 0 }, "{region}");
        has.then_some(region)
    };
    regions.into_iter().filter_map(with).collect()
}

/// The new one is there before the old one goes.
#[track_caller]
fn assert_new_before_old(aws: &Aws, [new, old]: [&str; 2]) {
    let writes = aws.write_names();
    let at = |operation: &str| {
        writes
            .iter()
            .position(|call| call.contains(operation))
            .unwrap_or_else(|| panic!("{writes:?}"))
    };
    assert!(at(new) < at(old), "{writes:?}");
}

#[test]
fn a_dropped_region_keeps_its_vault_while_it_holds_backups() {
    let aws = deployed();
    let point = aws.put_recovery_point("eu-west-1", "mrbackup-default", json!({}));
    let dropped = aws.mrbackup(["up", "--drop-region", "eu-west-1", LESS]).success();
    dropped.stdout_has("mrbackup-default  kept: it holds 1 recovery point, ");
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has("! eu-west-1: vault mrbackup-default is kept: it holds 1 recovery point");
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.clear_log();
    aws.mrbackup(["up"]).success();
    aws.assert_nothing_written();
    let refused = aws.mrbackup(["down"]).code(3);
    refused.stdout_has("eu-west-1 vault mrbackup-default: 1 recovery point");

    // Without IAM, its own record still says whose it is.
    aws.fault(Fault::error(403, "AccessDenied", "no").on("iam", "GetRole"));
    let far = aws.mrbackup(["status", "--region", "eu-west-1"]).code(3);
    far.stdout_has("is kept: it holds 1 recovery point");
    aws.clear_faults();

    expire(&aws, "eu-west-1", "mrbackup-default", &point);
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_has("is left over: the next `mrbackup up` removes it");
    aws.mrbackup(["up"]).success();
    assert_eq!(
        canonical(&aws),
        fresh(&["up", "--primary", "us-east-1", "--secondary", "us-west-2"])
    );
}

/// A region that comes back takes up its vault with all that it holds.
#[test]
fn a_kept_vault_is_taken_up_again() {
    let aws = deployed();
    aws.put_recovery_point("eu-west-1", "mrbackup-default", json!({}));
    aws.mrbackup(["up", "--drop-region", "eu-west-1", LESS]).success();
    aws.mrbackup(["up", "--tertiary", "eu-west-1", LESS]).success();
    assert_eq!(difference(&canonical(&aws), &fresh(&UP)), "");
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_lacks("former");
}

fn expire(aws: &Aws, region: &str, vault: &str, point: &str) {
    let point = json!({"BackupVaultName": vault, "RecoveryPointArn": point});
    aws.try_call(Via::Aws, "backup", region, "delete_recovery_point", point).unwrap();
}

/// The bad day: the primary is away, and the backups are to go on from another region.
#[test]
fn the_primary_moves_away_from_a_region_that_is_down() {
    let aws = deployed();
    aws.region_down("us-east-1");
    let moved = ["up", "--primary", "us-west-2", "--secondary", "us-east-2", LESS];
    let up = aws.mrbackup(moved).code(3);
    up.stdout_has("us-east-1");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("unknown");
    // What the moved primary needs is all there.
    aws.mrbackup(["status", "--region", "us-west-2"]).all_as_recorded();
    aws.clear_faults();
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    let new =
        ["up", "--primary", "us-west-2", "--secondary", "us-east-2", "--tertiary", "eu-west-1"];
    assert_eq!(difference(&canonical(&aws), &fresh(&new)), "");
}

/// AWS Backup cannot change the key of a vault: another key is another vault.
#[test]
fn another_key_makes_another_vault_and_keeps_the_full_one() {
    let aws = deployed();
    let key = |id: &str| format!("arn:aws:kms:us-west-2:{}:key/{id}", aws.id());
    let point = aws.put_recovery_point("us-west-2", "mrbackup-default", json!({}));
    let up = aws.mrbackup(["up", "--kms-key-arn", &key("1234abcd")]).success();
    // The full vault is kept, and not counted.
    let same = parts_of_a_deployment() - 4;
    up.stdout_has(format!("created 1, updated 3, unchanged {same}."));
    let names = vaults(&aws);
    assert_eq!(names.len(), 4, "{names:?}");
    let new = names.iter().find(|name| name.starts_with("us-west-2 mrbackup-default_")).unwrap();
    let new = new.strip_prefix("us-west-2 ").unwrap();
    let plan =
        aws.inventory()["regions"]["us-east-1"]["backup"]["plans"][0]["Document"].to_string();
    assert_eq!(plan.matches(new).count(), 2, "both rules copy to it: {plan}");
    up.stdout_has("kept: it holds 1 recovery point");
    aws.mrbackup(["status"]).all_as_recorded();

    // A second key: the one in between was empty, and goes.
    aws.mrbackup(["up", "--kms-key-arn", &key("5678")]).success();
    assert_eq!(vaults(&aws).len(), 4);
    assert!(!vaults(&aws).contains(&format!("us-west-2 {new}")));
    expire(&aws, "us-west-2", "mrbackup-default", &point);
    aws.mrbackup(["up"]).success();
    assert_eq!(vaults(&aws).len(), 3);
    aws.mrbackup(["status"]).all_as_recorded();
    aws.mrbackup(["down"]).success();
    assert_eq!(vaults(&aws).len(), 0);
}

/// Without role and with no record but the vault's own, it is found and removed all the same.
#[test]
fn a_vault_with_a_key_is_found_without_iam() {
    let aws = account();
    let key = format!("arn:aws:kms:us-west-2:{}:key/1234abcd", aws.id());
    aws.mrbackup(UP.into_iter().chain(["--kms-key-arn", &key])).success();
    aws.fault(Fault::error(403, "AccessDenied", "no").on("iam", "GetRole"));
    let status = aws.mrbackup(["status", "--all", "--region", "us-west-2"]).code(3);
    status.stdout_has("mrbackup-default_");
}

/// Killed while AWS's answer is on its way; the same command again ends as if nothing had happened.
#[test]
fn a_killed_move_is_finished_by_the_same_command() {
    let moved = ["up", "--primary", "us-west-2", "--secondary", "us-east-1", LESS];
    let aws = deployed();
    aws.mrbackup(moved).success();
    let wanted = canonical(&aws);
    let operations = [
        ("iam", "TagRole"),
        ("backup", "CreateBackupSelection"),
        ("events", "PutTargets"),
        ("backup", "DeleteBackupSelection"),
        ("backup", "DeleteBackupPlan"),
        ("lambda", "DeleteFunction"),
        ("iam", "DeleteRole"),
    ];
    std::thread::scope(|scope| {
        for (service, operation) in operations {
            let wanted = &wanted;
            scope.spawn(move || {
                let aws = deployed();
                let held = aws.fault(Fault::hold().on(service, operation).first(1));
                let running = aws.command().args(moved).start();
                held.wait_held();
                running.kill();
                aws.clear_faults();
                aws.settle();
                aws.mrbackup(["status"]).code(3);
                aws.mrbackup(moved).success();
                assert_eq!(canonical(&aws), *wanted, "killed at {operation}");
                aws.mrbackup(["status"]).all_as_recorded();
            });
        }
    });
}
