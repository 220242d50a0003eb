use super::*;
use crate::model::settings::tests::regions;
use crate::model::settings::{CopyTo, Rule};
use proptest::prelude::*;

pub(crate) fn manifest() -> Manifest {
    Manifest {
        deployment: DeploymentName::parse("default").unwrap(),
        id: "0123456789abcdef".to_owned(),
        state: State::Ready,
        revision: Revision { counter: 3, random: "9f2c".to_owned() },
        settings: Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"])),
    }
}

fn read(tags: &BTreeMap<String, String>) -> Reading {
    Manifest::read(&DeploymentName::parse("default").unwrap(), tags)
}

#[test]
fn what_was_written_is_read() {
    let manifest = manifest();
    let tags = manifest.tags().unwrap();
    assert_eq!(tags["mrbackup:region:us-west-2"], "secondary");
    assert_eq!(tags["mrbackup:state"], "ready");
    assert_eq!(read(&tags), Reading::Valid(manifest));
}

#[test]
fn regions_that_contradict_the_record_are_noticed() {
    let name = DeploymentName::parse("default").unwrap();
    let agrees = |tags: &BTreeMap<String, String>| Manifest::names_its_regions(&name, tags);
    let mut tags = manifest().tags().unwrap();
    assert!(agrees(&tags));
    tags.insert("mrbackup:region:us-west-2".to_owned(), "tertiary".to_owned());
    assert!(!agrees(&tags));
    tags.remove("mrbackup:region:us-west-2");
    assert!(!agrees(&tags));
    tags.remove("mrbackup:spec:0");
    assert!(agrees(&tags));
}

#[test]
fn every_tag_is_one_that_iam_takes() {
    for (key, value) in manifest().tags().unwrap() {
        assert!(key.len() <= 128 && value.len() <= VALUE_MAX, "{key}={value}");
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-@ ".contains(c);
        assert!(key.chars().all(allowed) && value.chars().all(allowed), "{key}={value}");
    }
}

/// Ten rules of five copies is the most that AWS Backup takes (quotas: 10 rules a plan, 5 copies a rule).
fn largest() -> Settings {
    let mut settings = manifest().settings;
    let template = settings.rules[0].clone();
    settings.rules = (0..10)
        .map(|n| Rule {
            name: format!("rule-{n}-{}", crate::model::names::short_hash(&n.to_string(), 40)),
            copies: vec![
                CopyTo {
                    region: crate::model::region::longest(),
                    ..template.copies[0].clone()
                };
                5
            ],
            recovery_point_tags: (0..10)
                .map(|t| (format!("key-{n}-{t}"), format!("value-{n}-{t}")))
                .collect(),
            ..template.clone()
        })
        .collect();
    settings
}

#[test]
fn the_largest_plan_fits_into_a_roles_tags() {
    let manifest = Manifest { settings: largest(), ..manifest() };
    let tags = manifest.tags().unwrap();
    assert!(tags.len() < 25, "{}", tags.len());
    assert_eq!(read(&tags), Reading::Valid(manifest));
}

#[test]
fn what_cannot_fit_is_refused() {
    let mut settings = manifest().settings;
    settings.select_tags =
        (0..400).map(|n| (random_hex(16), format!("{n}{}", random_hex(16)))).collect();
    let error = Manifest { settings, ..manifest() }.tags().unwrap_err();
    assert!(error.tags > TAGS_MAX);
}

#[test]
fn another_deployments_tags_are_not_ours() {
    let mut tags = manifest().tags().unwrap();
    tags.insert(DEPLOYMENT_TAG.to_owned(), "default-2".to_owned());
    assert_eq!(read(&tags), Reading::NotOurs);
    assert_eq!(read(&BTreeMap::new()), Reading::NotOurs);
}

#[test]
fn an_old_tail_behind_a_new_record_does_no_harm() {
    let long = Manifest { settings: largest(), ..manifest() }.tags().unwrap();
    let mut tags = long;
    tags.extend(manifest().tags().unwrap());
    assert_eq!(read(&tags), Reading::Valid(manifest()));
}

#[test]
fn a_missing_or_changed_chunk_is_torn_and_keeps_the_id() {
    let whole = manifest().tags().unwrap();
    let chunks = whole.keys().filter(|key| key.starts_with(SPEC_TAG)).count();
    assert!(chunks >= 2, "the test needs a record of several chunks");
    for n in 0..chunks {
        let mut tags = whole.clone();
        tags.remove(&format!("{SPEC_TAG}{n}"));
        let Reading::Torn { id, regions, .. } = read(&tags) else { panic!("without chunk {n}") };
        assert_eq!((id.as_deref(), regions.len()), (Some("0123456789abcdef"), 3));
        let mut tags = whole.clone();
        let value = tags.get_mut(&format!("{SPEC_TAG}{n}")).unwrap();
        let last = value.pop().unwrap();
        value.push(if last == 'A' { 'B' } else { 'A' });
        assert!(matches!(read(&tags), Reading::Torn { .. }), "chunk {n} changed");
    }
}

#[test]
fn a_newer_writer_is_named() {
    let mut tags = manifest().tags().unwrap();
    tags.insert("mrbackup:spec:0".to_owned(), "2/9.0.0/whatever".to_owned());
    assert_eq!(read(&tags), Reading::Newer { writer: "9.0.0".to_owned() });
}

/// What a later version has added is lost if an earlier one writes: it has to know that.
#[test]
fn a_record_that_says_more_is_a_newer_ones() {
    let manifest = manifest();
    let mut settings = serde_json::to_value(&manifest.settings).unwrap();
    for at in ["", "/regions", "/rules/0", "/rules/0/copies/0", "/rules/0/lifecycle"] {
        let before = settings.clone();
        settings.pointer_mut(at).unwrap()["added_later"] = serde_json::json!(1);
        let spec = manifest.spec(&serde_json::to_vec(&settings).unwrap());
        let mut tags = manifest.tags().unwrap();
        tags.retain(|key, _| !key.starts_with(SPEC_TAG));
        let chunks = chunks(&spec).into_iter().enumerate();
        tags.extend(chunks.map(|(n, chunk)| (format!("{SPEC_TAG}{n}"), chunk)));
        let newer = Reading::Newer { writer: env!("CARGO_PKG_VERSION").to_owned() };
        assert_eq!(read(&tags), newer, "{at}");
        settings = before;
    }
}

#[test]
fn plans_of_before_enlarge_the_record_and_nothing_does_where_there_are_none() {
    let plain = manifest().tags().unwrap();
    let json = serde_json::to_value(manifest().settings).unwrap();
    assert!(json.get("former").is_none(), "{json}");
    let mut enlarged = manifest();
    enlarged.settings.former.plans.insert("11111111-2222-4333-8444-555555555555".to_owned());
    let tags = enlarged.tags().unwrap();
    assert_ne!(tags, plain);
    assert_eq!(read(&tags), Reading::Valid(enlarged));
}

/// As a version from before `plans` reads a record with them.
#[test]
fn a_member_of_what_is_left_behind_that_is_unknown_is_of_a_newer_writer() {
    let mut json = serde_json::to_value(manifest().settings).unwrap();
    json["former"] = serde_json::json!({"from-the-future": ["x"]});
    let json = serde_json::to_vec(&json).unwrap();
    let payload = URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec(&json, 9));
    let sum = crc32fast::hash(payload.as_bytes());
    let spec = format!("1/0.2.0/3-9f2c/{}/{sum:08x}/{payload}", payload.len());
    let mut tags = manifest().tags().unwrap();
    tags.retain(|key, _| !key.starts_with(SPEC_TAG));
    let chunks = chunks(&spec).into_iter().enumerate();
    tags.extend(chunks.map(|(n, chunk)| (format!("{SPEC_TAG}{n}"), chunk)));
    assert_eq!(read(&tags), Reading::Newer { writer: "0.2.0".to_owned() });
}

#[test]
fn revisions_order_by_counter() {
    let first = Revision::after(None);
    let second = Revision::after(Some(&first));
    assert_eq!(first.counter, 1);
    assert!(second > first);
}

proptest! {
    #[test]
    fn no_tags_make_it_panic(
        tags in prop::collection::btree_map("mrbackup:(state|id|spec:[0-3])", ".{0,40}", 0..6)
    ) {
        let mut tags = tags;
        tags.insert(DEPLOYMENT_TAG.to_owned(), "default".to_owned());
        prop_assert!(!matches!(read(&tags), Reading::Valid(_)));
    }
}
