//! `plan` says why where it is not obvious, all that it would do, and that `up` would refuse.

use serde_json::json;

use crate::support::{PRIMARY, SERVICE_ROLE, VALIDATOR_ROLE, deployed};

#[test]
fn a_service_role_made_again_is_the_reason_of_another_selection() {
    let aws = deployed();
    aws.make_role_again(SERVICE_ROLE);
    let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3).report();
    let selection = plan.row("backup selection", PRIMARY);
    assert_eq!(selection.changes(), ["name"], "{plan:#?}");
    assert!(selection["reason"].as_str().unwrap().contains("service role was made again"));
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["plan", "--exit-code"]).success();
}

#[test]
fn of_a_missing_service_role_no_selection_is_promised_by_name() {
    let aws = deployed();
    aws.delete_role(SERVICE_ROLE);
    let plan = aws.mrbackup(["plan", "-o", "json"]).success().report();
    let change = &plan.row("backup selection", PRIMARY)["changes"][0];
    assert_eq!(change["new"], "tagged-resources-... (known after apply)", "{plan:#?}");
}

#[test]
fn a_function_role_made_again_is_the_reason_to_save_the_function() {
    let aws = deployed();
    aws.make_role_again(VALIDATOR_ROLE);
    let plan = aws.mrbackup(["plan"]).success();
    plan.stdout_has("its role was made again");
}

#[test]
fn another_key_is_the_reason_of_another_vault() {
    let aws = deployed();
    let text = format!(
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n\
         [kms_keys]\nus-west-2 = \"arn:aws:kms:us-west-2:{}:key/1\"\n",
        aws.id()
    );
    let plan = aws.mrbackup(["plan", "--config", &aws.file("mrbackup.toml", &text)]).success();
    let text = plan.stdout.replace('\n', " ");
    assert!(text.contains("cannot change a vault's KMS key: backups go here"), "{plan:?}");
    assert!(text.contains("its KMS key is not the wanted one"), "{plan:?}");
}

/// One resource that has lost its tag hides nothing of the rest.
#[test]
fn what_is_not_ours_is_one_row_of_the_plan() {
    let aws = deployed();
    let vault = aws.vault_arn("eu-west-1");
    let untag = json!({"ResourceArn": vault, "TagKeyList": ["mrbackup:deployment"]});
    aws.call("backup", "eu-west-1", "untag_resource", untag);
    let log =
        json!({"logGroupName": "/aws/lambda/mrbackup-default-validator", "retentionInDays": 1});
    aws.call("logs", PRIMARY, "put_retention_policy", log);
    aws.clear_log();
    let plan = aws.mrbackup(["plan"]).code(3);
    plan.stdout_has("aws backup tag-resource");
    plan.stdout_has("retention_days: 1 → 90");
    let refuses = "`mrbackup up` refuses this, because something is not ours";
    plan.stdout_has(refuses);
    aws.mrbackup(["plan", "--exit-code"]).code(3);
    aws.mrbackup(["up"]).code(1);
    aws.assert_nothing_written();
}

#[test]
fn a_plan_that_up_would_refuse_says_so() {
    let aws = deployed();
    let less = ["plan", "--drop-region", "eu-west-1"];
    let plan = aws.mrbackup(less).code(3);
    plan.stdout_has("refuses this, because it protects less");
    let allowed = aws.mrbackup(less.into_iter().chain(["--allow-less-protection"])).success();
    allowed.stdout_lacks("refuses this");
}

#[test]
fn a_function_role_without_our_tag_is_no_drift_of_the_function() {
    let aws = deployed();
    let untag = json!({"RoleName": VALIDATOR_ROLE, "TagKeys": ["mrbackup:deployment"]});
    aws.call("iam", PRIMARY, "untag_role", untag);
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    assert_eq!(status.row("validator role", PRIMARY).condition(), "not-ours", "{status:#?}");
    assert_eq!(status.row("validator function", PRIMARY).changes(), [""; 0], "{status:#?}");
}
