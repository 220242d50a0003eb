//! Dashboards: of no region, tagged when they are made, and refused where nothing could be shown.

use local_aws::{TestAccount, Via};
use serde_json::{Value, json};

use super::{refused, send};

fn text(markdown: &str) -> Value {
    json!({ "type": "text", "width": 24, "height": 1, "properties": { "markdown": markdown } })
}

fn put(aws: &TestAccount, widgets: &Value, tag: &str) -> Result<Value, local_aws::AwsError> {
    let body = json!({ "widgets": widgets }).to_string();
    let tags = json!([{ "Key": "k", "Value": tag }]);
    let dashboard = json!({ "DashboardName": "d", "DashboardBody": body, "Tags": tags });
    send(aws, "cloudwatch", "put_dashboard", dashboard)
}

#[test]
fn it_is_the_same_in_every_region() {
    let aws = TestAccount::new();
    put(&aws, &json!([text("one")]), "v").expect("a valid body");
    let name = json!({ "DashboardName": "d" });
    let elsewhere = aws.try_call(Via::Program, "cloudwatch", "eu-west-1", "get_dashboard", name);
    let arn = format!("arn:aws:cloudwatch::{}:dashboard/d", aws.id());
    assert_eq!(elsewhere.expect("it is there too")["DashboardArn"], arn);
    let dashboards = &aws.inventory()["cloudwatch"]["dashboards"];
    assert_eq!(dashboards.as_array().map(Vec::len), Some(1), "{dashboards}");
    assert_eq!(dashboards[0]["Tags"]["k"], "v");
    assert_eq!(dashboards[0]["DashboardBody"]["widgets"][0]["type"], "text");
}

#[test]
fn its_tags_are_those_of_the_call_that_made_it() {
    let aws = TestAccount::new();
    put(&aws, &json!([text("one")]), "v").expect("a valid body");
    put(&aws, &json!([text("two")]), "ignored").expect("a valid body");
    let arn = json!({ "ResourceARN": format!("arn:aws:cloudwatch::{}:dashboard/d", aws.id()) });
    let tags = || send(&aws, "cloudwatch", "list_tags_for_resource", arn.clone());
    let there = json!([{ "Key": "k", "Value": "v" }]);
    assert_eq!(tags().expect("tags")["Tags"], there);
    let other =
        json!({ "ResourceARN": arn["ResourceARN"], "Tags": [{ "Key": "k", "Value": "w" }] });
    send(&aws, "cloudwatch", "tag_resource", other).expect("it is there");
    assert_eq!(tags().expect("tags")["Tags"][0]["Value"], "w");
    send(&aws, "cloudwatch", "delete_dashboards", json!({ "DashboardNames": ["d"] }))
        .expect("it is there");
    refused(tags(), 404, "ResourceNotFoundException", "does not exist");
}

#[test]
fn one_that_is_not_there_is_not_found() {
    let aws = TestAccount::new();
    let get = send(&aws, "cloudwatch", "get_dashboard", json!({ "DashboardName": "d" }));
    refused(get, 404, "ResourceNotFound", "Dashboard d does not exist");
    let names = json!({ "DashboardNames": ["d"] });
    let delete = send(&aws, "cloudwatch", "delete_dashboards", names);
    refused(delete, 404, "ResourceNotFound", "Dashboard d does not exist");
}

#[test]
fn a_body_that_shows_nothing_is_refused() {
    let aws = TestAccount::new();
    let with = |widget: Value| put(&aws, &json!([widget]), "v");
    let metric = |metrics: Value, region: Value| json!({ "type": "metric", "properties": { "metrics": metrics, "region": region } });
    let one = json!(["ns", "name", "dimension", "value", { "stat": "Sum" }]);
    with(metric(json!([one]), json!("us-east-1"))).expect("a valid metric");
    let alarm = json!([aws.arn("cloudwatch", "us-east-1", "alarm:a")]);
    with(json!({ "type": "alarm", "properties": { "alarms": alarm } })).expect("a valid alarm");
    for widget in [
        json!({}),
        json!({ "type": "text", "properties": {} }),
        json!({ "type": "text", "x": 24, "properties": { "markdown": "" } }),
        json!({ "type": "alarm", "properties": { "alarms": [] } }),
        metric(json!([one]), Value::Null),
        metric(json!([["ns", "name", "dimension"]]), json!("us-east-1")),
        metric(json!([]), json!("us-east-1")),
    ] {
        refused(with(widget), 400, "InvalidParameterInput", "\"dataPath\": \"/widgets/0\"");
    }
    let dashboard = json!({ "DashboardName": "d", "DashboardBody": "no JSON" });
    let put = send(&aws, "cloudwatch", "put_dashboard", dashboard);
    refused(put, 400, "InvalidParameterInput", "must be a valid JSON object");
}
