//! What `tag` and `untag` take.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Arns {
    /// Resources
    #[arg(value_name = "ARN", required_unless_present = "from")]
    pub(crate) arn: Vec<String>,
    /// The selection whose tags are meant, where there are several
    #[arg(long, value_name = "NAME")]
    pub(crate) selection: Option<String>,
    /// Read more ARNs from a file, one a line; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<String>,
    /// Show a line for each resource, and not one for each region
    #[arg(long)]
    pub(crate) all: bool,
    /// Only print what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also outside the primary region, where the plan does not select
    #[arg(long)]
    pub(crate) any_region: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tag {
    #[command(flatten)]
    pub(crate) arns: Arns,
    /// Replace this key's other value; may be repeated
    #[arg(long, value_name = "KEY")]
    pub(crate) overwrite: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Untag {
    #[command(flatten)]
    pub(crate) arns: Arns,
}
