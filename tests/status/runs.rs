//! When the next run is: promised only where a plan with a selection was seen to be there.

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{
    Aws, SECONDARY, deployed, fresh_everywhere, long_deployed, point_of_plan, volume,
};

/// The next runs that `status` with these arguments tells of, in text and by region.
fn next_runs(aws: &Aws, arguments: &[&str]) -> (bool, Vec<Value>) {
    let text = aws.mrbackup(["status"].iter().chain(arguments)).stdout;
    let json = ["status", "-o", "json"];
    let status = aws.mrbackup(json.iter().chain(arguments)).json();
    let vaults = status["backups"]["vaults"].as_array().unwrap();
    let said = text.contains("(daily)") || text.contains("first run ");
    (said, vaults.iter().map(|vault| vault["next_runs"].clone()).collect())
}

#[test]
fn without_a_plan_no_run_is_promised() {
    let aws = deployed();
    volume(&aws, "vol-1");
    point_of_plan(&aws, SECONDARY, &json!({"Lifecycle": {"DeleteAfterDays": 500}}));
    let (said, runs) = next_runs(&aws, &[]);
    assert!(said && runs.iter().all(|runs| !runs.as_array().unwrap().is_empty()), "{runs:?}");
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    let (said, runs) = next_runs(&aws, &[]);
    assert!(!said, "{runs:?}");
    // The other vaults were empty, and went with the rest.
    assert_eq!(runs, [json!([])]);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_lacks("unknown");
    status.stdout_has("no run is scheduled, as plan or selection is missing");
    let status = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    let first = &status.backups_in(SECONDARY)["resources"][0];
    assert_eq!((&first["freshness"], &first["first_run"]), (&json!("pending"), &Value::Null));
}

/// Of what is kept, too, what cannot be read is unknown, and not taken for removed.
#[test]
fn a_kept_vault_that_cannot_be_read_is_unknown() {
    let aws = deployed();
    point_of_plan(&aws, SECONDARY, &json!({"Lifecycle": {"DeleteAfterDays": 500}}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("backup", "ListBackupVaults").region(SECONDARY));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("? us-west-2 is unknown: us-west-2: backup:ListBackupVaults");
    status.stdout_has("? us-west-2: vault mrbackup-default is unknown\n");
}

/// A region alone is read without the primary, which has the plan.
#[test]
fn where_the_plan_was_not_looked_at_the_next_run_is_unknown() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let status = aws.mrbackup(["status", "--region", SECONDARY]);
    status.stdout_has_row("us-west-2 secondary 1/1 5 h 45 h unknown");
    assert_eq!(next_runs(&aws, &["--region", SECONDARY]).1, [Value::Null]);
}

#[test]
fn where_the_plan_cannot_be_read_the_next_run_is_unknown() {
    let aws = deployed();
    volume(&aws, "vol-1");
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("backup", "ListBackupPlans"));
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has_row("us-east-1 primary 0/1 1 45 h unknown");
    status.stdout_has("whether a run is scheduled is unknown, as plan or selection was not read");
    status.stdout_lacks("plan or selection is missing");
    assert_eq!(next_runs(&aws, &[]).1, [Value::Null, Value::Null, Value::Null]);
}
