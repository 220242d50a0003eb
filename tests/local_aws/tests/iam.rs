//! Roles: late reads, names, tags and policies.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{refused, role, send};

#[test]
fn a_role_reads_as_before_for_a_while() {
    let aws = TestAccount::new();
    aws.stale_role_reads(2);
    let get = || send(&aws, "iam", "get_role", json!({ "RoleName": "late" }));
    role(&aws, "late", "backup.amazonaws.com");
    for _ in 0..2 {
        refused(get(), 404, "NoSuchEntity", "late");
    }
    assert_eq!(get().expect("the third read")["Role"]["RoleName"], "late");
    let tags = json!({ "RoleName": "late", "Tags": [{ "Key": "a", "Value": "b" }] });
    send(&aws, "iam", "tag_role", tags).expect("a tag");
    assert!(get().expect("a role")["Role"]["Tags"].is_null());
    assert!(get().expect("a role")["Role"]["Tags"].is_null());
    assert_eq!(get().expect("a role")["Role"]["Tags"][0]["Value"], "b");
}

#[test]
fn a_list_of_roles_says_nothing_of_tags() {
    let aws = TestAccount::new();
    role(&aws, "one", "backup.amazonaws.com");
    for name in ["one", "two"] {
        if name == "two" {
            role(&aws, name, "backup.amazonaws.com");
        }
        let tags = json!({ "RoleName": name, "Tags": [{ "Key": "a", "Value": "b" }] });
        send(&aws, "iam", "tag_role", tags).expect("a tag");
    }
    let roles = send(&aws, "iam", "list_roles", json!({})).expect("a list")["Roles"].clone();
    assert_eq!(roles.as_array().map(Vec::len), Some(2));
    assert!(roles[0]["Tags"].is_null() && roles[1]["Tags"].is_null());
    assert_eq!(roles[1]["RoleName"], "two");
}

#[test]
fn only_policies_that_aws_has_can_be_attached() {
    let aws = TestAccount::new();
    role(&aws, "one", "backup.amazonaws.com");
    let attach = |name: &str| {
        let policy = format!("arn:aws:iam::aws:policy/service-role/{name}");
        send(&aws, "iam", "attach_role_policy", json!({ "RoleName": "one", "PolicyArn": policy }))
    };
    attach("AWSBackupServiceRolePolicyForBackup").expect("a policy");
    refused(
        attach("AWSBackupServiceRolePolicyForEverything"),
        404,
        "NoSuchEntity",
        "is not attachable",
    );
}

#[test]
fn a_role_has_one_name_and_50_tags() {
    let aws = TestAccount::new();
    role(&aws, "one", "backup.amazonaws.com");
    let twin = json!({ "RoleName": "ONE", "AssumeRolePolicyDocument": "{}" });
    refused(
        send(&aws, "iam", "create_role", twin),
        409,
        "EntityAlreadyExists",
        "ONE already exists",
    );
    let tag = |from: usize, count: usize| {
        let tags: Vec<Value> = (from..from + count)
            .map(|number| json!({ "Key": format!("k{number}"), "Value": "v" }))
            .collect();
        send(&aws, "iam", "tag_role", json!({ "RoleName": "one", "Tags": tags }))
    };
    tag(0, 50).expect("50 tags");
    tag(10, 5).expect("the same ones");
    refused(tag(50, 1), 409, "LimitExceeded", "");
}
