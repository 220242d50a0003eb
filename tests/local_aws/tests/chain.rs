use std::thread;
use std::time::Duration;

use local_aws::{Fault, TestAccount};
use serde_json::json;

use super::send;

fn vaults(aws: &TestAccount, members: serde_json::Value) {
    send(aws, "backup", "list_backup_vaults", members).expect("a list");
}

#[test]
fn a_chain_counts_each_page_and_a_poll_once() {
    let aws = TestAccount::new();
    vaults(&aws, json!({"MaxResults": 1}));
    vaults(&aws, json!({"MaxResults": 2}));
    for _ in 0..3 {
        send(&aws, "backup", "list_backup_plans", json!({})).unwrap();
    }
    vaults(&aws, json!({"MaxResults": 1}));
    let (vaults, plans) = ("backup.ListBackupVaults us-east-1", "backup.ListBackupPlans us-east-1");
    assert_eq!(aws.chain(), [vaults, vaults, plans, vaults]);
}

#[test]
fn what_is_asked_at_once_is_one_link() {
    let aws = TestAccount::new();
    let held = aws.fault(Fault::hold().on("backup", "ListBackupPlans"));
    thread::scope(|scope| {
        scope.spawn(|| send(&aws, "backup", "list_backup_plans", json!({})).unwrap());
        held.wait_held();
        vaults(&aws, json!({"MaxResults": 1}));
        vaults(&aws, json!({"MaxResults": 2}));
        held.release();
    });
    aws.settle();
    vaults(&aws, json!({"MaxResults": 3}));
    assert_eq!(aws.chain(), ["backup.ListBackupVaults us-east-1"; 3]);
    let calls = aws.log();
    assert!(calls.iter().all(|call| call.took() < Some(Duration::from_mins(1))));
}
