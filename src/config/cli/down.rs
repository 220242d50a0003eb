//! What `down` takes.

use clap::Args;

use crate::config::cli::Elsewhere;

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
pub(crate) struct Down {
    #[command(flatten)]
    pub(crate) elsewhere: Elsewhere,
    /// Show a line for each resource, and not one for each region
    #[arg(long)]
    pub(crate) all: bool,
    /// Leave this region as it is, with the service role and the record: for one that cannot be
    /// read; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) without_region: Vec<String>,
    /// Only print what would be removed, and what would be kept and why
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep vaults with backups, and the role that AWS Backup needs to expire them; remove the rest
    #[arg(long, conflicts_with = "delete_backups")]
    pub(crate) keep_backups: bool,
    /// Delete this deployment's recovery points in the vaults; needs --confirm
    #[arg(long, requires = "confirm")]
    pub(crate) delete_backups: bool,
    /// The deployment's name, to confirm
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// With --delete-backups: also the points that this plan made; may be repeated. For a plan that was
    /// this deployment's, which its name alone does not prove
    #[arg(long, value_name = "ID", requires = "delete_backups", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) points_of_plan: Vec<String>,
    /// With --delete-backups: also points not created by mrbackup, of any other plan or copied in from elsewhere
    #[arg(long, requires = "delete_backups")]
    pub(crate) include_foreign_points: bool,
    /// With --delete-backups: stop the sources' own point-in-time recovery with continuous points
    #[arg(long, requires = "delete_backups")]
    pub(crate) stop_pitr: bool,
    /// With --dry-run: exit with 3 where there is something to remove
    #[arg(long, requires = "dry_run")]
    pub(crate) exit_code: bool,
}
