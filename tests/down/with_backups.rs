//! `down` where vaults hold backups: refused, kept with their role, or deleted in so many words; and never a loss by the way.

use local_aws::{Fault, now};
use serde_json::json;

use crate::support::{
    Aws, DELETE, SERVICE_ROLE, TERTIARY, UP, VAULT, account, deployed, point_of_plan, points,
    volume, with_points,
};

fn has_role(aws: &Aws) -> bool {
    let role = json!({"RoleName": SERVICE_ROLE});
    aws.try_call(local_aws::Via::Aws, "iam", "us-east-1", "get_role", role).is_ok()
}

#[test]
fn it_refuses_and_says_how_many_from_where_until_when_before_anything_is_removed() {
    let aws = with_points();
    point_of_plan(&aws, "us-west-2", &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    aws.put_backup_job("us-east-1", json!({"State": "RUNNING", "BackupVaultName": VAULT}));
    aws.clear_log();
    let down = aws.mrbackup(["down"]).code(3);
    for text in [
        "us-east-1 vault mrbackup-default: 1 recovery point, the last one until ",
        "1 job still running",
        "1 of this deployment's plan, 1 of other plans",
        "mrbackup down --keep-backups",
        "mrbackup down --delete-backups --confirm default",
    ] {
        down.stdout_has(text);
    }
    aws.assert_nothing_written();
}

#[test]
fn keep_leaves_exactly_the_full_vaults_and_the_role_and_up_takes_them_up_again() {
    let aws = with_points();
    let down = aws.mrbackup(["down", "--keep-backups"]).code(3);
    down.stdout_has("The service role stays with them");
    assert_eq!(points(&aws), 2);
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    let left = status.rows().into_iter();
    let left = left.map(|row| format!("{} {}", row.kind(), row.region().unwrap_or("-")));
    let left: Vec<String> = left.collect();
    assert_eq!(left, ["service role -", "vault us-east-1", "vault us-west-2"]);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("removed, except for vaults with backups");
    let volume = aws.arn("ec2", "us-east-1", "volume/vol-1");
    let tag = aws.mrbackup(["tag", "--dry-run", &volume]).success();
    tag.stderr_has("No plan runs here");

    aws.mrbackup(["up"]).success();
    assert_eq!(points(&aws), 2);
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn what_was_kept_goes_when_it_has_expired() {
    let aws = deployed();
    let before = aws.inventory();
    aws.mrbackup(["down"]).success();
    let empty = aws.inventory();
    assert_ne!(before, empty);
    aws.mrbackup(UP).success();
    point_of_plan(&aws, "us-west-2", &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    aws.mrbackup(["down"]).code(3);
    assert!(has_role(&aws));
    aws.expire_recovery_points("us-west-2", VAULT);
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), empty);
    assert!(!has_role(&aws));
}

#[test]
fn delete_waits_until_the_points_are_gone_and_retries_the_vault() {
    let aws = with_points();
    aws.slow_deletions(2);
    aws.slow_vaults(2);
    aws.slow_plans(1);
    let down = aws.mrbackup(DELETE).success();
    down.stdout_has("nothing is left");
    assert_eq!(points(&aws), 0);
    assert!(!has_role(&aws));
}

#[test]
fn delete_needs_the_right_name() {
    let aws = with_points();
    let other = ["down", "--delete-backups", "--confirm", "prod"];
    aws.clear_log();
    let refused = aws.mrbackup(other).code(2);
    refused.stderr_has("this deployment is called default");
    assert!(aws.log().is_empty(), "what was typed wrongly is found before anything is called");
    aws.mrbackup(["down", "--delete-backups"]).code(2);
    assert_eq!(points(&aws), 2);
}

/// A vault that earlier settings left behind is emptied as its dry run says.
#[test]
fn a_former_vault_is_emptied_with_the_others() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    point_of_plan(&aws, TERTIARY, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(["up", "--drop-region", TERTIARY, "--allow-less-protection"]).success();
    let dry_run = aws.mrbackup(DELETE.into_iter().chain(["--dry-run", "-o", "json"])).success();
    let emptied = dry_run.json()["emptied_vaults"].clone();
    assert_eq!(
        (&emptied[0]["region"], &emptied[0]["recovery_points"]),
        (&json!(TERTIARY), &json!(1))
    );
    let row = dry_run.report();
    assert_eq!(row.row("vault", TERTIARY).condition(), "to-delete");
    aws.mrbackup(DELETE).success();
    assert_eq!(points(&aws), 0);
    assert_eq!(aws.inventory(), before);
}

#[test]
fn others_points_stay_and_keep_their_vault_unless_they_are_named_too() {
    let aws = with_points();
    point_of_plan(&aws, "us-west-2", &json!({"CreatedBy": {"BackupPlanId": "theirs"}}));
    let down = aws.mrbackup(DELETE).code(3);
    down.stdout_has("1 recovery point not of this deployment");
    assert_eq!(points(&aws), 1);
    assert!(has_role(&aws));
    let all = DELETE.into_iter().chain(["--include-foreign-points"]);
    aws.mrbackup(all).success();
    assert_eq!(points(&aws), 0);
}

#[test]
fn continuous_points_are_let_go_so_that_the_source_keeps_its_own() {
    let aws = deployed();
    let table = aws.arn("dynamodb", "us-east-1", "table/orders");
    point_of_plan(&aws, "us-east-1", &json!({"Status": "AVAILABLE", "ResourceArn": table}));
    aws.mrbackup(DELETE).success();
    assert_eq!(aws.released_resources("us-east-1").get(&table), Some(&true));

    let aws = deployed();
    aws.delete_continuous_points();
    let table = aws.arn("dynamodb", "us-east-1", "table/orders");
    point_of_plan(&aws, "us-east-1", &json!({"Status": "AVAILABLE", "ResourceArn": table}));
    aws.mrbackup(DELETE.into_iter().chain(["--stop-pitr"])).success();
    assert_eq!(aws.released_resources("us-east-1").get(&table), Some(&false));
}

#[test]
fn a_locked_vault_and_a_legal_hold_are_said_and_kept() {
    let aws = with_points();
    let held = point_of_plan(&aws, "us-east-1", &json!({}));
    aws.hold_recovery_point("us-east-1", VAULT, &held, true);
    aws.lock_vault("us-west-2", VAULT, json!({"MinRetentionDays": 7, "LockDate": now() - 1000}));
    let down = aws.mrbackup(DELETE).code(3);
    down.stdout_has("cannot be deleted");
    assert!(has_role(&aws));
    let left = [
        aws.recovery_points("us-east-1", VAULT).len(),
        aws.recovery_points("us-west-2", VAULT).len(),
    ];
    assert_eq!(left, [1, 1], "{down:?}");
}

#[test]
fn running_jobs_are_stopped_or_waited_for_before_their_vault_goes() {
    let aws = deployed();
    aws.slow_jobs(3);
    let volume = aws.arn("ec2", "us-east-1", "volume/vol-1");
    let job = json!({
        "BackupVaultName": VAULT, "ResourceArn": volume,
        "IamRoleArn": aws.service_role_arn(),
    });
    aws.call("backup", "us-east-1", "start_backup_job", job);
    let down = aws.mrbackup(DELETE).success();
    down.stdout_has("nothing is left");
    assert_eq!(points(&aws), 0);
}

/// Who takes the backups away hears what is without them now; a read that is denied is nobody's answer.
#[test]
fn what_still_has_the_tags_is_counted() {
    let aws = deployed();
    volume(&aws, "vol-1");
    volume(&aws, "vol-2");
    let down = aws.mrbackup(["down"]).success();
    down.stdout_has("! 2 resources in us-east-1 still have BackupEnabled=true and Environment=Production: this deployment no longer backs them up.\n");
    aws.mrbackup(UP).success();
    let denied = Fault::error(400, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("tagging", "GetResources").containing("ResourceTypeFilters"));
    let down = aws.mrbackup(["down"]).success();
    down.stdout_lacks("no longer backs");
}
