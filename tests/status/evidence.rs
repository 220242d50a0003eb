//! `status --all -o json`: each resource in each region with its newest recovery point, which is where evidence starts.

use serde_json::json;

use crate::support::{REGIONS, SECONDARY, long_deployed, point, volume};

#[test]
fn each_resource_is_there_in_each_region_with_its_newest_point() {
    let aws = long_deployed(30);
    let fresh = volume(&aws, "vol-1");
    let late = volume(&aws, "vol-2");
    let pending = volume(&aws, "vol-3");
    let kept = json!({"Lifecycle": {"DeleteAfterDays": 35}});
    for region in REGIONS {
        point(&aws, region, &fresh, 30, &kept);
        point(&aws, region, &fresh, 5, &kept);
        point(&aws, region, &late, 400, &json!({}));
    }
    let newest = point(&aws, SECONDARY, &fresh, 4, &kept);

    let status = aws.mrbackup(["status", "--all", "-o", "json"]).code(3).report();
    for region in REGIONS {
        let rows = status.backups_in(region)["resources"].as_array().unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (&row["resource"], &row["freshness"])).collect();
        assert_eq!(json!(shown), json!([[fresh, "fresh"], [late, "late"], [pending, "pending"]]));
        let moment = |row: usize, member: &str| {
            let moment = rows[row]["newest_point"][member].as_str();
            moment.is_some_and(|moment| moment.starts_with("20") && moment.ends_with('Z'))
        };
        assert!(moment(0, "created_at") && moment(0, "expires_at"), "{rows:#?}");
        assert!(moment(1, "created_at") && rows[1]["newest_point"]["expires_at"].is_null());
        assert_eq!(rows[0]["newest_point"]["created_at"], rows[0]["newest_at"]);
        assert_eq!(rows[0]["newest_point"]["encrypted"], true);
        assert!(rows[2]["newest_point"].is_null(), "{rows:#?}");
    }
    let row = &status.backups_in(SECONDARY)["resources"][0];
    assert_eq!(row["newest_point"]["recovery_point"], newest);

    let without = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    let rows = without.backups_in(SECONDARY)["resources"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:#?}");
    aws.mrbackup(["status", "--all"]).code(3).stdout_lacks(&fresh);
}
