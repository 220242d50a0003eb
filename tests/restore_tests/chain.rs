//! The chain of a test: AWS's run, its job, the event, and the function of its region.

use local_aws::eventually;
use serde_json::json;

use super::tested;
use crate::recovery::land;
use crate::support::{PRIMARY, SECONDARY, TOPIC, VALIDATOR};

#[test]
fn what_a_test_restored_reaches_the_function_of_its_region() {
    let aws = tested(&["vol-1"]);
    let job = aws.run_restore_tests(SECONDARY).remove(0);
    eventually("the job in the validator's log", || {
        let log = aws.function_log(SECONDARY, VALIDATOR);
        log.iter().any(|line| line.contains(&job)).then_some(())
    });
    let elsewhere = aws.function_log(PRIMARY, VALIDATOR);
    assert!(elsewhere.iter().all(|line| !line.contains(&job)), "{elsewhere:?}");
}

/// From the schedule to the verdict in `status`: the job, its event, the function, what it stamps.
#[test]
fn a_test_is_judged_by_the_function_and_status_says_so() {
    let aws = tested(&[]);
    land(&aws, 1, &[("EBS", "vol-0a1b2c3d4e5f60718")]);
    let job = aws.run_restore_tests(SECONDARY).remove(0);
    let wanted = json!({ "RestoreJobId": job });
    eventually("the verdict", || {
        let found = aws.call("backup", SECONDARY, "describe_restore_job", wanted.clone());
        (found["ValidationStatus"] == "SUCCESSFUL").then_some(())
    });
    aws.delete_test_restores(SECONDARY);
    let status = aws.mrbackup(["status"]);
    status.stdout_has("Restore tests in us-west-2, ");
    status.stdout_has("1 of 1 resource proved.");
}

/// Its event names no vault: the function looks for it.
#[test]
fn a_test_that_fails_is_a_message_with_its_plan() {
    let aws = tested(&["vol-1"]);
    let inbox = aws.inbox(SECONDARY, TOPIC);
    aws.fail_jobs("vol-1", "Access denied to KMS key");
    aws.run_restore_tests(SECONDARY);
    let message = inbox.take(1).remove(0);
    assert!(message.subject.contains("restore job FAILED"), "{}", message.subject);
    assert!(message.body.contains("restore-testing-plan:mrbackup_default-"), "{}", message.body);
    assert!(message.body.contains("Access denied to KMS key"), "{}", message.body);
}
