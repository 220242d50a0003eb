//! The rows as a table in Markdown, and what its columns are.

use std::time::Duration;

use crate::measure::{LATENCY, Measured, Sequential};

const HEAD: &str = "\
| account | command | calls | chain | wall s | CPU s | peak MiB | sequential client s |
|---|---|---:|---:|---:|---:|---:|---:|";

pub(crate) fn markdown(rows: &[Measured]) -> String {
    let rows: Vec<String> = rows.iter().map(row).collect();
    format!("\n{HEAD}\n{}\n\n{}\n", rows.join("\n"), caption())
}

fn row(row: &Measured) -> String {
    let Measured { size, command, calls, chain, wall, cpu, memory, sequential } = row;
    let memory = memory.map_or_else(|| "-".to_owned(), |memory| memory.to_string());
    let sequential = match sequential {
        Sequential::MadeAgain(took) => seconds(*took),
        Sequential::AddedUp(took) => format!("{} *", seconds(*took)),
    };
    let (wall, cpu) = (seconds(*wall), format!("{:.2}", cpu.as_secs_f64()));
    format!("| {size} | {command} | {calls} | {chain} | {wall} | {cpu} | {memory} | {sequential} |")
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

fn caption() -> String {
    format!(
        "Each call is answered {} ms later than the local AWS could. \"Chain\" is the longest sequence of calls of which each \
         began after the one before it had ended. The sequential client makes the very same calls one after the other: reads \
         were made again through one connection; where something is written (*) the times of the calls are added up.",
        LATENCY.as_millis()
    )
}
