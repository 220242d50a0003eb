//! The model check sees what AWS's models forbid, in each protocol.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use local_aws::Fault;
use local_aws::TestAccount;
use serde_json::json;

use super::{REGION, role, send};

/// Sends what no client would, and returns the complaints.
fn complaints(service: &str, method: &str, target: &str, headers: &str, body: &str) -> String {
    let mut aws = TestAccount::new();
    aws.allow_invalid_requests();
    raw(&aws, service, method, target, headers, body.as_bytes());
    aws.violations().join("\n")
}

/// Sends it as it is, and returns the answer with its head.
fn raw(
    aws: &TestAccount,
    service: &str,
    method: &str,
    target: &str,
    headers: &str,
    body: &[u8],
) -> String {
    let endpoint = aws.environment()[0].1.replace("http://", "");
    let mut stream = TcpStream::connect(endpoint).expect("the proxy listens");
    let (account, length) = (aws.id(), body.len());
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\
         Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/{REGION}/{service}/aws4_request\r\n\r\n"
    )
    .expect("the proxy listens");
    stream.write_all(body).expect("the proxy listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the proxy answers");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn requests_of_a_real_client_are_valid() {
    let aws = TestAccount::new();
    let vault = json!({ "BackupVaultName": "va", "BackupVaultTags": { "a": "b" } });
    send(&aws, "backup", "create_backup_vault", vault).expect("a valid vault");
    let arn = format!("arn:aws:backup:{REGION}:{}:backup-vault:va", aws.id());
    send(&aws, "backup", "list_tags", json!({ "ResourceArn": arn, "MaxResults": 7 }))
        .expect("tags");
    role(&aws, "one", "backup.amazonaws.com");
    let tags = json!({ "RoleName": "one", "Tags": [{ "Key": "a", "Value": "Größe 1" }, { "Key": "b", "Value": "" }] });
    send(&aws, "iam", "tag_role", tags).expect("tags");
    let topic = json!({ "Name": "t", "Attributes": { "DisplayName": "d" }, "Tags": [{ "Key": "a", "Value": "b" }] });
    send(&aws, "sns", "create_topic", topic).expect("a topic");
    let rule = json!({ "Name": "r", "EventPattern": r#"{"source":["x"]}"#, "Tags": [{ "Key": "a", "Value": "b" }] });
    send(&aws, "events", "put_rule", rule).expect("a rule");
    send(&aws, "logs", "create_log_group", json!({ "logGroupName": "g", "tags": { "a": "b" } }))
        .expect("a group");
    let filters = json!({ "TagFilters": [{ "Key": "a", "Values": ["b"] }] });
    send(&aws, "resourcegroupstaggingapi", "get_resources", filters).expect("a list");
    assert_eq!(aws.log().len(), 8);
    assert_eq!(aws.violations(), [""; 0]);
}

#[test]
fn a_path_and_its_body_are_checked() {
    let found = complaints(
        "backup",
        "PUT",
        "/backup-vaults/a",
        "",
        r#"{"Colour":"red","CreatorRequestId":7}"#,
    );
    assert!(found.contains("BackupVaultName is 'a', which does not match"), "{found}");
    assert!(found.contains("unknown member Colour"), "{found}");
    assert!(found.contains("CreatorRequestId is 7, which is no <class 'str'>"), "{found}");
    let found = complaints("backup", "GET", "/backup-vaults?maxResults=1001&colour=red", "", "");
    assert!(found.contains("MaxResults is 1001, outside 1..1000"), "{found}");
    assert!(found.contains("unknown query parameter colour"), "{found}");
    let rule = r#"{"BackupPlan":{"BackupPlanName":"p","Rules":[{"RuleName":"r"}]}}"#;
    let found = complaints("backup", "PUT", "/backup/plans", "", rule);
    assert!(
        found.contains("BackupPlan.Rules[0] lacks the required TargetBackupVaultName"),
        "{found}"
    );
    let found = complaints("backup", "PUT", "/nowhere", "", "");
    assert!(found.contains("unknown operation"), "{found}");
}

#[test]
fn json_is_checked() {
    let headers = "X-Amz-Target: AWSEvents.PutRule\r\nContent-Type: application/x-amz-json-1.1\r\n";
    let found = complaints("events", "POST", "/", headers, r#"{"Name":"a b","State":"ON"}"#);
    assert!(found.contains("Name is 'a b', which does not match"), "{found}");
    assert!(found.contains("State is 'ON', which is none of"), "{found}");
    let found = complaints("events", "POST", "/", &headers.replace("PutRule", "PutRules"), "{}");
    assert!(found.contains("events.PutRules: unknown operation"), "{found}");
}

#[test]
fn forms_are_checked() {
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = "Action=TagRole&Version=2010-05-08&RoleName=one&Tags.member.1.Key=a&Tags.member.1.Value=%F0%9F%90%98&Colour=red";
    let found = complaints("iam", "POST", "/", headers, body);
    assert!(found.contains("Tags[0].Value is '🐘', which does not match"), "{found}");
    assert!(found.contains("unknown parameter Colour"), "{found}");
    let found =
        complaints("iam", "POST", "/", headers, "Action=TagRole&Version=2010-05-08&RoleName=one");
    assert!(found.contains("lacks the required Tags"), "{found}");
}

/// The Rust SDK speaks it to `CloudWatch`, and with maps of no length; botocore speaks JSON.
#[test]
fn cbor_is_read_checked_and_answered() {
    let mut aws = TestAccount::new();
    let headers = "Content-Type: application/cbor\r\nSmithy-Protocol: rpc-v2-cbor\r\n";
    let send = |operation: &str, body: &[u8]| {
        let target = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        raw(&aws, "monitoring", "POST", &target, headers, body)
    };
    let answer =
        send("DescribeAlarms", b"\xbf\x6aAlarmNames\x9f\x61a\xff\x6aMaxRecords\x18\x64\xff");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("MetricAlarms"), "{answer}");
    assert_eq!(aws.log()[0].name(), format!("monitoring.DescribeAlarms {REGION}"));
    assert_eq!(aws.log()[0].input(), &json!({ "AlarmNames": ["a"], "MaxRecords": 100 }));
    assert_eq!(aws.violations(), [""; 0]);
    aws.fault(Fault::error(400, "Teapot", "short").on("monitoring", "DescribeAlarms"));
    let answer = send("DescribeAlarms", b"\xbf\x66Colour\x7f\x61r\x62ed\xff\xff");
    assert!(
        answer.contains("application/cbor")
            && answer.contains("__type")
            && answer.contains("Teapot"),
        "{answer}"
    );
    assert_eq!(
        (aws.log()[1].code.as_str(), &aws.log()[1].input()["Colour"]),
        ("Teapot", &json!("red"))
    );
    let found = aws.violations().join("\n");
    assert!(found.contains("unknown member Colour"), "{found}");
    aws.allow_invalid_requests();
}
