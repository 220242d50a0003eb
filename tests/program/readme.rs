//! What the README shows is what is printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::account;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// The example that Cargo built beside these tests.
fn quickstart() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().and_then(Path::parent).unwrap();
    built.join("examples").join(format!("quickstart{}", std::env::consts::EXE_SUFFIX))
}

/// What days and months are called.
const CALENDAR: [&str; 19] = [
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The text with what differs from run to run evened out: hashes, times and sizes.
pub(super) fn evened(text: &str) -> String {
    let mut evened = String::new();
    for line in text.lines() {
        let words =
            line.trim_end().split(' ').map(|word| match word.split_once("tagged-resources-") {
                Some((before, _)) => format!("{before}tagged-resources-HASH"),
                None if word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().all(is_time) => {
                    "TIME".to_owned()
                }
                // What is restored has an id of its own.
                None if word.starts_with("vol-") && word != "vol-0a1b2c3d4e5f60718" => {
                    "VOLUME".to_owned()
                }
                None if CALENDAR.contains(&word) => "TIME".to_owned(),
                None => word.to_owned(),
            });
        evened += &words.collect::<Vec<_>>().join(" ");
        evened.push('\n');
    }
    evened
}

fn is_time(byte: u8) -> bool {
    byte.is_ascii_digit() || b"-:".contains(&byte)
}

#[test]
fn the_quickstart_prints_what_the_readme_shows() {
    let output = Command::new(quickstart()).stdin(Stdio::null()).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let readme = readme();
    let block = readme.split("```console\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(evened(&stdout), evened(block.unwrap()));
}

#[test]
fn the_readmes_exit_codes_are_those_of_the_help() {
    let help = account().mrbackup(["help", "exit-codes"]).success().stdout;
    let words: String = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for row in readme().lines().filter_map(|line| line.strip_prefix("| ")) {
        let Some((code, meaning)) = row.split_once(" | ") else { continue };
        if code.parse::<u8>().is_ok() {
            let row = format!("{code} {}", meaning.trim_end_matches(" |"));
            assert!(words.contains(&row), "{row}");
        }
    }
}
