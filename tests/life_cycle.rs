//! The main job: up, status, up again, down, and the account as it was before.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{ALERT_REGIONS, Aws, PRIMARY, SERVICE_ROLE, UP, account, deployed};

#[test]
fn the_three_commands_of_the_mission_leave_the_account_as_it_was() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP).success();
    let parts = aws.parts();
    let status = aws.mrbackup(["status"]).all_as_recorded();
    status.stdout_starts_with(
        "✘ default: nothing is backed up: no resource in us-east-1 has BackupEnabled=true and Environment=Production.\n\
         ✘ no one is notified of failures: add a subscriber with `mrbackup up --email ADDRESS`, or confirm that this is intended with `mrbackup up --alerts none`\n\n",
    );
    status.stdout_has(format!(
        "\n  {parts} resources in place and as recorded. Details: mrbackup status --all\n"
    ));
    let down = aws.mrbackup(["down"]).success();
    down.stdout_starts_with(format!("✔ Removed {parts} resources; nothing is left.\n"));
    assert_eq!(aws.inventory(), before);
}

#[test]
fn a_second_up_makes_no_call_but_reads() {
    let aws = deployed();
    let after_first = aws.inventory();
    aws.clear_log();
    let up = aws.mrbackup(UP).success();
    up.stdout_starts_with(format!(
        "✔ default: nothing to do, {} resources match the record.\n",
        aws.parts()
    ));
    aws.assert_nothing_written();
    let bare = aws.mrbackup(["up"]).success();
    bare.stdout_starts_with("✔ default: nothing to do");
    aws.assert_nothing_written();
    assert!(!aws.log().is_empty(), "it looked");
    assert_eq!(aws.inventory(), after_first);
}

#[test]
fn down_up_down_works() {
    let aws = account();
    let before = aws.inventory();
    for _ in 0..2 {
        aws.mrbackup(UP).success();
        aws.mrbackup(["status"]).all_as_recorded();
        aws.mrbackup(["teardown"]).success();
        assert_eq!(aws.inventory(), before);
    }
    let again = aws.mrbackup(["down"]).success();
    again.stdout_has("✔ No deployment default in the 31 regions read: nothing to remove.");
}

#[test]
fn two_deployments_live_side_by_side_and_go_separately() {
    let aws = account();
    let empty = aws.inventory();
    let named = |name: &'static str| UP.into_iter().chain(["--name", name]);
    aws.mrbackup(named("a")).success();
    let only_a = aws.inventory();
    aws.mrbackup(named("a-2")).success();
    aws.mrbackup(["status", "--name", "a"]).all_as_recorded();
    aws.mrbackup(["status", "--name", "a-2"]).all_as_recorded();
    aws.mrbackup(["down", "--name", "a-2"]).success();
    assert_eq!(aws.inventory(), only_a);
    aws.mrbackup(["down", "--name", "a"]).success();
    assert_eq!(aws.inventory(), empty);
}

#[test]
fn without_a_tertiary_there_are_two_regions() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(["up", "--primary", "us-east-1", "--secondary", "us-west-2"]).success();
    let status = aws.mrbackup(["status", "-o", "json"]).all_as_recorded().report();
    assert_eq!(status["regions"].as_array().unwrap().len(), 2);
    assert_eq!(status.rows().len(), aws.parts() + ALERT_REGIONS.len(), "no subscribers");
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn the_plan_has_both_rules_with_their_copies() {
    let aws = deployed();
    let vault = |region: &str| aws.vault_arn(region);
    let short = json!({"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 365});
    let long = json!({"MoveToColdStorageAfterDays": 90, "DeleteAfterDays": 2555});
    let copy = |region: &str, lifecycle: &Value| json!({"DestinationBackupVaultArn": vault(region), "Lifecycle": lifecycle});
    let rule = |name: &str, schedule: &str, lifecycle: &Value, copies: Value, tags: Value| {
        json!({
            "RuleName": name,
            "TargetBackupVaultName": "mrbackup-default",
            "ScheduleExpression": schedule,
            "ScheduleExpressionTimezone": "Etc/UTC",
            "StartWindowMinutes": 480,
            "CompletionWindowMinutes": 10080,
            "Lifecycle": lifecycle,
            "CopyActions": copies,
            "EnableContinuousBackup": false,
            "RecoveryPointTags": tags,
        })
    };
    assert_eq!(
        aws.plan(),
        json!({
            "BackupPlanName": "mrbackup-default",
            "Rules": [
                rule(
                    "daily",
                    "cron(0 2 ? * * *)",
                    &short,
                    json!([copy("us-west-2", &short)]),
                    json!({"BackupType": "Daily", "CrossRegion": "true", "Environment": "Production"}),
                ),
                rule(
                    "weekly",
                    "cron(0 3 ? * SUN *)",
                    &long,
                    json!([copy("eu-west-1", &long), copy("us-west-2", &short)]),
                    json!({"BackupType": "Weekly", "Environment": "Production", "LongTerm": "true"}),
                ),
            ],
        })
    );
}

#[test]
fn the_selection_takes_what_carries_both_tags_and_nothing_else() {
    let aws = deployed();
    let selection = aws.call("backup", PRIMARY, "get_backup_selection", aws.selection_id());
    let selection = &selection["BackupSelection"];
    assert_eq!(selection["Resources"], json!(["*"]));
    assert_eq!(
        selection["Conditions"],
        json!({"StringEquals": [
            {"ConditionKey": "aws:ResourceTag/BackupEnabled", "ConditionValue": "true"},
            {"ConditionKey": "aws:ResourceTag/Environment", "ConditionValue": "Production"},
        ]})
    );
    assert_eq!(
        selection["IamRoleArn"],
        format!("arn:aws:iam::{}:role/mrbackup/mrbackup-default-AWSBackupServiceRole", aws.id())
    );
    assert!(selection["ListOfTags"].as_array().is_none_or(Vec::is_empty));
}

#[test]
fn the_service_role_has_the_four_policies_of_their_different_paths() {
    let aws = deployed();
    let mut arns = aws.attached_policies(SERVICE_ROLE);
    arns.sort_unstable();
    assert_eq!(
        arns,
        [
            "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
            "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
            "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
            "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
        ]
    );
}

#[test]
fn no_vault_is_given_a_key_unless_one_is_wanted() {
    let aws = account();
    let key = format!("arn:aws:kms:us-west-2:{}:key/1234abcd", aws.id());
    aws.mrbackup(UP.into_iter().chain(["--kms-key-arn", &key])).success();
    let keys: Vec<Value> = aws
        .log()
        .iter()
        .filter(|call| call.is("backup", "CreateBackupVault"))
        .map(|call| call.input()["EncryptionKeyArn"].clone())
        .collect();
    assert_eq!(keys.iter().filter(|key| key.is_null()).count(), 2);
    assert!(keys.contains(&json!(key)));
}

/// Everything that takes tags carries the deployment's, from the call that makes it.
#[test]
fn every_creating_call_gives_the_tags() {
    let aws = deployed();
    let creates = [
        ("iam", "CreateRole"),
        ("backup", "CreateBackupVault"),
        ("backup", "CreateBackupPlan"),
        ("sns", "CreateTopic"),
        ("logs", "CreateLogGroup"),
        ("lambda", "CreateFunction"),
        ("events", "PutRule"),
        ("monitoring", "PutMetricAlarm"),
    ];
    for (service, operation) in creates {
        let calls: Vec<_> =
            aws.log().into_iter().filter(|call| call.is(service, operation)).collect();
        assert!(!calls.is_empty(), "{operation} was called");
        for call in calls {
            let input = call.input().to_string();
            assert!(
                input.contains("mrbackup:deployment") && input.contains("mrbackup:id"),
                "{input}"
            );
        }
    }
}

#[test]
fn the_wiring_is_for_exactly_this_rule_and_account() {
    let aws = deployed();
    for (region, name, rule) in [
        ("us-east-1", "mrbackup-default-validator", "mrbackup-default-jobs"),
        ("us-west-2", "mrbackup-default-validator", "mrbackup-default-jobs"),
        ("us-west-2", "mrbackup-default-watchdog", "mrbackup-default-watchdog"),
    ] {
        let function = json!({"FunctionName": name});
        let policy = aws.call("lambda", region, "get_policy", function.clone());
        let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1);
        let condition = statements[0]["Condition"].to_string();
        let rule = aws.arn("events", region, &format!("rule/{rule}"));
        assert!(condition.contains(&rule) && condition.contains("SourceAccount"), "{condition}");
        assert_eq!(statements[0]["Principal"], json!({"Service": "events.amazonaws.com"}));

        let configuration =
            aws.call("lambda", region, "get_function_configuration", function.clone());
        assert_eq!(configuration["Runtime"], "python3.13");
        assert_eq!(configuration["Architectures"], json!(["arm64"]));
        let destination = aws.call("lambda", region, "get_function_event_invoke_config", function);
        assert_eq!(
            destination["DestinationConfig"]["OnFailure"]["Destination"],
            aws.arn("sns", region, "mrbackup-default-alerts")
        );
        let group = json!({"logGroupNamePrefix": format!("/aws/lambda/{name}")});
        let groups = aws.call("logs", region, "describe_log_groups", group);
        assert_eq!(groups["logGroups"][0]["retentionInDays"], 90);
    }
}

/// What is written in a region, each operation with how often, in the order of the alphabet.
fn written(aws: &Aws, region: &str) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for call in aws.writes().into_iter().filter(|call| call.request.region == region) {
        *counts.entry(call.request.operation).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// Alarms in the second region too, and the watchdog; in the others vaults, and what forwards their events.
#[test]
fn each_region_holds_what_its_role_asks_for_and_nothing_else() {
    let aws = deployed();
    let wanted = |operations: &[(&str, usize)]| -> Vec<(String, usize)> {
        operations.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    let secondary = [
        ("AddPermission", 2),
        ("CreateBackupVault", 1),
        ("CreateFunction", 2),
        ("CreateLogGroup", 2),
        ("CreateQueue", 2),
        ("CreateTopic", 1),
        ("PutFunctionEventInvokeConfig", 2),
        ("PutMetricAlarm", 2),
        ("PutMetricData", 1),
        ("PutRetentionPolicy", 2),
        ("PutRule", 2),
        ("PutTargets", 2),
        ("TagResource", 1),
    ];
    assert_eq!(written(&aws, "us-west-2"), wanted(&secondary));
    let tertiary = [
        ("CreateBackupVault", 1),
        ("CreateQueue", 1),
        ("PutRule", 1),
        ("PutTargets", 1),
        ("TagResource", 1),
    ];
    assert_eq!(written(&aws, "eu-west-1"), wanted(&tertiary));
    let schedule = json!({"Name": "mrbackup-default-watchdog"});
    let schedule = aws.call("events", "us-west-2", "describe_rule", schedule);
    assert_eq!(schedule["ScheduleExpression"], "rate(60 minutes)");
}
