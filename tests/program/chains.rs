//! How often a command waits for AWS, and how many calls it makes: neither may grow unseen.

use std::time::Duration;

use local_aws::Fault;

use crate::support::{Aws, UP, account, deployed, deployed_without_alerts, volume};

/// Of each call, at first: long beside what a quiet machine needs for a wave of calls, so that what waits for each other is
/// told from what does not.
const LATENCY: Duration = Duration::from_millis(200);
/// A machine that is busy with something else makes calls late and so a chain longer, never shorter: then it is measured
/// again with twice the latency.
const TRIES: u32 = 4;

/// Runs the command, each time in an account that `made` gives it, until its chain is as short as it has to be.
#[track_caller]
fn assert_waits(made: impl Fn() -> Aws, arguments: &[&str], links: usize, calls: usize) {
    for tries in 1..=TRIES {
        let aws = made();
        aws.clear_log();
        aws.fault(Fault::delay(LATENCY * 2_u32.pow(tries - 1)));
        aws.mrbackup(arguments).success();
        let (chain, log) = (aws.chain(), aws.log());
        assert_eq!(log.len(), calls, "{arguments:?}: calls");
        if chain.len() <= links {
            return;
        }
        let (length, chain) = (chain.len(), chain.join("\n  "));
        assert!(tries < TRIES, "{arguments:?}: {length} links in place of {links}:\n  {chain}");
    }
}

#[test]
fn a_first_up_waits_fourteen_times() {
    assert_waits(account, &UP, 14, 246);
}

#[test]
fn up_and_plan_of_what_is_there_wait_four_times() {
    assert_waits(deployed, &["up"], 4, 84);
    assert_waits(deployed, &["plan"], 4, 84);
}

#[test]
fn a_status_waits_four_times() {
    let healthy = || {
        let aws = deployed_without_alerts();
        volume(&aws, "vol-1");
        aws
    };
    // The access policy of each vault is one of the calls: what it denies shows nowhere else before a copy fails.
    assert_waits(healthy, &["status"], 4, 171);
}

#[test]
fn a_down_waits_fourteen_times() {
    assert_waits(deployed, &["down"], 14, 237);
}

#[test]
fn a_list_waits_four_times() {
    assert_waits(deployed, &["list"], 4, 41);
}
