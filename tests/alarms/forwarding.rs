//! A region that only receives copies: what happens to its vault is told by the secondary, as of where it happened.

use local_aws::{Fault, Via};
use serde_json::{Value, json};

use crate::support::{
    Aws, FORWARD_ROLE, FORWARD_RULE, PRIMARY, SECONDARY, TERTIARY, TOPIC, UP, VALIDATOR, VAULT,
    account, canonical, deployed, difference,
};

/// An event as the tertiary has it.
fn of_tertiary(aws: &Aws, name: &str) -> Value {
    let text = aws.sample(name).to_string().replace(PRIMARY, TERTIARY);
    serde_json::from_str(&text).expect("still JSON")
}

fn unlocked(aws: &Aws) -> Value {
    let mut event = of_tertiary(aws, "vault-modified");
    event["detail"]["isLocked"] = "false".into();
    event
}

#[track_caller]
fn published(aws: &Aws) -> usize {
    aws.log().iter().filter(|call| call.is("sns", "Publish")).count()
}

#[test]
fn what_happens_to_the_tertiarys_vault_is_one_message_of_the_secondary() {
    let aws = deployed();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let look =
        format!("aws backup describe-backup-vault --backup-vault-name {VAULT} --region eu-west-1");
    let settings = "aws backup describe-region-settings --region eu-west-1";
    let restore = "aws backup describe-restore-job --restore-job-id 1B234A56-789B-01CD-2A34-4567A08901FD --region eu-west-1";
    let cases = [
        (
            of_tertiary(&aws, "vault-deleted"),
            "vault mrbackup-default in eu-west-1 was DELETED",
            &*look,
        ),
        (unlocked(&aws), "vault mrbackup-default in eu-west-1 is UNLOCKED now", &look),
        (
            of_tertiary(&aws, "region-setting-modified"),
            "AWS Backup opt-in changed in eu-west-1; on: Aurora",
            settings,
        ),
        (of_tertiary(&aws, "restore-aborted"), "restore job ABORTED from eu-west-1 (EBS)", restore),
        (
            of_tertiary(&aws, "restore-failed"),
            "restore job FAILED from an unknown vault in eu-west-1 (EC2)",
            restore,
        ),
    ];
    // All at once, so that no event comes to a function which the emulator stops just then for being idle.
    for (event, ..) in &cases {
        aws.emit(TERTIARY, event);
    }
    let messages = inbox.take(cases.len());
    for (_, subject, line) in &cases {
        let subject = format!("mrbackup default: {subject}");
        let of_it = messages.iter().filter(|message| message.subject == subject);
        let bodies: Vec<&str> = of_it.map(|message| message.body.as_str()).collect();
        assert_eq!(bodies.len(), 1, "{subject}: {messages:#?}");
        let has_line = bodies[0].lines().any(|each| each.trim() == *line);
        assert!(has_line, "no line {line:?} in\n{}", bodies[0]);
    }
    aws.await_function_log(SECONDARY, VALIDATOR, cases.len());
    assert_eq!((messages.len(), published(&aws)), (cases.len(), cases.len()));
    assert_eq!(aws.function_log(PRIMARY, VALIDATOR), [""; 0], "the primary has heard nothing");
}

/// What only passes there, and what is not ours, wakes nobody.
#[test]
fn what_nobody_need_know_of_the_tertiary_is_not_forwarded() {
    let aws = deployed();
    let other = |name: &str| {
        let text = of_tertiary(&aws, name).to_string().replace(VAULT, "theirs");
        serde_json::from_str(&text).expect("still JSON")
    };
    let mut tagged = of_tertiary(&aws, "vault-modified");
    tagged["detail"].as_object_mut().expect("an object").remove("isLocked");
    let passing = ["vault-created", "restore-running", "restore-completed", "backup-failed"];
    for event in passing.map(|name| of_tertiary(&aws, name)).into_iter().chain([
        tagged,
        other("vault-deleted"),
        other("vault-modified"),
        other("restore-aborted"),
    ]) {
        aws.emit(TERTIARY, &event);
    }
    let inbox = aws.inbox(SECONDARY, TOPIC);
    aws.emit(TERTIARY, &of_tertiary(&aws, "vault-deleted"));
    assert_eq!(inbox.take(1).len(), 1, "only the last one");
    assert_eq!(aws.await_function_log(SECONDARY, VALIDATOR, 1).len(), 1);
}

/// A vault with a key of its own has another name in each region.
#[test]
fn a_vault_with_a_key_of_its_own_is_told_of_too() {
    let aws = deployed();
    let key = aws.arn("kms", TERTIARY, "key/1234abcd");
    aws.mrbackup(["up", "--kms-key-arn", &key]).success();
    let vaults = aws.call("backup", TERTIARY, "list_backup_vaults", json!({}));
    let vault = vaults["BackupVaultList"][0]["BackupVaultName"].as_str().expect("one vault");
    assert_ne!(vault, VAULT);
    let inbox = aws.inbox(SECONDARY, TOPIC);
    let left_behind = of_tertiary(&aws, "vault-deleted");
    aws.emit(TERTIARY, &left_behind);
    let gone = left_behind.to_string().replace(VAULT, vault);
    aws.emit(TERTIARY, &serde_json::from_str(&gone).expect("still JSON"));
    let subjects: Vec<String> = inbox.take(1).into_iter().map(|message| message.subject).collect();
    assert_eq!(subjects, [format!("mrbackup default: vault {vault} in eu-west-1 was DELETED")]);
    assert_eq!(aws.await_function_log(SECONDARY, VALIDATOR, 1).len(), 1);
}

#[test]
fn each_region_without_alarms_forwards_with_a_role_of_its_own() {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(["--copy-to", "ap-south-1"])).success();
    let inbox = aws.inbox(SECONDARY, TOPIC);
    for region in [TERTIARY, "ap-south-1"] {
        let role = json!({ "RoleName": format!("mrbackup-default-forward-{region}") });
        let role = &aws.call("iam", PRIMARY, "get_role", role)["Role"];
        assert_eq!(role["Path"], "/mrbackup/", "{region}");
        let policy = json!({ "RoleName": role["RoleName"], "PolicyName": "forward" });
        let policy = &aws.call("iam", PRIMARY, "get_role_policy", policy)["PolicyDocument"];
        let statement = json!([{
            "Sid": "Forward", "Effect": "Allow", "Action": "events:PutEvents",
            "Resource": aws.arn("events", SECONDARY, "event-bus/default"),
        }]);
        assert_eq!(policy["Statement"], statement, "{region}");
        let event = of_tertiary(&aws, "vault-deleted").to_string().replace(TERTIARY, region);
        aws.emit(region, &serde_json::from_str(&event).expect("still JSON"));
        let messages = inbox.take(1);
        assert_eq!(
            messages[0].subject,
            format!("mrbackup default: vault mrbackup-default in {region} was DELETED")
        );
    }
    aws.await_function_log(SECONDARY, VALIDATOR, 2);
    inbox.close();
    aws.mrbackup(["down"]).success();
    let roles = aws.call("iam", PRIMARY, "list_roles", json!({ "PathPrefix": "/mrbackup/" }));
    assert_eq!(roles["Roles"], json!([]));
}

/// Whether a region has the rule, and whether its role is there.
fn forwards(aws: &Aws, region: &str) -> [bool; 2] {
    let rule = json!({ "Name": FORWARD_RULE });
    let role = json!({ "RoleName": format!("mrbackup-default-forward-{region}") });
    [
        aws.try_call(Via::Emulator, "events", region, "describe_rule", rule).is_ok(),
        aws.try_call(Via::Emulator, "iam", region, "get_role", role).is_ok(),
    ]
}

#[test]
fn without_a_tertiary_nothing_is_forwarded() {
    let aws = account();
    aws.mrbackup(["up", "--primary", PRIMARY, "--secondary", SECONDARY]).success();
    for region in [PRIMARY, SECONDARY, TERTIARY] {
        assert_eq!(forwards(&aws, region), [false, false], "{region}");
    }
    let rule = json!({ "Name": "mrbackup-default-jobs" });
    let pattern = |region: &str| {
        let rule = aws.call("events", region, "describe_rule", rule.clone());
        let pattern = rule["EventPattern"].as_str().expect("a pattern").to_owned();
        pattern.replace(region, "HERE")
    };
    assert_eq!(pattern(PRIMARY), pattern(SECONDARY), "it listens to nobody else");
}

#[test]
fn a_region_that_is_dropped_or_gets_alarms_of_its_own_forwards_no_more() {
    let less = "--allow-less-protection";
    let aws = deployed();
    assert_eq!(forwards(&aws, TERTIARY), [true, true]);
    // The second and third region in each other's place.
    let swapped = ["up", "--secondary", TERTIARY, "--tertiary", SECONDARY, less];
    aws.mrbackup(swapped).success();
    assert_eq!(forwards(&aws, TERTIARY), [false, false]);
    assert_eq!(forwards(&aws, SECONDARY), [true, true]);
    let inbox = aws.inbox(TERTIARY, TOPIC);
    let event = of_tertiary(&aws, "vault-deleted").to_string().replace(TERTIARY, SECONDARY);
    aws.emit(SECONDARY, &serde_json::from_str(&event).expect("still JSON"));
    let subjects: Vec<String> = inbox.take(1).into_iter().map(|message| message.subject).collect();
    assert_eq!(subjects, [format!("mrbackup default: vault {VAULT} in {SECONDARY} was DELETED")]);
    aws.await_function_log(TERTIARY, VALIDATOR, 1);
    inbox.close();
    aws.mrbackup(["up", "--drop-region", SECONDARY, less]).success();
    assert_eq!(forwards(&aws, SECONDARY), [false, false]);
    aws.mrbackup(["plan", "--exit-code"]).success();
}

/// EventBridge may not know of a new role yet, and then says so.
#[test]
fn a_role_that_has_not_spread_yet_is_waited_for() {
    let aws = account();
    aws.iam_lag_tries(2);
    aws.mrbackup(UP).success();
    let log = aws.log();
    let puts = log.iter().filter(|call| call.is("events", "PutTargets"));
    assert_eq!(puts.filter(|call| call.request.region == TERTIARY).count(), 3);
    aws.mrbackup(["status"]).all_as_recorded();
}

/// A deployment without what forwards, as an earlier version made it, gets it.
#[test]
fn what_forwards_is_made_where_it_is_missing() {
    let aws = deployed();
    let whole = canonical(&aws);
    let targets = json!({ "Rule": FORWARD_RULE, "Ids": ["secondary"] });
    aws.call("events", TERTIARY, "remove_targets", targets);
    aws.call("events", TERTIARY, "delete_rule", json!({ "Name": FORWARD_RULE }));
    let policy = json!({ "RoleName": FORWARD_ROLE, "PolicyName": "forward" });
    aws.call("iam", PRIMARY, "delete_role_policy", policy);
    aws.call("iam", PRIMARY, "delete_role", json!({ "RoleName": FORWARD_ROLE }));
    let plan = aws.mrbackup(["plan", "--all"]).success();
    for row in [
        "+ forwarding role      mrbackup-default-forward-eu-west-1",
        "+ forwarding rule      mrbackup-default-forward",
        "+ forwarding target    mrbackup-default-forward → us-west-2",
    ] {
        plan.stdout_has(row);
    }
    aws.mrbackup(["status"]).code(3);
    aws.mrbackup(["up"]).success();
    assert_eq!(difference(&canonical(&aws), &whole), "");
    aws.mrbackup(["status"]).all_as_recorded();
    aws.mrbackup(["plan", "--exit-code"]).success();
}

/// The vault goes last, when nobody listens to what happens to it.
#[test]
fn the_vault_goes_after_the_target() {
    let aws = deployed();
    aws.clear_log();
    let slow = Fault::delay(std::time::Duration::from_millis(500));
    let slow = aws.fault(slow.on("events", "RemoveTargets").region(TERTIARY));
    aws.mrbackup(["down"]).success();
    assert_eq!(slow.fired(), 1);
    let writes = aws.writes();
    let place = |service: &str, operation: &str| {
        let is = |call: &local_aws::Call| call.is(service, operation);
        writes.iter().position(|call| is(call) && call.request.region == TERTIARY)
    };
    let (target, vault) = (place("events", "RemoveTargets"), place("backup", "DeleteBackupVault"));
    assert!(target.is_some() && target < vault, "{target:?} {vault:?}");
}
