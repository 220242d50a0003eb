use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

/// A row of the table that the watchdog is held to as well.
#[derive(Deserialize)]
struct Row {
    about: String,
    selection: Selection,
    parts: Value,
    takes: Vec<(String, Tags)>,
    leaves: Vec<(String, Tags)>,
}

fn table() -> Vec<Row> {
    serde_json::from_str(include_str!("../../../tests/selections/cases.json")).unwrap()
}

#[test]
fn a_selection_takes_what_the_table_tells() {
    for Row { about, selection, takes, leaves, .. } in table() {
        for (arn, tags) in takes {
            assert!(selection.takes(&arn, &tags), "{about}: {arn} {tags:?}");
        }
        for (arn, tags) in leaves {
            assert!(!selection.takes(&arn, &tags), "{about}: {arn} {tags:?}");
        }
    }
}

#[test]
fn its_parts_are_what_aws_gets() {
    for Row { about, selection, parts, .. } in table() {
        let own = serde_json::to_value(selection.parts(Partition::Aws)).unwrap();
        assert_eq!(own, parts, "{about}");
    }
}

#[test]
fn it_reads_back_as_it_was_written() {
    for Row { about, selection, .. } in table() {
        let written = serde_json::to_value(&selection).unwrap();
        assert_eq!(serde_json::from_value::<Selection>(written).unwrap(), selection, "{about}");
    }
}

#[test]
fn only_arns_that_no_tag_decides_on_are_named() {
    let named = |selection: Value| {
        let selection: Selection = serde_json::from_value(selection).unwrap();
        selection.named().cloned().collect::<Vec<_>>()
    };
    let (one, other) = ("arn:aws:s3:::a", "arn:aws:s3:::b-*");
    assert_eq!(named(serde_json::json!({"name": "s", "resources": [one, other]})), [one]);
    let without =
        serde_json::json!({"name": "s", "resources": [one], "not_resources": ["arn:aws:s3:::*"]});
    assert!(named(without).is_empty());
    let tagged = serde_json::json!({"name": "s", "resources": [one], "not_tags": {"a": ["b"]}});
    assert!(named(tagged).is_empty());
}

#[test]
fn fewer_tags_hold_what_more_tags_hold() {
    let tagged = |pairs: &[(&str, &str)]| {
        let tags = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Selection::tagged(tags.collect())
    };
    let (wide, narrow) = (tagged(&[("a", "1")]), tagged(&[("a", "1"), ("b", "2")]));
    assert!(narrow.is_within(&wide) && !wide.is_within(&narrow));
    let of_type = Selection { types: BTreeSet::from(["S3".to_owned()]), ..narrow.clone() };
    assert!(of_type.is_within(&wide) && !wide.is_within(&of_type));
    let none = Selection::default();
    assert!(!wide.is_within(&none) && !none.is_within(&wide));
}

#[test]
fn what_it_selects_is_told_in_a_few_words() {
    for (selection, words) in [
        (serde_json::json!({"name": "s", "tags": {"B": "2", "A": "1"}}), "A=1 and B=2"),
        (serde_json::json!({"name": "s", "types": ["S3", "EBS"]}), "of type EBS, S3"),
        (
            serde_json::json!({"name": "s", "types": ["S3"], "any_tags": {"T": ["a", "b"]}, "not_tags": {"Stage": ["test"]}}),
            "of type S3 with T=a or T=b and not Stage=test",
        ),
        (serde_json::json!({"name": "s", "resources": ["arn:aws:s3:::a"]}), "arn:aws:s3:::a"),
        (
            serde_json::json!({"name": "s", "resources": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}),
            "among 2 ARNs",
        ),
    ] {
        let selection: Selection = serde_json::from_value(selection).unwrap();
        assert_eq!(selection.words(), words);
    }
}

/// Few words, so that what is selected and what is not both come up often.
fn tags() -> impl Strategy<Value = Tags> {
    proptest::collection::btree_map("[AB]", "(x|y|xy|yx)", 0..3)
}

fn lists() -> impl Strategy<Value = BTreeMap<String, BTreeSet<String>>> {
    proptest::collection::btree_map(
        "[ABC]",
        proptest::collection::btree_set("(x|y|xy)", 1..3),
        0..3,
    )
}

fn arns() -> impl Strategy<Value = BTreeSet<String>> {
    let arn = prop_oneof![
        Just("*".to_owned()),
        "arn:aws:s3:::[ab]{1,2}\\*?",
        "arn:aws:dynamodb:(\\*|us-east-1):(\\*|111122223333):table/[ab]{0,2}\\*",
        "arn:aws:ec2:us-east-1:111122223333:volume/vol-[ab]",
    ];
    proptest::collection::btree_set(arn, 0..3)
}

fn selections() -> impl Strategy<Value = Selection> {
    let types = proptest::sample::subsequence(vec!["DynamoDB", "EBS", "RDS", "S3"], 0..3);
    let like = proptest::collection::btree_map("[AB]", "(x\\*|\\*y|\\*|x\\*y)", 0..2);
    let members = (tags(), lists(), lists(), like, arns(), arns(), types);
    members.prop_map(|(tags, any_tags, not_tags, like, resources, not_resources, types)| {
        let types = if resources.is_empty() { types } else { Vec::new() };
        Selection {
            name: "s".to_owned(),
            tags,
            any_tags,
            not_tags,
            like,
            resources,
            not_resources,
            types: types.into_iter().map(str::to_owned).collect(),
        }
    })
}

fn resources() -> impl Strategy<Value = (String, Tags)> {
    let arn = prop_oneof![
        "arn:aws:s3:::[ab]{1,3}",
        "arn:aws:dynamodb:us-east-1:111122223333:table/[ab]{1,3}",
        "arn:aws:ec2:us-east-1:111122223333:(volume/vol|instance/i)-[ab]",
        "arn:aws:rds:us-east-1:111122223333:(db|cluster):[ab]",
    ];
    (arn, proptest::collection::btree_map("[ABC]", "(x|y|xy|yx)", 0..4))
}

/// A part as AWS keeps it.
fn document(part: &Part) -> Value {
    let conditions = part.conditions.iter().map(|(operator, keys)| {
        let pairs =
            keys.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        let pairs = pairs
            .map(|(key, value)| serde_json::json!({"ConditionKey": key, "ConditionValue": value}));
        ((*operator).to_owned(), pairs.collect())
    });
    serde_json::json!({
        "Resources": part.resources,
        "NotResources": part.not_resources,
        "Conditions": conditions.collect::<serde_json::Map<_, Value>>(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn it_takes_what_the_local_aws_takes_of_its_parts(
        selection in selections(),
        resources in proptest::collection::vec(resources(), 1..12),
    ) {
        let parts: Vec<Value> = selection.parts(Partition::Aws).iter().map(document).collect();
        for (arn, tags) in resources {
            let tagged = serde_json::json!(tags);
            let expected = parts.iter().any(|part| local_aws::selects(part, &arn, &tagged));
            prop_assert_eq!(selection.takes(&arn, &tags), expected, "{} {:?}", arn, tags);
        }
    }
}
