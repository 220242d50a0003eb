//! What is listed once a region is asked for once a run.

use local_aws::Call;

use crate::support::{ALERT_REGIONS, Aws, PRIMARY, REGIONS, deployed};

/// The lists of a region that several parts of a command need.
fn lists(aws: &Aws, command: &[&str]) -> Vec<String> {
    aws.clear_log();
    aws.mrbackup(command.iter().copied()).success();
    let is_list = |name: &String| {
        ["ListBackupVaults", "ListBackupPlans", "ListSubscriptionsByTopic"]
            .iter()
            .any(|list| name.contains(list))
    };
    let mut lists: Vec<String> = aws.log().iter().map(Call::name).filter(is_list).collect();
    lists.sort();
    lists
}

#[test]
fn each_list_of_a_region_is_asked_for_once() {
    let aws = deployed();
    let vaults = REGIONS.map(|region| format!("backup.ListBackupVaults {region}"));
    let mut vaults = vaults.to_vec();
    vaults.sort();
    let mut all = vec![format!("backup.ListBackupPlans {PRIMARY}")];
    all.extend(vaults.clone());
    all.extend(ALERT_REGIONS.map(|r| format!("sns.ListSubscriptionsByTopic {r}")));
    assert_eq!(lists(&aws, &["status"]), all);
    assert_eq!(lists(&aws, &["up"]), all);
    assert_eq!(lists(&aws, &["plan"]), all);
    assert_eq!(lists(&aws, &["down", "--dry-run"]), all);
    assert_eq!(lists(&aws, &["list", "--region", "us-west-2", "--region", "eu-west-1"]), vaults);
}
