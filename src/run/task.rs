//! What was typed as a task with everything checked, and the report that it ends with.

use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use crate::aws::Caller;
use crate::commands::{
    config_show, down, drill_alarm, drill_backup, list, plan, repair, status, tag, up,
};
use crate::config::cli::{Command, ConfigCommand, DrillCommand, UpCommand};
use crate::config::{self, Config, Options, cli, env};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::report::{Exit, Problem};
use crate::run::errors::print_error;
use crate::terminal::output::{self, Output};

/// What the flags of `down` say of the backups; clap has refused what does not go together.
fn backups(typed: &cli::Down) -> down::Backups {
    match (&typed.confirm, typed.delete_backups, typed.keep_backups) {
        (Some(confirm), true, _) => down::Backups::Delete {
            confirm: confirm.clone(),
            foreign: typed.include_foreign_points,
            stop_pitr: typed.stop_pitr,
        },
        (_, _, true) => down::Backups::Keep,
        _ => down::Backups::Refuse,
    }
}

/// A command with all that was typed checked.
pub(super) enum Task {
    Up(Options),
    Plan { options: Options, offline: bool, exit_code: bool },
    Status { options: status::StatusOptions, watch: Option<Duration> },
    ConfigShow(Options),
    DrillAlarm(Vec<Region>),
    DrillBackup(drill_backup::DrillBackupOptions),
    List(Vec<Region>),
    Repair(repair::RepairOptions),
    Tag(tag::TagOptions),
    Down { options: down::DownOptions, exit_code: bool },
}

impl Task {
    pub(super) fn new(command: &Command, config: &Config) -> Result<Self, Failure> {
        let options = |up| {
            let options = Options::new(up, &env)?;
            options.check(config.file.as_ref())?;
            Ok::<_, Failure>(options)
        };
        Ok(match command {
            Command::Up(UpCommand { up, dry_run: true, exit_code }) => {
                Self::Plan { options: options(up)?, offline: false, exit_code: *exit_code }
            }
            Command::Up(UpCommand { up, dry_run: false, .. }) => Self::Up(options(up)?),
            Command::Plan(cli::Plan { up, offline, exit_code }) => {
                Self::Plan { options: options(up)?, offline: *offline, exit_code: *exit_code }
            }
            Command::Config(ConfigCommand::Show(up)) => Self::ConfigShow(options(up)?),
            Command::Drill(DrillCommand::Alarm(elsewhere)) => {
                Self::DrillAlarm(config::only(&elsewhere.region)?)
            }
            Command::Drill(DrillCommand::Backup(drill)) => {
                Self::DrillBackup(drill_backup::DrillBackupOptions {
                    resource: drill.arn.clone(),
                    keep_days: drill.keep_days,
                })
            }
            Command::List(elsewhere) => Self::List(config::hints(&elsewhere.region, &env)?),
            Command::Repair(typed) => Self::Repair(repair::RepairOptions {
                since: typed.since.as_deref().map(config::parse_past).transpose()?,
                dry_run: typed.dry_run,
                confirm: typed.confirm.clone(),
            }),
            Command::Tag(typed) => Self::Tag(tag::TagOptions {
                arns: config::arns(&typed.arns)?,
                untag: false,
                dry_run: typed.arns.dry_run,
                any_region: typed.arns.any_region,
                overwrite: typed.overwrite.iter().cloned().collect(),
            }),
            Command::Untag(typed) => Self::Tag(tag::TagOptions {
                arns: config::arns(&typed.arns)?,
                untag: true,
                dry_run: typed.arns.dry_run,
                any_region: typed.arns.any_region,
                overwrite: std::collections::BTreeSet::new(),
            }),
            Command::Status(typed) => Self::Status {
                options: status::StatusOptions {
                    hints: config::hints(&typed.region, &env)?,
                    only: config::only(&typed.region)?,
                    resources: config::resources(&typed.resource)?,
                    all: typed.all,
                },
                watch: typed.watch.map(Duration::from_secs),
            },
            Command::Down(typed) => Self::Down {
                options: down::DownOptions {
                    hints: config::hints(&typed.elsewhere.region, &env)?,
                    dry_run: typed.dry_run,
                    backups: backups(typed),
                },
                exit_code: typed.exit_code,
            },
        })
    }

    pub(super) async fn run(
        self,
        config: &Config,
        caller: Caller,
        form: Output,
    ) -> anyhow::Result<Exit> {
        match self {
            Self::Up(options) => {
                let report = up::run(config, caller, &options).await?;
                end(form, &report, report.exit())
            }
            Self::Status { options, watch: None } => {
                let report = status::run(config, caller, &options).await?;
                end(form, &report, report.exit())
            }
            Self::Status { options, watch: Some(every) } => {
                watch(config, &caller, &options, every, form).await
            }
            Self::DrillAlarm(only) => {
                let report = drill_alarm::run(config, caller, only).await?;
                end(form, &report, report.exit())
            }
            Self::DrillBackup(drill) => {
                let report = drill_backup::run(config, caller, &drill).await?;
                end(form, &report, report.exit())
            }
            Self::List(hints) => {
                let report = list::run(config, caller, hints).await?;
                end(form, &report, report.exit())
            }
            Self::Repair(options) => {
                let report = repair::run(config, caller, &options).await?;
                end(form, &report, report.exit())
            }
            Self::Tag(options) => {
                let report = tag::run(config, caller, &options).await?;
                end(form, &report, report.exit())
            }
            Self::ConfigShow(options) => {
                print(form, &config_show::run(config, caller, &options).await?)?;
                Ok(Exit::Success)
            }
            Self::Plan { options, offline, exit_code } => {
                let report = if offline {
                    plan::offline(config, caller, &options)?
                } else {
                    plan::run(config, caller, &options).await?
                };
                end(form, &report, report.exit(exit_code))
            }
            Self::Down { options, exit_code } => match down::run(config, caller, &options).await? {
                down::Outcome::Down(report) => end(form, &report, report.exit()),
                down::Outcome::Plan(report) => end(form, &report, report.exit(exit_code)),
            },
        }
    }
}

/// Looks again and again until Ctrl-C, and ends as the last look did.
async fn watch(
    config: &Config,
    caller: &Caller,
    options: &status::StatusOptions,
    every: Duration,
    form: Output,
) -> anyhow::Result<Exit> {
    let mut last = Exit::NeedsAttention;
    loop {
        match status::run(config, caller.clone(), options).await {
            Ok(report) => {
                output::clear();
                print(form, &report)?;
                last = report.exit();
            }
            Err(Failure::Interrupted) => return Ok(last),
            Err(failure @ Failure::Usage(_)) => return Err(failure.into()),
            // Who watches an outage wants to see its end.
            Err(failure) => {
                print_error(&Problem::from(&failure));
                last = Exit::Failed;
            }
        }
        tokio::select! {
            () = caller.interrupt.happened() => return Ok(last),
            () = tokio::time::sleep(every) => (),
        }
    }
}

/// Prints a report and ends as it says.
fn end(
    form: Output,
    report: &(impl std::fmt::Display + Serialize),
    exit: Exit,
) -> anyhow::Result<Exit> {
    print(form, report)?;
    Ok(exit)
}

fn print(form: Output, report: &(impl std::fmt::Display + Serialize)) -> anyhow::Result<()> {
    output::report(form, report).context("cannot write to stdout")
}
