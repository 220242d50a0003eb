//! Event patterns: what matches is what EventBridge's documentation of them says.

use local_aws::AwsError;
use local_aws::TestAccount;
use serde_json::{Value, json};

use super::{REGION, refused, send};

fn event(detail: &Value) -> Value {
    json!({
        "version": "0", "id": "1", "detail-type": "Copy Job State Change", "source": "aws.backup",
        "account": "111122223333", "time": "2026-07-30T02:20:00Z", "region": "us-west-2",
        "resources": ["arn:aws:ec2:us-east-1::snapshot/snap-1", "arn:aws:ec2:us-east-1::snapshot/snap-2"],
        "detail": detail,
    })
}

fn ask(aws: &TestAccount, pattern: &Value, event: &Value) -> Result<Value, AwsError> {
    let arguments = json!({ "EventPattern": pattern.to_string(), "Event": event.to_string() });
    Ok(send(aws, "events", "test_event_pattern", arguments)?["Result"].clone())
}

#[test]
fn patterns_match_as_documented() {
    let aws = TestAccount::new();
    let completed = event(&json!({
        "state": "COMPLETED", "size": 7, "none": null, "empty": "",
        "createdBy": { "plan": "one" }, "jobs": [{ "a": 1, "b": 2 }, { "a": 3, "b": 4 }],
    }));
    let detail = |pattern: Value| json!({ "detail": pattern });
    for (pattern, wanted) in [
        (json!({ "source": ["aws.backup"] }), true),
        (json!({ "source": ["aws.ec2", "aws.backup"], "detail-type": ["x"] }), false),
        (json!({ "resources": [{ "suffix": "snap-2" }] }), true),
        (json!({ "nonesuch": ["x"] }), false),
        (detail(json!({ "state": ["FAILED", "COMPLETED"] })), true),
        (detail(json!({ "state": ["completed"] })), false),
        (detail(json!({ "state": [{ "equals-ignore-case": "completed" }] })), true),
        (detail(json!({ "state": [{ "prefix": "COMP" }] })), true),
        (detail(json!({ "state": [{ "wildcard": "C*E*" }] })), true),
        (detail(json!({ "state": [{ "anything-but": ["FAILED", "EXPIRED"] }] })), true),
        (detail(json!({ "state": [{ "anything-but": { "prefix": "COMP" } }] })), false),
        (detail(json!({ "missing": [{ "anything-but": ["x"] }] })), false),
        (detail(json!({ "missing": [{ "exists": false }] })), true),
        (detail(json!({ "state": [{ "exists": true }] })), true),
        (detail(json!({ "createdBy": [{ "exists": true }] })), false),
        (detail(json!({ "none": [null], "empty": [""] })), true),
        (detail(json!({ "size": [{ "numeric": [">", 5, "<=", 7] }] })), true),
        (detail(json!({ "size": ["7"] })), false),
        (detail(json!({ "createdBy": { "plan": ["one"] } })), true),
        (json!({ "detail.createdBy.plan": ["one"] }), true),
        (detail(json!({ "jobs": { "a": [1], "b": [2] } })), true),
        (detail(json!({ "jobs": { "a": [1], "b": [4] } })), false),
        (detail(json!({ "$or": [{ "state": ["FAILED"] }, { "size": [7] }] })), true),
        (detail(json!({ "$or": [{ "state": ["FAILED"] }, { "size": [8] }] })), false),
        (
            json!({ "$or": [
                { "detail-type": ["Backup Job State Change"], "detail": { "state": ["COMPLETED"] } },
                { "detail-type": ["Copy Job State Change"], "detail": { "state": ["COMPLETED"] } },
            ], "source": ["aws.backup"] }),
            true,
        ),
        (
            detail(json!({ "createdBy": { "$or": [
                { "plan": ["two"] }, { "$or": [{ "plan": ["three"] }, { "plan": ["one"] }] },
            ] } })),
            true,
        ),
    ] {
        assert_eq!(ask(&aws, &pattern, &completed), Ok(wanted.into()), "{pattern}");
    }
}

#[test]
fn what_is_no_pattern_is_refused() {
    let aws = TestAccount::new();
    let whole = event(&json!({}));
    for pattern in [
        json!({}),
        json!({ "source": "aws.backup" }),
        json!({ "source": [] }),
        json!({ "source": [{ "starts-with": "aws" }] }),
        json!({ "source": [{ "numeric": [">", "5"] }] }),
        json!({ "detail": {} }),
    ] {
        refused(ask(&aws, &pattern, &whole), 400, "InvalidEventPatternException", "");
        let rule = json!({ "Name": "r", "EventPattern": pattern.to_string() });
        refused(send(&aws, "events", "put_rule", rule), 400, "InvalidEventPatternException", "");
    }
}

#[test]
fn an_event_to_test_is_a_whole_one() {
    let aws = TestAccount::new();
    let pattern = json!({ "source": ["aws.backup"] });
    for member in ["id", "account", "source", "time", "region", "resources", "detail-type"] {
        let mut part = event(&json!({}));
        part.as_object_mut().expect("an object").remove(member);
        refused(ask(&aws, &pattern, &part), 400, "ValidationException", member);
    }
    assert_eq!(aws.log()[0].name(), format!("events.TestEventPattern {REGION}"));
}
