//! What the program says of itself: completions, manual pages, schemas, and help on commands and topics. Nothing is called, and
//! no configuration is read: who cannot make it work must still be able to read about it.

use std::path::Path;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;

use crate::config::cli::topics::Topic;
use crate::config::cli::{self, Cli};
use crate::failure::Failure;
use crate::report::{
    CompletionsReport, Document, Exit, ExplainReport, HelpReport, ManReport, Report, schemas,
};
use crate::terminal::output::{self, Detail, Output};

/// Runs the command if it is one of these.
pub(super) fn run(command: &cli::Command, form: Output) -> Option<anyhow::Result<Exit>> {
    Some(match command {
        cli::Command::Completions(typed) => {
            completions(typed.shell).and_then(|report| print(&report, form))
        }
        cli::Command::Schema(typed) => {
            let report = schemas::report(typed.name.as_deref()).map_err(Failure::Usage);
            report.map_err(Into::into).and_then(|report| print(&report, form))
        }
        cli::Command::Man(typed) => pages(&typed.directory).and_then(|report| print(&report, form)),
        cli::Command::Lint(typed) => return typed.explain.as_deref().map(|id| explain(id, form)),
        cli::Command::Help(typed) => help(&typed.words).and_then(|report| print(&report, form)),
        _ => return None,
    })
}

fn print(report: &impl Report, form: Output) -> anyhow::Result<Exit> {
    let document = Document::new(report, None, None);
    output::report(form, Detail::Summary, &document).context("cannot write to stdout")?;
    Ok(report.exit())
}

/// The checks of `lint` that a word names.
fn explain(word: &str, form: Output) -> anyhow::Result<Exit> {
    let report = ExplainReport::new(word).map_err(Failure::Usage)?;
    print(&report, form)
}

fn completions(shell: Shell) -> anyhow::Result<CompletionsReport> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mrbackup", &mut script);
    Ok(CompletionsReport { shell: shell.to_string(), script: String::from_utf8(script)? })
}

fn pages(directory: &Path) -> anyhow::Result<ManReport> {
    let shown = directory.display().to_string();
    clap_mangen::generate_to(Cli::command(), directory).map_err(|error| {
        Failure::Usage(format!("cannot write the manual pages to {shown}: {error}"))
    })?;
    let mut program = Cli::command();
    program.build();
    Ok(ManReport { directory: shown, pages: pages_of(&program) })
}

/// The page of a command, and those of the commands below it.
fn pages_of(command: &Command) -> Vec<String> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    std::iter::once(format!("{name}.1")).chain(below.flat_map(pages_of)).collect()
}

/// The help of a command, or a topic's text; of the program where there are no words.
fn help(words: &[String]) -> anyhow::Result<HelpReport> {
    let topic = words.join(" ");
    if let Ok(known) = Topic::from_str(&topic, true) {
        return Ok(HelpReport { topic: Some(topic), text: known.text() });
    }
    let mut program = Cli::command();
    program.build();
    let mut command = &mut program;
    for word in words {
        command = command.find_subcommand_mut(word).ok_or_else(|| {
            let topics: Vec<_> = Topic::value_variants().iter().copied().map(Topic::name).collect();
            let topics = topics.join(", ");
            Failure::Usage(format!("no command and no topic is called {topic:?}; topics: {topics}"))
        })?;
    }
    let text = command.render_long_help().to_string();
    Ok(HelpReport { topic: Some(topic).filter(|topic| !topic.is_empty()), text })
}
