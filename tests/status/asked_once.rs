//! What is listed once a region is asked for once a run.

use std::collections::BTreeSet;

use local_aws::Call;

use crate::support::{ALERT_REGIONS, Aws, PRIMARY, REGIONS, deployed_without_alerts, volume};

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
    let aws = deployed_without_alerts();
    volume(&aws, "vol-1");
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
    // Any region may have the vault of a deployment whose role is lost.
    let listed = lists(&aws, &["list"]);
    assert!(vaults.iter().all(|list| listed.contains(list)), "{listed:?}");
    let once: BTreeSet<&String> = listed.iter().collect();
    assert_eq!((listed.len(), once.len()), (31, 31));
}
