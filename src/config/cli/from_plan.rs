//! What `config from-plan` takes.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct FromPlan {
    /// Id or ARN of a plan of the account, or a document that has one; - is stdin
    #[arg(value_name = "PLAN_ID|FILE")]
    pub(crate) source: String,
    /// File to write; - is stdout
    #[arg(value_name = "TO", default_value = "mrbackup.toml")]
    pub(crate) file: PathBuf,
    /// Print the file in place of writing it
    #[arg(long, conflicts_with_all = ["file", "force"])]
    pub(crate) stdout: bool,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Name of the plan, where the document has several
    #[arg(long, value_name = "NAME")]
    pub(crate) plan: Option<String>,
    /// Region of the plan [default: as the document has it; of an id your own]
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Second region; where the plan does not copy to it, each rule will
    #[arg(long, value_name = "REGION")]
    pub(crate) secondary: Option<String>,
    #[command(flatten)]
    pub(crate) keep: Keep,
}

/// What of the plan is used again.
#[derive(Debug, Args)]
pub(crate) struct Keep {
    /// Write to the vaults of the plan, in place of vaults that mrbackup makes
    #[arg(long)]
    pub(crate) keep_vaults: bool,
    /// Let AWS Backup work with the role of the plan, in place of one that mrbackup makes
    #[arg(long)]
    pub(crate) keep_role: bool,
}
