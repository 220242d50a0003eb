//! Edits of the dashboards that `dashboard` asks for.

use serde_json::{Value, json};

use super::{Drift, assert_each_named_and_mended_in};
use crate::support::{Aws, PRIMARY, SECONDARY, TERTIARY, deployed_with_choices};

const OF_PRIMARY: &str = "mrbackup-default-us-east-1";
const OF_SECONDARY: &str = "mrbackup-default-us-west-2";

pub(super) const DRIFTS: &[Drift] = &[
    drift(
        "graph over another vault",
        PRIMARY,
        Some("body.widgets.Backup jobs.properties.metrics"),
        |aws| {
            edit(aws, OF_PRIMARY, |body| {
                let widgets = body["widgets"].as_array_mut().unwrap();
                let jobs =
                    widgets.iter_mut().find(|one| one["properties"]["title"] == "Backup jobs");
                jobs.unwrap()["properties"]["metrics"][0][3] = "theirs".into();
            });
        },
    ),
    drift("no states of alarms", SECONDARY, Some("body.widgets.Alarms"), |aws| {
        edit(aws, OF_SECONDARY, |body| {
            body["widgets"].as_array_mut().unwrap().retain(|widget| widget["type"] != "alarm");
        });
    }),
    drift("widget of another person", SECONDARY, Some("body.widgets.text'"), |aws| {
        edit(aws, OF_SECONDARY, |body| {
            let text = json!({"type": "text", "properties": {"markdown": "theirs"}});
            body["widgets"].as_array_mut().unwrap().push(text);
        });
    }),
    drift("the last week by default", PRIMARY, Some("body.start"), |aws| {
        edit(aws, OF_PRIMARY, |body| body["start"] = "-P7D".into());
    }),
    drift("a tag of ours", PRIMARY, Some("tags.mrbackup:id"), |aws| {
        let arn = format!("arn:aws:cloudwatch::{}:dashboard/{OF_PRIMARY}", aws.id());
        let tags = json!({"ResourceARN": arn, "Tags": [{"Key": "mrbackup:id", "Value": "0000"}]});
        aws.call("cloudwatch", TERTIARY, "tag_resource", tags);
    }),
    drift("deleted", SECONDARY, None, |aws| {
        let names = json!({"DashboardNames": [OF_SECONDARY]});
        aws.call("cloudwatch", TERTIARY, "delete_dashboards", names);
    }),
];

const fn drift(
    what: &'static str,
    region: &'static str,
    field: Option<&'static str>,
    edit: fn(&Aws),
) -> Drift {
    Drift { what, edit, region: Some(region), kind: "dashboard", field }
}

/// As somebody does in the console.
fn edit(aws: &Aws, name: &str, edit: impl FnOnce(&mut Value)) {
    let found = aws.call("cloudwatch", TERTIARY, "get_dashboard", json!({"DashboardName": name}));
    let mut body: Value = serde_json::from_str(found["DashboardBody"].as_str().unwrap()).unwrap();
    edit(&mut body);
    let dashboard = json!({"DashboardName": name, "DashboardBody": body.to_string()});
    aws.call("cloudwatch", TERTIARY, "put_dashboard", dashboard);
}

#[test]
fn each_edit_of_a_dashboard_is_named_and_mended() {
    assert_each_named_and_mended_in(deployed_with_choices, DRIFTS);
}
