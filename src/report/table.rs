//! Tables that are as wide as the screen: a cell wraps between words, and a column without a value is left out.

use std::fmt;

use comfy_table::{CellAlignment, ColumnConstraint, Row, Table as Layout, Width, presets};

use crate::report::{BOLD, DIM};
use crate::terminal::printable::Style;

/// What stands for a value that is not there.
const NONE: &str = "-";
/// Columns between two cells, and of the mark with the one behind it.
const GAP: u16 = 2;
const MARK: usize = 2;

/// Rows under headings, each behind a mark.
pub(super) struct Table {
    headings: Vec<&'static str>,
    /// Numbers are compared by their ends.
    numbers: Vec<bool>,
    rows: Vec<(Mark, Vec<String>)>,
}

/// A sign in its color.
pub(super) type Mark = (&'static str, Style);

/// Whether a column holds numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text(&'static str),
    Number(&'static str),
}

impl Table {
    pub(super) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let columns = columns.into_iter().map(|column| match column {
            Column::Text(heading) => (heading, false),
            Column::Number(heading) => (heading, true),
        });
        let (headings, numbers) = columns.unzip();
        Self { headings, numbers, rows: Vec::new() }
    }

    /// Adds a row; an empty cell has no value.
    pub(super) fn row(&mut self, mark: Mark, cells: impl IntoIterator<Item = String>) {
        self.rows.push((mark, cells.into_iter().collect()));
    }

    /// Writes it as wide as the formatter is told to be.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_value = |at: usize| {
            self.rows.iter().any(|(_, cells)| cells.get(at).is_some_and(|cell| !cell.is_empty()))
        };
        let shown: Vec<usize> = (0..self.headings.len()).filter(|at| has_value(*at)).collect();
        let layout = self.layout(&shown, f.width());
        let mut marks = self.rows.iter().map(|(mark, _)| mark).filter(|(sign, _)| *sign != " ");
        for (number, line) in layout.lines().enumerate() {
            let line = line.trim_end();
            match number {
                0 => writeln!(f, "{BOLD}{line}{BOLD:#}")?,
                // What goes on below the first line of a row has no mark.
                _ if line.starts_with(' ') => writeln!(f, "{line}")?,
                _ => {
                    let (sign, style) = marks.next().copied().unwrap_or((" ", DIM));
                    let rest = line.strip_prefix(sign).unwrap_or(line);
                    writeln!(f, "{style}{sign}{style:#}{rest}")?;
                }
            }
        }
        Ok(())
    }

    fn layout(&self, shown: &[usize], columns: Option<usize>) -> Layout {
        let mut layout = Layout::new();
        layout.load_style(presets::NOTHING);
        let heading = shown.iter().map(|at| self.headings[*at]);
        layout.set_header(Row::from([" "].into_iter().chain(heading).collect::<Vec<_>>()));
        for ((sign, _), cells) in &self.rows {
            let cell = |at: &usize| match cells.get(*at).map_or("", String::as_str) {
                "" if self.numbers[*at] => NONE.to_owned(),
                cell => cell.to_owned(),
            };
            let cells = [(*sign).to_owned()].into_iter().chain(shown.iter().map(cell));
            layout.add_row(Row::from(cells.collect::<Vec<_>>()));
        }
        let widths = self.widths(shown, columns);
        for (at, column) in layout.column_iter_mut().enumerate() {
            column.set_padding((0, if at == 0 { 1 } else { GAP }));
            let Some(at) = at.checked_sub(1) else { continue };
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(widths[at] + GAP)));
            if self.numbers[shown[at]] {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        layout
    }

    /// How wide each column is: as what is in it, and where the screen is narrower, the widest are as narrow as their
    /// longest word, which is never broken.
    fn widths(&self, shown: &[usize], columns: Option<usize>) -> Vec<u16> {
        let cells = |at: usize| {
            let cells = self.rows.iter().filter_map(move |(_, cells)| cells.get(at));
            cells.map(String::as_str).chain([self.headings[at]])
        };
        let longest = |lengths: &mut dyn Iterator<Item = usize>| {
            u16::try_from(lengths.max().unwrap_or_default()).unwrap_or(u16::MAX)
        };
        let length = |text: &str| text.chars().count();
        let mut widths: Vec<u16> =
            shown.iter().map(|at| longest(&mut cells(*at).map(length))).collect();
        let word =
            |at: &usize| longest(&mut cells(*at).flat_map(str::split_whitespace).map(length));
        let words: Vec<u16> = shown.iter().map(word).collect();
        let taken: usize = widths.iter().map(|width| usize::from(width + GAP)).sum::<usize>();
        // The mark has its place, and behind the last column nothing is left free.
        let taken = (taken + MARK).saturating_sub(usize::from(GAP));
        let over = columns.map_or(0, |columns| taken.saturating_sub(columns));
        for _ in 0..over {
            let slack = |at: &usize| widths[*at].saturating_sub(words[*at]);
            let Some(widest) = (0..widths.len()).max_by_key(slack).filter(|at| slack(at) > 0)
            else {
                break;
            };
            widths[widest] -= 1;
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{BAD, GOOD};
    use crate::terminal::printable::printable;

    struct Written(Table);

    impl fmt::Display for Written {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.write(f)
        }
    }

    fn plain(table: Table, columns: Option<usize>) -> String {
        let table = Written(table);
        let text = match columns {
            Some(columns) => format!("{table:columns$}"),
            None => table.to_string(),
        };
        anstream::adapter::strip_str(&printable(&text)).to_string()
    }

    fn regions() -> Table {
        let columns = [
            Column::Text("region"),
            Column::Number("fresh"),
            Column::Number("late"),
            Column::Text("next run"),
        ];
        let mut table = Table::new(columns);
        let next = "Fri 27 Nov 02:00 (daily)".to_owned();
        table.row(
            ("✔", GOOD),
            ["us-east-1".to_owned(), "42".to_owned(), String::new(), next.clone()],
        );
        table.row(("✘", BAD), ["ap-southeast-2".to_owned(), "9".to_owned(), String::new(), next]);
        table
    }

    #[test]
    fn a_row_is_a_line_where_there_is_no_screen() {
        assert_eq!(
            plain(regions(), None),
            "  region          fresh  next run\n\
             ✔ us-east-1          42  Fri 27 Nov 02:00 (daily)\n\
             ✘ ap-southeast-2      9  Fri 27 Nov 02:00 (daily)\n"
        );
    }

    #[test]
    fn a_narrow_screen_wraps_cells_between_words() {
        assert_eq!(
            plain(regions(), Some(40)),
            "  region          fresh  next run\n\
             ✔ us-east-1          42  Fri 27 Nov\n\
            \u{20}                        02:00 (daily)\n\
             ✘ ap-southeast-2      9  Fri 27 Nov\n\
            \u{20}                        02:00 (daily)\n"
        );
    }
}
