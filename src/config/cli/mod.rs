//! What can be typed. Parsing does nothing else: what is meant is decided in `config`.

mod down;
mod from_plan;
mod help;
mod lint;
mod recovery;
mod tag;
pub(crate) mod topics;
mod up;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::model::version::VERSION;
use crate::protection::lock_conflict::DRILL_DAYS;
use crate::terminal::output::{Color, Detail, Output};

pub(crate) use down::Down;
pub(crate) use from_plan::FromPlan;
pub(crate) use lint::Lint;
pub(crate) use recovery::{DrillRestore, Recover, Restore};
pub(crate) use tag::{Arns, Tag, Untag};
pub(crate) use up::{Alerts, Allow, ConfigInit, Plan, Up, UpCommand};

use help::{
    AFTERWORDS, COMPLETIONS_EXAMPLES, CONFIG_EXAMPLES, DOWN_EXAMPLES, DRILL_EXAMPLES, EXAMPLES,
    FROM_PLAN_EXAMPLES, HELP_EXAMPLES, LINT_EXAMPLES, LIST_EXAMPLES, MAN_EXAMPLES, PLAN_EXAMPLES,
    RECOVER_EXAMPLES, REPAIR_EXAMPLES, RESTORE_EXAMPLES, SCHEMA_EXAMPLES, STATUS_EXAMPLES,
    TAG_EXAMPLES, UNTAG_EXAMPLES, UP_EXAMPLES,
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
    /// Print what `up` with the same options would do. Changes nothing.
    ///
    /// Shows only what would change, field by field: + to create, ~ to change, - to delete.
    #[command(before_help = PLAN_EXAMPLES)]
    Plan(Plan),
    /// Show whether everything is in place, and whether backups and copies are there and fresh.
    ///
    /// Reads the vaults, and not what was configured. Changes nothing.
    #[command(before_help = STATUS_EXAMPLES)]
    Status(Status),
    /// List every deployment of the account.
    #[command(before_help = LIST_EXAMPLES)]
    List(Elsewhere),
    /// Check backup plans of any document, or of the account, before anything is lost.
    ///
    /// Documents are what AWS CLI prints, templates of `CloudFormation` and SAM, `terraform show -json`, backup policies of AWS
    /// Organizations, and mrbackup.toml: the format is found from the content. Changes nothing, and calls AWS with --account
    /// alone.
    #[command(before_help = LINT_EXAMPLES)]
    Lint(Lint),
    /// Show the settings, or write them to a file.
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
    /// Restore one resource from its newest good recovery point.
    ///
    /// Never over something that exists. What AWS Backup kept of the source's configuration is translated for the region,
    /// with a list of what will differ. Running it again continues a restore that runs, and makes nothing twice.
    #[command(before_help = RESTORE_EXAMPLES)]
    Restore(Restore),
    /// Restore everything that a region's vault holds, as after the loss of another region.
    ///
    /// Asks nothing of any other region, and nothing of IAM. Databases come first, instances last. Running it again restores
    /// what failed or is missing, and nothing twice. With --dry-run it proves that all of it could be restored; with --runbook
    /// it prints the commands of AWS CLI that do the same.
    #[command(before_help = RECOVER_EXAMPLES)]
    Recover(Recover),
    /// Put the select tags on resources, so that they are backed up.
    ///
    /// A resource whose tag has another value is left alone unless --overwrite names the key. What
    /// fails is named; the rest is done.
    #[command(before_help = TAG_EXAMPLES)]
    Tag(Tag),
    /// Take the opt-in tag `BackupEnabled` off resources, and leave the others.
    #[command(before_help = UNTAG_EXAMPLES)]
    Untag(Untag),
    /// Remove the deployment. Refuses while a vault holds recovery points.
    ///
    /// Removes nothing that is not of this deployment, deletes no backup unless it is asked for in so many
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

impl Command {
    /// How much of its result is to be shown.
    pub(crate) fn detail(&self) -> Detail {
        let all = match self {
            Self::Up(typed) => typed.all,
            Self::Plan(typed) => typed.all,
            Self::Status(typed) => typed.all,
            Self::Down(typed) => typed.all,
            Self::Tag(typed) => typed.arns.all,
            Self::Untag(typed) => typed.arns.all,
            Self::Repair(typed) => typed.all,
            Self::Recover(typed) if typed.readiness.runbook => return Detail::Verbatim,
            Self::Recover(typed) => typed.all,
            _ => false,
        };
        if all { Detail::All } else { Detail::Summary }
    }
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
    #[arg(id = "document", value_name = "NAME")]
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
    /// Write the settings in force to a commented file.
    ///
    /// They are the recorded ones, with what options, variables and a file set in place of them; where
    /// nothing is recorded, the defaults. Read back, the file has the same settings.
    #[command(before_help = CONFIG_EXAMPLES)]
    Init(ConfigInit),
    /// Write the file that is nearest to a backup plan that exists, and name each loss.
    ///
    /// The plan is read from the account by its id, or from any document that `lint` reads. What the file cannot keep is a
    /// comment at its place. Then it prints the way to take over without a night between. Changes nothing in the account.
    #[command(before_help = FROM_PLAN_EXAMPLES)]
    FromPlan(FromPlan),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DrillCommand {
    /// Try every link of the alarm chain, with a message that is marked as a drill.
    ///
    /// In the primary and in the secondary region. Exits with 0 only if a real failure would
    /// reach a person from both, or from the one that --region names.
    ///
    /// Subscribers get a message of the validator from each region, and from the secondary one of
    /// the watchdog and those of CloudWatch: its two alarms are set off, and set back to what they
    /// were. All are marked as a drill.
    #[command(before_help = DRILL_EXAMPLES)]
    Alarm(DrillAlarm),
    /// Back a resource up now, copy it to each copy region, and show how long each took.
    ///
    /// Ctrl-C leaves the jobs running, and prints how to check them.
    #[command(before_help = DRILL_EXAMPLES)]
    Backup(DrillBackup),
    /// Restore a copy to prove that it can be, judge what comes back, and delete it.
    ///
    /// What is restored is set apart: a name of its own, no select tags, no public address, no instance profile, a security
    /// group without rules. The region's validator judges it, and its minutes, the age of its data and the verdict become
    /// metrics. It costs what a restore and the thing cost while it is there.
    Restore(DrillRestore),
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Look in this region only, and for a record that is lost; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Check this resource only, fresh or not; may be repeated
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: Vec<String>,
    /// Show every line, and read every recovery point, however many the vaults hold
    #[arg(long)]
    pub(crate) all: bool,
    /// Check again every so many seconds, until Ctrl-C [default: 60]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) watch: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// Show a line for each copy, and not one for each region
    #[arg(long)]
    pub(crate) all: bool,
    /// Copy all recovery points from this day (2026-11-20) or moment on, and not only the newest
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// The deployment's name: needed where more than one point of a resource is to be copied
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// Only print what would be copied
    #[arg(long)]
    pub(crate) dry_run: bool,
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
    /// Region to search too when the service role is lost or IAM does not answer; may be repeated
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
}

#[derive(Clone, Debug, Args)]
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
    /// Print only errors on stderr
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print every call on stderr
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) color: Option<Color>,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, ValueEnum as _};

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    /// clap fills both where an argument of a command has the id of a global one: `--as` named the deployment too.
    #[test]
    fn no_option_of_a_command_is_a_global_one_too() {
        let top = Cli::command();
        let globals: Vec<_> = top.get_arguments().filter(|arg| arg.is_global_set()).collect();
        assert!(globals.len() > 8);
        let mut commands: Vec<_> = top.get_subcommands().collect();
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for arg in command.get_arguments() {
                let twice = globals.iter().any(|global| global.get_id() == arg.get_id());
                assert!(!twice, "{}: {arg}", command.get_name());
            }
        }
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
