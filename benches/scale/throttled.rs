//! A deletion of very much that AWS throttles: how near it comes to what AWS allows.

use std::process::Stdio;
use std::time::Instant;

use local_aws::{Fault, LocalAws};

use crate::measure::command;
use crate::stock::{Size, Stocked, VAULT, thousands};
use crate::{DELETE, UP};

/// Deletions a second that each region takes.
const RATE: u32 = 50;

/// Deletes so many points, and says how long that took.
pub(crate) fn sentence(aws: &'static LocalAws, points: u64) -> Result<String, String> {
    let stocked = Stocked::new(aws, String::new());
    let run = |arguments: &[&str]| {
        let status = command(&stocked.account, arguments).stderr(Stdio::null()).status();
        let success = status.map_err(|error| error.to_string())?.success();
        if success { Ok(()) } else { Err(format!("{arguments:?} failed")) }
    };
    run(&UP)?;
    stocked.put_backups(Size { resources: 100, points });
    let regions = stocked.regions();
    let limit = |region: &&str| {
        let limit = Fault::throttle().on("backup", "DeleteRecoveryPoint").region(region);
        stocked.account.fault(limit.beyond(RATE))
    };
    let limits: Vec<_> = regions.iter().map(limit).collect();
    let begun = Instant::now();
    run(&DELETE)?;
    let took = begun.elapsed().as_secs_f64();
    let left: usize =
        regions.iter().map(|region| stocked.account.recovery_points(region, VAULT).len()).sum();
    if left > 0 {
        return Err(format!("{left} recovery points are left"));
    }
    let seen: usize = limits.iter().map(|limit| limit.seen()).sum();
    let refused: usize = limits.iter().map(|limit| limit.fired()).sum();
    let floor = points / (regions.len() as u64 * u64::from(RATE));
    Ok(format!(
        "`down --delete-backups` of {} points, allowed {RATE} deletions a second in each of {} regions, took {took:.0} s \
         of which {floor} s are the floor; {refused} of {seen} deletions were throttled.\n",
        thousands(points),
        regions.len()
    ))
}
