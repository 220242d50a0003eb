//! Whose a recovery point is: its plan tells, wherever that plan is or was, and its name alone proves nothing.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{
    Aws, DELETE, PRIMARY, SECONDARY, TERTIARY, UP, VAULT, deployed, point_of_plan, points,
    with_points,
};

const LESS: &str = "--allow-less-protection";

fn delete(more: &[&'static str]) -> Vec<&'static str> {
    DELETE.into_iter().chain(more.iter().copied()).collect()
}

/// A point that this plan made, whether or not there is such a plan.
fn point_by(aws: &Aws, region: &str, plan: &Value) -> String {
    point_of_plan(aws, region, &json!({"CreatedBy": plan}))
}

/// What a plan that has the name of ours leaves in a point.
fn namesake(id: &str) -> Value {
    json!({"BackupPlanId": id, "BackupPlanName": VAULT})
}

/// The id that the deployment carries in its record.
fn deployment_id(aws: &Aws) -> String {
    let arn = aws.arn("backup", PRIMARY, &format!("backup-vault:{VAULT}"));
    let tags = aws.call("backup", PRIMARY, "list_tags", json!({"ResourceArn": arn}));
    tags["Tags"]["mrbackup:id"].as_str().unwrap().to_owned()
}

/// A plan by this request, which is gone again.
fn deleted_plan(aws: &Aws, region: &str, request: &str) -> String {
    let rule = json!({"RuleName": "r", "TargetBackupVaultName": "v", "ScheduleExpression": "cron(0 5 ? * * *)"});
    let plan = json!({
        "BackupPlan": {"BackupPlanName": VAULT, "Rules": [rule]}, "CreatorRequestId": request,
    });
    let made = aws.call("backup", region, "create_backup_plan", plan);
    let id = json!({"BackupPlanId": made["BackupPlanId"]});
    aws.call("backup", region, "delete_backup_plan", id);
    made["BackupPlanId"].as_str().unwrap().to_owned()
}

/// All points are said to be ours, and all go.
#[track_caller]
fn all_are_ours(aws: &Aws) {
    let held = points(aws);
    let refused = aws.mrbackup(["down", "-o", "json"]).code(3).json();
    let vaults = refused["full_vaults"].as_array().unwrap();
    let ours = vaults.iter().map(|vault| vault["origins"]["our-plan"].as_u64().unwrap_or_default());
    assert_eq!(ours.sum::<u64>(), held as u64, "{refused}");
    aws.mrbackup(DELETE).success().stdout_has("nothing is left");
    assert_eq!(points(aws), 0);
}

#[test]
fn points_of_a_primary_of_before_are_ours() {
    let aws = with_points();
    let old = aws.plan_id();
    let moved = ["up", "--primary", SECONDARY, "--secondary", PRIMARY, LESS];
    aws.mrbackup(moved).success();
    point_by(&aws, TERTIARY, &json!({"BackupPlanId": old}));
    all_are_ours(&aws);
}

/// The region of the plan that made them is in the record no more, and AWS does not list that plan.
#[test]
fn copies_of_a_primary_that_is_recorded_no_more_are_ours() {
    let aws = deployed();
    let old = aws.plan_id();
    let source = aws.arn("backup", PRIMARY, &format!("backup-vault:{VAULT}"));
    let copy = json!({"CreatedBy": {"BackupPlanId": old}, "SourceBackupVaultArn": source});
    for region in [SECONDARY, TERTIARY] {
        point_of_plan(&aws, region, &copy);
    }
    aws.mrbackup(["up", "--primary", "us-east-2", LESS]).success();
    let status = aws.mrbackup(["status", "-o", "json"]).json();
    assert!(!status["regions"].to_string().contains(PRIMARY), "{}", status["regions"]);
    aws.forget_plan(old.as_str().unwrap());
    all_are_ours(&aws);
}

/// A record of before has no plans in it, so that AWS has to be asked where the point says.
#[test]
fn a_plan_is_looked_for_where_its_arn_says() {
    let aws = deployed();
    let region = "ap-south-1";
    let id = deleted_plan(&aws, region, &format!("mrb-{}-plan-7", deployment_id(&aws)));
    let arn = aws.arn("backup", region, &format!("backup-plan:{id}"));
    point_by(&aws, TERTIARY, &json!({"BackupPlanId": id, "BackupPlanArn": arn}));
    all_are_ours(&aws);
}

#[test]
fn copies_out_of_a_vault_with_another_key_are_ours() {
    let aws = deployed();
    let source = aws.arn("backup", PRIMARY, &format!("backup-vault:{VAULT}"));
    let key = aws.arn("kms", PRIMARY, "key/11111111-2222-4333-8444-555555555555");
    aws.mrbackup(["up", "--kms-key-arn", &key]).success();
    point_of_plan(&aws, SECONDARY, &json!({"SourceBackupVaultArn": source}));
    all_are_ours(&aws);
}

/// Nobody knows for how long AWS lists a plan that is gone.
#[test]
fn what_was_kept_is_ours_when_aws_has_forgotten_its_plan() {
    let aws = with_points();
    let plan = aws.plan_id();
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    aws.forget_plan(plan.as_str().unwrap());
    all_are_ours(&aws);
}

#[test]
fn what_was_kept_and_taken_up_again_is_ours_with_two_plans() {
    let aws = with_points();
    let old = aws.plan_id();
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.forget_plan(old.as_str().unwrap());
    point_of_plan(&aws, TERTIARY, &json!({}));
    all_are_ours(&aws);
}

#[test]
fn a_name_alone_is_told_apart_and_kept_until_its_plan_is_named() {
    let aws = with_points();
    point_by(&aws, SECONDARY, &namesake("forgotten-1"));
    point_by(&aws, SECONDARY, &namesake("forgotten-2"));
    point_by(&aws, SECONDARY, &json!({"BackupPlanId": "theirs"}));
    let down = aws.mrbackup(["down"]).code(3);
    for text in [
        "2 probably of this deployment's plan, by its name alone, 1 of other plans",
        "1 recovery point of plan forgotten-1, which has the name of this deployment's plan",
        "aws backup get-backup-plan --backup-plan-id forgotten-2",
    ] {
        down.stdout_has(text);
    }
    let vault = aws.mrbackup(["down", "-o", "json"]).code(3).json()["full_vaults"][1].clone();
    assert_eq!(vault["origins"], json!({"our-plan": 1, "probably-ours": 2, "other-plan": 1}));
    assert_eq!(vault["probably_ours"][0]["plan"], "forgotten-1");

    let dry = aws.mrbackup(delete(&["--dry-run"])).code(3);
    dry.stdout_has("it holds 2 recovery points probably of this deployment's plan");
    let named = ["--points-of-plan", "forgotten-1", "--dry-run", "-o", "json"];
    let dry = aws.mrbackup(delete(&named)).code(3).json();
    let emptied = &dry["emptied_vaults"][1];
    assert_eq!((&emptied["recovery_points"], &emptied["spared"]), (&json!(2), &json!(2)));

    aws.mrbackup(DELETE).code(3);
    assert_eq!(points(&aws), 3);
    aws.mrbackup(delete(&["--points-of-plan", "forgotten-1"])).code(3);
    assert_eq!(points(&aws), 2);
    let both = ["--points-of-plan", "forgotten-2", "--points-of-plan", "theirs"];
    aws.mrbackup(delete(&both)).success().stdout_has("nothing is left");
}

#[test]
fn a_namesake_that_aws_says_somebody_else_made_is_not_even_probably_ours() {
    let aws = deployed();
    let id = deleted_plan(&aws, PRIMARY, "somebody-else");
    point_by(&aws, TERTIARY, &namesake(&id));
    let origins =
        aws.mrbackup(["down", "-o", "json"]).code(3).json()["full_vaults"][0]["origins"].clone();
    assert_eq!(origins, json!({"other-plan": 1}));
}

#[test]
fn a_plan_in_a_region_that_cannot_be_read_is_unknown_and_its_points_stay() {
    let aws = deployed();
    let arn = aws.arn("backup", TERTIARY, "backup-plan:moved");
    point_by(&aws, SECONDARY, &json!({"BackupPlanId": "moved", "BackupPlanArn": arn}));
    let text = "User: u is not authorized to perform: backup:ListBackupPlans";
    let denied = Fault::error(403, "AccessDeniedException", text);
    aws.fault(denied.on("backup", "ListBackupPlans").region(TERTIARY));
    let down = aws.mrbackup(DELETE).code(3);
    down.stdout_has("it holds 1 recovery point of a plan in a region that could not be read");
    assert_eq!(points(&aws), 1);
}

#[test]
fn a_plan_must_be_named_with_the_word_to_delete() {
    let aws = deployed();
    aws.mrbackup(["down", "--points-of-plan", "x"]).code(2);
    aws.mrbackup(delete(&["--points-of-plan", ""])).code(2);
    aws.mrbackup(UP).success();
}
