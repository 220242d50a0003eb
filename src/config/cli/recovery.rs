//! What `restore` and `recover` take.

use clap::Args;

/// What is done, and what is printed.
#[derive(Debug, Args)]
pub(crate) struct Extent {
    /// Only print what could be restored, and what would differ; reads only
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Start what is to be restored, and do not wait for its end
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) no_wait: bool,
    /// Print Terraform import blocks for what was restored
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) import_blocks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The resource, as it was backed up
    #[arg(value_name = "ARN")]
    pub(crate) arn: String,
    /// Restore from this region's vault, into this region [default: the resource's own]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Name of what is made; for S3 the existing bucket that receives it
    // An id of its own: that of the field is the deployment's.
    #[arg(id = "as", long = "as", value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// From the newest recovery point of this day (2026-11-20) or moment, or before
    #[arg(long, value_name = "TIME", conflicts_with = "point")]
    pub(crate) before: Option<String>,
    /// From this recovery point
    #[arg(long, value_name = "ARN")]
    pub(crate) point: Option<String>,
    /// As it was at this moment, from a continuous backup
    #[arg(long, value_name = "TIME", conflicts_with_all = ["before", "point"])]
    pub(crate) at: Option<String>,
    /// A key of AWS Backup's restore metadata for its type; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Also from cold storage, which takes hours
    #[arg(long)]
    pub(crate) cold_too: bool,
    /// Put the select tags on it, so that it is backed up
    #[arg(long)]
    pub(crate) protect: bool,
    #[command(flatten)]
    pub(crate) extent: Extent,
}

#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// Restore from this region's vault, into this region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: String,
    /// Resources of this type only, such as RDS; may be repeated
    #[arg(long, value_name = "TYPE")]
    pub(crate) only_type: Vec<String>,
    /// This resource only; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Vec<String>,
    /// This resource before all others; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) first: Vec<String>,
    /// Restores that run at once, of each type
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) parallel: u16,
    /// From the newest recovery points of this day (2026-11-20) or moment, or before
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<String>,
    /// Also from cold storage, which takes hours
    #[arg(long)]
    pub(crate) cold_too: bool,
    /// Leave the select tags off what was restored, so that nothing backs it up
    #[arg(long)]
    pub(crate) no_protect: bool,
    #[command(flatten)]
    pub(crate) extent: Extent,
    #[command(flatten)]
    pub(crate) readiness: Readiness,
    /// Show every resource
    #[arg(long)]
    pub(crate) all: bool,
}

/// What is made of the plan on a quiet day.
#[derive(Debug, Args)]
pub(crate) struct Readiness {
    /// Only print the same plan as commands for AWS CLI, in Markdown; reads only
    #[arg(long, conflicts_with_all = ["dry_run", "no_wait", "import_blocks"])]
    pub(crate) runbook: bool,
    /// Put how many resources are ready, how many are not, and the oldest age in CloudWatch, as metrics of the region
    #[arg(long, requires = "dry_run", conflicts_with = "runbook")]
    pub(crate) publish: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DrillRestore {
    /// The resource, as it was backed up
    #[arg(value_name = "ARN", required_unless_present_any = ["all", "clean_up"], conflicts_with_all = ["all", "clean_up"])]
    pub(crate) arn: Option<String>,
    /// Restore from this region's vault, into this region [default: the resource's own]; with --clean-up it may be repeated [default: all regions]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// One resource of each type, the smallest
    #[arg(long, conflicts_with = "clean_up")]
    pub(crate) all: bool,
    /// Do not delete what was restored
    #[arg(long, conflicts_with = "clean_up")]
    pub(crate) keep: bool,
    /// Only delete what earlier drills have left
    #[arg(long)]
    pub(crate) clean_up: bool,
}
