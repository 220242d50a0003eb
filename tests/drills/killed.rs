//! A drill that is killed at any call: the next clean-up leaves the account as it was.

use local_aws::Fault;

use crate::drills::{is_as_before, settings, things};
use crate::recovery::lost_but_for;
use crate::support::SECONDARY;

/// Each operation that writes, or that a run rests on, with how many calls of it are tried.
const CALLS: [(&str, &str); 12] = [
    ("ec2", "CreateSecurityGroup"),
    ("ec2", "RevokeSecurityGroupEgress"),
    ("backup", "StartRestoreJob"),
    ("backup", "ListRestoreJobs"),
    ("tagging", "TagResources"),
    ("lambda", "Invoke"),
    ("monitoring", "PutMetricData"),
    ("ec2", "TerminateInstances"),
    ("ec2", "DeleteVolume"),
    ("rds", "DeleteDBInstance"),
    ("dynamodb", "DeleteTable"),
    ("ec2", "DeleteSecurityGroup"),
];

#[test]
fn a_killed_drill_is_cleaned_up_by_the_next() {
    std::thread::scope(|scope| {
        for call in CALLS {
            scope.spawn(move || killed_at(call));
        }
    });
}

fn killed_at((service, operation): (&str, &str)) {
    let lost = [
        ("RDS", "orders"),
        ("EC2", "i-0123456789abcdef0"),
        ("EBS", "vol-0a1b2c3d4e5f60718"),
        ("DynamoDB", "customers"),
    ];
    let aws = lost_but_for(&lost);
    let file = settings(&aws);
    let before = things(&aws);
    let drill = ["drill", "restore", "--all", "--region", SECONDARY, "--config", &file];
    for fault in [Fault::hold_before(), Fault::hold()] {
        let held = aws.fault(fault.on(service, operation));
        let running = aws.command().args(drill).start();
        held.wait_held();
        running.kill();
        // First: what is let go while nobody has noticed the caller's end would act.
        aws.settle();
        aws.clear_faults();
        let clean_up = ["drill", "restore", "--clean-up", "--region", SECONDARY];
        aws.mrbackup(clean_up).success();
        is_as_before(&aws, &before, operation);
    }
    assert_eq!(aws.violations(), Vec::<String>::new(), "{operation}");
}
