//! Whether a resource of our name is ours, and what is said where it is not.

use crate::account::context::Context;
use crate::engine::Live;
use crate::failure::Failure;
use crate::model::names::DEPLOYMENT_TAG;
use crate::model::region::Region;

/// Why a resource of our name is not taken over, and the AWS CLI line that gives it (back) to the
/// deployment: `tag` is the line but for the tag itself.
pub(crate) fn not_ours(context: &Context, tag: &TagLine<'_>) -> Live {
    let (key, value) = (DEPLOYMENT_TAG, &context.names.deployment);
    let pair = match tag.style {
        TagStyle::Map => format!("{key}={value}"),
        TagStyle::List => format!("Key={key},Value={value}"),
    };
    let region = tag.region.map(|region| format!(" --region {region}")).unwrap_or_default();
    Live::NotOurs(format!(
        "it does not carry the tag {key}={value}; if it is: aws {} --tags {pair}{region}",
        tag.command
    ))
}

/// An AWS CLI line that tags a resource.
pub(crate) struct TagLine<'a> {
    /// Service, operation and resource.
    command: String,
    style: TagStyle,
    region: Option<&'a Region>,
}

/// How a service's `--tags` are written.
#[derive(Clone, Copy)]
pub(crate) enum TagStyle {
    Map,
    List,
}

impl<'a> TagLine<'a> {
    pub(crate) fn map(command: String, region: &'a Region) -> Self {
        Self { command, style: TagStyle::Map, region: Some(region) }
    }

    pub(crate) fn list(command: String, region: Option<&'a Region>) -> Self {
        Self { command, style: TagStyle::List, region }
    }
}

/// The refusal of a creating call whose name is taken by something that is not ours.
pub(crate) fn taken(what: &str, name: &str) -> Failure {
    Failure::refused(
        format!("{what} {name} exists and is not of this deployment"),
        "remove or rename it, or choose another deployment name with --name",
    )
}
