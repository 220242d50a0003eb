//! The only place where errors are printed.

use std::ffi::OsString;

use crate::failure::Failure;
use crate::model::caller_identity::CallerIdentity;
use crate::model::version::VERSION;
use crate::report::{ErrorReport, Exit, Problem};
use crate::terminal::output::{self, Detail, Output};
use crate::terminal::printable::Style;

const ERROR: Style = Style::BOLD_RED;

/// Prints why a command failed, and says with what code it ends.
pub(super) fn fail(
    error: &anyhow::Error,
    form: Output,
    arguments: &[OsString],
    caller: Option<&CallerIdentity>,
) -> Exit {
    let failure = error.downcast_ref::<Failure>();
    let problem = match failure {
        Some(failure) => Problem::from(failure),
        None => unexpected(format!("{error:#}")),
    };
    let exit = match failure {
        Some(Failure::Usage(_)) => Exit::Usage,
        Some(Failure::Interrupted) => Exit::Interrupted,
        Some(Failure::Refused { .. } | Failure::Failed { .. } | Failure::Aws(_)) | None => {
            Exit::Failed
        }
    };
    if exit == Exit::Interrupted {
        output::to_stderr(format_args!(
            "Interrupted. What was done stays; continue with the same command: {}\n",
            again(arguments)
        ));
    } else {
        print_error(&problem);
    }
    document(form, problem, caller, exit);
    exit
}

pub(super) fn print_error(problem: &Problem) {
    output::to_stderr(format_args!("{ERROR}error{ERROR:#}: {problem}\n"));
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

pub(super) fn unexpected(message: String) -> Problem {
    Problem {
        kind: "unexpected",
        message,
        fix: None,
        action: None,
        resource: None,
        region: None,
        code: None,
        request_id: None,
        is_silence: false,
    }
}

pub(super) fn document(form: Output, error: Problem, caller: Option<&CallerIdentity>, exit: Exit) {
    if form == Output::Json {
        let report = ErrorReport::new(error, caller, exit);
        // The failure is on stderr too, and the exit code tells.
        let _ = output::report(Output::Json, Detail::Summary, &report);
    }
}

/// From now on, what was not foreseen ends as one sentence and exit code 1, never as a stack trace.
pub(super) fn catch_panics(form: Output) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let problem = bug(panic.payload_as_str().unwrap_or("no message"), &place);
        print_error(&problem);
        document(form, problem, None, Exit::Failed);
        std::process::exit(Exit::Failed.code().into());
    }));
}

/// What a panic is to a person.
fn bug(message: &str, place: &str) -> Problem {
    let message = message.lines().next().unwrap_or_default();
    Problem {
        kind: "bug",
        fix: Some("report it with this line, the command, and the output with -v".to_owned()),
        ..unexpected(format!("this is a bug in mrbackup {VERSION}: {message} ({place})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_one_sentence() {
        let problem = bug("index out of bounds\nnote: more", "src/x.rs:1:2");
        let message =
            format!("this is a bug in mrbackup {VERSION}: index out of bounds (src/x.rs:1:2)");
        assert_eq!((problem.kind, problem.message), ("bug", message));
        assert!(problem.fix.is_some());
    }
}
