//! `drill alarm` of a region that only receives copies: what forwards its events is compared, and each break is named.

use serde_json::{Value, json};

use crate::support::{
    Aws, FORWARD_ROLE, FORWARD_RULE, JOBS_RULE, PRIMARY, SECONDARY, TERTIARY,
    deployed_and_confirmed, for_each_case,
};

const ADDRESS: &str = "ops@example.com";
const AS_FAR: &str =
    "! A failure is reported from eu-west-1 as far as was tested: not what forwards its events.";

#[track_caller]
fn deployed() -> Aws {
    deployed_and_confirmed(ADDRESS)
}

/// What somebody breaks by hand, and the row of the drill that names it.
struct Break {
    what: &'static str,
    by: fn(&Aws),
    region: &'static str,
    link: &'static str,
    said: &'static str,
}

const BREAKS: &[Break] = &[
    Break {
        what: "rule disabled",
        by: |aws| drop(aws.call("events", TERTIARY, "disable_rule", json!({"Name": FORWARD_RULE}))),
        region: TERTIARY,
        link: "forwarding rule",
        said: "DISABLED",
    },
    Break {
        what: "pattern that misses locks",
        by: |aws| {
            let pattern = r#"{"source":["aws.backup"],"detail":{"state":["DELETED"]}}"#;
            let rule = json!({"Name": FORWARD_RULE, "EventPattern": pattern});
            aws.call("events", TERTIARY, "put_rule", rule);
        },
        region: TERTIARY,
        link: "event pattern",
        said: "Backup Vault MODIFIED",
    },
    Break {
        what: "target removed",
        by: |aws| {
            let targets = json!({"Rule": FORWARD_RULE, "Ids": ["secondary"]});
            aws.call("events", TERTIARY, "remove_targets", targets);
        },
        region: TERTIARY,
        link: "forwarding target",
        said: "missing",
    },
    Break {
        what: "role that may do nothing",
        by: |aws| {
            let policy = json!({"RoleName": FORWARD_ROLE, "PolicyName": "forward"});
            aws.call("iam", PRIMARY, "delete_role_policy", policy);
        },
        region: TERTIARY,
        link: "forwarding role",
        said: "policy",
    },
    Break {
        what: "a secondary that takes nothing from elsewhere",
        by: |aws| {
            let rule = aws.call("events", PRIMARY, "describe_rule", json!({"Name": JOBS_RULE}));
            let pattern = rule["EventPattern"].as_str().unwrap().replace(PRIMARY, SECONDARY);
            let rule = json!({"Name": JOBS_RULE, "EventPattern": pattern});
            aws.call("events", SECONDARY, "put_rule", rule);
        },
        region: SECONDARY,
        link: "event pattern",
        said: "Restore Job ABORTED of eu-west-1",
    },
];

fn assert_named(link: &Break) {
    let aws = deployed();
    (link.by)(&aws);
    let drill = aws.mrbackup(["drill", "alarm", "--no-alarms", "-o", "json"]).code(3);
    let report = drill.json();
    let rows = report["links"].as_array().unwrap().iter();
    let mut rows = rows.filter(|row| row["kind"] == link.link && row["region"] == link.region);
    let row = rows.next().unwrap_or(&Value::Null).to_string();
    assert!(row.contains(link.said), "{}: {drill:?}", link.what);
    aws.mrbackup(["drill", "alarm", "--no-alarms", "--region", PRIMARY]).success();
}

#[test]
fn each_broken_link_of_what_forwards_is_named() {
    for_each_case(BREAKS, assert_named);
}

/// Nobody but AWS sends an event that the rule takes, so that its way is not tried, and no message comes of it.
#[test]
fn what_forwards_is_compared_and_said_not_to_be_tried() {
    let aws = deployed();
    aws.clear_log();
    aws.mrbackup(["drill", "alarm", "--region", TERTIARY]).success().stdout_has(AS_FAR);
    assert_eq!(aws.log().iter().filter(|call| call.is("sns", "Publish")).count(), 0);
    aws.assert_nothing_written();
    aws.mrbackup(["drill", "alarm"]).success().stdout_has(AS_FAR);
    let refused = aws.mrbackup(["drill", "alarm", "--region", "ap-south-1"]).code(2);
    refused.stderr_has("alarms are raised from us-east-1 and us-west-2");
}
