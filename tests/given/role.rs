//! A service role of the user's own.

use serde_json::{Value, json};

use crate::support::{Aws, GIVEN_ROLE as NAME, PRIMARY, SERVICE_ROLE, UP, VAULT, account, trust};

fn up(aws: &Aws) -> Vec<String> {
    let with = ["--service-role".to_owned(), aws.given_role_arn()];
    UP.into_iter().map(str::to_owned).chain(with).collect()
}

/// The role of the only selection.
#[track_caller]
fn role_of_selection(aws: &Aws) -> Value {
    let selection = aws.call("backup", PRIMARY, "get_backup_selection", aws.selection_id());
    selection["BackupSelection"]["IamRoleArn"].clone()
}

#[track_caller]
fn has_role(aws: &Aws, name: &str) -> bool {
    let roles = aws.call("iam", PRIMARY, "list_roles", json!({}));
    roles["Roles"].as_array().unwrap().iter().any(|role| role["RoleName"] == name)
}

#[test]
fn a_given_role_is_used_and_left_as_it_was() {
    let aws = account();
    aws.make_given_role("backup.amazonaws.com", 4);
    let before = aws.inventory();
    let plan = aws.mrbackup(up(&aws).iter().map(|word| if word == "up" { "plan" } else { word }));
    plan.success().stdout_lacks(SERVICE_ROLE);
    aws.mrbackup(up(&aws)).success();
    assert_eq!(role_of_selection(&aws), json!(aws.given_role_arn()));
    assert!(!has_role(&aws, SERVICE_ROLE));
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    let report = status.report();
    let row = report.row("service role", None);
    assert_eq!((row.condition(), &row["name"]), ("given", &json!(aws.given_role_arn())));
    let all = aws.mrbackup(["status", "--all"]).code(3);
    all.stdout_has(format!("{}  given, used as it is", aws.given_role_arn()));
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
    let show = aws.mrbackup(["config", "show"]).success();
    show.stdout_has_row(format!("service_role recorded {}", aws.given_role_arn()));
    aws.mrbackup(["list"]).success();

    let down = aws.mrbackup(["down"]).success();
    down.stdout_has("only what was given is left, as it was");
    down.stdout_has(format!("{}  given", aws.given_role_arn()));
    assert_eq!(aws.inventory(), before);
}

#[test]
fn a_role_that_cannot_be_used_is_refused_before_anything_is_made() {
    let aws = account();
    let refused = aws.mrbackup(up(&aws)).code(1);
    refused.stderr_has("this is given and cannot be used").stderr_has("IAM has no such role");
    aws.make_given_role("ec2.amazonaws.com", 4);
    let refused = aws.mrbackup(up(&aws)).code(1);
    refused.stderr_has("its trust policy does not let backup.amazonaws.com assume it");
    let elsewhere = aws.given_role_arn().replace("/company/", "/");
    let refused = aws.mrbackup(UP.into_iter().chain(["--service-role", &elsewhere])).code(1);
    refused.stderr_has(format!("the role of this name is {}", aws.given_role_arn()));
    for bad in ["backup", "arn:aws:iam::444455556666:role/backup"] {
        aws.mrbackup(UP.into_iter().chain(["--service-role", bad])).code(2);
    }
    assert_eq!(aws.writes().len(), 0);
}

#[test]
fn a_given_role_that_becomes_unfit_is_a_finding_and_missing_policies_are_a_warning() {
    let aws = account();
    aws.make_given_role("backup.amazonaws.com", 3);
    aws.mrbackup(up(&aws)).success();
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    let warnings = status.json()["warnings"].to_string();
    assert!(
        warnings.contains("has not AWS's managed AWSBackupServiceRolePolicyForS3Restore"),
        "{warnings}"
    );
    assert!(warnings.contains("whether its other policies allow the same is not checked"));

    let policy = json!({"RoleName": NAME, "PolicyDocument": trust("ec2.amazonaws.com")});
    aws.call("iam", PRIMARY, "update_assume_role_policy", policy);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("its trust policy does not let backup.amazonaws.com assume it");
    status.stdout_has("repair the role, or name another with service_role");
    aws.mrbackup(["plan"]).code(3).stdout_has("something given cannot be used");
    aws.mrbackup(["down"]).success();
    assert!(has_role(&aws, NAME));
}

#[test]
fn from_the_own_role_to_a_given_one_and_back() {
    let aws = account();
    let empty = aws.inventory();
    aws.mrbackup(UP).success();
    aws.make_given_role("backup.amazonaws.com", 4);
    let own = aws.service_role_arn();
    let point = json!({"IamRoleArn": own, "Lifecycle": {"DeleteAfterDays": 30}});
    aws.put_recovery_point(PRIMARY, VAULT, point);

    // AWS Backup needs the own role until it has deleted what it made with it.
    aws.mrbackup(up(&aws)).success().stdout_has("needs it to delete them");
    assert_eq!(role_of_selection(&aws), json!(aws.given_role_arn()));
    assert!(has_role(&aws, SERVICE_ROLE));
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");

    aws.expire_recovery_points(PRIMARY, VAULT);
    aws.mrbackup(["up"]).success();
    assert!(!has_role(&aws, SERVICE_ROLE));
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();

    aws.mrbackup(["up", "--set", "service_role=none"]).success();
    assert_eq!(role_of_selection(&aws), json!(own));
    aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    aws.mrbackup(["down"]).success();
    let delete = json!({"RoleName": NAME});
    for policy in aws.attached_policies(NAME) {
        let detach = json!({"RoleName": NAME, "PolicyArn": policy});
        aws.call("iam", PRIMARY, "detach_role_policy", detach);
    }
    aws.call("iam", PRIMARY, "delete_role", delete);
    assert_eq!(aws.inventory(), empty);
}
