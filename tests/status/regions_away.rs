//! `status` where regions and IAM do not answer: what is there tells what it knows.

use local_aws::Fault;

use crate::support::{Aws, fresh_everywhere, long_deployed, volume};

fn the_second_region_tells_what_its_vault_shows(aws: &Aws) {
    let status = aws.command().env("AWS_REGION", "us-west-2");
    let status = status.args(["status", "--region", "us-west-2"]).run().code(3);
    let said = "! 1 resource has a fresh copy in us-west-2; oldest 5 h; which others there should be is unknown";
    status.stdout_has(said);
    status.stdout_has("IAM cannot be read");
}

#[test]
fn with_the_primary_away_a_region_tells_what_its_vault_shows() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _primary = aws.region_down("us-east-1");
    the_second_region_tells_what_its_vault_shows(&aws);
}

/// Nobody has told the program which region is still there.
#[test]
fn with_the_home_region_away_a_bare_status_finds_the_others() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let _iam = aws.fault(Fault::reset().service("iam"));
    let _sts = aws.fault(Fault::reset().service("sts").region("us-east-1"));
    let _home = aws.region_down("us-east-1");
    let status = aws.command().env("AWS_REGION", "us-east-1").args(["status"]).run().code(3);
    for region in ["us-west-2", "eu-west-1"] {
        let said = format!("! 1 resource has a fresh copy in {region}; oldest 5 h");
        status.stdout_has(&said);
    }
}

/// It takes every call and never answers, and so does IAM.
#[test]
fn with_a_primary_that_hangs_a_region_tells_what_its_vault_shows() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let primary = aws.fault(Fault::hold_before().region("us-east-1"));
    let _iam = aws.fault(Fault::hold_before().service("iam"));
    the_second_region_tells_what_its_vault_shows(&aws);
    assert!(primary.fired() > 0);
}
