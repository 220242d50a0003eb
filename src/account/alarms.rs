//! The calls about the alarms of CloudWatch.

use aws_sdk_cloudwatch::types::MetricAlarm;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure};
use crate::model::names::Alarm;
use crate::model::region::Region;

/// The alarm as it is; `None` where there is none.
///
/// # Errors
/// Where it cannot be read.
pub(crate) async fn describe(
    context: &Context,
    alarm: Alarm,
    region: &Region,
) -> Result<Option<MetricAlarm>, Failure> {
    let cloudwatch = context.region(region).cloudwatch;
    let send = || cloudwatch.describe_alarms().alarm_names(context.names.alarm(alarm)).send();
    let site =
        CallSite::new("cloudwatch:DescribeAlarms", region, context.names.alarm_arn(alarm, region));
    let found = context.caller.call(site, send).await?;
    Ok(found.metric_alarms.unwrap_or_default().into_iter().next())
}
