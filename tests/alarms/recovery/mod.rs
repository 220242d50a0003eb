//! The alarms that `recovery_alarms` asks for. What their tests share: a deployment with them, and what they are called.

mod going_off;
mod life;
mod settings;

use serde_json::{Value, json};

use crate::support::Aws;

const NOT_READY: &str = "mrbackup-default-recovery";
const NO_DATA: &str = "mrbackup-default-recovery-data";
/// The setting turned off, which protects less.
const OFF: [&str; 4] = ["up", "--set", "alerts.recovery_alarms=[]", "--allow-less-protection"];

/// The alarms of the region that this setting asks for, by name.
#[track_caller]
fn alarms(aws: &Aws, region: &str) -> Vec<Value> {
    let all = aws.call("cloudwatch", region, "describe_alarms", json!({}));
    let all = all["MetricAlarms"].as_array().unwrap().iter();
    let ours = all.filter(|alarm| alarm["AlarmName"].as_str().unwrap().contains("-recovery"));
    ours.cloned().collect()
}

/// How many reads and writes were about them.
fn calls(aws: &Aws) -> usize {
    let log = aws.log().into_iter();
    let about = |call: &local_aws::Call| call.request.input.to_string().contains("-recovery");
    log.filter(|call| call.request.service == "monitoring" && about(call)).count()
}
