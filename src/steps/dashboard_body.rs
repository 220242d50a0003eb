//! What a region's dashboard shows: pure ("Dashboard Body Structure and Syntax", CloudWatch API reference).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::account::context::Context;
use crate::model::lambda::Lambda;
use crate::model::names::{Alarm, METRICS};
use crate::model::region::Region;

/// Jobs are few: one number a day.
const DAY_SECONDS: i32 = 24 * 60 * 60;
const HOUR_SECONDS: i32 = 60 * 60;
/// The grid has 24 columns; two widgets stand beside each other.
const COLUMNS: usize = 24;
const WIDTH: usize = COLUMNS / 2;
const HEIGHT: usize = 6;
/// Of the line of text above all, and of the alarms' states.
const LOW: usize = 2;

/// The body for an alarm region: its jobs, what reaches its topic, its functions, and where the watchdog is, findings,
/// heartbeat and alarms.
pub(super) fn body(context: &Context, region: &Region) -> Value {
    let alarms = alarms(context, region);
    let mut widgets = vec![heading(context, region)];
    widgets.extend((!alarms.is_empty()).then(|| states(&alarms, LOW)));
    let top = LOW * widgets.len();
    for (at, (title, period, metrics)) in graphs(context, region).into_iter().enumerate() {
        widgets.push(json!({
            "type": "metric",
            "x": at % 2 * WIDTH,
            "y": top + at / 2 * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": title,
                "region": region,
                "view": "timeSeries",
                "stat": "Sum",
                "period": period,
                "metrics": metrics,
            },
        }));
    }
    json!({ "widgets": widgets })
}

/// A body by the titles of its widgets, so that what differs has a name. `null` of what is no body.
pub(super) fn by_title(body: &Value) -> Value {
    let Value::Object(body) = body else { return Value::Null };
    let mut all = body.clone();
    let mut named = Map::new();
    for widget in body.get("widgets").and_then(Value::as_array).into_iter().flatten() {
        let title = widget["properties"]["title"].as_str().or(widget["type"].as_str());
        let title = title.unwrap_or("widget").to_owned();
        let again = named.keys().filter(|key| key.trim_end_matches('\'') == title).count();
        named.insert(title + &"'".repeat(again), widget.clone());
    }
    all.insert("widgets".to_owned(), named.into());
    all.into()
}

fn heading(context: &Context, region: &Region) -> Value {
    let name = &context.names.deployment;
    json!({
        "type": "text",
        "x": 0,
        "y": 0,
        "width": COLUMNS,
        "height": LOW,
        "properties": {
            "markdown": format!(
                "# mrbackup {name} in {region}\nWhether backups and copies are fresh: `mrbackup status --name {name}`. \
                 The next `mrbackup up` replaces what is changed here."
            ),
        },
    })
}

fn states(alarms: &[String], y: usize) -> Value {
    json!({
        "type": "alarm",
        "x": 0,
        "y": y,
        "width": COLUMNS,
        "height": LOW,
        "properties": { "title": "Alarms", "alarms": alarms },
    })
}

/// ARNs of the CloudWatch alarms of the region.
fn alarms(context: &Context, region: &Region) -> Vec<String> {
    let settings = &context.settings;
    let mut alarms = Vec::new();
    if *region == settings.regions.secondary {
        alarms.extend([Alarm::Findings, Alarm::Heartbeat]);
    }
    if settings.recovery_alarms.contains(region) {
        alarms.extend([Alarm::Recovery, Alarm::RecoveryData]);
    }
    alarms.into_iter().map(|alarm| context.names.alarm_arn(alarm, region)).collect()
}

/// Title, period in seconds, and metrics of each graph.
fn graphs(context: &Context, region: &Region) -> Vec<(&'static str, i32, Vec<Value>)> {
    let backups =
        ["Completed", "Failed", "Expired", "Aborted"].map(|end| format!("NumberOfBackupJobs{end}"));
    let copies = ["Completed", "Failed"].map(|end| format!("NumberOfCopyJobs{end}"));
    let mut graphs = vec![
        ("Backup jobs", DAY_SECONDS, of_vaults(context, &backups)),
        ("Copy jobs", DAY_SECONDS, of_vaults(context, &copies)),
        ("Functions", HOUR_SECONDS, of_functions(context, region)),
        ("Messages to subscribers", HOUR_SECONDS, of_topic(context, region)),
    ];
    if *region == context.settings.regions.secondary {
        let period = context.settings.watchdog_minutes * 60;
        // Of several runs within a point the one that found most.
        let shown = json!({ "stat": "Maximum" });
        let findings = json!([METRICS, "Findings", "Deployment", context.names.deployment, shown]);
        graphs.push(("Findings", period, vec![findings]));
        let heartbeat = json!([METRICS, "Heartbeat", "Deployment", context.names.deployment]);
        graphs.push(("Heartbeat of the watchdog", period, vec![heartbeat]));
    }
    graphs
}

/// Of each vault's name: AWS Backup counts a copy job by a vault's name, and vaults with keys of their own have other names
/// than the rest ("AWS Backup metrics with CloudWatch", developer guide).
fn of_vaults(context: &Context, metrics: &[String]) -> Vec<Value> {
    let vaults = context.settings.vaults();
    let names: BTreeSet<String> = vaults.iter().map(|vault| context.names.vault(vault)).collect();
    let of_each = names.iter().flat_map(|name| {
        metrics.iter().map(move |metric| json!(["AWS/Backup", metric, "BackupVaultName", name]))
    });
    of_each.collect()
}

fn of_functions(context: &Context, region: &Region) -> Vec<Value> {
    let has_watchdog = *region == context.settings.regions.secondary;
    let functions = [Lambda::Validator].into_iter().chain(has_watchdog.then_some(Lambda::Watchdog));
    let of_each = functions.flat_map(|lambda| {
        let name = context.names.function(lambda);
        ["Invocations", "Errors"].map(|metric| json!(["AWS/Lambda", metric, "FunctionName", name]))
    });
    of_each.collect()
}

fn of_topic(context: &Context, region: &Region) -> Vec<Value> {
    let metrics = [
        "NumberOfMessagesPublished",
        "NumberOfNotificationsDelivered",
        "NumberOfNotificationsFailed",
    ];
    let topic = context.names.topic_name_in_use(&context.settings, region);
    metrics.map(|metric| json!(["AWS/SNS", metric, "TopicName", topic])).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;

    fn titles(region: &Region) -> Vec<String> {
        let body = body(&context(), region);
        let widgets = body["widgets"].as_array().unwrap();
        let titles = widgets.iter().filter_map(|widget| widget["properties"]["title"].as_str());
        titles.map(str::to_owned).collect()
    }

    #[test]
    fn each_region_shows_what_it_has() {
        let regions = context().settings.regions.clone();
        let everywhere = ["Backup jobs", "Copy jobs", "Functions", "Messages to subscribers"];
        assert_eq!(titles(&regions.primary), everywhere);
        let watchdog = ["Findings", "Heartbeat of the watchdog"];
        let all = ["Alarms"].iter().chain(&everywhere).chain(&watchdog);
        assert_eq!(titles(&regions.secondary), all.copied().collect::<Vec<_>>());
    }

    #[test]
    fn no_two_widgets_overlap() {
        let body = body(&context(), &context().settings.regions.secondary);
        let mut taken = BTreeSet::new();
        for widget in body["widgets"].as_array().unwrap() {
            let side = |name: &str| widget[name].as_u64().unwrap();
            assert!(side("x") + side("width") <= 24, "{widget}");
            for x in side("x")..side("x") + side("width") {
                for y in side("y")..side("y") + side("height") {
                    assert!(taken.insert((x, y)), "{widget}");
                }
            }
        }
    }

    #[test]
    fn widgets_are_compared_by_title_whatever_their_order() {
        let of = |titles: &[&str]| {
            let widget = |title: &&str| json!({ "properties": { "title": title } });
            by_title(&json!({ "widgets": titles.iter().map(widget).collect::<Vec<_>>() }))
        };
        assert_eq!(of(&["a", "b"]), of(&["b", "a"]));
        assert_eq!(of(&["a", "a"])["widgets"].as_object().unwrap().len(), 2);
        assert_eq!(by_title(&json!("none")), Value::Null);
    }
}
