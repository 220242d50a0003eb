//! From arguments to exit code: the only place where errors are printed.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use clap::Parser as _;
use serde::Serialize;

use crate::aws::Caller;
use crate::cli::{self, Cli, Command, ConfigCommand, DrillCommand, Output, UpCommand};
use crate::commands::{
    config_show, down, drill_alarm, drill_backup, list, plan, repair, status, tag, up,
};
use crate::config::{self, Config, Given};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output;
use crate::region::Region;
use crate::report::{Exit, Problem};
use crate::talk::{Talk, Volume};

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Runs mrbackup with these arguments, the program's name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error, &arguments).code()),
    };
    let (form, exit) = match config::output(cli.global.output, &env) {
        Ok(form) => (form, execute(&cli, form)),
        Err(failure) => (Output::Text, Err(failure.into())),
    };
    let exit = exit.unwrap_or_else(|error| fail(&error, form, &arguments));
    ExitCode::from(exit.code())
}

/// The environment; a value that is not Unicode counts as unset.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn execute(cli: &Cli, form: Output) -> anyhow::Result<Exit> {
    let config = Config::new(&cli.global, &env)?;
    output::set_color(config.color);
    // Everything that can be wrong with what was typed is found before anything is called.
    let task = Task::of(&cli.command, &config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let talk = Talk::new(volume(&config));
        let interrupt = Interrupt::listen(talk.clone()).context("cannot listen for signals")?;
        let caller = Caller { interrupt, talk };
        Box::pin(task.run(&config, caller, form)).await
    })
}

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
enum Task {
    Up(Given),
    Plan { given: Given, offline: bool, exit_code: bool },
    Status { look: status::Look, watch: Option<Duration> },
    ConfigShow(Given),
    DrillAlarm(Vec<Region>),
    DrillBackup(drill_backup::Drill),
    List(Vec<Region>),
    Repair(repair::Wish),
    Tag(tag::Tagging),
    Down { wish: down::Wish, exit_code: bool },
}

impl Task {
    fn of(command: &Command, config: &Config) -> Result<Self, Failure> {
        let given = |up| {
            let given = Given::new(up, &env)?;
            given.check(config.file.as_ref())?;
            Ok::<_, Failure>(given)
        };
        Ok(match command {
            Command::Up(UpCommand { up, dry_run: true, exit_code }) => {
                Self::Plan { given: given(up)?, offline: false, exit_code: *exit_code }
            }
            Command::Up(UpCommand { up, dry_run: false, .. }) => Self::Up(given(up)?),
            Command::Plan(cli::Plan { up, offline, exit_code }) => {
                Self::Plan { given: given(up)?, offline: *offline, exit_code: *exit_code }
            }
            Command::Config(ConfigCommand::Show(up)) => Self::ConfigShow(given(up)?),
            Command::Drill(DrillCommand::Alarm(elsewhere)) => {
                Self::DrillAlarm(config::only(&elsewhere.region)?)
            }
            Command::Drill(DrillCommand::Backup(drill)) => Self::DrillBackup(drill_backup::Drill {
                resource: drill.arn.clone(),
                keep_days: drill.keep_days,
            }),
            Command::List(elsewhere) => Self::List(config::hints(&elsewhere.region, &env)?),
            Command::Repair(typed) => Self::Repair(repair::Wish {
                since: typed.since.as_deref().map(config::parse_time).transpose()?,
                dry_run: typed.dry_run,
                confirm: typed.confirm.clone(),
            }),
            Command::Tag(typed) => Self::Tag(tag::Tagging {
                arns: config::arns(&typed.arns)?,
                untag: false,
                dry_run: typed.arns.dry_run,
                any_region: typed.arns.any_region,
                overwrite: typed.overwrite.iter().cloned().collect(),
            }),
            Command::Untag(typed) => Self::Tag(tag::Tagging {
                arns: config::arns(&typed.arns)?,
                untag: true,
                dry_run: typed.arns.dry_run,
                any_region: typed.arns.any_region,
                overwrite: std::collections::BTreeSet::new(),
            }),
            Command::Status(typed) => Self::Status {
                look: status::Look {
                    hints: config::hints(&typed.region, &env)?,
                    only: config::only(&typed.region)?,
                    resources: typed.resource.iter().cloned().collect(),
                    all: typed.all,
                },
                watch: typed.watch.map(Duration::from_secs),
            },
            Command::Down(typed) => Self::Down {
                wish: down::Wish {
                    hints: config::hints(&typed.elsewhere.region, &env)?,
                    dry_run: typed.dry_run,
                    backups: backups(typed),
                },
                exit_code: typed.exit_code,
            },
        })
    }

    async fn run(self, config: &Config, caller: Caller, form: Output) -> anyhow::Result<Exit> {
        match self {
            Self::Up(given) => {
                let report = up::run(config, caller, &given).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::Status { look, watch: None } => {
                let report = status::run(config, caller, &look).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::Status { look, watch: Some(every) } => {
                watch(config, &caller, &look, every, form).await
            }
            Self::DrillAlarm(only) => {
                let report = drill_alarm::run(config, caller, only).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::DrillBackup(drill) => {
                let report = drill_backup::run(config, caller, &drill).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::List(hints) => {
                let report = list::run(config, caller, hints).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::Repair(wish) => {
                let report = repair::run(config, caller, &wish).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::Tag(tagging) => {
                let report = tag::run(config, caller, &tagging).await?;
                print(form, &report)?;
                Ok(report.exit())
            }
            Self::ConfigShow(given) => {
                print(form, &config_show::run(config, caller, &given).await?)?;
                Ok(Exit::AsWanted)
            }
            Self::Plan { given, offline, exit_code } => {
                let report = if offline {
                    plan::offline(config, caller, &given)?
                } else {
                    plan::run(config, caller, &given).await?
                };
                print(form, &report)?;
                Ok(report.exit(exit_code))
            }
            Self::Down { wish, exit_code } => match down::run(config, caller, &wish).await? {
                down::Outcome::Down(report) => {
                    print(form, &report)?;
                    Ok(report.exit())
                }
                down::Outcome::Plan(report) => {
                    print(form, &report)?;
                    Ok(report.exit(exit_code))
                }
            },
        }
    }
}

/// Looks again and again until Ctrl-C, and ends as the last look did.
async fn watch(
    config: &Config,
    caller: &Caller,
    look: &status::Look,
    every: Duration,
    form: Output,
) -> anyhow::Result<Exit> {
    let mut last = Exit::NeedsAttention;
    loop {
        match status::run(config, caller.clone(), look).await {
            Ok(report) => {
                output::clear();
                print(form, &report)?;
                last = report.exit();
            }
            Err(Failure::Interrupted) => return Ok(last),
            Err(failure @ Failure::Usage(_)) => return Err(failure.into()),
            // Who watches an outage wants to see its end.
            Err(failure) => {
                output::complain(format_args!(
                    "{ERROR}error{ERROR:#}: {}\n",
                    Problem::from(&failure)
                ));
                last = Exit::Failed;
            }
        }
        tokio::select! {
            () = caller.interrupt.happened() => return Ok(last),
            () = tokio::time::sleep(every) => (),
        }
    }
}

fn print(form: Output, report: &(impl std::fmt::Display + Serialize)) -> anyhow::Result<()> {
    output::report(form, report).context("cannot write to stdout")
}

fn volume(config: &Config) -> Volume {
    // A dumb terminal and a CI log cannot redraw.
    let dumb = env("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let live = std::io::stderr().is_terminal() && !dumb && env("CI").is_none();
    Volume { quiet: config.quiet, verbose: config.verbose, live }
}

/// A failure as the one document on stdout.
#[derive(Serialize)]
struct ErrorReport {
    schema: &'static str,
    error: Problem,
}

/// Prints why a command failed, and says with what code it ends.
fn fail(error: &anyhow::Error, form: Output, arguments: &[OsString]) -> Exit {
    let failure = error.downcast_ref::<Failure>();
    let problem = match failure {
        Some(failure) => Problem::from(failure),
        None => unexpected(format!("{error:#}")),
    };
    let exit = match failure {
        Some(Failure::Usage(_)) => Exit::Usage,
        Some(Failure::Interrupted) => Exit::Interrupted,
        Some(Failure::Refused { .. } | Failure::Aws(_)) | None => Exit::Failed,
    };
    if exit == Exit::Interrupted {
        output::complain(format_args!(
            "Interrupted. What was done stays; go on with the same command: {}\n",
            again(arguments)
        ));
    } else {
        output::complain(format_args!("{ERROR}error{ERROR:#}: {problem}\n"));
    }
    document(form, problem);
    exit
}

/// The command line to type again.
fn again(arguments: &[OsString]) -> String {
    let typed = arguments.iter().skip(1).map(|argument| argument.to_string_lossy());
    let quoted = typed.map(|argument| {
        if argument.is_empty() || argument.contains(char::is_whitespace) {
            format!("'{argument}'")
        } else {
            argument.into_owned()
        }
    });
    std::iter::once("mrbackup".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// Prints what clap says of the arguments: help on stdout, errors on stderr and as a document.
fn usage(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let text = error.render();
    if !error.use_stderr() {
        // Help that nobody reads to the end is no failure.
        let _ = error.print();
        return Exit::AsWanted;
    }
    output::complain(text.ansi());
    let wants_json = asks_for_json(arguments);
    document(
        wants_json,
        Problem { kind: "usage", ..unexpected(text.to_string().trim().to_owned()) },
    );
    Exit::Usage
}

/// Whether arguments that could not be parsed ask for JSON all the same.
fn asks_for_json(arguments: &[OsString]) -> Output {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let flag = arguments.iter().any(|a| ["-ojson", "-o=json", "--output=json"].contains(a))
        || arguments.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json"]));
    if flag { Output::Json } else { config::output(None, &env).unwrap_or_default() }
}

fn unexpected(message: String) -> Problem {
    Problem {
        kind: "unexpected",
        message,
        fix: None,
        action: None,
        resource: None,
        region: None,
        code: None,
        request_id: None,
    }
}

fn document(form: Output, error: Problem) {
    if form == Output::Json {
        let report = ErrorReport { schema: "mrbackup.error/1", error };
        let text = serde_json::to_string_pretty(&report).expect("problems have only string keys");
        // The failure is on stderr too, and the exit code tells.
        let _ = output::report(Output::Text, &Text(text + "\n"));
    }
}

#[derive(Serialize)]
struct Text(String);

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
