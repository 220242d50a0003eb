//! The JSON Schemas of the documents: their names, and what each of them is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::words::{avoided_in, words_to_avoid};
use crate::support::{Aws, account, schema};

/// Set, the snapshots are written in place of compared.
const WRITE: &str = "MRBACKUP_TEST_WRITE_SCHEMAS";

fn names(aws: &Aws) -> Vec<String> {
    aws.mrbackup(["schema"]).success().stdout.lines().map(str::to_owned).collect()
}

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
}

/// The descriptions come from the comments of the types, and are read by users.
#[test]
fn every_member_is_always_there_and_described_in_the_words_of_the_glossary() {
    let aws = account();
    let avoided = words_to_avoid();
    assert!(avoided.len() > 40, "{avoided:?}");
    let mut wrong = Vec::new();
    for name in names(&aws) {
        let schema = aws.mrbackup(["schema", &name]).success().stdout.clone();
        each_object(&serde_json::from_str(&schema).unwrap(), &mut |object| {
            let members = object["properties"].as_object().map_or(0, serde_json::Map::len);
            let required = object["required"].as_array().map_or(0, Vec::len);
            // The file, which a person writes, may leave settings out.
            if name != "toml" && members != required {
                wrong.push(format!("{name}: a member may be left out: {object}"));
            }
            let description = object["description"].as_str().unwrap_or_default();
            let of_it = avoided_in(description, &avoided).into_iter();
            wrong.extend(of_it.map(|word| format!("{name}: {word:?} in {description:?}")));
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn each_object(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            see(value);
            members.values().for_each(|member| each_object(member, see));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(item, see)),
        _ => (),
    }
}

/// What a document holds is a promise to scripts: it changes on purpose, and with an entry in the changelog.
#[test]
fn every_schema_is_as_it_was() {
    let aws = account();
    let names = names(&aws);
    let differing = names.iter().filter(|name| {
        let printed = aws.mrbackup(["schema", name]).success().stdout.clone();
        let file = snapshots().join(format!("{name}.json"));
        if std::env::var_os(WRITE).is_some() {
            fs::write(&file, &printed).unwrap();
        }
        fs::read_to_string(file).unwrap_or_default() != printed
    });
    let differing: Vec<&String> = differing.collect();
    assert!(differing.is_empty(), "changed: {differing:?}; with {WRITE}=1 they are written anew");
    let file = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
    let files: BTreeSet<String> =
        fs::read_dir(snapshots()).unwrap().map(|entry| file(entry).unwrap()).collect();
    assert_eq!(files, names.iter().map(|name| format!("{name}.json")).collect());
    assert!(aws.log().is_empty());
}

#[test]
fn a_schema_is_found_by_its_short_and_its_full_name() {
    let aws = account();
    let short = aws.mrbackup(["schema", "status"]).success();
    let schema: Value = serde_json::from_str(&short.stdout).unwrap();
    assert_eq!(schema["$id"], "mrbackup.status/1");
    assert_eq!(schema["description"], "Whether each resource is there, ours, and as recorded.");
    for header in ["schema", "at", "version", "caller", "config_file"] {
        assert!(schema["properties"][header].is_object(), "{header}: {schema:#}");
    }
    let full = aws.mrbackup(["schema", "mrbackup.status/1"]).success();
    assert_eq!(full.stdout, short.stdout);
    let document = aws.mrbackup(["schema", "status", "-o", "json"]).success().json();
    assert_eq!(document["json_schema"], schema);
}

#[test]
fn a_slip_of_the_pen_gets_the_name_that_is_meant() {
    let aws = account();
    let near = aws.mrbackup(["schema", "drill-alarms"]).code(2);
    near.stderr_has("no document has a schema \"drill-alarms\": did you mean drill-alarm?");
    let far = aws.mrbackup(["schema", "qqq"]).code(2);
    far.stderr_has("there are: up, plan, status, ");
    assert!(aws.log().is_empty());
}

/// Every document that a test reads is validated (`support/schema.rs`): this is what that refuses.
#[test]
fn a_document_is_not_valid_with_a_member_missing_wrong_or_unknown() {
    let aws = account();
    let document = aws.mrbackup(["help", "json", "-o", "json"]).success().json();
    let with = |member: &str, value: Option<Value>| {
        let mut changed = document.clone();
        let members = changed.as_object_mut().unwrap();
        members.remove(member);
        members.extend(value.map(|value| (member.to_owned(), value)));
        schema::check(&changed)
    };
    assert_eq!(with("text", Some(document["text"].clone())), Ok(()));
    let wrong = [
        ("text", None),
        ("text", Some(Value::Null)),
        ("at", Some(json!("yesterday"))),
        ("at", Some(json!(1_764_122_400))),
        ("caller", None),
        ("unheard_of", Some(json!("of"))),
    ];
    for (member, value) in wrong {
        assert!(with(member, value.clone()).is_err(), "{member}: {value:?}");
    }
}
