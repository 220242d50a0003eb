//! ARNs as arguments, from a file, or from stdin.

use std::collections::BTreeSet;
use std::io::Read as _;

use crate::config::cli::Arns;
use crate::failure::Failure;

/// More than anybody types, and less than would fill the memory.
const BYTES_MAX: u64 = 16 << 20;

/// All ARNs that were given, as they were typed; blank lines and those that begin with `#` are none.
///
/// # Errors
/// [`Failure::Usage`] for a file that cannot be read, and where there is no ARN at all.
pub(crate) fn arns(typed: &Arns) -> Result<Vec<String>, Failure> {
    let mut arns = typed.arn.clone();
    if let Some(path) = &typed.from {
        let text = read(path)
            .map_err(|error| Failure::Usage(format!("{path} cannot be read: {error}")))?;
        let lines = text.lines().map(str::trim);
        arns.extend(lines.filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned));
    }
    if arns.is_empty() {
        return Err(Failure::Usage("no ARN was given".to_owned()));
    }
    Ok(arns)
}

/// The resources of `--resource`.
///
/// # Errors
/// [`Failure::Usage`] for what is no ARN.
pub(crate) fn resources(typed: &[String]) -> Result<BTreeSet<String>, Failure> {
    match typed.iter().find(|arn| !arn.starts_with("arn:") || arn.splitn(6, ':').count() < 6) {
        Some(other) => Err(Failure::Usage(format!("--resource {other}: that is no ARN"))),
        None => Ok(typed.iter().cloned().collect()),
    }
}

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    if path == "-" {
        std::io::stdin().take(BYTES_MAX).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(path)?.take(BYTES_MAX).read_to_string(&mut text)?;
    }
    Ok(text)
}
