//! Very many backups are answered page by page.

use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, make_vault, send};

#[test]
fn a_hundred_thousand_points_are_read_by_the_page() {
    let aws = TestAccount::new();
    make_vault(&aws, "va");
    let point = |number: u64| {
        let resource = aws.arn("dynamodb", REGION, &format!("table/{}", number % 10_000));
        json!({ "ResourceArn": resource, "CreationDate": number })
    };
    aws.put_recovery_points(REGION, "va", (0..100_000).map(point).collect());
    let read = |operation: &str, key: &str, arguments: Value| {
        let page = send(&aws, "backup", operation, arguments).expect("a page");
        (page[key].as_array().map(Vec::len), page["NextToken"].clone())
    };
    let points = |more: Value| {
        let mut arguments = more;
        arguments["BackupVaultName"] = "va".into();
        arguments["MaxResults"] = 1000.into();
        read("list_recovery_points_by_backup_vault", "RecoveryPoints", arguments)
    };
    assert_eq!(points(json!({})), (Some(1000), json!("1000")));
    assert_eq!(points(json!({ "NextToken": "99000" })), (Some(1000), Value::Null));
    let last = json!({ "ByCreatedAfter": "1970-01-02T03:46:37Z" });
    assert_eq!(points(last), (Some(2), Value::Null));
    let resources = json!({ "MaxResults": 1000, "NextToken": "9000" });
    let resources = read("list_protected_resources", "Results", resources);
    assert_eq!(resources, (Some(1000), Value::Null));
}
