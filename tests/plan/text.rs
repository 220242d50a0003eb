//! The text of `plan`: what differs is read at a glance, in 80 columns.

use serde_json::json;

use crate::support::{Aws, SERVICE_ROLE, account, deployed, sample_but_for};

/// The plan with a file that is the sample but for this.
#[track_caller]
fn planned(aws: &Aws, name: &str, changes: &[(&str, &str)], code: i32) -> String {
    let path = aws.file(&format!("{name}.toml"), &sample_but_for(changes));
    let plan = aws.mrbackup(["plan", "--config", &path]).code(code);
    assert!(!plan.stdout.contains('{') && !plan.stdout.contains('['), "JSON: {plan:?}");
    for line in plan.stdout.lines().filter(|line| line.starts_with("      ")) {
        assert!(line.chars().count() <= 80, "{line}\n{plan:?}");
    }
    plan.stdout
}

#[test]
fn rules_and_select_tags_are_said_in_words() {
    let aws = deployed();
    let tags = planned(&aws, "tags", &[("BackupEnabled = \"true\"", "BackupEnabled = \"yes\"")], 3);
    assert!(tags.contains("\n      name: tagged-resources-"), "{tags}");
    let inner = "\n      conditions.StringEquals.aws:ResourceTag/BackupEnabled: true → yes\n";
    assert!(tags.contains(inner), "{tags}");

    let renamed = planned(&aws, "renamed", &[("name = \"weekly\"", "name = \"sunday\"")], 3);
    assert!(renamed.contains("\n      rules: weekly → sunday\n"), "{renamed}");
    assert!(renamed.contains("\n✘ less protection: rule weekly is removed"), "{renamed}");

    let rule = "[[rules]]\nname = \"monthly\"\nschedule = \"cron(0 12 1 * ? *)\"\n\n[[rules]]";
    let added = planned(&aws, "added", &[("[[rules]]", rule)], 0);
    let words = "
      rules.monthly
        + completion_window_minutes 10080, schedule cron(0 12 1 * ? *),
            start_window_minutes 480, timezone Etc/UTC, vault mrbackup-default
";
    assert!(added.contains(words), "{added}");
}

#[test]
fn policies_differ_item_by_item() {
    let aws = deployed();
    for name in [
        "service-role/AWSBackupServiceRolePolicyForRestores",
        "AWSBackupServiceRolePolicyForS3Backup",
    ] {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        aws.detach_policy(SERVICE_ROLE, &arn);
    }
    let validator =
        json!({"RoleName": "mrbackup-default-validator-us-east-1", "PolicyName": "validator"});
    let live = aws.call("iam", "us-east-1", "get_role_policy", validator.clone());
    let mut document = live["PolicyDocument"].clone();
    let mut statements = document["Statement"].as_array_mut().unwrap().iter_mut();
    let read = statements.find(|statement| statement["Sid"] == "Read").unwrap();
    read["Action"].as_array_mut().unwrap().pop();
    let mut altered = validator;
    altered["PolicyDocument"] = json!(document.to_string());
    aws.call("iam", "us-east-1", "put_role_policy", altered);

    let plan = aws.mrbackup(["plan"]).success();
    plan.stdout_has(
        "
      managed_policies
        + arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup
        + arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores
",
    );
    let action = "\n      policy.Statement.Read.Action\n        + backup:ListRestoreJobs\n";
    plan.stdout_has(action);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("\n      recorded: backup:ListRestoreJobs\n");
}

#[test]
fn offline_no_profile_and_no_certificate_is_looked_for() {
    let aws = account();
    let offline = ["plan", "--offline", "--primary", "us-east-1", "--secondary", "us-west-2"];
    for (name, value) in [("AWS_PROFILE", "nope"), ("AWS_CA_BUNDLE", "/nonexistent.pem")] {
        aws.command().env(name, value).args(offline).run().success();
    }
    aws.command().args(offline).args(["--profile", "nope"]).run().success();
    assert!(aws.log().is_empty());
}
