//! `status` where regions and IAM do not answer: what is there tells what it knows.

use local_aws::Fault;

use crate::support::{Aws, fresh_everywhere, long_deployed, volume};

fn the_second_region_tells_what_its_vault_shows(aws: &Aws) {
    let status = aws.command().env("AWS_REGION", "us-west-2");
    let status = status.args(["status", "--region", "us-west-2"]).run().code(3);
    status.stdout_has_row("! us-west-2 secondary 1/? 5 h");
    status.stdout_has(" of IAM, which does not answer, are unknown\n");
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
    status.stdout_starts_with(
        "✘ default: us-east-1 (primary) does not answer; 2 findings, the worst first.\n  \
         us-west-2 has fresh copies of 1 resource, the oldest 5 h old.\n  \
         eu-west-1 has fresh copies of 1 resource, the oldest 5 h old.\n  \
         See them without waiting for the rest: mrbackup status --all --region us-west-2\n  \
         Check again every minute: mrbackup status --watch\n",
    );
    status.stdout_has_times(2, "run the same command again");
}

/// Its roles are read all the same, which does not make it a region that answers.
#[test]
fn with_the_primary_alone_away_the_first_line_says_so_and_the_rest_is_short() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let _primary = aws.region_down("us-east-1");
    let status = aws.command().env("AWS_REGION", "us-west-2").args(["status"]).run().code(3);
    status.stdout_starts_with("✘ default: us-east-1 (primary) does not answer.\n");
    status.stdout_has_times(1, "run the same command again");
    assert!(status.stdout.lines().count() <= 20, "{status:?}");
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
