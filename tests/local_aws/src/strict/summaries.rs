//! Job summaries: how many jobs there were, by what is asked about.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Case, page};
use crate::account::now;
use crate::answer::Answer;
use crate::indexed_list::IndexedList;
use crate::job::Kind;

const DAY: u64 = 86_400;

/// What a job is counted by, and where it has it.
const BY: [&str; 3] = ["State", "ResourceType", "MessageCategory"];

/// A value asks for its jobs only, `ANY` for a count of each value, and `AGGREGATE_ALL` or nothing for their sum.
pub(crate) fn list(case: Case<'_>) -> Answer {
    let kind = Kind::of(&case.request.operation);
    let period = match case.text("AggregationPeriod") {
        "" => "FOURTEEN_DAYS",
        period => period,
    };
    let midnight = now() / DAY * DAY;
    let days = if period == "SEVEN_DAYS" { 7 } else { 14 };
    let first = midnight - (days - 1) * DAY;
    let mut counts: BTreeMap<(u64, [String; 3]), u64> = BTreeMap::new();
    let state = case.proxied.state();
    let jobs = state.store.jobs.get(&(kind, case.request.region.clone()));
    for job in jobs.into_iter().flat_map(IndexedList::iter) {
        let created = job.members["CreationDate"].as_u64().unwrap_or_default();
        let start = if period == "ONE_DAY" { created / DAY * DAY } else { first };
        let group = BY.map(|name| group(case.text(name), value(kind, &job.members, name)));
        if let ([Some(a), Some(b), Some(c)], true) = (group, created >= first) {
            *counts.entry((start, [a, b, c])).or_default() += 1;
        }
    }
    let rows: Vec<Value> = counts
        .into_iter()
        .map(|((start, [state, resource_type, category]), count)| {
            let end = if period == "ONE_DAY" { start + DAY } else { midnight + DAY };
            json!({
                "Region": case.request.region,
                "AccountId": case.request.account,
                "State": state,
                "ResourceType": resource_type,
                "MessageCategory": category,
                "Count": count,
                "StartTime": start,
                "EndTime": end,
            })
        })
        .collect();
    page(case, &kind.list().replace("Jobs", "JobSummaries"), &rows)
}

/// What a job with this value is counted as, if at all.
fn group(asked: &str, value: &str) -> Option<String> {
    match asked {
        "" | "AGGREGATE_ALL" => Some("AGGREGATE_ALL".to_owned()),
        "ANY" => Some(value.to_owned()),
        asked => (asked == value).then(|| value.to_owned()),
    }
}

fn value<'a>(kind: Kind, job: &'a Value, name: &str) -> &'a str {
    let name = if (kind, name) == (Kind::Restore, "State") { "Status" } else { name };
    job[name].as_str().unwrap_or_default()
}
