//! `drill`: each link of the alarm chain broken in turn is named by the drill, and by `status`; and a backup is followed to its copies.

use local_aws::{Fault, Message};
use serde_json::{Value, json};

use crate::support::{
    ALERT_REGIONS, Aws, JOBS_RULE, TOPIC, VALIDATOR, deployed_with_email, deployed_without_alerts,
    for_each_case, volume,
};

const ADDRESS: &str = "ops@example.com";
/// Code of a validator that fails on every event.
const RAISES: &str = "def handler(event, context):
    raise RuntimeError('broken by hand')
";

/// The default deployment with a subscriber; who has confirmed in both regions, or not at all.
#[track_caller]
fn deployed(confirmed: bool) -> Aws {
    let aws = deployed_with_email(ADDRESS);
    if confirmed {
        for region in ALERT_REGIONS {
            aws.confirm_email(region, ADDRESS);
        }
    }
    aws
}

/// A link that somebody breaks by hand in a region, and the row of the drill that names it.
struct Break {
    what: &'static str,
    by: fn(&Aws, &str),
    link: &'static str,
    said: &'static str,
}

const BREAKS: &[Break] = &[
    Break {
        what: "rule disabled",
        by: |aws, region| {
            drop(aws.call("events", region, "disable_rule", json!({"Name": JOBS_RULE})));
        },
        link: "event rule",
        said: "DISABLED",
    },
    Break {
        what: "pattern that misses expired jobs",
        by: |aws, region| {
            let pattern = r#"{"source":["aws.backup"],"detail":{"state":["FAILED"]}}"#;
            let rule = json!({"Name": JOBS_RULE, "EventPattern": pattern});
            aws.call("events", region, "put_rule", rule);
        },
        link: "event pattern",
        said: "Backup Job EXPIRED",
    },
    Break {
        what: "target removed",
        by: |aws, region| {
            let targets = json!({"Rule": JOBS_RULE, "Ids": ["validator"]});
            aws.call("events", region, "remove_targets", targets);
        },
        link: "event target",
        said: "missing",
    },
    Break {
        what: "permission removed",
        by: |aws, region| {
            let permission = json!({"FunctionName": VALIDATOR, "StatementId": JOBS_RULE});
            aws.call("lambda", region, "remove_permission", permission);
        },
        link: "invoke permission",
        said: "missing",
    },
    Break {
        what: "function deleted",
        by: |aws, region| {
            aws.call("lambda", region, "delete_function", json!({"FunctionName": VALIDATOR}));
        },
        link: "validator function",
        said: "missing",
    },
    Break {
        what: "handler broken",
        by: |aws, region| {
            let code =
                json!({"FunctionName": VALIDATOR, "ZipFile": {"$zip": {"validator.py": RAISES}}});
            aws.call("lambda", region, "update_function_code", code);
        },
        link: "drill message",
        said: "its code raised RuntimeError: broken by hand",
    },
    Break {
        what: "topic policy closed",
        by: |aws, region| {
            let topic = aws.arn("sns", region, TOPIC);
            let policy = json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "shut", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic,
            }]});
            let attribute = json!({
                "TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string(),
            });
            aws.call("sns", region, "set_topic_attributes", attribute);
        },
        link: "alert topic",
        said: "statement shut of the topic's policy denies publishing",
    },
];

/// The rows of a report that are of this kind and region.
fn rows<'a>(report: &'a Value, list: &str, kind: &str, region: &str) -> Vec<&'a Value> {
    let rows = report[list].as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == kind && row["region"] == region).collect()
}

fn assert_named(link: &Break, region: &str) {
    let aws = deployed(true);
    (link.by)(&aws, region);
    let drill = aws.mrbackup(["drill", "alarm", "-o", "json"]).code(3);
    let report = drill.json();
    assert_eq!(report["healthy"], false, "{}: {drill:?}", link.what);
    let row = rows(&report, "links", link.link, region)[0].to_string();
    assert!(row.contains(link.said), "{} in {region}: {drill:?}", link.what);
    let status = aws.mrbackup(["status"]).code(3);
    assert!(status.stdout.contains(region), "{}: {status:?}", link.what);
    // The other region stands on its own.
    let other = ALERT_REGIONS.into_iter().find(|other| *other != region).unwrap();
    let drill = aws.mrbackup(["drill", "alarm", "--region", other]);
    assert_eq!(drill.exit_code(), Some(0), "{}: {drill:?}", link.what);
}

#[test]
fn each_broken_link_is_named() {
    std::thread::scope(|scope| {
        for region in ALERT_REGIONS {
            scope.spawn(move || for_each_case(BREAKS, |link| assert_named(link, region)));
        }
    });
}

#[test]
fn a_whole_chain_reaches_the_people_and_the_message_says_that_it_is_a_drill() {
    let aws = deployed(true);
    let inboxes = ALERT_REGIONS.map(|region| aws.inbox(region, TOPIC));
    let drill = aws.mrbackup(["drill", "alarm"]).success();
    for region in ALERT_REGIONS {
        let told = format!("✔ A failure is reported from {region}: every link holds.");
        drill.stdout_has(&told);
    }
    let report = aws.mrbackup(["drill", "alarm", "-o", "json"]).success().json();
    // Of both alarms too, of which one has an end that is told: the other had no data before.
    for (inbox, (region, count)) in inboxes.iter().zip(ALERT_REGIONS.into_iter().zip([2, 10])) {
        let messages = inbox.take(count);
        assert_eq!(messages.len(), count, "{messages:?}");
        for message in &messages {
            let Message { subject, body } = message;
            let is_ours = subject.starts_with("mrbackup default: DRILL");
            let is_alarms = body.contains("DRILL of mrbackup default");
            assert!(is_ours || is_alarms, "{message:?}");
        }
        let id = report["drill"].as_str().unwrap();
        assert!(messages.iter().any(|message| message.body.contains(id)), "{region}: {id}");
    }
    // Nobody took it for a failure.
    aws.mrbackup(["status"]).all_as_recorded();
}

#[test]
fn without_anybody_who_has_confirmed_no_alarm_reaches_a_person() {
    let aws = deployed(false);
    let drill = aws.mrbackup(["drill", "alarm", "-o", "json"]).code(3);
    let report = drill.json();
    for region in ALERT_REGIONS {
        let people = rows(&report, "links", "subscriber", region).into_iter().cloned();
        let conditions: Vec<Value> = people.map(|row| row["condition"].clone()).collect();
        assert_eq!(conditions, ["pending", "failed"], "{drill:?}");
    }
    aws.mrbackup(["status"]).code(3);
}

#[test]
fn with_the_primary_and_iam_away_the_second_region_is_drilled_from_its_vaults_record() {
    let aws = deployed(true);
    let _primary = aws.region_down("us-east-1");
    let _iam = aws.fault(local_aws::Fault::reset().service("iam"));
    let drill = aws.mrbackup(["drill", "alarm", "--region", "us-west-2"]);
    let report = aws.mrbackup(["drill", "alarm", "--region", "us-west-2", "-o", "json"]).json();
    for kind in ["event rule", "invoke permission", "validator function", "event pattern"] {
        let row = rows(&report, "links", kind, "us-west-2")[0];
        assert_eq!(row["condition"], "ok", "{drill:?}");
    }
    let messages = rows(&report, "links", "drill message", "us-west-2");
    assert!(
        messages.iter().any(|row| row["reason"].to_string().contains("SNS accepted")),
        "{drill:?}"
    );
}

#[test]
fn a_backup_is_followed_to_all_its_copies() {
    let aws = deployed(true);
    let volume = aws.arn("ec2", "us-east-1", "volume/vol-0a1b2c3d4e5f60718");
    let drill = aws.mrbackup(["drill", "backup", &volume, "--keep-days", "3", "-o", "json"]);
    let report = drill.success().json();
    assert_eq!(report["healthy"], true);
    let legs: Vec<(&str, &str, &str)> = report["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leg| {
            let text = |member: &str| leg[member].as_str().unwrap();
            (text("what"), text("region"), text("status"))
        })
        .collect();
    assert_eq!(
        legs,
        [
            ("backup", "us-east-1", "COMPLETED"),
            ("copy", "us-west-2", "COMPLETED"),
            ("copy", "eu-west-1", "COMPLETED"),
        ]
    );
    for (region, leg) in ["us-east-1", "us-west-2", "eu-west-1"].iter().zip(0..) {
        let vault = json!({"BackupVaultName": "mrbackup-default"});
        let list = aws.call("backup", region, "list_recovery_points_by_backup_vault", vault);
        let point = &list["RecoveryPoints"][0];
        assert_eq!(point["RecoveryPointArn"], report["jobs"][leg]["recovery_point"]);
        assert_eq!(point["Lifecycle"]["DeleteAfterDays"], 3, "{region}");
    }
}

#[test]
fn what_this_deployment_does_not_back_up_is_refused_before_anything_is_started() {
    let aws = deployed(false);
    let elsewhere = aws.arn("ec2", "eu-west-1", "volume/vol-1");
    for (resource, said) in [
        (elsewhere.as_str(), "is in eu-west-1, and this deployment backs up what is in us-east-1"),
        ("arn:aws:ec2:us-east-1:999999999999:volume/vol-1", "is in account 999999999999"),
        ("vol-1", "is not an ARN"),
    ] {
        aws.clear_log();
        let refused = aws.mrbackup(["drill", "backup", resource]).code(2);
        refused.stderr_has(said);
        aws.assert_nothing_written();
    }
}

/// SNS drops what a filter policy does not let through, and says nothing of it.
#[test]
fn a_subscription_with_a_filter_is_no_person_reached() {
    let aws = deployed(true);
    let filter = json!({
        "SubscriptionArn": aws.subscriptions("us-west-2")[0]["SubscriptionArn"],
        "AttributeName": "FilterPolicy",
        "AttributeValue": r#"{"severity":["none"]}"#,
    });
    aws.call("sns", "us-west-2", "set_subscription_attributes", filter);
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_has("a filter policy, which mrbackup does not set");
    aws.mrbackup(["drill", "alarm", "--region", "us-east-1"]).success();
    volume(&aws, "vol-1");
    let status = aws.mrbackup(["status"]).code(3);
    let kept = "✘ us-west-2: a filter policy, which mrbackup does not set, keeps alarms from ops@example.com: {";
    status.stdout_has(kept).stdout_lacks("us-east-1: a filter");
    let denied = Fault::error(403, "AuthorizationError", "not allowed");
    aws.fault(denied.on("sns", "GetSubscriptionAttributes").region("us-east-1"));
    let status = aws.mrbackup(["status"]).code(3);
    let unknown =
        "✘ us-east-1: whether a filter policy keeps alarms from ops@example.com is unknown: ";
    status.stdout_has(unknown);
    // What is only looked at is no reason to refuse a change.
    aws.mrbackup(["up"]).success().stdout_has(unknown);
}

/// Somebody else's address on the topics, confirmed.
fn subscribe_others(aws: &Aws) {
    for region in ALERT_REGIONS {
        let topic = aws.arn("sns", region, TOPIC);
        let theirs = "theirs@example.com";
        let subscribe = json!({"TopicArn": topic, "Protocol": "email", "Endpoint": theirs});
        aws.call("sns", region, "subscribe", subscribe);
        aws.confirm_email(region, theirs);
    }
}

#[test]
fn who_is_recorded_decides_and_not_who_else_has_subscribed() {
    let aws = deployed(false);
    subscribe_others(&aws);
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_lacks("every link holds");
    drill.stdout_has(
        "theirs@example.com  pending: confirmed, and not recorded: subscribed by others",
    );
    drill.stdout_has("no recorded subscriber has confirmed: alarms reach no one");
    aws.confirm_email("us-east-1", ADDRESS);
    aws.mrbackup(["drill", "alarm", "--region", "us-east-1"]).success();
    aws.mrbackup(["drill", "alarm", "--region", "us-west-2"]).code(3);
}

/// The recorded one has followed the link that unsubscribes it.
#[test]
fn a_recorded_subscriber_that_is_gone_is_a_broken_link() {
    let aws = deployed(true);
    let gone = aws.subscriptions("us-west-2")[0]["SubscriptionArn"].clone();
    aws.call("sns", "us-west-2", "unsubscribe", json!({"SubscriptionArn": gone}));
    subscribe_others(&aws);
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_has("✔ A failure is reported from us-east-1: every link holds.");
    drill.stdout_has("1 recorded subscriber not subscribed here");
}

/// Whoever wants no subscriber of mrbackup's may have one of their own.
#[test]
fn without_alerts_others_subscribers_are_who_is_told() {
    let aws = deployed_without_alerts();
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_has("no subscriber has confirmed: alarms reach no one");
    subscribe_others(&aws);
    aws.mrbackup(["drill", "alarm"]).success();
}

/// AWS's own key lets the functions publish, and no alarm.
#[test]
fn a_topic_on_awss_own_key_keeps_the_alarms_of_the_second_region_away() {
    let aws = deployed(true);
    volume(&aws, "vol-1");
    let encrypt = |region: &str| {
        let key = json!({
            "TopicArn": aws.arn("sns", region, TOPIC), "AttributeName": "KmsMasterKeyId",
            "AttributeValue": "alias/aws/sns",
        });
        aws.call("sns", region, "set_topic_attributes", key);
    };
    encrypt("us-east-1");
    aws.mrbackup(["status"]).success();
    encrypt("us-west-2");
    let said = "✘ us-west-2: the topic is encrypted with alias/aws/sns, which CloudWatch cannot use: the watchdog's alarms reach no one.";
    aws.mrbackup(["status"]).code(3).stdout_has(said);
    let drill = aws.mrbackup(["drill", "alarm"]).code(3);
    drill.stdout_has(said).stdout_has("✔ A failure is reported from us-east-1");
}

/// What security teams put on every topic: callers without TLS are refused, and AWS's own have it.
#[test]
fn a_denial_of_callers_without_tls_breaks_no_link() {
    let aws = deployed(true);
    volume(&aws, "vol-1");
    for region in ALERT_REGIONS {
        let topic = aws.arn("sns", region, TOPIC);
        let names = json!({"TopicArn": topic});
        let attributes = aws.call("sns", region, "get_topic_attributes", names);
        let policy = attributes["Attributes"]["Policy"].as_str().unwrap();
        let mut policy: Value = serde_json::from_str(policy).unwrap();
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Sid": "tls", "Effect": "Deny", "Principal": "*", "Action": "SNS:Publish", "Resource": topic,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }));
        let set = json!({
            "TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy.to_string(),
        });
        aws.call("sns", region, "set_topic_attributes", set);
    }
    aws.mrbackup(["drill", "alarm"]).success();
    aws.mrbackup(["status"]).success().stdout_lacks("denies publishing");
}

#[test]
fn a_rule_that_hears_of_more_is_enabled_too() {
    let aws = deployed(true);
    volume(&aws, "vol-1");
    for region in ALERT_REGIONS {
        let name = json!({"Name": JOBS_RULE});
        let rule = aws.call("events", region, "describe_rule", name);
        let put = json!({
            "Name": JOBS_RULE, "EventPattern": rule["EventPattern"],
            "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        });
        aws.call("events", region, "put_rule", put);
    }
    aws.mrbackup(["status"]).success();
    aws.mrbackup(["drill", "alarm"]).success();
    aws.mrbackup(["up"]).success().stdout_has("nothing to do");
}
