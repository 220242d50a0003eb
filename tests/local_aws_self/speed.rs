//! Very many backups are answered quickly: else a slow local AWS could not be told from a slow program.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{REGION, make_vault, send};
use crate::harness;

/// Several times what is needed, most of it by the client.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_hundred_thousand_points_are_read_quickly() {
    let aws = harness::account();
    make_vault(&aws, "va");
    let point = |number: u64| {
        let resource = aws.arn("dynamodb", REGION, &format!("table/{}", number % 10_000));
        json!({ "ResourceArn": resource, "CreationDate": number })
    };
    aws.put_recovery_points(REGION, "va", (0..100_000).map(point).collect());
    // The fastest of a few: the machine may be busy with other tests.
    let read = |operation: &str, key: &str, arguments: Value| {
        let reads = (0..5).map(|_| {
            let began = Instant::now();
            let page = send(&aws, "backup", operation, arguments.clone()).expect("a page");
            (began.elapsed(), page)
        });
        let (time, page) = reads.min_by_key(|(time, _)| *time).expect("five reads");
        assert!(time < SOON, "{operation} {arguments} took {time:?}");
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
