//! What a person sees on a terminal: how long a screen is, what stands first, and what is on it while a command works.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::Child;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use local_aws::{Fault, now};
use serde_json::json;

use crate::support::{
    Aws, HOUR, PRIMARY, REGIONS, SECONDARY, TERTIARY, UP, VAULT, account, deployed_with_email,
    fresh_everywhere, long_deployed, point, volume,
};

/// Lines and columns of a screen.
type Size = (u16, u16);

/// The binary at work on a pseudo-terminal.
struct OnTerminal {
    terminal: Arc<pty_process::blocking::Pty>,
    child: Child,
    /// All that it has written so far: a terminal that nobody reads is full soon, and holds the program up.
    reader: JoinHandle<Vec<u8>>,
}

impl OnTerminal {
    fn start(aws: &Aws, size: Size, arguments: &[&str]) -> Self {
        let (terminal, its_end) = pty_process::blocking::open().unwrap();
        terminal.resize(pty_process::Size::new(size.0, size.1)).unwrap();
        let binary = env!("CARGO_BIN_EXE_mrbackup");
        let program = aws.program(binary);
        let variables = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let command = pty_process::blocking::Command::new(binary).env_clear().envs(variables);
        let child = command.env("TERM", "xterm-256color").args(arguments).spawn(its_end).unwrap();
        let terminal = Arc::new(terminal);
        let read = Arc::clone(&terminal);
        let reader = thread::spawn(move || {
            let (mut written, mut buffer) = (Vec::new(), [0; 4096]);
            // The end of the other side is an error on Linux, and the end on macOS.
            while let Ok(length @ 1..) = (&*read).read(&mut buffer) {
                written.extend_from_slice(&buffer[..length]);
            }
            written
        });
        Self { terminal, child, reader }
    }

    /// Ctrl-C, as a person types it.
    fn interrupt(&self) {
        (&*self.terminal).write_all(b"\x03").unwrap();
    }

    /// All bytes that it wrote to its end, and its exit code.
    fn end(mut self) -> (Option<i32>, Vec<u8>) {
        let written = self.reader.join().unwrap();
        (self.child.wait().unwrap().code(), written)
    }
}

fn on_terminal(aws: &Aws, size: Size, arguments: &[&str]) -> (Option<i32>, Vec<u8>) {
    OnTerminal::start(aws, size, arguments).end()
}

/// What stands on the screen at the end.
fn screen(size: Size, written: &[u8]) -> Vec<String> {
    let [lines, columns] = [size.0, size.1].map(|length| NonZero::new(length).unwrap());
    let mut parser = vt100::Parser::new(lines, columns, 0);
    parser.process(written);
    let contents = parser.screen().contents();
    contents.lines().map(str::to_owned).collect()
}

/// The names of all resources of ours in the account, as `status --all` shows them.
fn names(aws: &Aws) -> BTreeSet<String> {
    let status = aws.mrbackup(["status", "-o", "json"]).json();
    let rows = status["resources"].as_array().unwrap().iter();
    rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_healthy_status_has_at_most_15_lines_however_many_resources_there_are() {
    for resources in [1, 42] {
        let aws = long_deployed(30);
        for number in 0..resources {
            fresh_everywhere(&aws, &volume(&aws, &format!("vol-{number}")));
        }
        for columns in [80, 120, 200] {
            let size = (60, columns);
            let (code, written) = on_terminal(&aws, size, &["status"]);
            let lines = screen(size, &written);
            assert_eq!(code, Some(0), "{lines:#?}");
            let verdict = format!("✔ default: {resources} of {resources} resource");
            let at = lines.iter().position(|line| line.starts_with(&verdict)).unwrap();
            assert!(lines.len() - at <= 15, "{lines:#?}");
        }
    }
}

#[test]
fn a_first_up_writes_at_most_20_lines_and_each_name_once_on_a_terminal() {
    let aws = account();
    let up = aws.mrbackup(UP.into_iter().chain(["--email", "ops@example.com"])).success();
    assert!(up.stdout.lines().count() <= 20, "{up:?}");
    let other = account();
    let size = (60, 100);
    let arguments = [&UP[..], &["--email", "ops@example.com"]].concat();
    let (code, written) = on_terminal(&other, size, &arguments);
    assert_eq!(code, Some(0));
    let text = String::from_utf8_lossy(&written).into_owned();
    for name in names(&other) {
        let longer =
            names(&other).into_iter().filter(|other| *other != name && other.contains(&name));
        let of_longer: usize = longer.map(|longer| text.matches(&longer).count()).sum();
        assert!(text.matches(&name).count() <= 1 + of_longer, "{name}: {text}");
    }
    // The picture of the work has made room for the summary.
    let lines = screen(size, &written);
    assert!(lines.iter().all(|line| !line.contains(" of ")), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("✔ default is set up: created ")),
        "{lines:#?}"
    );
}

/// A region down, a rule off, a vault's policy, late, never, nobody told, a lost copy: the worst is the region.
#[test]
fn of_seven_troubles_the_worst_stands_in_the_first_three_lines() {
    let aws = deployed_with_email("ops@example.com");
    aws.vaults_made(now() - 30 * 24 * HOUR);
    let (late, never) = (volume(&aws, "vol-late"), volume(&aws, "vol-never"));
    for region in REGIONS {
        point(&aws, region, &late, 400, &json!({}));
    }
    aws.put_backup_job(
        PRIMARY,
        json!({
            "ResourceArn": never, "BackupVaultName": VAULT, "CreationDate": now() - 400 * HOUR,
            "State": "FAILED", "StatusMessage": "Access denied",
        }),
    );
    let off = json!({"Name": "mrbackup-default-jobs"});
    aws.call("events", PRIMARY, "disable_rule", off);
    let log =
        json!({"logGroupName": "/aws/lambda/mrbackup-default-validator", "retentionInDays": 1});
    aws.call("logs", SECONDARY, "put_retention_policy", log);
    let denied = Fault::error(403, "AccessDeniedException", "not allowed");
    aws.fault(denied.on("backup", "ListRestoreJobs").region(SECONDARY));
    let status = aws.mrbackup(["status"]).code(3);
    let worst = |status: &crate::support::Outcome| {
        status.stdout.lines().take(3).collect::<Vec<_>>().join("\n")
    };
    assert!(worst(&status).contains(SECONDARY), "what could not be read: {status:?}");
    aws.clear_faults();
    let status = aws.mrbackup(["status"]).code(3);
    assert!(worst(&status).contains(&never), "without a recovery point: {status:?}");
    let _down = aws.region_down(TERTIARY);
    let status = aws.mrbackup(["status"]).code(3);
    status.stdout_starts_with("✘ default: eu-west-1 (tertiary) does not answer; ");
}

#[test]
fn no_word_is_broken_at_80_columns() {
    let aws = deployed_with_email("ops@example.com");
    volume(&aws, "vol-1");
    let size = (200, 80);
    let volume = volume(&aws, "vol-2");
    let commands: [&[&str]; 8] = [
        &["status"],
        &["plan", "--all"],
        &["up"],
        &["status", "--all"],
        &["down", "--dry-run"],
        &["list"],
        &["repair", "--dry-run"],
        &["tag", &volume, "--dry-run", "--all"],
    ];
    for arguments in commands {
        let piped = aws.mrbackup(arguments).stdout;
        let words: BTreeSet<&str> = piped.split_whitespace().collect();
        let (_, written) = on_terminal(&aws, size, &[&["-q"], arguments].concat());
        for line in screen(size, &written) {
            for word in line.split_whitespace() {
                // What is longer than the screen is the terminal's to break.
                let is_whole =
                    words.contains(word) || words.iter().any(|w| w.len() > 60 && w.contains(word));
                assert!(is_whole, "{arguments:?}: {word:?} in {line:?}");
            }
        }
    }
}

/// The terminal's emulation shows a line that the terminal had to break as one, wider than it is.
#[test]
fn the_first_line_of_a_command_breaks_between_words() {
    let aws = long_deployed(30);
    let size = (60, 80);
    for arguments in [&["repair", "--dry-run"][..], &["plan"]] {
        let begins = format!("mrbackup {} ", arguments[0]);
        let piped = aws.mrbackup(arguments).stderr;
        let first = piped.lines().find(|line| line.starts_with(&begins)).unwrap();
        assert!(first.chars().count() > 80, "{first}");
        let (_, written) = on_terminal(&aws, size, arguments);
        let lines = screen(size, &written);
        let at = lines.iter().position(|line| line.starts_with(&begins)).unwrap();
        assert!(lines[at..].iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        let shown = lines[at..].join(" ");
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.starts_with(first), "{lines:#?}");
    }
}

#[test]
fn a_status_that_waits_shows_for_what_in_which_region() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let held = Fault::hold().on("backup", "ListRecoveryPointsByBackupVault").region(TERTIARY);
    let held = aws.fault(held.first(1));
    let status = OnTerminal::start(&aws, (40, 100), &["status"]);
    held.wait_held();
    // The picture is drawn ten times a second.
    thread::sleep(std::time::Duration::from_millis(1500));
    held.release();
    let (_, written) = status.end();
    let text = String::from_utf8_lossy(&written);
    assert!(
        text.contains("eu-west-1       reading  waits for backup:ListRecoveryPointsByBackupVault"),
        "{text}"
    );
    assert!(text.contains(" 1s"), "since when: {text}");
}

#[test]
fn watching_draws_each_report_over_the_one_before() {
    let aws = long_deployed(30);
    fresh_everywhere(&aws, &volume(&aws, "vol-1"));
    let size = (40, 100);
    let third = aws.fault(Fault::hold().on("sts", "GetCallerIdentity").nth(3));
    let watch = OnTerminal::start(&aws, size, &["status", "--watch", "1"]);
    third.wait_held();
    watch.interrupt();
    third.release();
    let (code, written) = watch.end();
    assert_eq!(code, Some(0), "the last look was well");
    let lines = screen(size, &written);
    let verdicts = lines.iter().filter(|line| line.starts_with("✔ default: 1 of 1"));
    assert_eq!(verdicts.count(), 1, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(" UTC · next look in ")), "{lines:#?}");
}
