//! The commands that README and docs show are commands of this program, and those of a block of their own run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{account, deployed};

fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|of| of == "md"));
    let all =
        docs.chain(["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(|name| root.join(name)));
    all.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// A command's words, without what a shell makes of them.
fn words(command: &str) -> Vec<&str> {
    let command = command.split(" # ").next().unwrap_or_default();
    command.split_whitespace().skip(1).take_while(|word| !["|", ">", "&&"].contains(word)).collect()
}

/// What stands in backticks and begins as a command does.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| span.starts_with("mrbackup ") && !span.contains(['\n', '<', '…']))
}

/// The commands of blocks that are indented, and show no output.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split("```").step_by(2).flat_map(str::lines);
    let lines = outside.filter_map(|line| line.strip_prefix("    mrbackup ").map(|_| line.trim()));
    lines.filter(|line| !line.contains(" · "))
}

#[test]
fn every_command_that_is_named_is_one_of_this_program() {
    let aws = account();
    let mut seen = 0;
    for (path, text) in documents() {
        for command in quoted(&text).chain(blocks(&text)) {
            // A name in capitals stands for a command.
            if words(command).first().is_some_and(|word| word.chars().all(char::is_uppercase)) {
                continue;
            }
            // A shell is one of five.
            let typed =
                words(command).into_iter().map(|word| if word == "SHELL" { "zsh" } else { word });
            let help = aws.mrbackup(typed.chain(["--help"]));
            assert_eq!(help.exit_code(), Some(0), "{}: {command}: {help:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn the_commands_of_a_block_run() {
    let aws = deployed();
    for (path, text) in documents() {
        for command in blocks(&text) {
            let outcome = aws.mrbackup(words(command));
            assert_ne!(outcome.exit_code(), Some(2), "{}: {command}: {outcome:?}", path.display());
        }
    }
}
