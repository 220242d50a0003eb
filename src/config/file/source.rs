//! The text of a file, and places in it.

use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;

use crate::config::set::Edited;
use crate::failure::Failure;

/// A file that was read, with its text for messages.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// What `--set` put into it.
    pub(super) edited: Option<Edited>,
}

impl Source {
    /// A usage error at a place in the file, or of what `--set` put there.
    pub(crate) fn at(&self, span: &Range<usize>, message: &str) -> Failure {
        if let Some(edited) = &self.edited {
            return Failure::Usage(format!("{}: {message}", edited.options_at(span)));
        }
        let before = &self.text[..span.start.min(self.text.len())];
        let number = before.matches('\n').count() + 1;
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[begin..].lines().next().unwrap_or_default();
        let column = before[begin..].chars().count();
        let width = self.text[span.start.min(self.text.len())..span.end.min(self.text.len())]
            .chars()
            .take_while(|c| *c != '\n')
            .count();
        let gutter = number.to_string();
        let margin = " ".repeat(gutter.len());
        Failure::Usage(format!(
            "{}:{number}:{}: {message}\n{margin} |\n{gutter} | {line}\n{margin} | {}{}",
            self.path.display(),
            column + 1,
            " ".repeat(column),
            "^".repeat(width.max(1)),
        ))
    }
}

/// The same failure, with its place in the file.
pub(super) fn located<T>(
    source: &Source,
    value: &Spanned<String>,
    parse: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    parse(value.get_ref()).map_err(|failure| source.at(&value.span(), &failure.to_string()))
}
