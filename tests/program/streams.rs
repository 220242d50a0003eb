//! What goes to which stream: one document in JSON, talk on stderr, and no panic when nobody reads.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Outcome, UP, account};

#[test]
fn json_is_exactly_one_document_for_every_command_and_failure() {
    let aws = account();
    let json = ["-o", "json"];
    let check = |outcome: Outcome, schema: &str| -> Value {
        let document = outcome.json();
        assert_eq!(document["schema"], schema, "{outcome:?}");
        document
    };
    check(aws.mrbackup(["-o", "json", "up"]).code(2), "mrbackup.error/1");
    check(aws.mrbackup(["status", "--bad", "-o", "json"]).code(2), "mrbackup.error/1");
    let env = aws.command().env("MRBACKUP_OUTPUT", "json").args(["nonsense"]).run();
    check(env.code(2), "mrbackup.error/1");
    check(aws.mrbackup(["status", "-o", "json"]).code(3), "mrbackup.status/1");
    let up = check(aws.mrbackup(UP.into_iter().chain(json)).success(), "mrbackup.up/1");
    let parts = aws.parts();
    assert_eq!((&up["created"], &up["failed"]), (&parts.into(), &0.into()));
    let status =
        check(aws.mrbackup(["status", "--output=json"]).all_as_recorded(), "mrbackup.status/1");
    let verdict = (&status["healthy"], &status["verdict"]);
    assert_eq!(verdict, (&false.into(), &"needs-attention".into()));
    let down = check(aws.mrbackup(["down", "-ojson"]).success(), "mrbackup.down/1");
    assert_eq!(down["removed"], parts);
}

#[test]
fn without_a_terminal_there_are_plain_lines_and_no_escape_codes() {
    let aws = account();
    let up = aws.mrbackup(UP).success();
    assert!(!up.stdout.contains('\x1b') && !up.stderr.contains('\x1b'), "{up:?}");
    let mut lines = up.stderr.lines();
    assert_eq!(
        lines.next().unwrap(),
        format!(
            "mrbackup up · deployment default · account {} · root (environment) · us-east-1, us-west-2, eu-west-1 · endpoint {}",
            aws.id(),
            aws.environment()[0].1
        )
    );
    let first = format!("[ 1/{}] ✔ service role: created (", aws.parts());
    assert!(lines.next().unwrap().starts_with(&first), "{up:?}");
    let quiet = aws.mrbackup(["status", "-q"]).all_as_recorded();
    assert_eq!(quiet.stderr, "");
    let verbose = aws.mrbackup(["status", "-v"]).all_as_recorded();
    verbose.stderr_has("iam:GetRole on mrbackup-default-AWSBackupServiceRole: ok");
    let colored = aws.mrbackup(["status", "--color", "always"]).all_as_recorded();
    colored.stdout_has("\x1b[");
}

/// A reader that has gone away neither stops the work nor makes a panic.
#[test]
fn the_work_is_done_when_nobody_reads() {
    let aws = account();
    let before = aws.inventory();
    for arguments in [&UP[..], &["down"]] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_mrbackup"))
            .args(arguments)
            .env_clear()
            .envs(aws.environment())
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
        if arguments == UP {
            aws.mrbackup(["status"]).all_as_recorded();
        }
    }
    assert_eq!(aws.inventory(), before);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_not_a_success() {
    let aws = account();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for form in ["text", "json"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mrbackup"));
        command.args(["status", "-o", form]).env_clear().envs(aws.environment());
        let output = command.env("AWS_REGION", "us-east-1").stdout(full()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("cannot write to stdout: No space left on device"), "{stderr}");
    }
}

#[test]
fn help_is_on_stdout_and_ends_well() {
    let aws = account();
    for arguments in
        [&["--help"][..], &["up", "--help"], &["status", "-h"], &["teardown", "--help"]]
    {
        let help = aws.mrbackup(arguments).success();
        help.stdout_starts_with("Examples:\n  mrbackup ");
        assert_eq!(help.stderr, "");
    }
}
