//! What `status` makes of a run: what was proved, what was not tested, and what is still there.

use local_aws::now;
use serde_json::{Value, json};

use super::tested;
use crate::support::{
    Aws, HOUR, Outcome, PRIMARY, SECONDARY, TERTIARY, UP, VAULT, account, deployed,
    fresh_everywhere, point, volume,
};

/// A verdict on each restore of the secondary's last run that has completed, as the validator gives it.
fn judge(aws: &Aws, status: &str, message: &str) {
    for job in aws.restore_jobs(SECONDARY) {
        if job["Status"] == "COMPLETED" && job["ValidationStatus"].is_null() {
            let verdict = json!({
                "RestoreJobId": job["RestoreJobId"], "ValidationStatus": status,
                "ValidationStatusMessage": message,
            });
            aws.call("backup", SECONDARY, "put_restore_validation_result", verdict);
        }
    }
}

/// The row of the secondary in the document.
#[track_caller]
fn row(status: &Outcome) -> Value {
    status.json()["restore_tests"][0].clone()
}

#[track_caller]
fn status(aws: &Aws) -> Outcome {
    aws.mrbackup(["status", "-o", "json"])
}

fn outcomes(row: &Value) -> Vec<String> {
    let tests = row["tests"].as_array().unwrap().iter();
    tests.map(|test| test["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_tests_there_is_no_row() {
    let aws = deployed();
    let status = status(&aws);
    assert_eq!(status.json()["restore_tests"], json!([]));
}

#[test]
fn a_run_that_proved_all_is_well() {
    let aws = tested(&["vol-1", "vol-2"]);
    let before = status(&aws).success();
    assert_eq!(row(&before)["last_run_at"], Value::Null);
    aws.mrbackup(["status"]).stdout_has("Restore tests in us-west-2: none has run yet.");
    assert_eq!(aws.run_restore_tests(SECONDARY).len(), 2);
    judge(&aws, "SUCCESSFUL", "the volume has its size");
    aws.delete_test_restores(SECONDARY);
    let after = status(&aws).success();
    let row = row(&after);
    assert_eq!(row["region"], SECONDARY);
    assert_eq!(row["judged"], true);
    assert_eq!(outcomes(&row), ["proved", "proved"]);
    let test = &row["tests"][0];
    assert_eq!(test["resource_type"], "EBS");
    assert_eq!(test["message"], "the volume has its size");
    assert_eq!(test["deletion"], "SUCCESSFUL");
    aws.mrbackup(["status"]).stdout_has("2 of 2 resources proved.");
}

#[test]
fn a_verdict_that_failed_and_a_restore_that_failed_need_attention() {
    let aws = tested(&["vol-1", "vol-2"]);
    aws.fail_jobs("vol-2", "Access denied to KMS key");
    aws.run_restore_tests(SECONDARY);
    judge(&aws, "FAILED", "the volume is not encrypted");
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has(
        "✘ us-west-2: 1 restored resource of its restore tests does not hold what it should",
    );
    status.stdout_has("(EBS): the volume is not encrypted");
    status.stdout_has("✘ us-west-2: AWS Backup could not restore 1 resource as a test");
    status.stdout_has("(EBS): Access denied to KMS key");
}

/// AWS says nothing of a resource of which it tests no point.
#[test]
fn what_was_to_be_tested_and_was_not_is_named() {
    let aws = tested(&["vol-1"]);
    // The latest point is of before the volume had its tags, and the older one is what could be tested.
    let other = volume(&aws, "vol-2");
    fresh_everywhere(&aws, &other);
    point(&aws, SECONDARY, &other, 30, &json!({}));
    let untagged = json!({
        "ResourceArn": other, "CreationDate": now() - 60, "SourceTags": {},
        "CreatedBy": {"BackupPlanId": aws.plan_id()},
    });
    aws.put_recovery_point(SECONDARY, VAULT, untagged);
    assert_eq!(aws.run_restore_tests(SECONDARY).len(), 1);
    judge(&aws, "SUCCESSFUL", "well");
    let early = status(&aws).success();
    assert_eq!(outcomes(&row(&early)), ["proved", "not-yet"]);
    aws.restore_tests_ran(SECONDARY, now() - 25 * HOUR);
    let late = aws.mrbackup(["status"]).code(3);
    late.stdout_has("✘ us-west-2: AWS Backup tested no recovery point of 1 resource");
    late.stdout_has(&other);
}

#[test]
fn what_nobody_judged_and_what_was_not_deleted_is_named() {
    let aws = tested(&["vol-1"]);
    aws.run_restore_tests(SECONDARY);
    let waits = status(&aws).success();
    assert_eq!(outcomes(&row(&waits)), ["restored"]);
    aws.keep_test_restores("volume/", "The volume is in use");
    aws.delete_test_restores(SECONDARY);
    let late = aws.mrbackup(["status"]).code(3);
    late.stdout_has(
        "✘ us-west-2: 1 restored resource of its restore tests was not validated in time",
    );
    late.stdout_has("✘ us-west-2: AWS Backup could not delete 1 restored resource of its tests");
    late.stdout_has(": The volume is in use");
}

/// No function of ours is in the tertiary: what was restored there is not judged, which is no fault.
#[test]
fn a_region_without_the_function_says_so() {
    let aws = account();
    let regions = ["--set", "restore_test.regions=[\"eu-west-1\"]", "--alerts", "none"];
    aws.mrbackup(UP.into_iter().chain(regions)).success();
    let resource = volume(&aws, "vol-1");
    fresh_everywhere(&aws, &resource);
    aws.run_restore_tests(TERTIARY);
    let status = aws.mrbackup(["status"]).success();
    status.stdout_has("! eu-west-1: its restore tests are not validated there");
    let json = aws.mrbackup(["status", "-o", "json"]).success().json();
    assert_eq!(json["restore_tests"][0]["judged"], false);
}

#[test]
fn a_resource_that_is_asked_for_has_its_own_tests_alone() {
    let aws = tested(&["vol-1", "vol-2"]);
    aws.run_restore_tests(SECONDARY);
    let one = aws.arn("ec2", PRIMARY, "volume/vol-1");
    let json = aws.mrbackup(["status", "--resource", &one, "-o", "json"]).success().json();
    let tests = json["restore_tests"][0]["tests"].as_array().unwrap().clone();
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0]["resource"], one.as_str());
}

/// One list of jobs a region, whoever asks for it, and one of the points of the window.
#[test]
fn the_list_of_jobs_is_read_once() {
    let aws = tested(&["vol-1"]);
    aws.run_restore_tests(SECONDARY);
    aws.clear_log();
    aws.mrbackup(["status"]).success();
    let calls = aws.log().into_iter();
    let lists = calls
        .filter(|call| call.is("backup", "ListRestoreJobs") && call.request.region == SECONDARY);
    assert_eq!(lists.count(), 1);
}

#[test]
fn what_could_be_tested_is_unknown_where_the_vault_cannot_be_read() {
    let aws = tested(&["vol-1"]);
    aws.run_restore_tests(SECONDARY);
    let text = "User: u is not authorized to perform: backup:GetRestoreTestingPlan";
    let fault = local_aws::Fault::error(403, "AccessDeniedException", text);
    aws.fault(fault.on("backup", "GetRestoreTestingPlan"));
    aws.mrbackup(["status"]).code(3).stdout_has("backup:GetRestoreTestingPlan");
}
