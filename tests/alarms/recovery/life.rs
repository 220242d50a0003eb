//! They are made, repaired and removed as all else is.

use local_aws::Fault;
use serde_json::{Value, json};

use super::{NO_DATA, NOT_READY, OFF, alarms, calls};
use crate::support::{
    ALERT_REGIONS, Aws, PRIMARY, REGIONS, SECONDARY, SERVICE_ROLE, TERTIARY, TOPIC, UP, account,
    deployed, deployed_with_recovery_alarms,
};

const ASK: [&str; 2] = ["--recovery-alarms", SECONDARY];

/// What AWS is told of both, but for name and description.
#[test]
fn the_region_has_two_alarms_with_the_documented_members() {
    let aws = deployed_with_recovery_alarms();
    let topic = json!([aws.arn("sns", SECONDARY, TOPIC)]);
    let wanted = |name: &str, own: Value| {
        let mut alarm = json!({
            "AlarmName": name, "Namespace": "mrbackup", "MetricName": "RecoveryNotReady",
            "Dimensions": [
                { "Name": "Deployment", "Value": "default" }, { "Name": "Region", "Value": SECONDARY },
            ],
            "ActionsEnabled": true, "AlarmActions": topic, "OKActions": topic,
        });
        alarm.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        alarm
    };
    let not_ready = json!({
        "Statistic": "Maximum", "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
        "Period": 300, "EvaluationPeriods": 1, "TreatMissingData": "ignore",
    });
    let no_data = json!({
        "Statistic": "SampleCount", "ComparisonOperator": "LessThanThreshold", "Threshold": 1.0,
        "Period": 3600, "EvaluationPeriods": 48, "TreatMissingData": "breaching",
    });
    let wanted = [wanted(NOT_READY, not_ready), wanted(NO_DATA, no_data)];
    let sent = aws.writes().into_iter().filter(|call| call.is("monitoring", "PutMetricAlarm"));
    let sent: Vec<Value> = sent.map(|call| call.request.input).collect();
    let found = alarms(&aws, SECONDARY);
    assert_eq!(found.len(), 2, "{found:#?}");
    for wanted in &wanted {
        let is_it = |alarm: &&Value| alarm["AlarmName"] == wanted["AlarmName"];
        let found = found.iter().find(is_it).unwrap();
        for (member, value) in wanted.as_object().unwrap() {
            assert_eq!(&found[member], value, "{member} of {found:#}");
        }
        let command = "mrbackup recover --region us-west-2 --dry-run";
        let description = found["AlarmDescription"].as_str().unwrap();
        assert!(description.contains(command), "{description}");
        assert!(description.contains("--name default"), "{description}");
        let mut sent = sent.iter().find(|alarm| is_it(alarm)).unwrap().clone();
        let sent = sent.as_object_mut().unwrap();
        assert!(sent.remove("Tags").is_some() && sent.remove("AlarmDescription").is_some());
        assert_eq!(Value::Object(sent.clone()), *wanted);
    }
    assert!(alarms(&aws, PRIMARY).is_empty());
    aws.assert_at_rest();
}

#[test]
fn without_the_setting_nobody_asks_for_them() {
    let aws = deployed();
    aws.mrbackup(["plan"]).success();
    aws.mrbackup(["status"]).all_as_recorded();
    assert_eq!(calls(&aws), 0);
}

#[test]
fn each_region_that_is_named_has_its_own() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(["--recovery-alarms", PRIMARY]).chain(ASK)).success();
    for region in ALERT_REGIONS {
        let topic = json!([aws.arn("sns", region, TOPIC)]);
        let found = alarms(&aws, region);
        assert_eq!(found.len(), 2, "{region}");
        for alarm in found {
            assert_eq!(alarm["AlarmActions"], topic);
            assert_eq!(alarm["Dimensions"][1]["Value"], region);
        }
    }
    assert!(alarms(&aws, TERTIARY).is_empty());
    aws.assert_at_rest();
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn another_deployment_and_one_without_tertiary_or_subscriber_have_theirs() {
    let aws = deployed_with_recovery_alarms();
    let first = aws.inventory();
    let other = [
        "up",
        "--name",
        "other",
        "--primary",
        PRIMARY,
        "--secondary",
        SECONDARY,
        "--alerts",
        "none",
        ASK[0],
        ASK[1],
    ];
    aws.mrbackup(other).success();
    assert_eq!(alarms(&aws, SECONDARY).len(), 4);
    aws.mrbackup(["plan", "--name", "other", "--exit-code"]).success();
    aws.assert_at_rest();
    aws.mrbackup(["down", "--name", "other"]).success();
    assert_eq!(aws.inventory(), first);
}

#[test]
fn turned_off_they_are_removed_and_forgotten() {
    let aws = deployed_with_recovery_alarms();
    let without = |off: &[&str]| aws.mrbackup(&off[..off.len() - 1]).code(1);
    let refused = without(&OFF);
    refused.stderr_has("us-west-2 has no recovery alarms from now on");
    refused.stderr_has("--allow-less-protection");
    assert_eq!(alarms(&aws, SECONDARY).len(), 2);
    aws.mrbackup(OFF).success().stdout_has("removed 2");
    assert!(alarms(&aws, SECONDARY).is_empty());
    aws.clear_log();
    aws.assert_at_rest();
    assert_eq!(calls(&aws), 0, "nothing of them is left to look for");
    aws.mrbackup(UP.into_iter().chain(ASK)).success();
    assert_eq!(alarms(&aws, SECONDARY).len(), 2);
    aws.assert_at_rest();
}

/// Before AWS acts, and after it has.
#[test]
fn killed_while_they_are_turned_off_the_next_up_or_down_finishes() {
    let aws = account();
    let empty = aws.inventory();
    for (fault, next) in [
        (Fault::hold_before(), &["up"][..]),
        (Fault::hold_before(), &["down"]),
        (Fault::hold(), &OFF),
        (Fault::hold(), &["down"]),
    ] {
        aws.mrbackup(UP.into_iter().chain(ASK)).success();
        kill(&aws, &OFF, fault.on("monitoring", "DeleteAlarms").first(2));
        aws.mrbackup(next).success();
        assert!(alarms(&aws, SECONDARY).is_empty());
        if next != ["down"] {
            aws.assert_at_rest();
        }
    }
    assert_eq!(aws.inventory(), empty);
}

#[test]
fn killed_while_they_are_made_the_next_up_or_down_finishes() {
    for (fault, next) in [
        (Fault::hold_before(), &["up"][..]),
        (Fault::hold(), &["up"]),
        (Fault::hold_before(), &["down"]),
        (Fault::hold(), &["down"]),
    ] {
        let aws = account();
        let empty = aws.inventory();
        aws.mrbackup(UP).success();
        kill(&aws, &["up", ASK[0], ASK[1]], fault.on("monitoring", "PutMetricAlarm").first(2));
        aws.mrbackup(next).success();
        if next == ["up"] {
            assert_eq!(alarms(&aws, SECONDARY).len(), 2);
            aws.assert_at_rest();
            aws.mrbackup(["down"]).success();
        }
        assert_eq!(aws.inventory(), empty);
    }
}

#[track_caller]
fn kill(aws: &Aws, command: &[&str], fault: Fault) {
    let held = aws.fault(fault);
    let running = aws.command().args(command).start();
    held.wait_held();
    running.kill();
    aws.settle();
    aws.clear_faults();
}

#[test]
fn a_lost_answer_does_no_harm() {
    for fault in [Fault::cut(), Fault::error_after(500, "InternalFailure", "internal")] {
        let aws = deployed();
        let fired = aws.fault(fault.on("monitoring", "PutMetricAlarm").first(1));
        aws.mrbackup(["up"].into_iter().chain(ASK)).success();
        assert_eq!(fired.fired(), 1);
        assert_eq!(alarms(&aws, SECONDARY).len(), 2);
        aws.assert_at_rest();
    }
}

#[test]
fn down_finds_them_without_a_record() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(ASK)).success();
    aws.delete_role(SERVICE_ROLE);
    for region in REGIONS {
        aws.delete_vault(region);
    }
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

/// It is not ours, so that turning the setting off leaves it, and nothing is recorded of it.
#[test]
fn one_that_is_not_ours_stays() {
    let aws = deployed_with_recovery_alarms();
    let untag = json!({
        "ResourceARN": aws.arn("cloudwatch", SECONDARY, &format!("alarm:{NOT_READY}")),
        "TagKeys": ["mrbackup:deployment"],
    });
    aws.call("cloudwatch", SECONDARY, "untag_resource", untag);
    aws.mrbackup(["up"]).code(1).stderr_has("us-west-2 recovery alarm mrbackup-default-recovery");
    aws.mrbackup(OFF).success();
    let left = alarms(&aws, SECONDARY);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["AlarmName"], NOT_READY);
    aws.assert_at_rest();
}

/// Secondary and tertiary change places: the alarms are where a topic was, and is no more.
#[test]
fn a_region_that_no_longer_has_alarms_loses_these_and_that_is_said() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(ASK)).success();
    let swap = ["up", "--secondary", TERTIARY, "--tertiary", SECONDARY];
    aws.mrbackup(swap).code(1).stderr_has("us-west-2 has no recovery alarms from now on");
    aws.mrbackup(swap.into_iter().chain(["--allow-less-protection"])).success();
    assert!(alarms(&aws, SECONDARY).is_empty());
    assert!(alarms(&aws, TERTIARY).is_empty());
    aws.assert_at_rest();
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

#[test]
fn a_secondary_that_moves_away_takes_them_with_it_where_that_is_said() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(ASK)).success();
    let to = "us-east-2";
    let moved = ["up", "--secondary", to, "--recovery-alarms", to, "--allow-less-protection"];
    aws.mrbackup(moved).success();
    assert!(alarms(&aws, SECONDARY).is_empty());
    assert_eq!(alarms(&aws, to).len(), 2);
    aws.assert_at_rest();
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}
