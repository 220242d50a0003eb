//! What is wrong in the file is said where it is wrong, with exit 2 and before anything is called.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Aws, Outcome, account, for_each_case, sample_but_for};

fn directory(aws: &Aws, name: &str) -> PathBuf {
    let name = name.replace(' ', "-");
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("config_lines").join(aws.id()).join(name);
    fs::create_dir_all(directory.join(".git")).unwrap();
    directory
}

fn file(aws: &Aws, name: &str, changes: &[(&str, &str)]) -> PathBuf {
    let path = directory(aws, name).join("mrbackup.toml");
    fs::write(&path, sample_but_for(changes)).unwrap();
    path
}

#[track_caller]
fn refused(aws: &Aws, path: &Path, more: &[&str]) -> Outcome {
    let config = ["up", "--config", path.to_str().unwrap()];
    aws.mrbackup(config.iter().chain(more)).code(2)
}

const SECONDARY: &str = "secondary = \"us-west-2\"";
const TERTIARY: &str = "tertiary = \"eu-west-1\"";

/// What is wrong, what is changed in the sample, what is said, and what the caret is under.
type Wrong = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const WRONG: &[Wrong] = &[
    (
        "secondary is the primary",
        &[(SECONDARY, "secondary = \"us-east-1\"")],
        "primary and secondary are both us-east-1",
        "secondary = \"us-east-1\"",
    ),
    (
        "secondary of another partition",
        &[(SECONDARY, "secondary = \"cn-north-1\"")],
        "primary us-east-1 is in partition aws, secondary cn-north-1 in aws-cn",
        "secondary = \"cn-north-1\"",
    ),
    (
        "key of no region of ours",
        &[("[kms_keys]", "[kms_keys]\neu-west-3 = \"arn:aws:kms:eu-west-3:111122223333:key/1\"")],
        "this deployment has no vault in eu-west-3",
        "eu-west-3 = ",
    ),
    (
        "key of another region",
        &[("[kms_keys]", "[kms_keys]\nus-west-2 = \"arn:aws:kms:eu-west-1:111122223333:key/1\"")],
        "a key of eu-west-1 cannot be that of a vault in us-west-2",
        "us-west-2 = ",
    ),
    (
        "no select tags",
        &[("Environment = \"Production\"\nBackupEnabled = \"true\"\n", "")],
        "without select tags every resource would be backed up",
        "[select_tags]",
    ),
    (
        "copy region without copies",
        &[("copy_to = []", "copy_to = [\"ap-south-1\"]")],
        "no rule copies to this region",
        "copy_to = [\"ap-south-1\"]",
    ),
    (
        "tertiary without copies",
        &[
            (TERTIARY, "tertiary = \"eu-west-2\""),
            ("region = \"eu-west-1\"", "region = \"eu-west-2\""),
            (
                "[[rules.copies]]\nregion = \"eu-west-2\"\ncold_after_days = 90\ndelete_after_days = 2555\n",
                "",
            ),
        ],
        "no rule copies to this region",
        "tertiary = \"eu-west-2\"",
    ),
    (
        "window of ages",
        &[(
            "completion_window_minutes = 10080 ",
            "completion_window_minutes = 9223372036854775807 ",
        )],
        "a window is at most 52560000 minutes",
        "completion_window_minutes = 9223372036854775807",
    ),
    (
        "start window of ages",
        &[("start_window_minutes = 480 ", "start_window_minutes = 9223372036854775807 ")],
        "a window is at most 52560000 minutes",
        "start_window_minutes = 9223372036854775807",
    ),
    (
        "unknown copy region",
        &[("region = \"us-west-2\"", "region = \"us-west-9\"")],
        "did you mean us-west-",
        "region = \"us-west-9\"",
    ),
    (
        "boundary of another partition",
        &[("# permissions_boundary = \"arn:aws:", "permissions_boundary = \"arn:aws-cn:")],
        "is of partition aws-cn, and the regions are of aws",
        "permissions_boundary = ",
    ),
    (
        "boundary of another account",
        &[
            ("# expected_account = \"111122223333\"", "expected_account = \"444455556666\""),
            ("# permissions_boundary", "permissions_boundary"),
        ],
        "is of account 111122223333, and the roles are of 444455556666",
        "permissions_boundary = ",
    ),
];

#[test]
fn the_caret_is_under_what_is_wrong() {
    let aws = account();
    for_each_case(WRONG, |(what, changes, said, line)| {
        let outcome = refused(&aws, &file(&aws, what, changes), &[]);
        assert!(outcome.stderr.contains(said), "{what}: {outcome:?}");
        let shown =
            outcome.stderr.lines().find(|shown| shown.contains(" | ") && shown.contains(line));
        assert!(shown.is_some() && outcome.stderr.contains('^'), "{what}: {outcome:?}");
    });
    assert!(aws.log().is_empty());
}

#[test]
fn more_tags_than_the_record_has_room_for_are_refused_in_the_file() {
    let aws = account();
    let tags: Vec<String> = (0..60).map(|n| format!("Tag{n} = \"{n}\"\n")).collect();
    let tags = tags.concat();
    let path = file(&aws, "tags", &[("[tags]\n", &format!("[tags]\n{tags}"))]);
    let outcome = refused(&aws, &path, &[]);
    outcome.stderr_has("AWS allows 50 on a role");
    outcome.stderr_has(" | [tags]\n");
    assert!(aws.log().is_empty());
}

#[test]
fn a_flags_region_that_no_rule_of_the_file_copies_to_is_refused() {
    let aws = account();
    let path = file(&aws, "flag", &[]);
    let outcome = refused(&aws, &path, &["--copy-to", "ap-south-1"]);
    outcome.stderr_has("copies to ap-south-1: name there what it gets");
    assert!(aws.log().is_empty());
}

#[test]
fn the_word_for_unknown_regions_holds_for_the_file_too() {
    let aws = account();
    let newer = [
        (TERTIARY, "tertiary = \"eu-east-1\""),
        ("region = \"eu-west-1\"", "region = \"eu-east-1\""),
    ];
    let path = file(&aws, "newer", &newer);
    let outcome = refused(&aws, &path, &[]);
    outcome.stderr_has("add --allow-unknown-region");
    outcome.stderr_has("| tertiary = \"eu-east-1\"");
    let plan = ["plan", "--offline", "--allow-unknown-region", "--config", path.to_str().unwrap()];
    let plan = aws.mrbackup(plan).success();
    plan.stdout_has_row("eu-east-1 tertiary 5 vault, alarms");
}

#[test]
fn what_has_the_files_name_and_is_none_is_refused() {
    let aws = account();
    let there = |directory: &Path| {
        let mut run = aws.command().args(["status"]);
        run.directory(directory);
        run.run().code(2)
    };
    let link = directory(&aws, "link");
    let _ = fs::remove_file(link.join("mrbackup.toml"));
    std::os::unix::fs::symlink("/nonexistent", link.join("mrbackup.toml")).unwrap();
    let outcome = there(&link);
    outcome.stderr_has("cannot be read: No such file");
    let inner = directory(&aws, "inner");
    fs::create_dir_all(inner.join("mrbackup.toml")).unwrap();
    let outcome = there(&inner);
    outcome.stderr_has("cannot be read: it is not a file");
    assert!(aws.log().is_empty());
}
