//! What `lint` takes.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Document that has backup plans; - is stdin [default: the configuration file]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Check every backup plan of the account; reads only
    #[arg(long)]
    pub(crate) account: bool,
    /// Region of the account's plans, or of plans whose document names none; may be repeated [default: those of the configuration file, and your own]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub(crate) region: Vec<String>,
    /// Explain a check by its id or name, or all of them
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "all", conflicts_with_all = ["files", "account", "region"])]
    pub(crate) explain: Option<String>,
}

impl Lint {
    /// Whether documents are all that it reads.
    pub(crate) fn is_of_files(&self) -> bool {
        !self.files.is_empty() && !self.account
    }
}
