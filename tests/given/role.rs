//! A service role of the user's own.

use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, SERVICE_ROLE, UP, VAULT, account};

const NAME: &str = "CompanyBackup";
const MANAGED: [&str; 4] = [
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
];

fn arn(aws: &Aws) -> String {
    format!("arn:aws:iam::{}:role/company/{NAME}", aws.id())
}

fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
    ]})
    .to_string()
}

/// A role as a company has it, with these of AWS's policies.
#[track_caller]
fn make_role(aws: &Aws, service: &str, policies: &[&str]) {
    let role = json!({
        "RoleName": NAME, "Path": "/company/", "AssumeRolePolicyDocument": trust(service),
        "Tags": [{"Key": "Team", "Value": "storage"}],
    });
    aws.call("iam", PRIMARY, "create_role", role);
    for policy in policies {
        let policy = format!("arn:aws:iam::aws:policy/{policy}");
        let attach = json!({"RoleName": NAME, "PolicyArn": policy});
        aws.call("iam", PRIMARY, "attach_role_policy", attach);
    }
}

fn up(aws: &Aws) -> Vec<String> {
    let with = ["--service-role".to_owned(), arn(aws)];
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
    make_role(&aws, "backup.amazonaws.com", &MANAGED);
    let before = aws.inventory();
    let plan = aws.mrbackup(up(&aws).iter().map(|word| if word == "up" { "plan" } else { word }));
    plan.success().stdout_lacks(SERVICE_ROLE);
    aws.mrbackup(up(&aws)).success();
    assert_eq!(role_of_selection(&aws), json!(arn(&aws)));
    assert!(!has_role(&aws, SERVICE_ROLE));
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded();
    let report = status.report();
    let row = report.row("service role", None);
    assert_eq!((row.condition(), &row["name"]), ("given", &json!(arn(&aws))));
    let all = aws.mrbackup(["status", "--all"]).code(3);
    all.stdout_has(format!("{}  given, used as it is", arn(&aws)));
    aws.mrbackup(["plan", "--exit-code"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
    let show = aws.mrbackup(["config", "show"]).success();
    show.stdout_has_row(format!("service_role recorded {}", arn(&aws)));
    aws.mrbackup(["list"]).success();

    let down = aws.mrbackup(["down"]).success();
    down.stdout_has("only what was given is left, as it was");
    down.stdout_has(format!("{}  given", arn(&aws)));
    assert_eq!(aws.inventory(), before);
}

#[test]
fn a_role_that_cannot_be_used_is_refused_before_anything_is_made() {
    let aws = account();
    let refused = aws.mrbackup(up(&aws)).code(1);
    refused.stderr_has("this is given and cannot be used").stderr_has("IAM has no such role");
    make_role(&aws, "ec2.amazonaws.com", &MANAGED);
    let refused = aws.mrbackup(up(&aws)).code(1);
    refused.stderr_has("its trust policy does not let backup.amazonaws.com assume it");
    let elsewhere = arn(&aws).replace("/company/", "/");
    let refused = aws.mrbackup(UP.into_iter().chain(["--service-role", &elsewhere])).code(1);
    refused.stderr_has(format!("the role of this name is {}", arn(&aws)));
    for bad in ["backup", "arn:aws:iam::444455556666:role/backup"] {
        aws.mrbackup(UP.into_iter().chain(["--service-role", bad])).code(2);
    }
    assert_eq!(aws.writes().len(), 0);
}

#[test]
fn a_given_role_that_becomes_unfit_is_a_finding_and_missing_policies_are_a_warning() {
    let aws = account();
    make_role(&aws, "backup.amazonaws.com", &MANAGED[..3]);
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
    make_role(&aws, "backup.amazonaws.com", &MANAGED);
    let own = aws.service_role_arn();
    let point = json!({"IamRoleArn": own, "Lifecycle": {"DeleteAfterDays": 30}});
    aws.put_recovery_point(PRIMARY, VAULT, point);

    // AWS Backup needs the own role until it has deleted what it made with it.
    aws.mrbackup(up(&aws)).success().stdout_has("needs it to delete them");
    assert_eq!(role_of_selection(&aws), json!(arn(&aws)));
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
