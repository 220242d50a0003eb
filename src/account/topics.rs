//! The attributes of a topic, one of which is set at a time.

use std::collections::HashMap;

use crate::account::context::Context;
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

/// The attributes of the region's alert topic; `None` where there is no topic.
///
/// # Errors
/// Where they cannot be read.
pub(crate) async fn attributes(
    context: &Context,
    region: &Region,
) -> Result<Option<HashMap<String, String>>, Failure> {
    attributes_of(context, region, &context.names.topic_arn(region)).await
}

/// The attributes of a topic; `None` where there is none.
///
/// # Errors
/// Where they cannot be read.
pub(crate) async fn attributes_of(
    context: &Context,
    region: &Region,
    arn: &str,
) -> Result<Option<HashMap<String, String>>, Failure> {
    let sns = context.region(region).sns;
    let send = || sns.get_topic_attributes().topic_arn(arn).send();
    let site = CallSite::new("sns:GetTopicAttributes", region, arn);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.map(|output| output.attributes.unwrap_or_default()))
}

/// Sets one; an empty value takes it off.
///
/// # Errors
/// Where SNS does not take it.
pub(crate) async fn set(
    context: &Context,
    region: &Region,
    attribute: &str,
    value: &str,
) -> Result<(), Failure> {
    let (sns, arn) = (context.region(region).sns, context.names.topic_arn(region));
    let send = || {
        let attribute = sns.set_topic_attributes().topic_arn(&arn).attribute_name(attribute);
        attribute.attribute_value(value).send()
    };
    let site = CallSite::new("sns:SetTopicAttributes", region, &arn);
    context.caller.call(site, send).await?;
    Ok(())
}
