//! Every kind of resource has its cases. Each test names the kinds that lack one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::drift::{self, Drift};
use crate::faults::calls::{CREATES, UPSERTS};
use crate::support::{account, deployed_with_choices, with_choices};
use crate::up::ownership::{CHILDREN, FOREIGN};

/// A function has one asynchronous configuration: there is no place beside it for anybody else's.
const WITHOUT_SIBLINGS: [&str; 2] = ["failure destination", "watchdog destination"];
/// Calls that complete what a creating call has made. They say what is to be, and may be repeated.
const COMPLETING: [(&str, &str); 5] = [
    ("iam", "AttachRolePolicy"),
    ("iam", "PutRolePolicy"),
    ("logs", "PutRetentionPolicy"),
    // The heartbeat's first beat, so that its alarm does not begin without data.
    ("monitoring", "PutMetricData"),
    ("sqs", "SetQueueAttributes"),
];
/// Calls that write the record and our tags: also repeatable.
const TAGGING: [&str; 6] =
    ["TagQueue", "TagResource", "TagRole", "UntagQueue", "UntagResource", "UntagRole"];

/// The kinds that an `up` reports with all that can be chosen, so that a new one is among them.
fn kinds() -> BTreeSet<String> {
    let aws = deployed_with_choices();
    let report = aws.mrbackup(["up", "-o", "json"]).success().report();
    report.rows().iter().map(|row| row.kind().to_owned()).collect()
}

#[track_caller]
fn assert_all_have<'a>(case: &str, having: impl IntoIterator<Item = &'a str>) {
    let having: BTreeSet<String> = having.into_iter().map(str::to_owned).collect();
    let kinds = kinds();
    let lacking: Vec<&String> = kinds.difference(&having).collect();
    assert!(lacking.is_empty(), "without {case}: {lacking:?}");
    let unknown: Vec<&String> = having.difference(&kinds).collect();
    assert!(unknown.is_empty(), "{case} of kinds that `up` does not make: {unknown:?}");
}

#[test]
fn every_kind_has_a_case_of_something_that_is_not_ours() {
    // `named` is the region, where there is one, the kind, and the name, which has no blank.
    let foreign = FOREIGN.iter().map(|foreign| {
        let kind = foreign.named.rsplit_once(' ').unwrap().0;
        let (region, rest) = kind.split_once(' ').unwrap();
        if region.contains('-') { rest } else { kind }
    });
    let children = CHILDREN.iter().map(|child| child.kind);
    let all = foreign.chain(children).chain(WITHOUT_SIBLINGS);
    assert_all_have("a case of something that is not ours (FOREIGN or CHILDREN)", all);
}

#[test]
fn every_kind_has_a_drift() {
    let drifts = drift::all().map(|drift| drift.kind).chain(["subscriptions"]);
    assert_all_have("a drift (DRIFTS)", drifts);
}

#[test]
fn every_kind_has_a_lost_answer() {
    let made = CREATES.iter().chain(UPSERTS).flat_map(|(.., kinds)| kinds.iter().copied());
    // `Subscribe` of the same endpoint again changes nothing (API reference); tests/up/email.rs.
    assert_all_have(
        "a call whose answer gets lost (CREATES or UPSERTS)",
        made.chain(["subscriptions"]),
    );
}

/// A write that is in none of the tables is one that nobody has thought about.
#[test]
fn every_write_of_an_up_is_known() {
    let aws = account();
    aws.mrbackup(with_choices().into_iter().chain(["--email", "ops@example.com"])).success();
    let known = CREATES.iter().chain(UPSERTS).map(|(service, operation, _)| (*service, *operation));
    let known: BTreeSet<(&str, &str)> =
        known.chain(COMPLETING).chain([("sns", "Subscribe")]).collect();
    let is_known = |service: &str, operation: &str| {
        known.contains(&(service, operation)) || TAGGING.contains(&operation)
    };
    let writes = aws.writes();
    let unknown: BTreeSet<String> = writes
        .iter()
        .filter(|call| !is_known(&call.request.service, &call.request.operation))
        .map(local_aws::Call::name)
        .collect();
    assert!(unknown.is_empty(), "neither creating, upserting nor completing: {unknown:?}");
}

/// Without a reader, what a `down` leaves of a kind would not be seen.
#[test]
fn the_inventory_reads_every_kind() {
    let mut edits: BTreeMap<&str, &'static Drift> = BTreeMap::new();
    // An edit leaves the resource, and its children, for the edits after it.
    let (changing, removing): (Vec<&Drift>, Vec<&Drift>) =
        drift::all().partition(|drift| drift.field.is_some());
    for drift in changing.into_iter().chain(removing) {
        edits.entry(drift.kind).or_insert(drift);
    }
    let aws = deployed_with_choices();
    let report = aws.mrbackup(["up", "-o", "json"]).success().report();
    let place = |kind: &str| report.rows().iter().position(|row| row.kind() == kind);
    let mut edits: Vec<&Drift> = edits.into_values().collect();
    // A report has the parents first, and a parent takes its children with it.
    edits.sort_by_key(|drift| (drift.field.is_none(), Reverse(place(drift.kind))));
    for drift in edits {
        let before = aws.inventory();
        (drift.edit)(&aws);
        assert!(aws.inventory() != before, "the inventory does not show: {}", drift.what);
    }
}
