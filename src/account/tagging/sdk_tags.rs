//! Tags as the services' SDKs have them.

use aws_sdk_cloudwatch::types::Tag as CloudWatchTag;
use aws_sdk_eventbridge::types::Tag as EventsTag;
use aws_sdk_iam::types::Tag as IamTag;
use aws_sdk_sns::types::Tag as SnsTag;

use crate::model::tags::Tags;

/// What the builders of tags ask for.
const BOTH_SET: &str = "key and value are set";

fn to_list<T>(tags: &Tags, tag: impl Fn(&String, &String) -> T) -> Vec<T> {
    tags.iter().map(|(key, value)| tag(key, value)).collect()
}

pub(crate) fn to_cloudwatch(tags: &Tags) -> Vec<CloudWatchTag> {
    to_list(tags, |key, value| CloudWatchTag::builder().key(key).value(value).build())
}

pub(crate) fn to_events(tags: &Tags) -> Vec<EventsTag> {
    let tag = |key: &String, value: &String| EventsTag::builder().key(key).value(value).build();
    to_list(tags, |key, value| tag(key, value).expect(BOTH_SET))
}

pub(crate) fn to_iam(tags: &Tags) -> Vec<IamTag> {
    let tag = |key: &String, value: &String| IamTag::builder().key(key).value(value).build();
    to_list(tags, |key, value| tag(key, value).expect(BOTH_SET))
}

pub(crate) fn to_sns(tags: &Tags) -> Vec<SnsTag> {
    let tag = |key: &String, value: &String| SnsTag::builder().key(key).value(value).build();
    to_list(tags, |key, value| tag(key, value).expect(BOTH_SET))
}

pub(super) fn from_cloudwatch(tags: Option<Vec<CloudWatchTag>>) -> Tags {
    tags.into_iter().flatten().filter_map(|tag| Some((tag.key?, tag.value?))).collect()
}

pub(super) fn from_events(tags: Option<Vec<EventsTag>>) -> Tags {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect()
}

pub(crate) fn from_iam(tags: &[IamTag]) -> Tags {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

pub(super) fn from_sns(tags: Option<Vec<SnsTag>>) -> Tags {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect()
}
