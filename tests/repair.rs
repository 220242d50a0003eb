//! `repair`: what it copies, and what it leaves.

use serde_json::json;

use crate::support::{long_deployed, point, volume};

#[test]
fn repair_copies_the_newest_good_point_and_leaves_what_is_not_worth_it() {
    let aws = long_deployed(30);
    let late = volume(&aws, "vol-late");
    point(&aws, "us-east-1", &late, 30, &json!({}));
    let newest = point(&aws, "us-east-1", &late, 5, &json!({}));
    let cold = volume(&aws, "vol-cold");
    let archived = json!({"Lifecycle": {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 100}});
    point(&aws, "us-east-1", &cold, 40, &archived);
    let dry = aws.mrbackup(["repair", "--dry-run"]).code(3);
    dry.stdout_has("Would copy 2 copies, 2.0 GiB.");
    dry.stdout_has(format!("+ {late} → us-west-2  backup of 2"));
    assert!(aws.copy_jobs("us-east-1").is_empty());
    let repair = aws.mrbackup(["repair"]).code(3);
    repair.stdout_has("not copied: its newest point is in cold storage");
    let jobs = aws.copy_jobs("us-east-1");
    assert_eq!(jobs.len(), 2, "{repair:?}");
    assert!(jobs.iter().all(|job| job["SourceRecoveryPointArn"] == newest.as_str()), "{jobs:?}");
    let status = aws.mrbackup(["status", "-o", "json"]).report();
    assert_eq!(status.backups_in("us-west-2")["fresh"], 1);
    let again = aws.mrbackup(["repair"]).code(3);
    again.stdout_has("Found nothing that can be copied now.");
}

#[test]
fn many_points_of_a_resource_want_the_deployments_name() {
    let aws = long_deployed(30);
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-east-1", &resource, 30, &json!({}));
    point(&aws, "us-east-1", &resource, 5, &json!({}));
    let refused = aws.mrbackup(["repair", "--since", "2020-01-01"]).code(1);
    refused.stderr_has("4 copies, 4.0 GiB in all");
    assert!(aws.copy_jobs("us-east-1").is_empty());
    aws.mrbackup(["repair", "--since", "2020-01-01", "--confirm", "default"]).success();
    assert_eq!(aws.copy_jobs("us-east-1").len(), 4);
}
