//! How wide the screen is, and lines that fit it.

use terminal_size::{Height, Width, terminal_size_of};

use crate::terminal::printable::width;

/// Narrower screens do not exist, or lie about themselves.
const NARROWEST: usize = 40;

/// Whether nothing is to be drawn on the terminal: it cannot, or tells nothing of itself, or a build's log is behind it.
pub(crate) fn is_plain() -> bool {
    let variable = std::env::var_os;
    variable("CI").is_some()
        || variable("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// The columns of the terminal that stdout is; `None` where it is a file or a pipe, whose lines have no end.
pub(crate) fn columns() -> Option<usize> {
    terminal_size_of(std::io::stdout()).map(columns_in)
}

fn columns_in((Width(columns), _): (Width, Height)) -> usize {
    usize::from(columns).max(NARROWEST)
}

/// The text as it fits the terminal that stderr is; elsewhere as it is.
pub(super) fn fitting_stderr(text: &str) -> String {
    match terminal_size_of(std::io::stderr()).map(columns_in) {
        Some(columns) => fitted(text, columns),
        None => text.to_owned(),
    }
}

/// The lines of the terminal that stdout is; no bound where it tells none.
pub(super) fn lines() -> usize {
    terminal_size_of(std::io::stdout()).map_or(usize::MAX, |(_, Height(lines))| usize::from(lines))
}

/// The text with no line longer than `columns`, but for what cannot be broken: words, and commands, which have to be
/// copied whole. What goes on below begins under the first word of its line.
pub(crate) fn fitted(text: &str, columns: usize) -> String {
    let mut fitted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if width(line.trim_end_matches('\n')) <= columns {
            fitted.push_str(line);
        } else {
            fit(&mut fitted, line, columns);
        }
    }
    fitted
}

fn fit(fitted: &mut String, line: &str, columns: usize) {
    let indent = " ".repeat(hanging(line));
    let mut taken = 0;
    for piece in pieces(line.trim_end_matches('\n')) {
        let wide = width(piece.trim_end());
        // A mark stays with the first word.
        if taken > indent.len() && taken + wide > columns {
            fitted.truncate(fitted.trim_end_matches(' ').len());
            fitted.push('\n');
            fitted.push_str(&indent);
            taken = indent.len();
        }
        fitted.push_str(piece);
        taken += width(piece);
    }
    if line.ends_with('\n') {
        fitted.push('\n');
    }
}

/// How far in the first word of a line begins, behind spaces and one mark.
fn hanging(line: &str) -> usize {
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let before = spaces(line);
    let first = line[before..].split(' ').next().unwrap_or_default();
    if width(first) == 1 { before + 1 + spaces(&line[before + first.len()..]) } else { before }
}

/// What stays in one piece, each with the spaces behind it: words, what stands in backticks, and a command to the end
/// of its line.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = end_of_piece(rest, pieces.last().copied());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn end_of_piece(rest: &str, before: Option<&str>) -> usize {
    let lead = rest.len() - rest.trim_start_matches(' ').len();
    let text = &rest[lead..];
    let begins_command =
        before.is_none_or(|before| before.trim_end().ends_with(':') || before.trim().is_empty());
    // The first line of each command is a row of facts, and no command to copy.
    let is_command = text.starts_with("mrbackup ") && !text.contains(" · ");
    if begins_command && (is_command || text.starts_with("aws ")) {
        return rest.len();
    }
    let quoted =
        text.strip_prefix('`').and_then(|quoted| quoted.find('`')).map_or(0, |end| end + 2);
    let word = text[quoted..].find(' ').map_or(text.len(), |end| quoted + end);
    let spaces = text[word..].len() - text[word..].trim_start_matches(' ').len();
    lead + word + spaces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::printable::Style;

    #[test]
    fn the_first_line_of_a_command_is_no_command_to_copy() {
        let line = "mrbackup plan · deployment default · us-east-1, us-west-2\n";
        let fitted = fitted(line, 40);
        assert_eq!(fitted, "mrbackup plan · deployment default ·\nus-east-1, us-west-2\n");
    }

    #[test]
    fn lines_break_between_words_and_hang_under_the_first() {
        let red = Style::RED;
        let text = format!("{red}✘{red:#} one two three four\n    five six seven\nshort\n");
        let lines = "one two\n  three\n  four\n    five\n    six\n    seven\nshort\n";
        assert_eq!(fitted(&text, 10), format!("{red}✘{red:#} {lines}"));
    }

    #[test]
    fn what_is_copied_stays_whole() {
        let command = "Copy now what has no fresh copy: mrbackup repair --name staging\n";
        assert_eq!(
            fitted(command, 30),
            "Copy now what has no fresh\ncopy:\nmrbackup repair --name staging\n"
        );
        let quoted = "add one with `mrbackup up --email ADDRESS`, or leave it\n";
        assert_eq!(
            fitted(quoted, 20),
            "add one with\n`mrbackup up --email ADDRESS`,\nor leave it\n"
        );
        let arn = "✘ arn:aws:ec2:us-east-1:111122223333:volume/vol-1 is late\n";
        assert_eq!(
            fitted(arn, 20),
            "✘ arn:aws:ec2:us-east-1:111122223333:volume/vol-1\n  is late\n"
        );
    }
}
