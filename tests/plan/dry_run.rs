//! `--dry-run`: what would be done, with the exit code for it.

use serde_json::{Value, json};

use crate::support::{Aws, UP, account, deployed};

/// Puts something of others on topic, plan, rule, and both kinds of roles.
fn add_others(aws: &Aws) {
    let (region, account) = ("us-east-1", aws.id());
    let topic = format!("arn:aws:sns:{region}:{account}:mrbackup-default-alerts");
    let queue = format!("arn:aws:sqs:{region}:{account}:theirs");
    let subscribe = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue});
    aws.call("sns", region, "subscribe", subscribe);
    let target =
        json!({"Rule": "mrbackup-default-jobs", "Targets": [{"Id": "theirs", "Arn": queue}]});
    aws.call("events", region, "put_targets", target);
    let inventory = aws.inventory();
    let plan = &inventory["regions"][region]["backup"]["plans"][0]["BackupPlanId"];
    let role = "mrbackup-default-AWSBackupServiceRole";
    let selection = json!({
        "BackupPlanId": plan,
        "BackupSelection": {
            "SelectionName": "theirs",
            "IamRoleArn": format!("arn:aws:iam::{account}:role/mrbackup/{role}"),
            "Resources": ["*"],
        },
    });
    aws.call("backup", region, "create_backup_selection", selection);
    let policy = json!({
        "PolicyName": "theirs",
        "PolicyDocument": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#,
    });
    let policy = aws.call("iam", region, "create_policy", policy)["Policy"]["Arn"].clone();
    for role in [role, "mrbackup-default-validator-us-east-1"] {
        let attachment = json!({"RoleName": role, "PolicyArn": policy});
        aws.call("iam", region, "attach_role_policy", attachment);
    }
}

/// What becomes of each resource, with the reason.
fn fates(report: &Value, removed: &str) -> Vec<(String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = report["resources"].as_array().unwrap().iter();
    rows.map(|row| {
        let name = format!("{} {}", text(row, "region"), text(row, "kind"));
        let fate =
            if row["condition"] == removed { "gone" } else { row["condition"].as_str().unwrap() };
        (name, format!("{fate} {}", text(row, "reason")))
    })
    .collect()
}

#[test]
fn a_removal_is_foreseen_as_it_comes() {
    let aws = deployed();
    add_others(&aws);
    aws.clear_log();
    let dry = aws.mrbackup(["down", "--dry-run", "-o", "json"]).code(3).json();
    assert_eq!(dry["schema"], "mrbackup.down-dry-run/1");
    let text = aws.mrbackup(["down", "--dry-run"]).code(3);
    aws.assert_nothing_written();
    let down = aws.mrbackup(["down", "-o", "json"]).code(3).json();
    assert_eq!(fates(&dry, "to-delete"), fates(&down, "removed"));
    assert_eq!((&dry["delete"], &dry["kept"]), (&down["removed"], &down["kept"]));
    for words in [
        "it has selections that are not ours: theirs",
        "it has targets that are not ours: theirs",
        "others have subscribed to it: arn:aws:sqs:",
        "it has policies that are not ours: arn:aws:iam::",
    ] {
        text.stdout_has(words);
    }
    let counts = format!("Plan for default: {} to delete, {} kept.\n", dry["delete"], dry["kept"]);
    text.stdout_starts_with(counts);
}

#[test]
fn exit_code_goes_with_dry_run_alone() {
    let aws = account();
    let dry: Vec<&str> = UP.into_iter().chain(["--dry-run", "--exit-code"]).collect();
    aws.mrbackup(&dry).code(3);
    aws.mrbackup(["down", "--dry-run", "--exit-code"]).success();
    aws.mrbackup(UP).success();
    aws.mrbackup(dry).success();
    aws.mrbackup(["down", "--dry-run"]).success();
    aws.mrbackup(["down", "--dry-run", "--exit-code"]).code(3);
    for command in ["up", "down"] {
        aws.mrbackup([command, "--exit-code"]).code(2);
    }
}

/// With nothing there it is the same document, and the same text as that of `down`.
#[test]
fn the_dry_run_of_a_removal_is_a_document_of_its_own() {
    let aws = account();
    let dry = aws.mrbackup(["down", "--dry-run", "-o", "json"]);
    let down = aws.mrbackup(["down", "-o", "json"]);
    assert_eq!(
        (dry.exit_code(), &dry.json()["schema"]),
        (down.exit_code(), &"mrbackup.down-dry-run/1".into())
    );
    assert_eq!((&dry.json()["delete"], &dry.json()["changes"]), (&0.into(), &false.into()));
    assert_eq!(dry.json()["searched_regions"], down.json()["searched_regions"]);
    assert_eq!(aws.mrbackup(["down", "--dry-run"]).stdout, aws.mrbackup(["down"]).stdout);
}
