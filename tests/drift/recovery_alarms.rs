//! Edits of the alarms that `recovery_alarms` asks for.

use serde_json::json;

use super::second_region::alarm;
use super::{Drift, assert_each_named_and_mended_in};
use crate::support::{SECONDARY, deployed_with_recovery_alarms};

const NOT_READY: &str = "mrbackup-default-recovery";
const NO_DATA: &str = "mrbackup-default-recovery-data";

pub(super) const DRIFTS: &[Drift] = &[
    Drift {
        what: "more that is not ready is no alarm",
        edit: |aws| alarm(aws, NOT_READY, json!({"Threshold": 5.0})),
        region: Some(SECONDARY),
        kind: "recovery alarm",
        field: Some("configuration.threshold"),
    },
    Drift {
        what: "what is not ready in another region",
        edit: |aws| {
            let dimensions = json!([
                {"Name": "Deployment", "Value": "default"}, {"Name": "Region", "Value": "us-east-1"},
            ]);
            alarm(aws, NOT_READY, json!({"Dimensions": dimensions}));
        },
        region: Some(SECONDARY),
        kind: "recovery alarm",
        field: Some("configuration.region"),
    },
    Drift {
        what: "no region at all, of which nobody publishes",
        edit: |aws| {
            let dimensions = json!([{"Name": "Deployment", "Value": "default"}]);
            alarm(aws, NO_DATA, json!({"Dimensions": dimensions}));
        },
        region: Some(SECONDARY),
        kind: "recovery data alarm",
        field: Some("configuration.region"),
    },
    Drift {
        what: "a dry run a week is enough",
        edit: |aws| alarm(aws, NO_DATA, json!({"EvaluationPeriods": 168})),
        region: Some(SECONDARY),
        kind: "recovery data alarm",
        field: Some("configuration.periods"),
    },
    Drift {
        what: "the value of the data and not its number",
        edit: |aws| alarm(aws, NO_DATA, json!({"Statistic": "Sum"})),
        region: Some(SECONDARY),
        kind: "recovery data alarm",
        field: Some("configuration.statistic"),
    },
    Drift {
        what: "no dry run tells nobody",
        edit: |aws| alarm(aws, NO_DATA, json!({"AlarmActions": []})),
        region: Some(SECONDARY),
        kind: "recovery data alarm",
        field: Some("configuration.alarm_actions"),
    },
    Drift {
        what: "a tag of ours on the alarm",
        edit: |aws| {
            let arn = aws.arn("cloudwatch", SECONDARY, &format!("alarm:{NOT_READY}"));
            let tags =
                json!({"ResourceARN": arn, "Tags": [{"Key": "mrbackup:id", "Value": "0000"}]});
            aws.call("cloudwatch", SECONDARY, "tag_resource", tags);
        },
        region: Some(SECONDARY),
        kind: "recovery alarm",
        field: Some("tags.mrbackup:id"),
    },
    Drift {
        what: "alarm deleted",
        edit: |aws| {
            let names = json!({"AlarmNames": [NOT_READY]});
            aws.call("cloudwatch", SECONDARY, "delete_alarms", names);
        },
        region: Some(SECONDARY),
        kind: "recovery alarm",
        field: None,
    },
    Drift {
        what: "alarm on no data deleted",
        edit: |aws| {
            aws.call("cloudwatch", SECONDARY, "delete_alarms", json!({"AlarmNames": [NO_DATA]}));
        },
        region: Some(SECONDARY),
        kind: "recovery data alarm",
        field: None,
    },
];

#[test]
fn each_drift_of_a_recovery_alarm_is_named_and_mended() {
    assert_each_named_and_mended_in(deployed_with_recovery_alarms, DRIFTS);
}
