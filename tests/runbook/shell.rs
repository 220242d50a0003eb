//! A POSIX shell with AWS CLI, and AWS's models for what it is given.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::Aws;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runbook").join(name)
}

fn python() -> PathBuf {
    local_aws::python(&|_| {}).unwrap()
}

/// What AWS's models find wrong in commands, and the calls that these make.
pub(super) fn check(commands: &[String]) -> (Vec<String>, Vec<Value>) {
    let mut child = Command::new(python())
        .arg(script("check_models.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = serde_json::to_vec(commands).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let wrong = serde_json::from_value(answer["wrong"].take()).unwrap();
    (wrong, serde_json::from_value(answer["calls"].take()).unwrap())
}

/// A shell of an account, in a home of its own.
pub(super) struct Shell {
    home: PathBuf,
    cli: Child,
}

impl Shell {
    pub(super) fn new(aws: &Aws) -> Self {
        let home = PathBuf::from(aws.file("home/bin/.keep", "")).parent().unwrap().to_owned();
        let mut cli = aws.program(python());
        cli.arg(script("aws_cli.py")).arg(&home).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut cli = cli.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(cli.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { home, cli }
    }

    /// Gives these lines to a shell, which ends with the first that fails.
    pub(super) fn run(&self, aws: &Aws, lines: &[String]) -> Output {
        let mut shell = aws.program("/bin/sh");
        let path = format!("{}:/usr/bin:/bin", self.home.display());
        shell.arg("-eu").env("HOME", &self.home).env("PATH", path).env("PAUSE", "0.2");
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().unwrap();
        child.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.cli.stdin.take());
        let _ = self.cli.wait();
    }
}
