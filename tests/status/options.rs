//! What `status` is asked for: a single resource, a single region, again and again.

use serde_json::json;

use crate::support::{
    REGIONS, deployed, fresh_everywhere, long_deployed, parts_of_a_deployment, point, volume,
};

#[test]
fn a_resource_is_looked_at_alone() {
    let aws = long_deployed(30);
    let (good, late) = (volume(&aws, "vol-good"), volume(&aws, "vol-late"));
    fresh_everywhere(&aws, &good);
    for region in REGIONS {
        point(&aws, region, &late, 300, &json!({}));
    }
    aws.mrbackup(["status"]).code(3);
    let status = aws.mrbackup(["status", "--resource", &good]).success();
    status.stdout_starts_with("✔ default: 1 of 1 resource has fresh backups in 3 regions.\n");
    status.stdout_has(format!("  {} resources in place and as recorded.", parts_of_a_deployment()));
    let regions = "us-east-1, us-west-2 and eu-west-1";
    status.stdout_has(format!(
        "✔ {good} (EBS): fresh in {regions}: the newest good recovery point is 5 h old\n"
    ));
    assert!(
        !status.stdout.contains("vol-late") && !status.stdout.contains("alert topic"),
        "{status:?}"
    );
    let status = aws.mrbackup(["status", "--resource", &late]).code(3);
    status.stdout_has_row("✘ us-west-2 secondary 0/1 1");
    let unknown = aws.arn("ec2", "us-east-1", "volume/vol-other");
    let status = aws.mrbackup(["status", "--resource", &unknown]).code(3);
    status.stdout_has(format!("✘ {unknown} is not among the resources of us-east-1"));
    status.stdout_has("no vault that could be read holds a good point of it");
    // Of what was deleted it is told what is left.
    aws.remove_tagged_resource("us-east-1", &late);
    let status = aws.mrbackup(["status", "--resource", &late]).code(3);
    let left = "its newest good points: eu-west-1 (12 d 12 h old), us-east-1 (12 d 12 h old), us-west-2 (12 d 12 h old)";
    status.stdout_has(left);
}

#[test]
fn what_is_no_arn_is_refused_before_any_call() {
    let aws = deployed();
    aws.clear_log();
    let status = aws.mrbackup(["status", "--resource", "vol-1"]).code(2);
    status.stderr_has("--resource vol-1: that is no ARN");
}

#[test]
fn a_region_that_is_none_of_its_own_is_refused() {
    let aws = deployed();
    let status = aws.mrbackup(["status", "--region", "ap-south-1"]).code(1);
    status.stderr_has("ap-south-1 is no region of deployment default");
}

#[test]
#[cfg(unix)]
fn watching_looks_again_until_ctrl_c() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let second = aws.fault(local_aws::Fault::hold().on("sts", "GetCallerIdentity").nth(2));
    let running = aws.command().args(["status", "--watch", "1"]).start();
    second.wait_held();
    running.interrupt("Interrupted");
    second.release();
    // The first look was well, and the second came to nothing.
    let watched = running.wait().success();
    watched.stdout_has_times(1, "✔ default: 1 of 1 resource has fresh backups");
}

/// What only reads is not waited for.
#[test]
#[cfg(unix)]
fn ctrl_c_ends_a_read_that_hangs() {
    let aws = deployed();
    for (service, operation) in
        [("sts", "GetCallerIdentity"), ("iam", "GetRole"), ("backup", "ListBackupVaults")]
    {
        for command in ["status", "plan", "up", "down"] {
            let held = aws.fault(local_aws::Fault::hold().on(service, operation).first(1));
            let running = aws.command().args([command, "-o", "json"]).start();
            held.wait_held();
            let begun = std::time::Instant::now();
            running.interrupt("Interrupted");
            let outcome = running.wait().code(130);
            let took = begun.elapsed();
            held.release();
            // Some 0.2 s where nothing else runs. Without giving up it is 20 s and more.
            assert!(took < std::time::Duration::from_secs(4), "{operation}: {took:?} {outcome:?}");
            assert_eq!(outcome.json()["error"]["kind"], "interrupted", "{outcome:?}");
        }
    }
}
