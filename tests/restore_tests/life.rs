//! They are made, repaired and removed as all else is.

use local_aws::Fault;
use serde_json::json;

use super::{OFF, calls, plans, selection};
use crate::support::{
    Aws, PRIMARY, REGIONS, RESTORE_TESTS, SECONDARY, SERVICE_ROLE, TERTIARY, UP, account, deployed,
    deployed_with_restore_tests,
};

#[test]
fn the_region_s_plan_tests_our_vault_by_our_tags_and_role() {
    let aws = deployed_with_restore_tests();
    let plans = plans(&aws, SECONDARY);
    assert_eq!(plans.len(), 1, "{plans:#?}");
    let plan = &plans[0];
    assert_eq!(plan["RestoreTestingPlanName"], "mrbackup_default");
    assert_eq!(plan["ScheduleExpression"], "cron(0 6 1 * ? *)");
    let vault = aws.arn("backup", SECONDARY, "backup-vault:mrbackup-default");
    let choice = json!({
        "Algorithm": "RANDOM_WITHIN_WINDOW", "IncludeVaults": [vault],
        "RecoveryPointTypes": ["SNAPSHOT"], "SelectionWindowDays": 30,
    });
    assert_eq!(plan["RecoveryPointSelection"], choice);
    assert_eq!(plan["Tags"]["mrbackup:deployment"], "default");
    let names = plan["Selections"].as_array().unwrap().iter();
    let names: Vec<&str> =
        names.map(|one| one["RestoreTestingSelectionName"].as_str().unwrap()).collect();
    assert_eq!(names, ["DynamoDB", "EBS", "EFS", "S3"]);
    let pairs = json!([
        {"Key": "aws:ResourceTag/BackupEnabled", "Value": "true"},
        {"Key": "aws:ResourceTag/Environment", "Value": "Production"},
    ]);
    let volumes = selection(&aws, SECONDARY, "EBS");
    assert_eq!(volumes["ProtectedResourceConditions"]["StringEquals"], pairs);
    assert_eq!(volumes["ProtectedResourceArns"], json!(["*"]));
    assert_eq!(volumes["IamRoleArn"], aws.service_role_arn());
    assert_eq!(volumes["ValidationWindowHours"], 2);
    assert!(super::plans(&aws, PRIMARY).is_empty());
    aws.assert_at_rest();
}

#[test]
fn without_the_setting_nobody_asks_for_them() {
    let aws = deployed();
    aws.mrbackup(["plan"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    assert_eq!(calls(&aws), 0);
}

#[test]
fn the_price_is_named_before_they_are_switched_on_and_once() {
    let aws = deployed();
    let price = "AWS bills 1.50 USD for each recovery point that is tested";
    let plan = aws.mrbackup(["plan"].into_iter().chain(RESTORE_TESTS)).success();
    plan.stdout_has(price);
    let offline = UP[1..].iter().copied().chain(RESTORE_TESTS);
    aws.mrbackup(["plan", "--offline"].into_iter().chain(offline)).success().stdout_has(price);
    let up = aws.mrbackup(["up"].into_iter().chain(RESTORE_TESTS)).success();
    up.stderr_has(price);
    up.stdout_has(price);
    let again = aws.mrbackup(["up"]).success();
    assert!(!again.stdout.contains(price) && !again.stderr.contains(price), "{again:?}");
}

/// The rule of the region lets through what its own plan restored, and of no other.
#[test]
fn the_validator_hears_of_what_was_restored() {
    let aws = deployed_with_restore_tests();
    let heard = |region: &str| {
        let rule = json!({"Name": "mrbackup-default-jobs"});
        aws.call("events", region, "describe_rule", rule)["EventPattern"].to_string()
    };
    let plan = aws.arn("backup", SECONDARY, "restore-testing-plan:mrbackup_default-");
    assert!(heard(SECONDARY).contains(&plan), "{}", heard(SECONDARY));
    assert!(!heard(PRIMARY).contains("restoreTestingPlanArn"));
}

#[test]
fn each_region_that_is_named_has_its_own_and_another_deployment_too() {
    let aws = account();
    let before = aws.inventory();
    let regions = "restore_test.regions=[\"us-east-1\", \"us-west-2\", \"eu-west-1\"]";
    aws.mrbackup(UP.into_iter().chain(["--set", regions])).success();
    for region in REGIONS {
        assert_eq!(plans(&aws, region).len(), 1, "{region}");
    }
    aws.assert_at_rest();
    let first = aws.inventory();
    let other = ["up", "--name", "other-1", "--primary", PRIMARY, "--secondary", SECONDARY];
    aws.mrbackup(other.into_iter().chain(["--alerts", "none"]).chain(RESTORE_TESTS)).success();
    let names: Vec<String> = plans(&aws, SECONDARY)
        .iter()
        .map(|one| one["RestoreTestingPlanName"].to_string())
        .collect();
    assert_eq!(names, ["\"mrbackup_default\"", "\"mrbackup_other_1\""]);
    aws.mrbackup(["down", "--name", "other-1"]).success();
    assert_eq!(aws.inventory(), first);
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn turned_off_they_are_removed_and_forgotten() {
    let aws = deployed_with_restore_tests();
    let refused = aws.mrbackup(&OFF[..OFF.len() - 1]).code(1);
    refused.stderr_has("us-west-2 has no restore tests from now on");
    assert_eq!(plans(&aws, SECONDARY).len(), 1);
    aws.mrbackup(OFF).success().stdout_has("removed 2");
    assert!(plans(&aws, SECONDARY).is_empty());
    aws.assert_at_rest();
    aws.clear_log();
    aws.mrbackup(["status"]).all_as_recorded();
    assert_eq!(calls(&aws), 0, "nothing of them is left to look for");
    aws.mrbackup(["up"].into_iter().chain(RESTORE_TESTS)).success();
    assert_eq!(plans(&aws, SECONDARY).len(), 1);
    aws.assert_at_rest();
}

#[test]
fn a_type_that_is_dropped_loses_its_selection() {
    let aws = deployed_with_restore_tests();
    let types = "restore_test.types=[\"EBS\", \"RDS\"]";
    let fewer = ["up", "--set", types];
    aws.mrbackup(fewer).code(1).stderr_has("S3 is no longer restored as a test");
    aws.mrbackup(fewer.into_iter().chain(["--allow-less-protection"])).success();
    let names = plans(&aws, SECONDARY)[0]["Selections"].as_array().unwrap().len();
    assert_eq!(names, 2);
    selection(&aws, SECONDARY, "RDS");
    aws.assert_at_rest();
}

/// Before AWS acts, and after it has.
#[test]
fn killed_while_they_are_made_or_removed_the_next_up_or_down_finishes() {
    let on = ["up", RESTORE_TESTS[0], RESTORE_TESTS[1]];
    std::thread::scope(|scope| {
        for operation in ["CreateRestoreTestingPlan", "CreateRestoreTestingSelection"] {
            scope.spawn(move || killed_around(operation, &[], &on, 1));
        }
        for operation in ["DeleteRestoreTestingSelection", "DeleteRestoreTestingPlan"] {
            scope.spawn(move || killed_around(operation, &on[1..], &OFF, 0));
        }
    });
}

/// Kills the command at the operation in a deployment with these options; so many plans are there when the next has ended.
fn killed_around(operation: &str, before: &[&str], command: &[&str], left: usize) {
    let aws = account();
    let empty = aws.inventory();
    for (fault, next) in [
        (Fault::hold_before(), "up"),
        (Fault::hold(), "up"),
        (Fault::hold_before(), "down"),
        (Fault::hold(), "down"),
    ] {
        aws.mrbackup(UP.iter().chain(before)).success();
        kill(&aws, command, fault.on("backup", operation).first(4));
        aws.mrbackup([next]).success();
        if next == "up" {
            assert_eq!(plans(&aws, SECONDARY).len(), left, "{operation}");
            aws.assert_at_rest();
            aws.mrbackup(["down"]).success();
        }
        assert_eq!(aws.inventory(), empty, "{operation} {next}");
    }
}

#[track_caller]
fn kill(aws: &Aws, command: &[&str], fault: Fault) {
    let held = aws.fault(fault);
    let running = aws.command().args(command).start();
    held.wait_held();
    running.kill();
    aws.settle();
    aws.clear_faults();
}

#[test]
fn two_at_once_make_one() {
    let aws = deployed();
    let runs = [0, 1].map(|_| aws.command().args(["up"]).args(RESTORE_TESTS).start());
    for run in runs {
        // The later one may see that the other has written the record.
        run.wait();
    }
    aws.mrbackup(["up"].into_iter().chain(RESTORE_TESTS)).success();
    assert_eq!(plans(&aws, SECONDARY).len(), 1);
    aws.assert_at_rest();
}

#[test]
fn down_finds_them_without_a_record() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(RESTORE_TESTS)).success();
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

/// A selection of others keeps the plan, and is named; without it the plan goes.
#[test]
fn a_selection_of_others_keeps_the_plan() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(RESTORE_TESTS)).success();
    let theirs = json!({
        "RestoreTestingSelectionName": "theirs", "ProtectedResourceType": "EBS",
        "IamRoleArn": aws.service_role_arn(), "ProtectedResourceArns": ["*"],
    });
    let named = json!({"RestoreTestingPlanName": "mrbackup_default"});
    let mut create = named.clone();
    create["RestoreTestingSelection"] = theirs;
    aws.call("backup", SECONDARY, "create_restore_testing_selection", create);
    let kept = "it has selections that are not ours: theirs";
    aws.mrbackup(["down", "--dry-run"]).stdout_has(kept);
    aws.mrbackup(["down"]).code(3).stdout_has(kept);
    let mut delete = named;
    delete["RestoreTestingSelectionName"] = "theirs".into();
    aws.call("backup", SECONDARY, "delete_restore_testing_selection", delete);
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

/// Secondary and tertiary change places: a plan is of a region and not of a role.
#[test]
fn a_region_that_is_dropped_loses_its_tests() {
    let aws = account();
    let before = aws.inventory();
    let regions = ["--set", "restore_test.regions=[\"eu-west-1\"]"];
    aws.mrbackup(UP.into_iter().chain(regions)).success();
    assert_eq!(plans(&aws, TERTIARY).len(), 1);
    let drop = ["up", "--drop-region", TERTIARY, "--allow-less-protection"];
    aws.mrbackup(drop).success();
    assert!(plans(&aws, TERTIARY).is_empty());
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}
