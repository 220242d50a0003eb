//! The tagging service: resources that a test has put there beside the emulator's own, in pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Case;
use crate::answer::Answer;

pub(crate) type Tags = BTreeMap<String, String>;

pub(crate) async fn answer(case: Case<'_>) -> Answer {
    match case.request.operation.as_str() {
        "GetResources" => list(case).await,
        "TagResources" | "UntagResources" => change(case).await,
        _ => case.forward().await,
    }
}

/// The emulator filters its own, and knows of no pages.
async fn list(case: Case<'_>) -> Answer {
    let input = &case.request.input;
    let size = input["ResourcesPerPage"].as_u64().unwrap_or(50);
    if !(1..=100).contains(&size) {
        let message = "ResourcesPerPage must be between 1 and 100";
        return case.refuse(400, "InvalidParameterException", message);
    }
    // A list of ARNs is answered whole, and goes with nothing else.
    let is_list = input["ResourceARNList"].is_array();
    let others =
        ["ResourceTypeFilters", "TagFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken"];
    if is_list && others.iter().any(|other| !input[other].is_null()) {
        let message = "ResourceARNList cannot be combined with filters or pages";
        return case.refuse(400, "InvalidParameterException", message);
    }
    let size = if is_list { 100 } else { size };
    let token = case.text("PaginationToken");
    let start = if token.is_empty() { Some(0) } else { token.parse().ok() };
    let answer = case.forward().await;
    if !answer.is_success() {
        return answer;
    }
    let theirs = answer.value()["ResourceTagMappingList"].as_array().cloned().unwrap_or_default();
    let size = usize::try_from(size).unwrap_or(100);
    let page = start.map(|start| page_of(case, &theirs, start, size));
    let Some((found, next)) = page.filter(|(found, _)| start == Some(0) || !found.is_empty())
    else {
        let message = "The pagination token is not valid";
        return case.refuse(400, "InvalidParameterException", message);
    };
    let next = next.map(|next| next.to_string()).unwrap_or_default();
    Answer::json(&json!({ "PaginationToken": next, "ResourceTagMappingList": found }))
}

/// One page of the emulator's resources, and after these of the test's that the request asks for.
fn page_of(
    case: Case<'_>,
    theirs: &[Value],
    start: usize,
    size: usize,
) -> (Vec<Value>, Option<usize>) {
    let mut page: Vec<Value> = theirs.iter().skip(start).take(size).cloned().collect();
    let input = &case.request.input;
    let state = case.proxied.state();
    let there = state.tagged.get(&case.request.region).into_iter().flatten();
    let wanted = there.filter(|(arn, tags)| {
        any_or_none(&input["ResourceARNList"], |each| each == arn.as_str())
            && any_or_none(&input["ResourceTypeFilters"], |kind| is_of_type(arn, kind))
            && texts(&input["TagFilters"]).all(|filter| has_tag(tags, filter))
    });
    let left = size - page.len();
    let mut wanted = wanted.skip(start.saturating_sub(theirs.len()));
    // Of very many only these are written.
    let mine = wanted.by_ref().take(left);
    page.extend(mine.map(|(arn, tags)| json!({ "ResourceARN": arn, "Tags": pairs(tags) })));
    let is_more = start + page.len() < theirs.len() || wanted.next().is_some();
    let next = is_more.then_some(start + page.len());
    (page, next)
}

fn pairs(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn texts(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Whether one of the list fits, which is so of a list that is empty or not there.
fn any_or_none(list: &Value, fits: impl Fn(&Value) -> bool) -> bool {
    texts(list).next().is_none() || texts(list).any(fits)
}

/// `ec2` is each ARN of EC2, `ec2:volume` those whose resource begins with `volume` up to a slash or a colon.
/// The ARN of a bucket does not say that it is one.
fn is_of_type(arn: &str, kind: &Value) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts[..] else { return false };
    let (wanted, kind) = kind.as_str().unwrap_or_default().split_once(':').map_or_else(
        || (kind.as_str().unwrap_or_default(), None),
        |(service, kind)| (service, Some(kind)),
    );
    if service == "s3" {
        return wanted == service && kind.is_none_or(|kind| kind == "bucket");
    }
    wanted == service && kind.is_none_or(|kind| resource.split(['/', ':']).next() == Some(kind))
}

/// The key with one of the values, or with any where the filter names none.
fn has_tag(tags: &Tags, filter: &Value) -> bool {
    let value = tags.get(filter["Key"].as_str().unwrap_or_default());
    value.is_some_and(|value| any_or_none(&filter["Values"], |each| each == value.as_str()))
}

/// Each resource by itself: what the test has put there here, the rest in the emulator.
async fn change(case: Case<'_>) -> Answer {
    let input = &case.request.input;
    let (mine, others): (Vec<Value>, Vec<Value>) =
        texts(&input["ResourceARNList"]).cloned().partition(|arn| is_ours(case, arn));
    for arn in &mine {
        let mut state = case.proxied.state();
        let region = state.tagged.entry(case.request.region.clone()).or_default();
        let tags = region.entry(arn.as_str().unwrap_or_default().to_owned()).or_default();
        for (key, value) in input["Tags"].as_object().into_iter().flatten() {
            tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        tags.retain(|key, _| !texts(&input["TagKeys"]).any(|gone| gone == key.as_str()));
    }
    if others.is_empty() {
        return Answer::json(&json!({ "FailedResourcesMap": {} }));
    }
    let mut rest = input.clone();
    rest["ResourceARNList"] = others.into();
    case.emulator.forward_body(case.request, rest.to_string()).await
}

fn is_ours(case: Case<'_>, arn: &Value) -> bool {
    let state = case.proxied.state();
    let region = state.tagged.get(&case.request.region);
    region.is_some_and(|region| region.contains_key(arn.as_str().unwrap_or_default()))
}
