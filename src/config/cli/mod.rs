//! What can be typed. Parsing does nothing else: what is meant is decided in `config`.

mod help;
pub(crate) mod topics;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::model::version::VERSION;
use crate::protection::lock_conflict::DRILL_DAYS;
use crate::terminal::output::{Color, Output};

use help::{
    AFTERWORDS, COMPLETIONS_EXAMPLES, CONFIG_EXAMPLES, DOWN_EXAMPLES, DRILL_EXAMPLES, EXAMPLES,
    HELP_EXAMPLES, LIST_EXAMPLES, MAN_EXAMPLES, PLAN_EXAMPLES, REPAIR_EXAMPLES, SCHEMA_EXAMPLES,
    STATUS_EXAMPLES, TAG_EXAMPLES, UNTAG_EXAMPLES, UP_EXAMPLES,
};

/// Multi-region backups for an AWS account, with alarms that work, and no trace when removed.
#[derive(Debug, Parser)]
#[command(name = "mrbackup", version = VERSION, before_help = EXAMPLES, after_help = AFTERWORDS)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the deployment, change its settings, or repair it.
    ///
    /// Makes the service role, a vault in each region, the backup plan with its copies, the
    /// selection by tags, and the alarms. Running it again finishes what was interrupted and
    /// changes nothing else. Settings that are not given stay as they are recorded.
    #[command(before_help = UP_EXAMPLES)]
    Up(UpCommand),
    /// Say what `up` with the same options would do. Changes nothing.
    ///
    /// Shows only what would change, field by field: + to create, ~ to change, - to delete.
    #[command(before_help = PLAN_EXAMPLES)]
    Plan(Plan),
    /// Say whether everything is in place, and whether backups and copies are there and fresh.
    ///
    /// Reads the vaults, and not what was configured. Changes nothing.
    #[command(before_help = STATUS_EXAMPLES)]
    Status(Status),
    /// List every deployment of the account.
    #[command(before_help = LIST_EXAMPLES)]
    List(Elsewhere),
    /// Look at the settings.
    #[command(subcommand, before_help = CONFIG_EXAMPLES)]
    Config(ConfigCommand),
    /// Prove that the alarms work, or that a backup and its copies do.
    #[command(subcommand, before_help = DRILL_EXAMPLES)]
    Drill(DrillCommand),
    /// Copy what has no fresh copy, now.
    ///
    /// Of each resource the newest good recovery point of the primary. Does not wait for the copies.
    #[command(before_help = REPAIR_EXAMPLES)]
    Repair(Repair),
    /// Put the select tags on resources, so that they are backed up.
    ///
    /// A resource whose tag has another value is left alone unless --overwrite names the key. What
    /// fails is said for each; the rest is done.
    #[command(before_help = TAG_EXAMPLES)]
    Tag(Tag),
    /// Take the opt-in tag `BackupEnabled` off resources, and leave the others.
    #[command(before_help = UNTAG_EXAMPLES)]
    Untag(Untag),
    /// Remove the deployment. Refuses while a vault holds recovery points.
    ///
    /// Removes nothing that is not of this deployment, deletes no backup unless told to in so many
    /// words, and ends with what was kept and why.
    #[command(before_help = DOWN_EXAMPLES, visible_alias = "teardown")]
    Down(Down),
    /// Print the completions of a shell.
    #[command(before_help = COMPLETIONS_EXAMPLES)]
    Completions(Completions),
    /// Write the manual pages, one for each command.
    #[command(before_help = MAN_EXAMPLES)]
    Man(Man),
    /// Print the JSON Schema of a document that -o json prints, or the names of all of them.
    #[command(before_help = SCHEMA_EXAMPLES)]
    Schema(Schema),
    /// Explain a command, or one of the topics: exit-codes, environment, config, json, freshness, safety.
    #[command(before_help = HELP_EXAMPLES)]
    Help(Help),
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Existing directory that receives mrbackup.1, mrbackup-up.1, and so on
    #[arg(value_name = "DIRECTORY")]
    pub(crate) directory: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Document, such as `status` or `mrbackup.status/1` [default: list the names]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command, such as `drill alarm`, or a topic
    #[arg(value_name = "TOPIC")]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting with where it came from: flag, environment, file, recorded or default.
    #[command(before_help = CONFIG_EXAMPLES)]
    Show(Up),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DrillCommand {
    /// Try every link of the alarm chain, with a message that says that it is a drill.
    ///
    /// In the primary and in the secondary region. Exits with 0 only if a real failure would
    /// reach somebody from both, or from the one that --region names.
    ///
    /// Subscribers get a message of the validator from each region, and from the secondary one of
    /// the watchdog and those of CloudWatch: its two alarms are set off, and set back to what they
    /// were. All say that they are a drill.
    #[command(before_help = DRILL_EXAMPLES)]
    Alarm(DrillAlarm),
    /// Back a resource up now, copy it to each copy region, and say how long each took.
    ///
    /// Ctrl-C leaves the jobs running, and says how to look at them.
    #[command(before_help = DRILL_EXAMPLES)]
    Backup(DrillBackup),
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Look in this region only, and for a record that is lost; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Look at this resource only, fresh or not; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Vec<String>,
    /// Show every line, and read every recovery point, however many the vaults hold
    #[arg(long)]
    pub(crate) all: bool,
    /// Look again every so many seconds, until Ctrl-C [default: 60]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) watch: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// Copy all recovery points from this day (2026-11-20) or moment on, and not only the newest
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// The deployment's name: needed where more than one point of a resource is to be copied
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// Only say what would be copied
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Arns {
    /// Resources
    #[arg(value_name = "ARN", required_unless_present = "from")]
    pub(crate) arn: Vec<String>,
    /// Read more ARNs from a file, one a line; - is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<String>,
    /// Only say what would be done
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

#[derive(Debug, Args)]
pub(crate) struct DrillBackup {
    /// The resource, in the primary region
    #[arg(value_name = "ARN")]
    pub(crate) arn: String,
    /// Days after which AWS Backup deletes what the drill makes
    #[arg(long, value_name = "DAYS", default_value_t = DRILL_DAYS, value_parser = clap::value_parser!(i64).range(1..=36500))]
    pub(crate) keep_days: i64,
}

#[derive(Debug, Args)]
pub(crate) struct UpCommand {
    #[command(flatten)]
    pub(crate) up: Up,
    /// Only say what would be done, as `plan` does
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With --dry-run: exit with 3 where there is something to do
    #[arg(long, requires = "dry_run")]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) up: Up,
    /// Say what an empty account would get; nothing is called, and no credentials are needed
    #[arg(long)]
    pub(crate) offline: bool,
    /// Exit with 3 where there is something to do
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
pub(crate) struct Down {
    #[command(flatten)]
    pub(crate) elsewhere: Elsewhere,
    /// Leave this region as it is, with the service role and the record: for one that cannot be
    /// read; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) without_region: Vec<String>,
    /// Only say what would be removed, and what would be kept and why
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep vaults with backups, and the role that AWS Backup needs to expire them; remove the rest
    #[arg(long, conflicts_with = "delete_backups")]
    pub(crate) keep_backups: bool,
    /// Delete this deployment's recovery points in the vaults; needs --confirm
    #[arg(long, requires = "confirm")]
    pub(crate) delete_backups: bool,
    /// The deployment's name, typed by whoever means it
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// With --delete-backups: also the points that this plan made; may be repeated. For a plan that was
    /// this deployment's, which its name alone does not prove
    #[arg(long, value_name = "ID", requires = "delete_backups", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) points_of_plan: Vec<String>,
    /// With --delete-backups: also other people's points, of any other plan or copied in from elsewhere
    #[arg(long, requires = "delete_backups")]
    pub(crate) include_foreign_points: bool,
    /// With --delete-backups: stop the sources' own point-in-time recovery with continuous points
    #[arg(long, requires = "delete_backups")]
    pub(crate) stop_pitr: bool,
    /// With --dry-run: exit with 3 where there is something to remove
    #[arg(long, requires = "dry_run")]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Up {
    /// Region whose tagged resources are backed up
    #[arg(long, value_name = "REGION")]
    pub(crate) primary: Option<String>,
    /// Region of the daily copies, and of the weekly ones where there is no tertiary
    #[arg(long, value_name = "REGION")]
    pub(crate) secondary: Option<String>,
    /// Region of the weekly copies; may be left out
    #[arg(long, value_name = "REGION")]
    pub(crate) tertiary: Option<String>,
    /// A further region that gets what the secondary gets; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) copy_to: Vec<String>,
    /// Take a tertiary or further region out; its vault stays while it holds recovery points
    #[arg(long, value_name = "REGION")]
    pub(crate) drop_region: Vec<String>,
    /// Add an e-mail subscriber of the alarms; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Vec<String>,
    /// Remove an e-mail subscriber; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) remove_email: Vec<String>,
    /// Add a subscriber: https://..., the ARN of a queue or function, +49..., an e-mail address
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) notify: Vec<String>,
    /// Remove a subscriber of any kind; may be repeated
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) remove_notify: Vec<String>,
    /// Whether alarms need a subscriber: none where it is intended that there is no one
    #[arg(long, value_name = "WHO")]
    pub(crate) alerts: Option<Alerts>,
    /// KMS key that encrypts the alert topic in the key's region; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) topic_key_arn: Vec<String>,
    /// KMS key for the vault in the key's region; may be repeated. Another key is another vault
    #[arg(long, value_name = "ARN")]
    pub(crate) kms_key_arn: Vec<String>,
    /// Managed policy that bounds the permissions of both roles
    #[arg(long, value_name = "ARN")]
    pub(crate) permissions_boundary: Option<String>,
    #[command(flatten)]
    pub(crate) allow: Allow,
    /// Take region names that this version does not know
    #[arg(long)]
    pub(crate) allow_unknown_region: bool,
}

/// Who has to be notified of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Alerts {
    /// A subscriber, without whom `status` exits 3
    Required,
    /// No one
    None,
}

/// What `up` refuses unless it is said.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Allow {
    /// Let the change protect less than what is recorded
    #[arg(long = "allow-less-protection")]
    pub(crate) less_protection: bool,
    /// Let a rule lose a copy that another rule promised
    #[arg(long = "allow-gaps")]
    pub(crate) gaps: bool,
    /// Let backups depend on a KMS key of another account
    #[arg(long = "allow-foreign-keys")]
    pub(crate) foreign_keys: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DrillAlarm {
    /// Try the alarms of this region only: the primary or the secondary
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Do not set the alarms of CloudWatch off
    #[arg(long)]
    pub(crate) no_alarms: bool,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Elsewhere {
    /// Region to search too when the service role is lost or IAM is away; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Deployment; several live side by side in one account [default: default]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Configuration file [default: mrbackup.toml here or above, up to the repository root]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<String>,
    /// Read no configuration file
    #[arg(long, global = true)]
    pub(crate) no_config: bool,
    /// AWS profile; wins over exported keys
    #[arg(long, global = true, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// Call this endpoint in place of AWS's own
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Try a call that fails again for so many seconds, from its first failure on [default: 90]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) call_timeout: Option<u64>,
    /// Form of the result on stdout [default: text]
    #[arg(long, short, global = true, value_name = "FORM")]
    pub(crate) output: Option<Output>,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say every call on stderr
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) color: Option<Color>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_begins_with_examples() {
        let mut command = Cli::command();
        command.build();
        let mut all = vec![command.clone()];
        all.extend(command.get_subcommands().cloned());
        for mut command in all {
            let help = command.render_long_help().to_string();
            assert!(help.starts_with("Examples:\n  mrbackup "), "{help}");
        }
    }

    #[test]
    fn every_topic_is_in_the_help() {
        let help = Cli::command().render_long_help().to_string();
        for topic in topics::Topic::value_variants() {
            assert!(help.contains(&topic.name()), "{topic:?}");
        }
    }
}
