//! What is not ours: refused before anything is changed, never touched, and named.

use local_aws::Via;
use serde_json::{Value, json};

use crate::support::{
    Aws, FORWARD_ROLE, FORWARD_RULE, PRIMARY, SECONDARY, SERVICE_ROLE, TERTIARY, TOPIC, VALIDATOR,
    WATCHDOG, account, deployed, deployed_with_choices, for_each_case, with_choices,
};

/// Makes a thing of our name without our tags, and says how `up` must name it.
pub(crate) struct Foreign {
    make: fn(&Aws),
    pub(crate) named: &'static str,
}

pub(crate) const FOREIGN: &[Foreign] = &[
    Foreign {
        make: |aws| make_role(aws, SERVICE_ROLE),
        named: "service role mrbackup-default-AWSBackupServiceRole",
    },
    Foreign { make: |aws| make_vault(aws, "us-east-1"), named: "us-east-1 vault mrbackup-default" },
    Foreign { make: |aws| make_vault(aws, "us-west-2"), named: "us-west-2 vault mrbackup-default" },
    Foreign { make: |aws| make_vault(aws, "eu-west-1"), named: "eu-west-1 vault mrbackup-default" },
    Foreign { make: make_plan, named: "us-east-1 backup plan mrbackup-default" },
    Foreign {
        make: |aws| make_topic(aws, "us-east-1"),
        named: "us-east-1 alert topic mrbackup-default-alerts",
    },
    Foreign {
        make: |aws| {
            let group = json!({"logGroupName": "/aws/lambda/mrbackup-default-validator"});
            aws.call("logs", "us-east-1", "create_log_group", group);
        },
        named: "us-east-1 log group /aws/lambda/mrbackup-default-validator",
    },
    Foreign {
        make: |aws| make_role(aws, "mrbackup-default-validator-us-east-1"),
        named: "us-east-1 validator role mrbackup-default-validator-us-east-1",
    },
    Foreign {
        make: |aws| make_function(aws, PRIMARY, VALIDATOR),
        named: "us-east-1 validator function mrbackup-default-validator",
    },
    Foreign {
        make: |aws| make_function(aws, SECONDARY, WATCHDOG),
        named: "us-west-2 watchdog function mrbackup-default-watchdog",
    },
    Foreign {
        make: |aws| {
            let group = json!({"logGroupName": "/aws/lambda/mrbackup-default-watchdog"});
            aws.call("logs", SECONDARY, "create_log_group", group);
        },
        named: "us-west-2 watchdog log group /aws/lambda/mrbackup-default-watchdog",
    },
    Foreign {
        make: |aws| {
            let pattern = r#"{"source":["their.app"]}"#;
            let rule = json!({"Name": "mrbackup-default-jobs", "EventPattern": pattern});
            aws.call("events", "us-east-1", "put_rule", rule);
        },
        named: "us-east-1 event rule mrbackup-default-jobs",
    },
    Foreign {
        make: |aws| make_topic(aws, "us-west-2"),
        named: "us-west-2 alert topic mrbackup-default-alerts",
    },
    Foreign {
        make: |aws| make_role(aws, "mrbackup-default-watchdog-us-west-2"),
        named: "us-west-2 watchdog role mrbackup-default-watchdog-us-west-2",
    },
    Foreign {
        make: |aws| {
            let rule =
                json!({"Name": "mrbackup-default-watchdog", "ScheduleExpression": "rate(1 day)"});
            aws.call("events", "us-west-2", "put_rule", rule);
        },
        named: "us-west-2 watchdog schedule mrbackup-default-watchdog",
    },
    Foreign {
        make: |aws| make_role(aws, FORWARD_ROLE),
        named: "eu-west-1 forwarding role mrbackup-default-forward-eu-west-1",
    },
    Foreign {
        make: |aws| {
            let pattern = r#"{"source":["their.app"]}"#;
            let rule = json!({"Name": FORWARD_RULE, "EventPattern": pattern});
            aws.call("events", TERTIARY, "put_rule", rule);
        },
        named: "eu-west-1 forwarding rule mrbackup-default-forward",
    },
    Foreign {
        make: |aws| make_queue(aws, PRIMARY, "mrbackup-default-jobs-undelivered"),
        named: "us-east-1 dead-letter queue mrbackup-default-jobs-undelivered",
    },
    Foreign {
        make: |aws| make_queue(aws, SECONDARY, "mrbackup-default-watchdog-undelivered"),
        named: "us-west-2 watchdog dead-letter queue mrbackup-default-watchdog-undelivered",
    },
    Foreign {
        make: |aws| make_queue(aws, TERTIARY, "mrbackup-default-forward-undelivered"),
        named: "eu-west-1 forwarding dead-letter queue mrbackup-default-forward-undelivered",
    },
    Foreign {
        make: |aws| make_alarm(aws, "mrbackup-default-findings"),
        named: "us-west-2 findings alarm mrbackup-default-findings",
    },
    Foreign {
        make: |aws| make_alarm(aws, "mrbackup-default-heartbeat"),
        named: "us-west-2 heartbeat alarm mrbackup-default-heartbeat",
    },
    Foreign {
        make: |aws| make_alarm(aws, "mrbackup-default-recovery"),
        named: "us-west-2 recovery alarm mrbackup-default-recovery",
    },
    Foreign {
        make: |aws| make_alarm(aws, "mrbackup-default-recovery-data"),
        named: "us-west-2 recovery data alarm mrbackup-default-recovery-data",
    },
    Foreign { make: make_testing_plan, named: "us-west-2 restore testing plan mrbackup_default" },
    Foreign {
        make: |aws| make_log_group(aws, ""),
        named: "us-east-1 delivery log group sns/us-east-1/ACCOUNT/mrbackup-default-alerts",
    },
    Foreign {
        make: |aws| make_log_group(aws, "/Failure"),
        named: "us-east-1 failure log group sns/us-east-1/ACCOUNT/mrbackup-default-alerts/Failure",
    },
    Foreign {
        make: |aws| make_role(aws, "mrbackup-default-delivery-log-us-west-2"),
        named: "us-west-2 delivery log role mrbackup-default-delivery-log-us-west-2",
    },
    // From another region than the one that it would show: dashboards are the account's.
    Foreign {
        make: |aws| make_dashboard(aws, "mrbackup-default-us-west-2"),
        named: "us-west-2 dashboard mrbackup-default-us-west-2",
    },
];

fn make_testing_plan(aws: &Aws) {
    let choice = json!({
        "Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": ["*"], "RecoveryPointTypes": ["SNAPSHOT"],
    });
    let plan = json!({
        "RestoreTestingPlanName": "mrbackup_default", "ScheduleExpression": "cron(0 5 ? * * *)",
        "RecoveryPointSelection": choice,
    });
    let plan = json!({"RestoreTestingPlan": plan});
    aws.call("backup", SECONDARY, "create_restore_testing_plan", plan);
}

/// As SNS makes it by itself.
fn make_log_group(aws: &Aws, end: &str) {
    let name = format!("sns/{PRIMARY}/{}/{TOPIC}{end}", aws.id());
    aws.call("logs", PRIMARY, "create_log_group", json!({"logGroupName": name}));
}

fn make_dashboard(aws: &Aws, name: &str) {
    let dashboard = json!({"DashboardName": name, "DashboardBody": r#"{"widgets":[]}"#});
    aws.call("cloudwatch", TERTIARY, "put_dashboard", dashboard);
}

fn make_alarm(aws: &Aws, name: &str) {
    let alarm = json!({
        "AlarmName": name,
        "Namespace": "theirs",
        "MetricName": "theirs",
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "Period": 300,
        "EvaluationPeriods": 1,
    });
    aws.call("cloudwatch", "us-west-2", "put_metric_alarm", alarm);
}

fn make_role(aws: &Aws, name: &str) {
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust});
    aws.call("iam", PRIMARY, "create_role", role);
}

fn make_queue(aws: &Aws, region: &str, name: &str) {
    aws.call("sqs", region, "create_queue", json!({"QueueName": name}));
}

fn make_topic(aws: &Aws, region: &str) {
    aws.call("sns", region, "create_topic", json!({"Name": TOPIC}));
}

fn make_vault(aws: &Aws, region: &str) {
    let vault = json!({"BackupVaultName": "mrbackup-default"});
    aws.call("backup", region, "create_backup_vault", vault);
}

fn make_plan(aws: &Aws) {
    make_vault_named(aws, "theirs");
    let rule = json!({"RuleName": "r", "TargetBackupVaultName": "theirs"});
    let plan = json!({"BackupPlan": {"BackupPlanName": "mrbackup-default", "Rules": [rule]}});
    aws.call("backup", "us-east-1", "create_backup_plan", plan);
}

fn make_vault_named(aws: &Aws, name: &str) {
    aws.call("backup", "us-east-1", "create_backup_vault", json!({"BackupVaultName": name}));
}

fn make_function(aws: &Aws, region: &str, name: &str) {
    // A zip of no file: nobody will run it.
    let empty_zip = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";
    let function = json!({
        "FunctionName": name,
        "Runtime": "python3.13",
        "Handler": "theirs.handler",
        "Role": format!("arn:aws:iam::{}:role/theirs", aws.id()),
        "Code": {"ZipFile": {"$base64": empty_zip}},
    });
    let made = aws.try_call(Via::Emulator, "lambda", region, "create_function", function);
    made.unwrap();
    // It settles by itself, and an inventory shows that.
    let name = json!({"FunctionName": name});
    let state =
        || aws.call("lambda", region, "get_function_configuration", name.clone())["State"].clone();
    while state() != "Active" {
        std::thread::yield_now();
    }
}

/// Something of another person's inside of a resource of ours, and how it is noted.
pub(crate) struct Child {
    pub(crate) kind: &'static str,
    add: fn(&Aws),
    noted: &'static str,
}

/// For the kinds that have no tags of their own.
pub(crate) const CHILDREN: &[Child] = &[
    Child {
        kind: "backup selection",
        add: |aws| {
            let selection = json!({
                "SelectionName": "theirs",
                "IamRoleArn": format!("arn:aws:iam::{}:role/theirs", aws.id()),
                "Resources": ["arn:aws:ec2:us-east-1:111122223333:volume/*"],
            });
            let selection = json!({"BackupPlanId": aws.plan_id(), "BackupSelection": selection});
            let added = aws.try_call(
                Via::Emulator,
                "backup",
                PRIMARY,
                "create_backup_selection",
                selection,
            );
            added.unwrap();
        },
        noted: "the plan also has the selection theirs",
    },
    Child {
        kind: "subscriptions",
        add: |aws| {
            let queue = format!("arn:aws:sqs:us-east-1:{}:theirs", aws.id());
            aws.call("sqs", PRIMARY, "create_queue", json!({"QueueName": "theirs"}));
            let topic = aws.topic_arn(PRIMARY);
            let subscription = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue});
            aws.call("sns", PRIMARY, "subscribe", subscription);
        },
        noted: "also subscribed: arn:aws:sqs:us-east-1:",
    },
    Child {
        kind: "delivery log",
        add: |aws| {
            let attribute = json!({
                "TopicArn": aws.topic_arn(PRIMARY), "AttributeName": "FirehoseFailureFeedbackRoleArn",
                "AttributeValue": format!("arn:aws:iam::{}:role/theirs", aws.id()),
            });
            aws.call("sns", PRIMARY, "set_topic_attributes", attribute);
        },
        noted: "the topic also logs its deliveries to Firehose with arn:aws:iam::",
    },
    Child {
        kind: "event target",
        add: |aws| add_target(aws, PRIMARY, "mrbackup-default-jobs", "their-jobs"),
        noted: "the rule also has the target their-jobs",
    },
    Child {
        kind: "watchdog target",
        add: |aws| add_target(aws, SECONDARY, "mrbackup-default-watchdog", "their-ticks"),
        noted: "the rule also has the target their-ticks",
    },
    Child {
        kind: "forwarding target",
        add: |aws| add_target(aws, TERTIARY, FORWARD_RULE, "their-events"),
        noted: "the rule also has the target their-events",
    },
    Child {
        kind: "invoke permission",
        add: |aws| add_permission(aws, PRIMARY, VALIDATOR, "their-validator"),
        noted: "the function also has the permission their-validator",
    },
    Child {
        kind: "watchdog permission",
        add: |aws| add_permission(aws, SECONDARY, WATCHDOG, "their-watchdog"),
        noted: "the function also has the permission their-watchdog",
    },
    Child {
        kind: "restore testing selections",
        add: |aws| {
            let selection = json!({
                "RestoreTestingSelectionName": "theirs", "ProtectedResourceType": "RDS",
                "IamRoleArn": aws.service_role_arn(), "ProtectedResourceArns": ["*"],
            });
            let mut arguments = json!({"RestoreTestingPlanName": "mrbackup_default"});
            arguments["RestoreTestingSelection"] = selection;
            aws.call("backup", SECONDARY, "create_restore_testing_selection", arguments);
        },
        noted: "the restore testing plan also has the selection theirs",
    },
];

fn add_target(aws: &Aws, region: &str, rule: &str, id: &str) {
    let queue = format!("arn:aws:sqs:{region}:{}:theirs", aws.id());
    let target = json!({"Rule": rule, "Targets": [{"Id": id, "Arn": queue}]});
    aws.call("events", region, "put_targets", target);
}

fn add_permission(aws: &Aws, region: &str, function: &str, id: &str) {
    let permission = json!({
        "FunctionName": function, "StatementId": id, "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    });
    aws.call("lambda", region, "add_permission", permission);
}

#[test]
fn what_others_put_into_a_resource_of_ours_is_noted_and_stays() {
    let aws = deployed_with_choices();
    for child in CHILDREN {
        (child.add)(&aws);
    }
    let before = aws.inventory();
    let report = aws.mrbackup(["up", "-o", "json"]).success().report();
    let notes = report.notes();
    for Child { kind, noted, .. } in CHILDREN {
        assert!(notes.iter().any(|note| note.starts_with(noted)), "{kind}: {notes:#?}");
    }
    assert_eq!(aws.inventory(), before);
}

#[test]
fn up_refuses_what_is_not_ours_before_it_changes_anything() {
    for_each_case(FOREIGN, |foreign| {
        let aws = account();
        (foreign.make)(&aws);
        // What is given stands in the secondary, and in place of the own role.
        let beside_given =
            foreign.named.starts_with(TERTIARY) || foreign.named.contains("validator");
        let up = if beside_given && !foreign.named.starts_with(SECONDARY) {
            aws.with_given()
        } else {
            with_choices().into_iter().map(str::to_owned).collect()
        };
        let before = aws.inventory();
        let refused = aws.mrbackup(up).code(1);
        let named = foreign.named.replace("ACCOUNT", aws.id());
        refused
            .stderr_has(format!("{named}: it does not have the tag mrbackup:deployment=default"));
        refused.stderr_has("choose another deployment name with --name");
        aws.assert_nothing_written();
        assert_eq!(aws.inventory(), before, "{named}");
    });
}

#[test]
fn another_name_goes_around_it() {
    let aws = account();
    for foreign in FOREIGN {
        (foreign.make)(&aws);
    }
    let up = aws.with_given().into_iter().chain(["--name", "mine"].map(str::to_owned));
    let up: Vec<String> = up.collect();
    let before = aws.inventory();
    aws.mrbackup(up).success();
    aws.mrbackup(["down", "--name", "mine"]).success();
    assert_eq!(aws.inventory(), before);
}

/// A topic that has lost our tag is not ours any more.
#[test]
fn down_leaves_what_has_lost_its_tag_and_names_it() {
    let aws = deployed();
    let topic = aws.topic_arn(PRIMARY);
    let untag = json!({"ResourceArn": topic, "TagKeys": ["mrbackup:deployment"]});
    aws.call("sns", "us-east-1", "untag_resource", untag);

    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_has("✘ us-east-1: alert topic mrbackup-default-alerts is not ours, left alone: ");
    let up = aws.mrbackup(["up"]).code(1);
    up.stderr_has("us-east-1 alert topic mrbackup-default-alerts");

    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has("mrbackup-default-alerts  not ours, left alone");
    let topics = aws.call("sns", "us-east-1", "list_topics", json!({}));
    assert_eq!(topics["Topics"][0]["TopicArn"], topic);
    let roles = aws.call("iam", "us-east-1", "list_roles", json!({"PathPrefix": "/mrbackup/"}));
    assert_eq!(roles["Roles"], json!([]), "all that is ours is gone");
}

/// Other people's children keep their parent, and are named.
#[test]
fn other_peoples_children_stay_and_keep_their_parents() {
    let aws = deployed();
    let queue = aws.call("sqs", "us-east-1", "create_queue", json!({"QueueName": "theirs"}));
    assert!(queue["QueueUrl"].is_string());
    let queue = format!("arn:aws:sqs:us-east-1:{}:theirs", aws.id());
    let target =
        json!({"Rule": "mrbackup-default-jobs", "Targets": [{"Id": "theirs", "Arn": queue}]});
    aws.call("events", "us-east-1", "put_targets", target);
    let topic = aws.topic_arn(PRIMARY);
    let subscription = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue});
    aws.call("sns", "us-east-1", "subscribe", subscription);
    let policy = json!({
        "PolicyName": "theirs",
        "PolicyDocument": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}"#,
    });
    let policy = aws.call("iam", "us-east-1", "create_policy", policy)["Policy"]["Arn"].clone();
    let role = SERVICE_ROLE;
    let attachment = json!({"RoleName": role, "PolicyArn": policy});
    aws.call("iam", "us-east-1", "attach_role_policy", attachment.clone());

    let before = aws.inventory();
    let up = aws.mrbackup(["up"]).success();
    up.stdout_starts_with("✔ default: nothing to do");
    assert_eq!(aws.inventory(), before);
    let status = aws.mrbackup(["status", "--all"]).all_as_recorded();
    for note in [
        &format!("note: also has the policy {}", policy.as_str().unwrap()),
        "note: the rule also has the target theirs",
        &format!("note: also subscribed: {queue}"),
    ] {
        status.stdout_has(note);
    }

    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has("kept: it has targets that are not ours: theirs");
    down.stdout_has(format!("kept: others have subscribed to it: {queue}"));
    let targets = json!({"Rule": "mrbackup-default-jobs"});
    let targets = aws.call("events", "us-east-1", "list_targets_by_rule", targets);
    assert_eq!(targets["Targets"].as_array().unwrap().len(), 1);
    // The way out: without them a second `down` finishes.
    let remove = json!({"Rule": "mrbackup-default-jobs", "Ids": ["theirs"]});
    aws.call("events", "us-east-1", "remove_targets", remove);
    aws.unsubscribe_all(PRIMARY);
    let down = aws.mrbackup(["down"]).code(3);
    down.stdout_has("it has policies that are not ours");
    aws.call("iam", "us-east-1", "detach_role_policy", attachment);
    aws.mrbackup(["down"]).success();
}

/// What was changed by hand is said field by field, and one `up` mends it.
#[test]
fn drift_is_named_and_mended() {
    let aws = deployed();
    let good = aws.inventory();
    let rule = json!({
        "Name": "mrbackup-default-jobs",
        "State": "DISABLED",
        "EventPattern": r#"{"source":["aws.backup"]}"#,
    });
    aws.call("events", "us-east-1", "put_rule", rule);
    let retention = json!({
        "logGroupName": "/aws/lambda/mrbackup-default-validator",
        "retentionInDays": 7,
    });
    aws.call("logs", "us-east-1", "put_retention_policy", retention);
    aws.detach_policy(
        SERVICE_ROLE,
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    );
    let permission = json!({
        "FunctionName": "mrbackup-default-validator",
        "StatementId": "mrbackup-default-jobs",
    });
    aws.call("lambda", "us-east-1", "remove_permission", permission);

    let status = aws.mrbackup(["status", "-o", "json"]).code(3).report();
    let fields = |kind: &str| status.row(kind, PRIMARY).changes();
    assert_eq!(fields("event rule"), ["pattern.$or", "state"]);
    assert_eq!(fields("log group"), ["retention_days"]);
    assert_eq!(status.row("service role", None).changes(), ["managed_policies"]);
    assert_eq!(status.row("invoke permission", PRIMARY).condition(), "missing");
    let text = aws.mrbackup(["status"]).code(3);
    text.stdout_has("retention_days: is 7, recorded 90");

    let up = aws.mrbackup(["up", "--all"]).success();
    up.stdout_has(format!("created 1, updated 3, unchanged {}.", aws.parts() - 4));
    up.stdout_has("state: DISABLED → ENABLED");
    aws.mrbackup(["status"]).all_as_recorded();
    assert_eq!(without_revision(aws.inventory()), without_revision(good));
}

/// An inventory without what changes in every changing run: the record's revision and checksum.
fn without_revision(mut inventory: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|key, _| !key.starts_with("mrbackup:spec:"));
                map.values_mut().for_each(walk);
            }
            Value::Array(list) => {
                list.retain(|item| {
                    !item["Key"].as_str().is_some_and(|key| key.starts_with("mrbackup:spec:"))
                });
                list.iter_mut().for_each(walk);
            }
            _ => (),
        }
    }
    walk(&mut inventory);
    inventory
}
