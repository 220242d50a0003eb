//! From arguments to exit code: the only place where errors are printed.

mod task;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use clap::Parser as _;
use serde::Serialize;

use crate::aws::Caller;
use crate::config;
use crate::config::Config;
use crate::config::cli::Cli;
use crate::failure::Failure;
use crate::report::{Exit, Problem};
use crate::terminal::interrupt::Interrupt;
use crate::terminal::output;
use crate::terminal::output::Output;
use crate::terminal::progress::{Talk, Volume};
use task::Task;

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
        let caller = Caller::new(interrupt, talk);
        Box::pin(task.run(&config, caller, form)).await
    })
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
        complain_of(&problem);
    }
    document(form, problem);
    exit
}

fn complain_of(problem: &Problem) {
    output::complain(format_args!("{ERROR}error{ERROR:#}: {problem}\n"));
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
