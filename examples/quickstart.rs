//! mrbackup's main job on this machine alone: up, status, an alarm and down, against a local AWS.

use std::env::{self, consts::EXE_SUFFIX};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use local_aws::{Account, Message};
use serde_json::json;

const PRIMARY: &str = "us-east-1";
const SECONDARY: &str = "us-west-2";
const EMAIL: &str = "ops@example.com";
/// How wide a terminal is.
const COLUMNS: usize = 80;

fn main() -> ExitCode {
    // What the local AWS has to complain of is a sentence too.
    panic::set_hook(Box::new(|trouble| {
        let said = trouble.payload_as_str().unwrap_or("it broke");
        let _ = writeln!(io::stderr(), "\nquickstart: {said}");
    }));
    match quickstart() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "\nquickstart: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn quickstart() -> Result<(), String> {
    let program = build()?;
    let account = local_aws::start(&|message| say(message))?.account();
    say(format_args!("A local AWS is on; nothing here reaches a real account."));
    // Something to be left alone.
    account.call("backup", PRIMARY, "create_backup_vault", json!({ "BackupVaultName": "theirs" }));
    let before = account.inventory();
    // Something to be backed up.
    let volume = account.arn("ec2", PRIMARY, "volume/vol-0a1b2c3d4e5f60718");
    let tags = [("Environment", "Production"), ("BackupEnabled", "true")];
    account.put_tagged_resource(PRIMARY, &volume, &tags);

    let mrbackup = |lines: &[&str]| run(&program, &account, lines, 0);
    let regions = "up --primary us-east-1 --secondary us-west-2";
    mrbackup(&[regions, "--tertiary eu-west-1 --email ops@example.com"])?;
    heading(format_args!("{EMAIL} follows the links in the e-mails from SNS, one a region"));
    for region in [PRIMARY, SECONDARY] {
        account.confirm_email(region, EMAIL);
    }
    back_up(&account, &volume)?;
    mrbackup(&["status"])?;
    fail_a_copy(&account)?;
    watch(&account)?;
    recover(&program, &account)?;
    heading("Removing it loses no backup by mistake");
    run(&program, &account, &["down"], 3)?;
    mrbackup(&["down --delete-backups --confirm default"])?;
    heading("Is the account as it was before?");
    if account.inventory() != before {
        return Err("the account does not hold what it held before `up`".to_owned());
    }
    say("Yes: it holds one vault, which is not mrbackup's, and nothing else.");
    heading("What was done");
    say("  up      set up daily and weekly backups of tagged resources in us-east-1,");
    say("          their copies in us-west-2 and eu-west-1, and the alarms");
    say("  status  read from AWS that all of it is in place, and what has a fresh copy where");
    say("  alarm   a failed copy's event became a message with what to do");
    say("  watch   what reports copies that are late or missing has looked");
    say("  recover restored from a copy, with the primary region lost");
    say(
        "  down    refused to lose backups, and then, asked to, removed all of it and nothing else",
    );
    say("To try commands yourself: cargo run --example sandbox");
    Ok(())
}

/// Builds the program, which Cargo does not do for an example.
///
/// Naming this example too gives the dependencies the features that they were compiled with for it: `--bin` alone
/// would compile the AWS SDK once more.
fn build() -> Result<PathBuf, String> {
    let example = env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let directory = example.parent().and_then(Path::parent).ok_or("not run by Cargo")?;
    let program = directory.join(format!("mrbackup{EXE_SUFFIX}"));
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--bin", "mrbackup", "--example", "quickstart"])
        .args(["--profile", profile, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(directory.parent().ok_or("not run by Cargo")?)
        .status()
        .map_err(|error| format!("cannot run Cargo: {error}"))?;
    if !status.success() || !program.is_file() {
        return Err(format!("Cargo did not build {}", program.display()));
    }
    Ok(program)
}

/// What AWS Backup does in the night after `up`.
fn back_up(account: &Account, volume: &str) -> Result<(), String> {
    heading("A night passes: AWS Backup backs a volume up, and copies it");
    let plans = account.call("backup", PRIMARY, "list_backup_plans", json!({}));
    let plan = plans["BackupPlansList"][0]["BackupPlanId"].as_str().ok_or("there is no plan")?;
    for region in [PRIMARY, SECONDARY, "eu-west-1"] {
        let point = json!({
            "ResourceArn": volume,
            "CreatedBy": { "BackupPlanId": plan },
            "Lifecycle": { "DeleteAfterDays": 365 },
        });
        account.put_restorable_points(region, "mrbackup-default", vec![point]);
    }
    Ok(())
}

/// The primary region does not answer any more: what its copies are for.
fn recover(program: &Path, account: &Account) -> Result<(), String> {
    heading("us-east-1 is lost. Could everything be restored from its copies in us-west-2?");
    account.region_down(PRIMARY);
    run(program, account, &["recover --region us-west-2 --dry-run"], 0)?;
    run(program, account, &["recover --region us-west-2"], 0)?;
    heading("us-east-1 answers again; the restored volume is deleted by hand");
    account.clear_faults();
    for job in account.restore_jobs(SECONDARY) {
        let made = job["CreatedResourceArn"].as_str().ok_or("a restore made nothing")?;
        account.delete_restored(SECONDARY, made);
    }
    Ok(())
}

/// Runs the program as a user would, and shows the command line as one would type it.
fn run(program: &Path, account: &Account, lines: &[&str], code: i32) -> Result<(), String> {
    say(format_args!("\n$ mrbackup {}", lines.join(" \\\n    ")));
    let mut command = account.program(program);
    command.args(lines.iter().flat_map(|line| line.split(' ')));
    let terminal = ["TERM", "COLORTERM", "NO_COLOR"];
    command.envs(terminal.iter().filter_map(|name| Some((name, env::var_os(name)?))));
    let status = command.status().map_err(|error| format!("cannot run mrbackup: {error}"))?;
    let wanted = status.code() == Some(code);
    if wanted { Ok(()) } else { Err(format!("`mrbackup {}`: {status}", lines.join(" "))) }
}

/// The event that AWS documents for a failed copy takes the deployed way to the subscribers of the topic.
fn fail_a_copy(account: &Account) -> Result<(), String> {
    heading("A copy to us-west-2 fails. AWS Backup puts its event on EventBridge");
    let inbox = account.inbox(PRIMARY, "mrbackup-default-alerts");
    account.emit(PRIMARY, &account.sample("copy-failed"));
    let messages = inbox.take(1);
    // Its line in the log is the last thing that the function writes.
    account.await_function_log(PRIMARY, "mrbackup-default-validator", 1);
    // The queue would be somebody else's subscription, for which `down` would keep the topic.
    inbox.close();
    let [message] = &messages[..] else {
        return Err(format!("the failed copy became {} messages", messages.len()));
    };
    show(message)
}

/// The schedule of the watchdog runs it; nothing is wrong.
fn watch(account: &Account) -> Result<(), String> {
    heading("An hour has passed: in us-west-2 the watchdog checks what copies there are");
    account.advance(Duration::from_hours(1));
    let looked = account.run_schedule(SECONDARY, "mrbackup-default-watchdog");
    let answer = looked.map_err(|error| format!("the watchdog: {error}"))?;
    if answer["outcome"] != "silent" || answer["findings"] != 0 {
        return Err(format!("the watchdog has something to say: {answer}"));
    }
    say("It is silent: no copy is late or missing, and vaults, plan and topics are there.");
    Ok(())
}

fn show(message: &Message) -> Result<(), String> {
    let Message { subject, body } = message;
    if subject != "mrbackup default: copy job FAILED to us-west-2 (EBS)" {
        return Err(format!("the failed copy became the message {subject:?}"));
    }
    say(format_args!("What {EMAIL} gets, read from a queue on the same topic:\n"));
    let (letter, record) = body.split_once("----- ").ok_or("the message has no machine part")?;
    for line in format!("Subject: {subject}\n\n{}", letter.trim_end()).lines() {
        wrap(line);
    }
    let size = record.lines().last().map_or(0, str::len);
    say(format_args!("  |\n  | (and the same for machines: {size} bytes of JSON)"));
    Ok(())
}

/// Prints a line of the message in as many lines as it needs, those of a command further in.
fn wrap(line: &str) {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    let mut row = format!("  | {}", " ".repeat(indent));
    for (index, word) in words.split(' ').enumerate() {
        if row.len() + 1 + word.len() > COLUMNS {
            say(&row);
            row = format!("  | {}", " ".repeat(2 * indent));
        } else if index > 0 {
            row.push(' ');
        }
        row.push_str(word);
    }
    say(row.trim_end());
}

fn heading(text: impl Display) {
    say(format_args!("\n# {text}"));
}

fn say(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}
