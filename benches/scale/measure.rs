//! A run of the program, and what it took.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use local_aws::{Account, Call, Fault};

use crate::say;
use crate::stock::Stocked;

/// About the way from another continent.
pub(crate) const LATENCY: Duration = Duration::from_millis(80);
/// In which Linux counts the time of a process.
const TICK: Duration = Duration::from_millis(10);

/// One row of the table.
#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) size: String,
    pub(crate) command: String,
    pub(crate) calls: usize,
    /// Calls that wait for each other.
    pub(crate) chain: usize,
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// In MiB; `None` where this is not Linux.
    pub(crate) memory: Option<u64>,
    pub(crate) sequential: Sequential,
}

/// What a client takes that makes the same calls one after the other.
#[derive(Clone, Copy)]
pub(crate) enum Sequential {
    /// The very requests were made again, without latency; the latency of each is added.
    MadeAgain(Duration),
    /// What can be made only once: the time that each call took, added up.
    AddedUp(Duration),
}

/// Runs the command far from AWS, and then its reads again.
pub(crate) fn measured(
    stocked: &Stocked,
    name: &str,
    arguments: &[&str],
) -> Result<Measured, String> {
    let Stocked { account, size, latency } = stocked;
    account.clear_log();
    account.fault(Fault::delay(*latency));
    let (begun, cpu) = (Instant::now(), cpu_of_children());
    let mut child = command(account, arguments)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run mrbackup: {error}"))?;
    let (code, memory) = watched(&mut child)?;
    let (wall, cpu) = (begun.elapsed(), cpu_of_children().saturating_sub(cpu));
    account.clear_faults();
    account.settle();
    if ![Some(0), Some(3)].contains(&code) {
        return Err(format!("{name} ({size}) ended with {code:?}"));
    }
    let calls = account.log();
    let row = Measured {
        size: size.clone(),
        command: name.to_owned(),
        calls: calls.len(),
        chain: account.chain().len(),
        wall,
        cpu,
        memory,
        sequential: sequential(account, *latency, &calls)?,
    };
    account.clear_log();
    let (calls, seconds, memory) = (row.calls, wall.as_secs_f64(), memory.unwrap_or_default());
    say(&format!("{size}: {name}: {calls} calls, {seconds:.1} s, {memory} MiB, exit {code:?}"));
    Ok(row)
}

fn sequential(account: &Account, latency: Duration, calls: &[Call]) -> Result<Sequential, String> {
    let count = u32::try_from(calls.len()).map_err(|error| error.to_string())?;
    if account.writes().is_empty() {
        let took = account.one_after_another(calls)?;
        return Ok(Sequential::MadeAgain(took + latency * count));
    }
    Ok(Sequential::AddedUp(calls.iter().filter_map(Call::took).sum()))
}

pub(crate) fn command(account: &Account, arguments: &[&str]) -> Command {
    let program = std::env::var_os("MRBACKUP_BENCH_PROGRAM");
    let program = program.map_or_else(|| env!("CARGO_BIN_EXE_mrbackup").into(), PathBuf::from);
    let mut command = account.program(program);
    command.args(arguments).stdout(Stdio::null());
    command
}

/// Waits for the end, and for the most memory that was held until then.
fn watched(child: &mut Child) -> Result<(Option<i32>, Option<u64>), String> {
    let mut memory = None;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok((status.code(), memory));
        }
        memory = peak(child.id()).or(memory);
        thread::sleep(Duration::from_millis(2));
    }
}

/// The most that the process has held so far, in MiB, as Linux counts.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().split(' ').next()?.parse().ok()?;
    Some(kilobytes / 1024)
}

/// The time of all children that have ended and were waited for: `cutime` and `cstime` of Linux's `/proc/PID/stat`.
fn cpu_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may have spaces.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = fields.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<u32>().ok());
    TICK * ticks.sum::<u32>()
}
