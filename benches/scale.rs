//! How `status` and `down` fare with very much: memory, time and calls, against a local AWS that throttles.
//!
//! `cargo bench --bench scale`, with other figures `cargo bench --bench scale -- RESOURCES POINTS DELETED RATE`.
//! Another binary is measured where `MRBACKUP_BENCH_PROGRAM` names it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use local_aws::{Account, Fault, now};
use serde_json::{Value, json};

const VAULT: &str = "mrbackup-default";
const REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];
/// Which part of all points is in which region: daily, daily, weekly.
const PARTS: [u64; 3] = [5, 4, 1];
const UP: [&str; 7] =
    ["up", "--primary", "us-east-1", "--secondary", "us-west-2", "--tertiary", "eu-west-1"];
const DAY: u64 = 86_400;

fn main() -> Result<(), String> {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |index: usize, usual: u64| numbers.get(index).copied().unwrap_or(usual);
    let (resources, points) = (number(0, 10_000), number(1, 100_000));
    let (deleted, rate) = (number(2, 10_000), number(3, 50));
    let aws = local_aws::start(&|message| say(message))?;

    let account = aws.account();
    stock(&account, resources, points)?;
    say(&format!("\n# status: {resources} resources, {points} recovery points, all fresh"));
    measured(&account, &["status"])?;
    let late = resources / 2;
    account.vaults_made(now() - 400 * DAY);
    add_resources(&account, resources, late);
    say(&format!("\n# status: {late} more resources that were never backed up"));
    measured(&account, &["status"])?;

    let account = aws.account();
    stock(&account, 100, deleted)?;
    let rate = u32::try_from(rate).map_err(|error| error.to_string())?;
    let limits = REGIONS.map(|region| {
        let limit = Fault::throttle().on("backup", "DeleteRecoveryPoint").region(region);
        account.fault(limit.beyond(rate))
    });
    say(&format!(
        "\n# down --delete-backups: {deleted} recovery points, {rate} deletions a second and region"
    ));
    measured(&account, &["down", "--delete-backups", "--confirm", "default"])?;
    for (region, limit) in REGIONS.iter().zip(limits) {
        let (seen, fired) = (limit.seen(), limit.fired());
        let percent = 100 * fired / seen.max(1);
        say(&format!(
            "  {region}: {seen} calls of DeleteRecoveryPoint, {fired} throttled ({percent} %)"
        ));
    }
    let left: usize =
        REGIONS.iter().map(|region| account.recovery_points(region, VAULT).len()).sum();
    if left == 0 { Ok(()) } else { Err(format!("{left} recovery points are left")) }
}

/// Makes the deployment, and fills its vaults with points of so many resources, a day apart.
fn stock(account: &Account, resources: u64, points: u64) -> Result<(), String> {
    let status = command(account, &UP).stderr(Stdio::null()).status();
    if !status.map_err(|error| error.to_string())?.success() {
        return Err("`mrbackup up` failed".to_owned());
    }
    add_resources(account, 0, resources);
    let plans = account.call("backup", REGIONS[0], "list_backup_plans", json!({}));
    let plan = &plans["BackupPlansList"][0]["BackupPlanId"];
    for (region, part) in REGIONS.iter().zip(PARTS) {
        let count = points * part / PARTS.iter().sum::<u64>();
        let point = |index: u64| {
            let age = 3_600 + index / resources * DAY;
            json!({
                "ResourceArn": volume(account, index % resources),
                "CreationDate": now() - age,
                "CreatedBy": {"BackupPlanId": plan},
                "Lifecycle": {"DeleteAfterDays": 365},
            })
        };
        account.put_recovery_points(region, VAULT, (0..count).map(point).collect());
    }
    Ok(())
}

fn volume(account: &Account, index: u64) -> String {
    account.arn("ec2", REGIONS[0], &format!("volume/vol-{index:017x}"))
}

fn add_resources(account: &Account, from: u64, count: u64) {
    for index in from..from + count {
        let tags = [("Environment", "Production"), ("BackupEnabled", "true")];
        account.put_tagged_resource(REGIONS[0], &volume(account, index), &tags);
    }
}

fn command(account: &Account, arguments: &[&str]) -> Command {
    let program = std::env::var_os("MRBACKUP_BENCH_PROGRAM");
    let program = program.map_or_else(|| env!("CARGO_BIN_EXE_mrbackup").into(), PathBuf::from);
    let mut command = account.program(program);
    command.args(arguments).stdout(Stdio::null());
    command
}

/// Runs the command, and says what it took.
fn measured(account: &Account, arguments: &[&str]) -> Result<(), String> {
    account.clear_log();
    let begun = Instant::now();
    let mut child = command(account, arguments)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run mrbackup: {error}"))?;
    let mut memory = String::new();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        memory = peak(child.id()).unwrap_or(memory);
        thread::sleep(Duration::from_millis(2));
    };
    let took = begun.elapsed().as_secs_f64();
    say(&format!("  {status}; {took:.1} s; peak memory {memory}"));
    let calls = account.log();
    let of_one = calls.iter().filter(|call| is_of_one_resource(call.input())).count();
    say(&format!("  {} calls, {of_one} of them about a single resource", calls.len()));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for call in &calls {
        let name = format!("{}.{}", call.request.service, call.request.operation);
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (name, count) in counts.iter().take(6) {
        say(&format!("    {count:6} {name}"));
    }
    Ok(())
}

fn is_of_one_resource(input: &Value) -> bool {
    ["ByResourceArn", "ResourceArn"]
        .iter()
        .any(|member| input[*member].as_str().is_some_and(|arn| arn.contains(":volume/")))
}

/// The most that the process has held so far, as Linux counts.
fn peak(process: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().split(' ').next()?.parse().ok()?;
    Some(format!("{} MiB", kilobytes / 1024))
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
