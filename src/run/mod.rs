//! From arguments to exit code, and the only place where errors are printed. No decision about AWS
//! is made here.

mod errors;
mod hints;
mod manual;
mod recovery_options;
mod task;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::aws::Caller;
use crate::config::cli::{Cli, Command, ConfigCommand, Global};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::model::caller_identity::CallerIdentity;
use crate::report::{Exit, Problem};
use crate::terminal::interrupt::Interrupt;
use crate::terminal::output::{self, Output};
use crate::terminal::printable::printable;
use crate::terminal::progress::{Progress, Verbosity};
use crate::terminal::screen;
use errors::{catch_panics, document, fail, unexpected};
use task::Task;

/// Runs mrbackup with these arguments, the program's name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    catch_panics(asks_for_json(&arguments));
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let mut error = in_printable_words(&arguments).unwrap_or(error);
            hints::add(&mut error);
            return ExitCode::from(usage(&error, &arguments).code());
        }
    };
    let form = config::check_unicode(std::env::vars_os())
        .and_then(|()| config::output(cli.global.output, &config::env));
    let mut caller = None;
    let (form, exit) = match form {
        Ok(form) => (form, execute(&cli, form, &mut caller)),
        Err(failure) => (cli.global.output.unwrap_or_default(), Err(failure.into())),
    };
    let exit = exit.unwrap_or_else(|error| fail(&error, form, &arguments, caller.as_ref()));
    ExitCode::from(exit.code())
}

/// Runs the command; `known` is who called AWS, however it ends.
fn execute(cli: &Cli, form: Output, known: &mut Option<CallerIdentity>) -> anyhow::Result<Exit> {
    if let Some(done) = manual::run(&cli.command, form) {
        return done;
    }
    if form == Output::Sarif && !matches!(cli.command, Command::Lint(_)) {
        let why = "-o sarif is a form of lint: other commands have text and json";
        return Err(Failure::Usage(why.to_owned()).into());
    }
    // A broken file of settings is no reason not to check other documents.
    let without = match &cli.command {
        Command::Lint(typed) => typed.is_of_files(),
        // It writes the file.
        Command::Config(ConfigCommand::FromPlan(_)) => true,
        _ => false,
    };
    let no_config = cli.global.no_config || (without && cli.global.config.is_none());
    let mut config = Config::new(&Global { no_config, ..cli.global.clone() }, &config::env)?;
    output::set_color(config.color);
    // Everything that can be wrong with what was typed is found before anything is called.
    let task = Task::new(&cli.command, &mut config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let progress = Progress::new(verbosity(&config));
        let interrupt = Interrupt::listen(progress.clone()).context("cannot listen for signals")?;
        let caller = Caller::new(interrupt, progress).with_call_timeout(config.call_timeout);
        let ended = Box::pin(task.run(&config, caller.clone(), (form, cli.command.detail()))).await;
        caller.progress.close();
        *known = caller.identity().cloned();
        ended
    })
}

fn verbosity(config: &Config) -> Verbosity {
    // A dumb terminal and a CI log cannot redraw.
    let live = std::io::stderr().is_terminal() && !screen::is_plain();
    Verbosity { quiet: config.quiet, verbose: config.verbose, live }
}

/// What clap says of arguments that a terminal cannot show as they are; it would leave out what it does not know.
fn in_printable_words(arguments: &[OsString]) -> Option<clap::Error> {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let shown: Vec<String> = words.iter().map(|word| printable(word)).collect();
    let differ = words.iter().zip(&shown).any(|(word, shown)| word != shown);
    Cli::try_parse_from(shown).err().filter(|_| differ)
}

/// Prints what clap says of the arguments: help on stdout, errors on stderr and as a document.
fn usage(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let text = error.render();
    if !error.use_stderr() {
        // Help that nobody reads to the end is no failure.
        let _ = error.print();
        return Exit::Success;
    }
    output::styled_to_stderr(&text.to_string(), text.ansi());
    let wants_json = asks_for_json(arguments);
    document(
        wants_json,
        Problem { kind: "usage", ..unexpected(text.to_string().trim().to_owned()) },
        None,
        Exit::Usage,
    );
    Exit::Usage
}

/// Whether arguments that could not be parsed ask for JSON all the same.
fn asks_for_json(arguments: &[OsString]) -> Output {
    let arguments: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let flag = arguments.iter().any(|a| ["-ojson", "-o=json", "--output=json"].contains(a))
        || arguments.windows(2).any(|pair| matches!(pair, ["-o" | "--output", "json"]));
    if flag { Output::Json } else { config::output(None, &config::env).unwrap_or_default() }
}
