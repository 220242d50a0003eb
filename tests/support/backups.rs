//! Resources and recovery points, of this age and that.

use local_aws::now;
use serde_json::{Value, json};

use super::deployment::{
    ALERT_REGIONS, PRIMARY, REGIONS, SECONDARY, SELECT_TAGS, SERVICE_ROLE, VAULT, deployed,
    deployed_without_alerts,
};
use super::run::Aws;

/// Seconds.
pub(crate) const HOUR: u64 = 3600;
pub(crate) const DAY: u64 = 24 * HOUR;

pub(crate) const DELETE: [&str; 4] = ["down", "--delete-backups", "--confirm", "default"];

/// The deployment without alerts, as if it had been made so many days ago.
#[track_caller]
pub(crate) fn long_deployed(days: u64) -> Aws {
    let aws = deployed_without_alerts();
    aws.vaults_made(now() - days * DAY);
    aws
}

/// A volume with the select tags.
pub(crate) fn volume(aws: &Aws, name: &str) -> String {
    let arn = aws.arn("ec2", PRIMARY, &format!("volume/{name}"));
    aws.put_tagged_resource(PRIMARY, &arn, &SELECT_TAGS);
    arn
}

/// A recovery point of this age, in hours.
pub(crate) fn point(aws: &Aws, region: &str, resource: &str, age: u64, members: &Value) -> String {
    point_in(aws, region, VAULT, resource, age, members)
}

/// One in another vault.
pub(crate) fn point_in(
    aws: &Aws,
    region: &str,
    vault: &str,
    resource: &str,
    age: u64,
    members: &Value,
) -> String {
    let mut point = json!({
        "ResourceArn": resource,
        "CreationDate": now() - age * HOUR,
        "CompletionDate": now() - age * HOUR,
    });
    point.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    aws.put_recovery_point(region, vault, point)
}

/// What the watchdog has on record of a resource that it has seen without a point for so many hours.
pub(crate) fn seen(aws: &Aws, resource: &str, hours: u64) {
    let dimension = |name: &str, value: &str| json!({"Name": name, "Value": value});
    let datum = json!({
        "MetricName": "WaitingSince",
        "Dimensions": [dimension("Deployment", "default"), dimension("Resource", resource)],
        "Value": now() - hours * HOUR,
    });
    let data = json!({"Namespace": "mrbackup", "MetricData": [datum]});
    aws.call("cloudwatch", SECONDARY, "put_metric_data", data);
}

/// A fresh point in every region, as our plan makes them.
pub(crate) fn fresh_everywhere(aws: &Aws, resource: &str) {
    let plan = json!({"CreatedBy": {"BackupPlanId": aws.plan_id()}});
    for region in REGIONS {
        point(aws, region, resource, 5, &plan);
    }
}

/// A new point as our plan makes them.
pub(crate) fn point_of_plan(aws: &Aws, region: &str, members: &Value) -> String {
    let mut point = json!({
        "CreatedBy": {"BackupPlanId": aws.plan_id()},
        "IamRoleArn": aws.service_role_arn(),
        "CreationDate": now(),
    });
    point.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    aws.put_recovery_point(region, VAULT, point)
}

/// Points of our plan in two of the three regions.
pub(crate) fn two_points(aws: &Aws) {
    for region in ALERT_REGIONS {
        point_of_plan(aws, region, &json!({"Lifecycle": {"DeleteAfterDays": 30}}));
    }
}

/// The deployment with these.
#[track_caller]
pub(crate) fn with_points() -> Aws {
    let aws = deployed();
    two_points(&aws);
    aws
}

/// How many points our vaults hold.
pub(crate) fn points(aws: &Aws) -> usize {
    REGIONS.iter().map(|region| aws.recovery_points(region, VAULT).len()).sum()
}

impl Aws {
    pub(crate) fn service_role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/mrbackup/{SERVICE_ROLE}", self.id())
    }
}
