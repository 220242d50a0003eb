//! Restore jobs that copy tags, take their time or fail, and a primary region that hangs.

use super::restores::{Lost, WEST};
use local_aws::Fault;
use serde_json::json;

/// Section 5: the job fails if tags are to be copied where AWS cannot; RDS copies its snapshot's whatever the flag says.
#[test]
fn tags_are_copied_where_aws_copies_them() {
    let lost = Lost::new();
    let put = |kind: &str, name: &str| {
        let source = lost.aws.restore_source("us-east-1", kind, name);
        let point = json!({ "ResourceArn": source, "ResourceType": kind, "SourceTags": { "team": "shop" } });
        lost.aws.put_restorable_points(WEST, "va", vec![point]).remove(0)
    };
    let copies = json!({ "CopySourceTagsToRestoredResource": true });
    let table = put("DynamoDB", "users");
    let id = lost.start_with(&table, json!({ "targetTableName": "users" }), copies.clone());
    let job = lost.job(&id.expect("a job"));
    assert_eq!(job["Status"], "FAILED");
    let zone = json!({ "availabilityZone": "us-west-2a" });
    lost.start_with(&put("EBS", "vol-1"), zone.clone(), copies).expect("a valid map");
    lost.start(&put("EBS", "vol-2"), zone).expect("a valid map");
    let database = json!({ "DBInstanceIdentifier": "orders" });
    lost.start(&put("RDS", "orders"), database).expect("a valid map");
    let found = lost.send("resourcegroupstaggingapi", "get_resources", json!({})).expect("a list");
    let found = found["ResourceTagMappingList"].as_array().expect("a list").clone();
    let tagged = found.iter().filter(|each| each["Tags"][0]["Key"] == "team");
    let arns: Vec<&str> = tagged.filter_map(|each| each["ResourceARN"].as_str()).collect();
    assert_eq!(arns.len(), 2, "{found:?}");
    assert!(arns.iter().any(|arn| arn.ends_with(":db:orders")), "{arns:?}");
}

/// Section 7 on cold points; section 6 on jobs of RDS; section 10 on jobs that pend.
#[test]
fn jobs_can_pend_fail_and_take_hours() {
    let lost = Lost::new();
    let zone = json!({ "availabilityZone": "us-west-2a" });
    let cold = lost.aws.put_recovery_point(WEST, "va", json!({ "StorageClass": "COLD" }));
    let cold = lost.start(&cold, zone.clone()).expect("a valid map");
    lost.aws.keep_restores_pending(true);
    let pending = lost.start(&lost.point("EBS", "vol-1"), zone.clone()).expect("a valid map");
    lost.aws.keep_restores_pending(false);
    for _ in 0..3 {
        assert_eq!(lost.job(&cold)["Status"], "RUNNING");
        assert_eq!(lost.job(&pending)["Status"], "PENDING");
    }
    lost.aws.end_jobs(WEST);
    assert_eq!(lost.job(&cold)["Status"], "COMPLETED");
    assert_eq!(lost.job(&pending)["Status"], "COMPLETED");
    lost.aws.fail_jobs("vol-2", "Internal failure");
    let id = lost.start(&lost.point("EBS", "vol-2"), zone).expect("a valid map");
    assert_eq!(lost.job(&id)["StatusMessage"], "Internal failure");
}

/// Section 8: the primary's calls and IAM's hang, and the copies' region answers.
#[test]
fn the_primary_and_iam_can_hang() {
    let lost = Lost::new();
    let point = lost.point("EBS", "vol-1");
    let east = lost.aws.fault(Fault::hold_before().region("us-east-1"));
    let iam = lost.aws.fault(Fault::hold_before().service("iam"));
    lost.start(&point, json!({ "availabilityZone": "us-west-2a" })).expect("a valid map");
    assert_eq!((east.fired(), iam.fired()), (0, 0));
}
