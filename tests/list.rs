//! `list`: every deployment of the account, also where not all can be read.

use local_aws::Fault;
use serde_json::json;

use crate::support::{UP, account, deployed, point, volume};

#[test]
fn list_shows_every_deployment_with_its_state_and_points() {
    let aws = deployed();
    let staging = ["up", "--name", "staging", "--primary", "us-east-1", "--secondary", "us-west-2"];
    aws.mrbackup(staging).success();
    let resource = volume(&aws, "vol-1");
    point(&aws, "us-west-2", &resource, 1, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    aws.mrbackup(["down", "--keep-backups"]).code(3);
    let list = aws.mrbackup(["list"]).success();
    for line in [
        "default  kept  us-east-1, us-west-2, eu-west-1",
        "us-west-2 mrbackup-default: about 1 recovery point",
        "staging  ready  us-east-1, us-west-2",
    ] {
        list.stdout_has(line);
    }
    // Without IAM the vaults of a region tell.
    let _iam = aws.fault(Fault::reset().service("iam"));
    let list = aws.mrbackup(["list", "--region", "us-west-2"]);
    list.stdout_has("staging  ready");
    account().mrbackup(["list"]).code(3);
}

#[test]
fn with_iam_and_a_region_away_list_tells_what_the_others_say() {
    let aws = deployed();
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _region = aws.region_down("us-east-1");
    let list = aws.command().env("AWS_REGION", "eu-west-1");
    let list = list.args(["list", "--region", "us-west-2", "--region", "us-east-1"]).run().code(3);
    list.stdout_has("! not looked at (no answer): us-east-1");
    list.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
    let bare = aws.command().env("AWS_REGION", "us-east-1").args(["list"]).run().code(3);
    bare.stdout_has("default  ready  us-east-1, us-west-2, eu-west-1");
}

/// A file is of one deployment and says nothing of the others; who names one is shown that one.
#[test]
fn a_name_shows_that_deployment_alone() {
    let aws = deployed();
    aws.mrbackup(UP.into_iter().chain(["--name", "staging"])).success();
    let names = |outcome: crate::support::Outcome| {
        let deployments = outcome.json()["deployments"].as_array().unwrap().clone();
        deployments.iter().map(|listed| listed["deployment"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(aws.mrbackup(["list", "-o", "json"]).success()), ["default", "staging"]);
    let staging = aws.mrbackup(["list", "--name", "staging", "-o", "json"]).success();
    assert_eq!(names(staging), ["staging"]);
    let named = aws.command().env("MRBACKUP_NAME", "default").args(["list", "-o", "json"]).run();
    assert_eq!(names(named), ["default"]);
    let none = aws.mrbackup(["list", "--name", "other"]).code(3);
    none.stdout_has(format!("No deployment other in account {} in the", aws.id()));
}
