//! The dashboards that `dashboard` asks for: made, moved and removed as all else is.

use local_aws::{Call, Fault};
use serde_json::{Value, json};

use crate::support::{
    Aws, PRIMARY, REGIONS, SECONDARY, SERVICE_ROLE, TERTIARY, TOPIC, UP, VALIDATOR, VAULT,
    WATCHDOG, account, deployed,
};

const ON: [&str; 2] = ["--set", "alerts.dashboard=true"];
const OFF: [&str; 3] = ["up", "--set", "alerts.dashboard=false"];

/// The default deployment with dashboards.
#[track_caller]
fn with_dashboards() -> Aws {
    let aws = account();
    aws.mrbackup(UP.into_iter().chain(ON)).success();
    aws
}

/// By name.
#[track_caller]
fn dashboards(aws: &Aws) -> Vec<(String, Value)> {
    let inventory = aws.inventory();
    let all = inventory["cloudwatch"]["dashboards"].as_array().cloned().unwrap_or_default();
    let name = |one: &Value| one["DashboardName"].as_str().unwrap().to_owned();
    all.into_iter().map(|one| (name(&one), one)).collect()
}

fn names(aws: &Aws) -> Vec<String> {
    dashboards(aws).into_iter().map(|(name, _)| name).collect()
}

fn calls(aws: &Aws) -> usize {
    aws.log().iter().filter(|call| call.request.operation.contains("Dashboard")).count()
}

#[test]
fn each_region_with_alarms_has_one_that_shows_what_aws_publishes() {
    let aws = with_dashboards();
    let found = dashboards(&aws);
    assert_eq!(names(&aws), ["mrbackup-default-us-east-1", "mrbackup-default-us-west-2"]);
    for (region, (_, dashboard)) in [PRIMARY, SECONDARY].iter().zip(&found) {
        assert_eq!(dashboard["Tags"]["mrbackup:deployment"], "default");
        let widgets = dashboard["DashboardBody"]["widgets"].as_array().unwrap();
        let metrics: Vec<&Value> = widgets
            .iter()
            .filter(|widget| widget["type"] == "metric")
            .inspect(|widget| assert_eq!(widget["properties"]["region"], *region))
            .flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap())
            .collect();
        let shows = |metric: Value| metrics.contains(&&metric);
        for end in ["Completed", "Failed"] {
            for jobs in ["Backup", "Copy"] {
                let name = format!("NumberOf{jobs}Jobs{end}");
                assert!(
                    shows(json!(["AWS/Backup", name, "BackupVaultName", VAULT])),
                    "{metrics:?}"
                );
            }
        }
        assert!(shows(json!(["AWS/Lambda", "Errors", "FunctionName", VALIDATOR])), "{metrics:?}");
        let failed = json!(["AWS/SNS", "NumberOfNotificationsFailed", "TopicName", TOPIC]);
        assert!(shows(failed), "{metrics:?}");
        let runs = json!(["AWS/Lambda", "Invocations", "FunctionName", WATCHDOG]);
        let beat = json!(["mrbackup", "Heartbeat", "Deployment", "default"]);
        let here = *region == SECONDARY;
        assert_eq!((shows(runs), shows(beat)), (here, here), "{metrics:?}");
        let alarms = widgets.iter().find(|widget| widget["type"] == "alarm");
        let alarms = alarms.map(|widget| widget["properties"]["alarms"].clone());
        let both = ["findings", "heartbeat"].map(|alarm| {
            aws.arn("cloudwatch", SECONDARY, &format!("alarm:mrbackup-default-{alarm}"))
        });
        assert_eq!(alarms, here.then(|| json!(both)));
    }
    aws.assert_at_rest();
}

/// The names under which CloudWatch has what the watchdog publishes.
#[test]
fn what_it_shows_of_the_watchdog_is_what_that_publishes() {
    let aws = with_dashboards();
    let found = dashboards(&aws);
    let widgets = found[1].1["DashboardBody"]["widgets"].as_array().unwrap();
    aws.run_schedule(SECONDARY, WATCHDOG).unwrap();
    let published =
        aws.call("cloudwatch", SECONDARY, "list_metrics", json!({"Namespace": "mrbackup"}));
    let published = published["Metrics"].as_array().unwrap();
    for title in ["Findings", "Heartbeat of the watchdog"] {
        let widget = widgets.iter().find(|widget| widget["properties"]["title"] == title).unwrap();
        let metric = &widget["properties"]["metrics"][0];
        let dimensions = json!([{"Name": metric[2], "Value": metric[3]}]);
        let is_it =
            |one: &&Value| one["MetricName"] == metric[1] && one["Dimensions"] == dimensions;
        assert!(published.iter().any(|one| is_it(&one)), "{metric} of {published:?}");
    }
}

#[test]
fn an_alarm_on_a_recovery_is_shown_with_its_state() {
    let aws = with_dashboards();
    aws.mrbackup(["up", "--recovery-alarms", PRIMARY]).success();
    let alarms = |at: usize| {
        let found = dashboards(&aws);
        let widgets = found[at].1["DashboardBody"]["widgets"].as_array().unwrap().clone();
        let alarm = widgets.into_iter().find(|widget| widget["type"] == "alarm");
        alarm.map(|widget| widget["properties"]["alarms"].as_array().unwrap().len())
    };
    assert_eq!((alarms(0), alarms(1)), (Some(2), Some(2)));
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
fn turned_off_they_are_removed_and_forgotten() {
    let aws = with_dashboards();
    // No protection is lost, so that nothing has to allow it.
    aws.mrbackup(OFF).success().stdout_has("removed 2");
    assert!(names(&aws).is_empty());
    aws.clear_log();
    aws.assert_at_rest();
    assert_eq!(calls(&aws), 0, "nothing of them is left to look for");
    aws.mrbackup(["up"].into_iter().chain(ON)).success();
    assert_eq!(names(&aws).len(), 2);
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
        aws.mrbackup(UP.into_iter().chain(ON)).success();
        kill(&aws, &OFF, fault.on("monitoring", "DeleteDashboards").first(2));
        aws.mrbackup(next).success();
        assert!(names(&aws).is_empty());
        if next != ["down"] {
            aws.assert_at_rest();
        }
    }
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), empty);
}

#[test]
fn killed_while_they_are_made_the_next_up_or_down_finishes() {
    for (fault, next) in [
        (Fault::hold_before(), "up"),
        (Fault::hold(), "up"),
        (Fault::hold_before(), "down"),
        (Fault::hold(), "down"),
    ] {
        let aws = account();
        let empty = aws.inventory();
        aws.mrbackup(UP).success();
        kill(&aws, &["up", ON[0], ON[1]], fault.on("monitoring", "PutDashboard").first(2));
        aws.mrbackup([next]).success();
        if next == "up" {
            assert_eq!(names(&aws).len(), 2);
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
fn down_finds_them_without_a_record() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(ON)).success();
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
    let aws = with_dashboards();
    let name = "mrbackup-default-us-west-2";
    let arn = format!("arn:aws:cloudwatch::{}:dashboard/{name}", aws.id());
    let untag = json!({"ResourceARN": arn, "TagKeys": ["mrbackup:deployment"]});
    aws.call("cloudwatch", SECONDARY, "untag_resource", untag);
    let refused = aws.mrbackup(["up"]).code(1);
    refused.stderr_has(format!("us-west-2 dashboard {name}"));
    refused.stderr_has(format!("aws cloudwatch tag-resource --resource-arn {arn}"));
    aws.mrbackup(OFF).success();
    assert_eq!(names(&aws), [name]);
    aws.assert_at_rest();
}

/// `PutDashboard` replaces what is there without a word, so that it is looked at again.
#[test]
fn one_that_somebody_makes_meanwhile_is_not_called_ours() {
    let aws = deployed();
    let held =
        aws.fault(Fault::hold_before().on("monitoring", "PutDashboard").region(SECONDARY).first(1));
    let running = aws.command().args(["up"].into_iter().chain(ON)).start();
    held.wait_held();
    let dashboard = json!({
        "DashboardName": "mrbackup-default-us-west-2", "DashboardBody": r#"{"widgets":[]}"#,
    });
    aws.call("cloudwatch", TERTIARY, "put_dashboard", dashboard);
    held.release();
    let outcome = running.wait().code(1);
    outcome.stdout_has("dashboard mrbackup-default-us-west-2 exists and is not of this deployment");
}

#[test]
fn two_deployments_have_dashboards_of_their_own() {
    let aws = with_dashboards();
    let first = aws.inventory();
    let regions = ["--primary", PRIMARY, "--secondary", SECONDARY, "--alerts", "none"];
    aws.mrbackup(["up", "--name", "other"].into_iter().chain(regions).chain(ON)).success();
    assert_eq!(names(&aws).len(), 4);
    aws.assert_at_rest();
    aws.mrbackup(["down", "--name", "other"]).success();
    assert_eq!(aws.inventory(), first);
}

#[test]
fn a_region_that_no_longer_has_alarms_loses_its_own() {
    let aws = account();
    let before = aws.inventory();
    aws.mrbackup(UP.into_iter().chain(ON)).success();
    let swap = ["up", "--secondary", TERTIARY, "--tertiary", SECONDARY, "--allow-less-protection"];
    aws.mrbackup(swap).success();
    assert_eq!(names(&aws), ["mrbackup-default-eu-west-1", "mrbackup-default-us-east-1"]);
    aws.assert_at_rest();
    aws.mrbackup(["down"]).success();
    assert_eq!(aws.inventory(), before);
}

/// A body that CloudWatch does not take is said with its reason, and the rest is made.
#[test]
fn a_body_that_is_refused_is_said() {
    let aws = account();
    let message = "The dashboard body is invalid, there are 1 validation errors";
    let refused = Fault::error(400, "InvalidParameterInput", message);
    let refused = aws.fault(refused.on("monitoring", "PutDashboard").region(PRIMARY));
    let outcome = aws.mrbackup(UP.into_iter().chain(ON)).code(1);
    assert!(refused.fired() > 0);
    outcome.stdout_has(message);
    let made: Vec<Call> = aws.writes();
    assert!(made.iter().any(|call| call.is("lambda", "CreateFunction")));
    aws.clear_faults();
    aws.mrbackup(["up"]).success();
    aws.assert_at_rest();
}
