//! How the commands fare with nothing and with very much: calls, chain, time and memory, against a local AWS that is 80 ms away.
//!
//! `cargo bench --bench scale` prints the table as Markdown; `-- small quotas` that of a tenth and of one part alone, to try
//! it: the parts are `empty`, `some`, `quotas` and `throttled`. Another binary is measured where `MRBACKUP_BENCH_PROGRAM` names it.

mod measure;
mod stock;
mod table;
mod throttled;

use std::io::{self, Write as _};

use local_aws::LocalAws;

use measure::Measured;
use stock::{Size, Stocked};

const UP: [&str; 7] =
    ["up", "--primary", "us-east-1", "--secondary", "us-west-2", "--tertiary", "eu-west-1"];
const DELETE: [&str; 4] = ["down", "--delete-backups", "--confirm", "default"];

fn main() -> Result<(), String> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let small = arguments.iter().any(|argument| argument == "small");
    let divisor = if small { 10 } else { 1 };
    let is_wanted = |part: &str| {
        let mut parts = arguments.iter().filter(|argument| *argument != "small").peekable();
        parts.peek().is_none() || parts.any(|argument| argument == part)
    };
    let aws = local_aws::start(&|message| say(message))?;
    let mut rows = Vec::new();
    if is_wanted("empty") {
        rows.extend(empty(aws)?);
    }
    if is_wanted("some") {
        rows.extend(some(aws, Size { resources: 1_000, points: 10_000 }.divided(divisor))?);
    }
    if is_wanted("quotas") {
        rows.extend(quotas(aws, Size { resources: 10_000, points: 100_000 }.divided(divisor))?);
    }
    say(&table::markdown(&rows));
    if is_wanted("throttled") {
        say(&throttled::sentence(aws, 3_000 / divisor)?);
    }
    Ok(())
}

/// The life of a deployment without a backup.
fn empty(aws: &'static LocalAws) -> Result<Vec<Measured>, String> {
    let stocked = Stocked::new(aws, "nothing to back up, 3 regions".to_owned());
    stocked.rows(&[
        ("`up`", &UP),
        ("`up` again", &["up"]),
        ("`plan`", &["plan"]),
        ("`status`", &["status"]),
        ("`list`", &["list"]),
        ("`down`", &["down"]),
    ])
}

/// That of one in use.
fn some(aws: &'static LocalAws, size: Size) -> Result<Vec<Measured>, String> {
    let stocked = Stocked::new(aws, format!("{size}, 3 regions"));
    let mut rows = stocked.rows(&[("`up`", &UP)])?;
    stocked.put_backups(size);
    rows.extend(stocked.rows(&[
        ("`up` again", &["up"]),
        ("`plan`", &["plan"]),
        ("`status`", &["status"]),
        ("`list`", &["list"]),
        ("`down --delete-backups`", &DELETE),
    ])?);
    Ok(rows)
}

/// That of one in an account at AWS's quotas, with five regions to copy to.
fn quotas(aws: &'static LocalAws, size: Size) -> Result<Vec<Measured>, String> {
    let stocked = Stocked::new(aws, format!("{size}, 6 regions at their quotas"));
    stocked.put_crowds();
    let up = [&UP[..], &["--copy-to", "us-east-2", "--copy-to", "us-west-1"]].concat();
    let up = [&up[..], &["--copy-to", "eu-central-1"]].concat();
    let mut rows = stocked.rows(&[("`up`", &up)])?;
    stocked.put_backups(size);
    rows.extend(stocked.rows(&[
        ("`up` again", &["up"]),
        ("`plan`", &["plan"]),
        ("`status`", &["status"]),
    ])?);
    let without = size.resources / 2;
    stocked.put_resources_without_points(size.resources, without);
    let tag = ["tag", "--from", &stocked.list_of_resources(size.resources)?];
    let with_late = format!("`status`, {} more without a point", stock::thousands(without));
    rows.extend(stocked.rows(&[
        (&with_late, &["status"]),
        ("`list`", &["list"]),
        ("`tag --from`", &tag),
        ("`down`, of full vaults", &["down"]),
    ])?);
    // So many deletions would take minutes for the latency alone.
    let near = stocked.near();
    rows.extend(near.rows(&[("`down --delete-backups`, without latency", &DELETE)])?);
    Ok(rows)
}

fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
