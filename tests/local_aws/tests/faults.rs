//! Each fault does what it says, to whom it says, and counts.

use std::thread;
use std::time::{Duration, Instant};

use local_aws::TestAccount;
use local_aws::{AwsError, Fault, Via};
use serde_json::{Value, json};

use super::{REGION, refused, role, send};

fn make_vault(aws: &TestAccount, name: &str) -> Result<Value, AwsError> {
    send(aws, "backup", "create_backup_vault", json!({ "BackupVaultName": name }))
}

/// Past all faults.
fn vaults(aws: &TestAccount) -> usize {
    aws.call("backup", REGION, "list_backup_vaults", json!({}))["BackupVaultList"]
        .as_array()
        .expect("a list")
        .len()
}

#[test]
fn an_error_has_its_services_shape_and_aws_has_not_acted() {
    let aws = TestAccount::new();
    let calls = [
        ("backup", "list_backup_plans"),
        ("cloudwatch", "describe_alarms"),
        ("events", "list_rules"),
        ("iam", "list_roles"),
        ("lambda", "list_functions"),
        ("logs", "describe_log_groups"),
        ("resourcegroupstaggingapi", "get_resources"),
        ("sns", "list_topics"),
        ("sts", "get_caller_identity"),
    ];
    let fault = aws.fault(Fault::error(418, "Teapot", "short & <stout>"));
    for (service, operation) in calls {
        refused(send(&aws, service, operation, json!({})), 418, "Teapot", "short & <stout>");
    }
    assert_eq!(fault.fired(), calls.len());
    refused(make_vault(&aws, "va"), 418, "Teapot", "");
    assert_eq!(vaults(&aws), 0);
}

#[test]
fn throttling_has_each_services_code() {
    let aws = TestAccount::new();
    let fault = aws.fault(Fault::throttle());
    refused(
        send(&aws, "backup", "list_backup_plans", json!({})),
        429,
        "ThrottlingException",
        "Rate exceeded",
    );
    refused(send(&aws, "iam", "list_roles", json!({})), 400, "Throttling", "Rate exceeded");
    refused(send(&aws, "lambda", "list_functions", json!({})), 429, "TooManyRequestsException", "");
    assert_eq!(fault.fired(), 3);
}

#[test]
fn whether_aws_acts_is_the_difference_between_reset_and_cut() {
    let aws = TestAccount::new();
    for (fault, made) in [(Fault::reset(), 0), (Fault::cut(), 1), (Fault::truncate(), 2)] {
        let fault = aws.fault(fault.first(1));
        let error = make_vault(&aws, &format!("va-{made}")).expect_err("no whole answer");
        assert_eq!((error.status, fault.fired()), (0, 1), "{error}");
        assert_eq!(vaults(&aws), made);
    }
    assert!(aws.log().iter().all(|call| call.status.is_none()));
}

#[test]
fn an_empty_answer_and_a_late_error_come_after_the_deed() {
    let aws = TestAccount::new();
    aws.fault(Fault::empty().first(1));
    let answer = make_vault(&aws, "va").expect("a success without a body");
    assert_eq!((answer, vaults(&aws)), (json!({}), 1));
    aws.fault(Fault::error_after(500, "InternalFailure", "oh").first(1));
    refused(make_vault(&aws, "vb"), 500, "InternalFailure", "oh");
    assert_eq!(vaults(&aws), 2);
}

#[test]
fn a_foreign_answer_is_passed_off_as_aws() {
    let aws = TestAccount::new();
    aws.fault(Fault::reply(
        200,
        "application/json",
        r#"{"BackupVaultList":[],"NextToken":"again"}"#,
    ));
    let page = send(&aws, "backup", "list_backup_vaults", json!({})).expect("a page");
    assert_eq!(page["NextToken"], "again");
}

#[test]
fn a_fault_picks_its_calls() {
    let aws = TestAccount::new();
    let fails = |region: &str| {
        aws.try_call(Via::Program, "backup", region, "list_backup_vaults", json!({})).is_err()
    };
    let second =
        aws.fault(Fault::reset().on("backup", "ListBackupVaults").region("us-west-2").nth(2));
    let other = aws.fault(Fault::reset().on("backup", "ListBackupPlans"));
    let regions = [REGION, "us-west-2", REGION, "us-west-2", "us-west-2"];
    assert_eq!(regions.map(fails), [false, false, false, true, false]);
    assert_eq!((second.fired(), other.fired()), (1, 0));
    // The test's own calls are spared.
    aws.clear_faults();
    let all = aws.fault(Fault::reset());
    assert_eq!(vaults(&aws), 0);
    assert!(fails(REGION));
    assert_eq!(all.fired(), 1);
}

#[test]
fn a_fault_knows_a_call_by_its_text_and_its_turn() {
    let aws = TestAccount::new();
    let named = aws.fault(Fault::error(403, "AccessDeniedException", "no").containing("vb"));
    make_vault(&aws, "va").expect("not meant");
    refused(make_vault(&aws, "vb"), 403, "AccessDeniedException", "no");
    assert_eq!(named.fired(), 1);
    aws.clear_faults();
    let expired = aws.fault(Fault::error(403, "ExpiredTokenException", "late").after(1));
    make_vault(&aws, "vc").expect("the first");
    assert!(make_vault(&aws, "vd").is_err() && make_vault(&aws, "ve").is_err());
    assert_eq!(expired.fired(), 2);
}

#[test]
fn a_share_is_the_same_for_the_same_seed() {
    let draw = |seed| {
        let aws = TestAccount::new();
        let fault = aws.fault(Fault::throttle().share(30, seed));
        let hits: Vec<bool> = (0..40)
            .map(|_| send(&aws, "backup", "list_backup_vaults", json!({})).is_err())
            .collect();
        assert_eq!(hits.iter().filter(|hit| **hit).count(), fault.fired());
        hits
    };
    let hits = draw(1);
    assert_eq!(hits, draw(1));
    assert_ne!(hits, draw(2));
    assert!((4..=20).contains(&hits.iter().filter(|hit| **hit).count()), "{hits:?}");
}

#[test]
fn a_region_that_is_down_takes_no_global_service_along() {
    let aws = TestAccount::new();
    let down = aws.region_down(REGION);
    assert_eq!(make_vault(&aws, "va").expect_err("nobody there").status, 0);
    role(&aws, "global", "backup.amazonaws.com");
    assert_eq!(down.fired(), 1);
}

#[test]
fn a_held_answer_waits_for_the_test() {
    let aws = TestAccount::new();
    let after = aws.fault(Fault::hold().on("backup", "CreateBackupVault").first(1));
    thread::scope(|scope| {
        let call = scope.spawn(|| make_vault(&aws, "va"));
        after.wait_held();
        assert_eq!(vaults(&aws), 1);
        assert!(!call.is_finished());
        after.release();
        call.join().expect("no panic").expect("a vault");
    });
    let before = aws.fault(Fault::hold_before().on("backup", "CreateBackupVault").first(1));
    thread::scope(|scope| {
        let call = scope.spawn(|| make_vault(&aws, "vb"));
        before.wait_held();
        assert_eq!(vaults(&aws), 1);
        before.release();
        call.join().expect("no panic").expect("a vault");
    });
    assert_eq!(vaults(&aws), 2);
}

#[test]
fn aws_acts_late_even_when_the_caller_is_gone() {
    let aws = TestAccount::new();
    let fault = aws.fault(Fault::delay(Duration::from_millis(300)).first(1));
    let start = Instant::now();
    abandon(&aws, "late", || fault.wait_fired());
    assert_eq!(vaults(&aws), 0, "after {:?}", start.elapsed());
    aws.settle();
    assert_eq!(vaults(&aws), 1);
}

#[test]
fn a_caller_that_dies_before_its_call_is_through_is_not_heard() {
    let aws = TestAccount::new();
    let fault = aws.fault(Fault::hold_before().first(1));
    abandon(&aws, "never", || fault.wait_held());
    aws.settle();
    fault.release();
    assert_eq!(vaults(&aws), 0);
}

/// Sends the creation of a vault and dies as soon as `until` returns.
#[track_caller]
fn abandon(aws: &TestAccount, vault: &str, until: impl FnOnce()) {
    use std::io::Write as _;
    let endpoint = aws.environment()[0].1.replace("http://", "");
    let mut stream = std::net::TcpStream::connect(endpoint).expect("the proxy listens");
    let account = aws.id();
    write!(
        stream,
        "PUT /backup-vaults/{vault} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nAuthorization: \
         AWS4-HMAC-SHA256 Credential={account}/20260101/{REGION}/backup/aws4_request\r\n\r\n{{}}"
    )
    .expect("the proxy listens");
    until();
}
