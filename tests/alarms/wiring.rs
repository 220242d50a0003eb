//! What lies between AWS Backup's events and the function, and what the function is allowed and leaves behind.

use std::collections::BTreeSet;

use local_aws::{Call, Origin};
use serde_json::{Value, json};

use super::{Alarm as _, COPY_JOB, Deployed, JOB, completed, deployed};
use crate::support::{Aws, PRIMARY, SECONDARY, VALIDATOR, VAULT};

/// `TestEventPattern` is the emulator's, which expands `$or` as EventBridge does.
#[test]
fn the_rule_takes_the_ends_of_our_jobs_and_nothing_else() {
    let aws = deployed();
    let rule =
        aws.call("events", PRIMARY, "describe_rule", json!({ "Name": "mrbackup-default-jobs" }));
    let pattern = &rule["EventPattern"];
    let takes = |event: &Value| {
        let arguments = json!({ "EventPattern": pattern, "Event": event.to_string() });
        aws.call("events", PRIMARY, "test_event_pattern", arguments)["Result"] == true
    };
    let with = |name: &str, pointer: &str, value: &str| {
        let mut event = aws.sample(name);
        *event.pointer_mut(pointer).expect("a member of the sample") = value.into();
        event
    };
    let other = aws.arn("backup", PRIMARY, "backup-vault:other");
    let ended = ["failed", "expired", "aborted", "partial", "completed"]
        .map(|state| format!("backup-{state}"));
    for name in ended.iter().map(String::as_str).chain(["copy-failed", "copy-completed"]) {
        assert!(takes(&aws.sample(name)), "{name}");
        let vault =
            if name.starts_with("copy") { "sourceBackupVaultArn" } else { "backupVaultName" };
        let another = if name.starts_with("copy") { &other } else { "other" };
        let refused = [
            with(name, &format!("/detail/{vault}"), another),
            with(name, "/source", "aws.ec2"),
            with(name, "/detail-type", "Restore Job State Change"),
            with(name, "/detail/state", "CREATED"),
            with(name, "/detail/state", "RUNNING"),
            with(name, "/detail/state", "PENDING"),
        ];
        for event in refused {
            assert!(!takes(&event), "{event}");
        }
    }
    for name in ["backup-created", "backup-running", "copy-created"] {
        assert!(!takes(&aws.sample(name)), "{name}");
    }
}

/// From the rule through its target, the function's permission and the function to the topic.
#[test]
fn an_event_on_the_bus_reaches_the_subscribers() {
    let aws = deployed();
    let mut other = aws.sample("backup-failed");
    other["detail"]["backupVaultName"] = "other".into();
    aws.emit(PRIMARY, &other);
    aws.emit(PRIMARY, &aws.sample("backup-running"));
    aws.emit(PRIMARY, &aws.sample("copy-failed"));
    let messages = aws.inbox.take(1);
    let why = "Access denied exception while trying to list tags";
    let first = r#"A copy job to us-west-2 of deployment "default" ended as FAILED."#;
    messages[0].says(
        "copy job FAILED to us-west-2 (EBS)",
        first,
        &aws.facts(SECONDARY, COPY_JOB, why),
    );
    assert_eq!((messages.len(), aws.published()), (1, 1));
    // Its line in the log says that the run is over, and writes nothing into the account any more.
    aws.await_function_log(PRIMARY, VALIDATOR, 1);
    let Deployed { aws, inbox } = aws;
    inbox.close();
    aws.mrbackup(["down"]).success();
}

#[test]
fn each_event_leaves_one_line_of_json_in_the_log() {
    let aws = deployed();
    let (event, region, arn) = completed(&aws).into_iter().next().expect("there are two");
    let sound = json!({ "RecoveryPointArn": arn, "Lifecycle": { "DeleteAfterDays": 365 } });
    aws.put_recovery_point(region, VAULT, sound);
    aws.tell(&event);
    aws.tell(&aws.sample("backup-expired"));
    let lines = aws.await_function_log(PRIMARY, VALIDATOR, 2);
    let mut told: Vec<[String; 5]> = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("one JSON document a line"))
        .map(|line| {
            ["level", "outcome", "deployment", "job", "state"]
                .map(|member| line[member].as_str().unwrap_or("no text").to_owned())
        })
        .collect();
    told.sort();
    let wanted = [
        ["INFO", "silent", "default", JOB, "COMPLETED"],
        ["WARNING", "alarm", "default", JOB, "EXPIRED"],
    ];
    assert_eq!(told, wanted);
}

/// The emulator lets any role do anything, so what the function asked is held against its role's policy here.
#[test]
fn the_functions_role_allows_what_the_function_asks() {
    let aws = deployed();
    for name in ["backup-failed", "copy-failed", "backup-completed", "copy-completed"] {
        aws.tell(&aws.sample(name));
    }
    let mut unknown = aws.sample("copy-completed");
    unknown["detail"]["destinationRecoveryPointArn"] = json!({});
    aws.tell(&unknown);
    let mut unknown = aws.sample("backup-completed");
    unknown["resources"] = json!([]);
    aws.tell(&unknown);
    let log = aws.log();
    let asked: BTreeSet<(String, String)> =
        log.iter().filter(|call| call.request.origin == Origin::Function).map(permission).collect();
    let actions: BTreeSet<&str> = asked.iter().map(|(action, _)| action.as_str()).collect();
    let known = [
        "backup:DescribeBackupJob",
        "backup:DescribeCopyJob",
        "backup:DescribeRecoveryPoint",
        "backup:ListBackupJobs",
        "backup:ListCopyJobs",
        "sns:Publish",
    ];
    assert_eq!(actions, BTreeSet::from(known));
    for (action, resource) in &asked {
        assert_eq!(decision(&aws, action, resource), "allowed", "{action} on {resource}");
    }
    let topic = aws.arn("sns", PRIMARY, "somebody-elses");
    assert_eq!(decision(&aws, "sns:Publish", &topic), "implicitDeny");
    assert_eq!(decision(&aws, "backup:DeleteRecoveryPoint", "*"), "implicitDeny");
}

/// The action and the resource that IAM would look up for a call.
pub(super) fn permission(call: &Call) -> (String, String) {
    let resource =
        ["TopicArn", "RecoveryPointArn"].iter().find_map(|name| call.input()[name].as_str());
    let action = format!("{}:{}", call.request.service, call.request.operation);
    (action, resource.unwrap_or("*").to_owned())
}

/// IAM's word on an action, by the policies in the function's role.
#[track_caller]
fn decision(aws: &Aws, action: &str, resource: &str) -> String {
    decision_in(aws, PRIMARY, action, resource)
}

/// The same of the function in this region.
#[track_caller]
pub(super) fn decision_in(aws: &Aws, region: &str, action: &str, resource: &str) -> String {
    let role = json!({ "RoleName": format!("mrbackup-default-validator-{region}") });
    let names = aws.call("iam", PRIMARY, "list_role_policies", role.clone())["PolicyNames"].clone();
    let policies = names.as_array().into_iter().flatten().map(|name| {
        let mut policy = role.clone();
        policy["PolicyName"] = name.clone();
        aws.call("iam", PRIMARY, "get_role_policy", policy)["PolicyDocument"].to_string()
    });
    let known = [("aws:RequestedRegion", region), ("aws:ResourceAccount", aws.id())];
    let context: Vec<Value> = known
        .iter()
        .map(|(name, value)| {
            json!({ "ContextKeyName": name, "ContextKeyType": "string", "ContextKeyValues": [value] })
        })
        .collect();
    // Not SimulatePrincipalPolicy: the emulator finds no role that has a path.
    let question = json!({
        "PolicyInputList": policies.collect::<Vec<_>>(),
        "ActionNames": [action],
        "ResourceArns": [resource],
        "ContextEntries": context,
    });
    let answer = aws.call("iam", region, "simulate_custom_policy", question);
    answer["EvaluationResults"][0]["EvalDecision"].as_str().unwrap_or("no answer").to_owned()
}
