//! Lines of a terminal's width.

use std::fmt;

use crate::terminal::printable::width;

/// What every terminal shows; wider ones are easier read at this width too.
pub(crate) const WIDTH: usize = 80;

/// Writes words in lines of at most 80 columns, where no single word is longer.
pub(crate) fn wrapped(
    f: &mut fmt::Formatter<'_>,
    first: &str,
    indent: &str,
    text: &str,
) -> fmt::Result {
    let mut line = String::from(first);
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && width(&line) + 1 + width(word) > WIDTH {
            writeln!(f, "{line}")?;
            indent.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(f, "{line}")
}

/// So many of what the noun names.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Words as a sentence lists them: "one, two and three".
pub(crate) fn in_a_row(words: &[&str]) -> String {
    match words {
        [first @ .., before, last] => {
            let first: String = first.iter().flat_map(|word| [word, ", "]).collect();
            format!("{first}{before} and {last}")
        }
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        struct Words;
        impl fmt::Display for Words {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                wrapped(f, "- ", "  ", &["word"; 20].join(" "))
            }
        }
        let text = Words.to_string();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.lines().nth(1), Some("  word word word word word"));
    }

    #[test]
    fn colors_take_no_column() {
        let red = crate::terminal::printable::Style::RED;
        assert_eq!(width(&format!("{red}✘{red:#} less")), 6);
    }
}
