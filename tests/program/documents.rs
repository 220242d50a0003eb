//! The documents of every command, success or failure: what each begins with.

use std::path::PathBuf;

use local_aws::Fault;
use serde_json::{Value, json};

use crate::support::{Aws, PRIMARY, UP, account, deployed, point_of_plan, volume};

/// A line for each command that there is, and whether it calls AWS.
const LINES: &[(&str, bool)] = &[
    ("up", true),
    ("plan", true),
    ("status", true),
    ("list", true),
    ("lint --account --region us-east-1", true),
    ("config show", true),
    ("config init --stdout", true),
    ("config from-plan tests/lint/documents/tf-healthy-state.json --stdout", false),
    ("drill alarm", true),
    ("drill backup VOLUME", true),
    ("restore VOLUME --dry-run", true),
    ("recover --region us-west-2 --dry-run", true),
    ("drill restore --clean-up", true),
    ("repair", true),
    ("tag VOLUME", true),
    ("untag VOLUME", true),
    ("down --dry-run", true),
    ("completions bash", false),
    ("man DIRECTORY", false),
    ("schema", false),
    ("help json", false),
];

fn arguments(aws: &Aws, line: &str) -> Vec<String> {
    let directory = PathBuf::from(aws.file("pages/.keep", ""));
    let directory = directory.parent().unwrap().to_str().unwrap().to_owned();
    let volume = aws.arn("ec2", PRIMARY, "volume/vol-1");
    let words = line.split(' ').chain(["-o", "json"]);
    words.map(|word| word.replace("VOLUME", &volume).replace("DIRECTORY", &directory)).collect()
}

#[track_caller]
fn assert_header(document: &Value, calls: bool, account: &str) {
    let schema = document["schema"].as_str().unwrap_or_default();
    let (name, version) = schema.split_once('/').unwrap_or_default();
    assert!(name.starts_with("mrbackup.") && version.parse::<u8>().is_ok(), "{document:#}");
    let at = document["at"].as_str().unwrap_or_default();
    assert!(at.len() == 20 && at.starts_with("20") && at.ends_with('Z'), "{document:#}");
    assert!(document["version"].as_str().is_some_and(|v| v.starts_with("0.")), "{document:#}");
    if calls {
        assert_eq!(document["caller"]["account"], account, "{document:#}");
        assert!(document["caller"]["arn"].as_str().is_some_and(|arn| arn.starts_with("arn:")));
    } else {
        assert!(document["caller"].is_null(), "{document:#}");
    }
}

/// The commands as the manual pages name them: `drill-alarm`.
fn commands(aws: &Aws) -> Vec<String> {
    let pages = aws.mrbackup(arguments(aws, "man DIRECTORY")).success().json();
    let pages: Vec<String> = serde_json::from_value(pages["pages"].clone()).unwrap();
    let name =
        |page: &String| page.strip_prefix("mrbackup-")?.strip_suffix(".1").map(str::to_owned);
    let names: Vec<String> = pages.iter().filter_map(name).collect();
    let is_group = |name: &String| names.iter().any(|n| n.starts_with(&format!("{name}-")));
    names.iter().filter(|name| !is_group(name)).cloned().collect()
}

#[test]
fn no_command_escapes() {
    let aws = account();
    for command in commands(&aws) {
        let is_it = |(line, _): &&(&str, bool)| {
            format!("{} ", line.replace(' ', "-")).starts_with(&command)
        };
        assert!(LINES.iter().any(|line| is_it(&line)), "{command} is not tried");
    }
}

#[test]
fn every_document_says_what_it_is_and_where_it_is_from() {
    let aws = deployed();
    volume(&aws, "vol-1");
    for (line, calls) in LINES {
        let run = aws.mrbackup(arguments(&aws, line));
        assert!([Some(0), Some(3)].contains(&run.exit_code()), "{run:?}");
        assert_header(&run.json(), *calls, aws.id());
    }
    let last = aws.mrbackup(["down", "-o", "json"]).code(3);
    assert_header(&last.json(), true, aws.id());
}

#[test]
fn every_failure_says_it_too() {
    let aws = account();
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.service("backup"));
    for (line, _) in
        LINES.iter().filter(|(line, calls)| *calls && !["list", "status"].contains(line))
    {
        let run = aws.mrbackup(arguments(&aws, line));
        assert_header(&run.json(), true, aws.id());
    }
    let usage = aws.mrbackup(["status", "--frobnicate", "-o", "json"]).code(2).json();
    assert_header(&usage, false, aws.id());
    let refused = aws.mrbackup(UP.into_iter().chain(["-o", "json"])).code(1).json();
    assert_eq!(refused["schema"], "mrbackup.error/1");
    assert_header(&refused, true, aws.id());
}

/// Exit code 1 is a failure or a refusal, and 3 of `down` may be one: a script need not read sentences.
#[test]
fn a_refusal_is_told_from_a_failure() {
    let aws = account();
    let ended = |aws: &Aws, words: &[&str]| {
        let document = aws.mrbackup(words.iter().chain(["-o", "json"].iter())).json();
        (document["refused"].as_bool(), document["exit_code"].as_u64())
    };
    // Nothing is there to try.
    assert_eq!(ended(&aws, &["drill", "alarm"]), (Some(true), Some(1)));
    assert_eq!(ended(&aws, &["status"]), (Some(false), Some(3)));
    assert_eq!(ended(&aws, &["status", "--frobnicate"]), (Some(false), Some(2)));
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.service("backup"));
    assert_eq!(ended(&aws, &UP), (Some(false), Some(1)));

    let aws = deployed();
    point_of_plan(&aws, PRIMARY, &json!({}));
    assert_eq!(ended(&aws, &["down"]), (Some(true), Some(3)));
    assert_eq!(ended(&aws, &["down", "--dry-run"]), (Some(false), Some(3)));
    assert_eq!(ended(&aws, &["list"]), (Some(false), Some(0)));
}
