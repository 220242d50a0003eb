//! `plan` says why where it is not obvious, all that it would do, and that `up` would refuse.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::life_cycle::deployed;
use crate::support::harness::Aws;

const REGION: &str = "us-east-1";
const SERVICE_ROLE: &str = "mrbackup-default-AWSBackupServiceRole";
const VALIDATOR_ROLE: &str = "mrbackup-default-validator-us-east-1";

/// A role under the same name and ARN, with another id.
fn make_again(aws: &Aws, role: &str) {
    let name = json!({"RoleName": role});
    let found = aws.call("iam", REGION, "get_role", name.clone())["Role"].clone();
    let attached = aws.call("iam", REGION, "list_attached_role_policies", name.clone());
    let arns: Vec<Value> = attached["AttachedPolicies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| json!({"RoleName": role, "PolicyArn": policy["PolicyArn"]}))
        .collect();
    let inline = aws.call("iam", REGION, "list_role_policies", name.clone());
    let inline: Vec<Value> = inline["PolicyNames"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| {
            let id = json!({"RoleName": role, "PolicyName": policy});
            let found = aws.call("iam", REGION, "get_role_policy", id.clone());
            aws.call("iam", REGION, "delete_role_policy", id);
            let document = found["PolicyDocument"].to_string();
            json!({"RoleName": role, "PolicyName": policy, "PolicyDocument": document})
        })
        .collect();
    for policy in &arns {
        aws.call("iam", REGION, "detach_role_policy", policy.clone());
    }
    aws.call("iam", REGION, "delete_role", name);
    let again = json!({
        "RoleName": role,
        "Path": "/mrbackup/",
        "AssumeRolePolicyDocument": found["AssumeRolePolicyDocument"].to_string(),
        "Tags": found["Tags"],
    });
    aws.call("iam", REGION, "create_role", again);
    for policy in arns {
        aws.call("iam", REGION, "attach_role_policy", policy);
    }
    for policy in inline {
        aws.call("iam", REGION, "put_role_policy", policy);
    }
}

fn row<'a>(report: &'a Value, kind: &str) -> &'a Value {
    let rows = report["resources"].as_array().unwrap();
    rows.iter().find(|row| row["kind"] == kind).unwrap()
}

fn fields(row: &Value) -> Vec<&str> {
    let changes = row["changes"].as_array().map_or(&[][..], Vec::as_slice);
    changes.iter().map(|change| change["field"].as_str().unwrap()).collect()
}

#[test]
fn a_service_role_made_again_is_the_reason_of_another_selection() {
    let aws = deployed();
    make_again(&aws, SERVICE_ROLE);
    let plan = aws.mrbackup(["plan", "--exit-code", "-o", "json"]).code(3).json();
    let selection = row(&plan, "backup selection");
    assert_eq!(fields(selection), ["name"], "{plan:#}");
    assert!(selection["reason"].as_str().unwrap().contains("service role was made again"));
    aws.mrbackup(["up"]).success();
    aws.mrbackup(["plan", "--exit-code"]).success();
}

#[test]
fn of_a_missing_service_role_no_selection_is_promised_by_name() {
    let aws = deployed();
    let attached =
        aws.call("iam", REGION, "list_attached_role_policies", json!({"RoleName": SERVICE_ROLE}));
    for policy in attached["AttachedPolicies"].as_array().unwrap() {
        let id = json!({"RoleName": SERVICE_ROLE, "PolicyArn": policy["PolicyArn"]});
        aws.call("iam", REGION, "detach_role_policy", id);
    }
    aws.call("iam", REGION, "delete_role", json!({"RoleName": SERVICE_ROLE}));
    let plan = aws.mrbackup(["plan", "-o", "json"]).success().json();
    let change = &row(&plan, "backup selection")["changes"][0];
    assert_eq!(change["new"], "tagged-resources-... (known after apply)", "{plan:#}");
}

#[test]
fn a_function_role_made_again_is_the_reason_to_save_the_function() {
    let aws = deployed();
    make_again(&aws, VALIDATOR_ROLE);
    let plan = aws.mrbackup(["plan"]).success();
    assert!(plan.stdout.contains("its role was made again"), "{plan:?}");
}

fn file(aws: &Aws, text: &str) -> String {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reasons").join(aws.id());
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("mrbackup.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn another_key_is_the_reason_of_another_vault() {
    let aws = deployed();
    let text = format!(
        "[regions]\nprimary = \"us-east-1\"\nsecondary = \"us-west-2\"\ntertiary = \"eu-west-1\"\n\
         [kms_keys]\nus-west-2 = \"arn:aws:kms:us-west-2:{}:key/1\"\n",
        aws.id()
    );
    let plan = aws.mrbackup(["plan", "--config", &file(&aws, &text)]).success();
    let text = plan.stdout.replace('\n', " ");
    assert!(text.contains("cannot change a vault's KMS key: backups go here"), "{plan:?}");
    assert!(text.contains("its KMS key is not the wanted one"), "{plan:?}");
}

/// One resource that has lost its tag hides nothing of the rest.
#[test]
fn what_is_not_ours_is_one_row_of_the_plan() {
    let aws = deployed();
    let vault = aws.arn("backup", "eu-west-1", "backup-vault:mrbackup-default");
    let untag = json!({"ResourceArn": vault, "TagKeyList": ["mrbackup:deployment"]});
    aws.call("backup", "eu-west-1", "untag_resource", untag);
    let log =
        json!({"logGroupName": "/aws/lambda/mrbackup-default-validator", "retentionInDays": 1});
    aws.call("logs", REGION, "put_retention_policy", log);
    aws.clear_log();
    let plan = aws.mrbackup(["plan"]).success();
    assert!(plan.stdout.contains("aws backup tag-resource"), "{plan:?}");
    assert!(plan.stdout.contains("retention_days: 1 → 90"), "{plan:?}");
    assert!(plan.stdout.contains("What the schedule promises"), "{plan:?}");
    let refuses = "`mrbackup up` refuses this, because something is not ours";
    assert!(plan.stdout.contains(refuses), "{plan:?}");
    aws.mrbackup(["plan", "--exit-code"]).code(3);
    aws.mrbackup(["up"]).code(1);
    assert!(aws.writes().is_empty());
}

#[test]
fn a_plan_that_up_would_refuse_says_so() {
    let aws = deployed();
    let less = ["plan", "--drop-region", "eu-west-1"];
    let plan = aws.mrbackup(less).success();
    assert!(plan.stdout.contains("refuses this, because it protects less"), "{plan:?}");
    let allowed = aws.mrbackup(less.into_iter().chain(["--allow-less-protection"])).success();
    assert!(!allowed.stdout.contains("refuses this"), "{allowed:?}");
}

#[test]
fn a_function_role_without_our_tag_is_no_drift_of_the_function() {
    let aws = deployed();
    let untag = json!({"RoleName": VALIDATOR_ROLE, "TagKeys": ["mrbackup:deployment"]});
    aws.call("iam", REGION, "untag_role", untag);
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).json();
    assert_eq!(row(&status, "validator role")["condition"], "not-ours", "{status:#}");
    assert_eq!(fields(row(&status, "validator function")), [""; 0], "{status:#}");
}
