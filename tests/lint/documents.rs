//! Documents with a planted fault, and healthy ones: each is found in it, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{account, for_each_case};

/// Each document of `tests/lint/documents`, and the checks that find something in it.
const DOCUMENTS: &[(&str, &[&str])] = &[
    ("cfn-conditions-alone.yaml", &["L024"]),
    ("cfn-healthy.yaml", &[]),
    ("cfn-lock.yaml", &["L029"]),
    ("cfn-lost-copies.yaml", &["L001", "L007", "L016"]),
    ("cfn-own-region.yaml", &["L014"]),
    ("cfn-rate.yaml", &["L009"]),
    ("cfn-resources-or-tags.yaml", &["L017"]),
    ("cfn-retention-gap.yaml", &["L011"]),
    ("cfn-tags-or.yaml", &["L016"]),
    ("cfn-timezone.yaml", &["L010"]),
    ("cfn-too-many-conditions.yaml", &["L023"]),
    ("cfn-too-many-copies.json", &["L020"]),
    ("cli-bad-cron.json", &["L008"]),
    ("cli-cold-storage.json", &["L001"]),
    ("cli-completion-window.json", &["L005"]),
    ("cli-continuous-cold.json", &["L001", "L003"]),
    ("cli-continuous-long.json", &["L002"]),
    ("cli-healthy.json", &[]),
    ("cli-lost-copies.json", &["L007"]),
    ("cli-more-than-hourly.json", &["L006"]),
    ("cli-own-vault.json", &["L013"]),
    ("cli-start-window.json", &["L004"]),
    ("cli-too-many-resources.json", &["L022"]),
    ("cli-too-many-rules.json", &["L019"]),
    ("cli-too-many-selections.json", &["L021"]),
    ("org-cold-storage.json", &["L001"]),
    ("org-healthy.json", &[]),
    ("org-invalid-name.json", &["L025"]),
    ("org-lifecycle-days.json", &["L026"]),
    ("org-lost-copies.json", &["L007"]),
    ("org-margin.json", &["L012"]),
    ("org-partition.json", &["L027"]),
    ("org-schedule-ended.json", &["L028"]),
    ("org-two-faults.json", &["L001", "L004", "L014"]),
    ("sam-duplicate-rule.json", &["L018"]),
    ("tf-healthy-plan.json", &[]),
    ("tf-healthy-state.json", &[]),
    ("tf-module-lock.json", &["L029"]),
    ("tf-plan-own-vault.json", &["L013"]),
    ("tf-plan-tags-or.json", &["L016"]),
    ("tf-state-endless-copy.json", &["L015"]),
    ("tf-state-lost-copies.json", &["L007"]),
    ("tf-type-without-cold.json", &["L031"]),
    ("tf-type-without-copies.json", &["L030"]),
];
/// What a document cannot show: whether something is there.
const OF_ACCOUNTS: &[&str] = &["L032", "L033", "L034", "L035"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/documents")
}

#[test]
fn each_planted_fault_is_found_and_nothing_else() {
    let aws = account();
    for_each_case(DOCUMENTS, |(name, expected)| {
        let file = folder().join(name);
        let code = if expected.is_empty() { 0 } else { 3 };
        let lint = ["lint", file.to_str().unwrap(), "--region", "us-east-1", "-o", "json"];
        let document = aws.mrbackup(lint).code(code).json();
        let findings = document["findings"].as_array().unwrap();
        let found: BTreeSet<&str> =
            findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{name}: {document:#}");
        for finding in findings {
            let text = |member: &str| finding[member].as_str().unwrap_or_default();
            assert!(!text("text").is_empty() && !text("fix").is_empty(), "{name}: {finding:#}");
            assert!(
                !text("reason").is_empty()
                    && text("page").starts_with("https://docs.aws.amazon.com/")
            );
            // The lines of a template are for people; those of Terraform's JSON are none.
            let has_line = finding["line"].is_u64();
            assert_eq!(
                has_line,
                !name.starts_with("tf-") && *name != "org-lost-copies.json",
                "{name}: {finding:#}"
            );
        }
    });
    assert!(aws.log().is_empty(), "a document calls nothing");
}

#[test]
fn there_are_thirty_planted_documents_in_four_formats_and_each_check_has_one() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, DOCUMENTS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let planted = DOCUMENTS.iter().filter(|(_, expected)| !expected.is_empty());
    assert!(planted.clone().count() >= 30);
    let formats: BTreeSet<&str> =
        planted.clone().map(|(name, _)| name.split('-').next().unwrap()).collect();
    assert!(formats.len() >= 4, "{formats:?}");
    let checks = account().mrbackup(["lint", "--explain", "-o", "json"]).success().json();
    let ids = checks["checks"].as_array().unwrap().iter();
    let ids: BTreeSet<&str> = ids.map(|check| check["id"].as_str().unwrap()).collect();
    let found = planted.flat_map(|(_, expected)| *expected).chain(OF_ACCOUNTS).copied();
    assert_eq!(ids, found.collect());
}

/// 52 Sundays, 12 first days of a month: counted, not estimated.
#[test]
fn lost_copies_have_their_number_a_year() {
    let aws = account();
    for (name, lost) in [
        ("cfn-lost-copies.yaml", 52),
        ("cli-lost-copies.json", 12),
        ("org-lost-copies.json", 52),
        ("tf-state-lost-copies.json", 52),
    ] {
        let file = folder().join(name);
        let document = aws.mrbackup(["lint", file.to_str().unwrap(), "-o", "json"]).code(3).json();
        assert_eq!(document["lost_copies_per_year"], lost, "{name}");
    }
}
