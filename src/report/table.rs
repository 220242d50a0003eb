//! Tables that are as wide as the screen: a cell wraps between words, and a column without a value is left out.

use std::fmt;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Row, Table as Layout, Width, presets,
};

use crate::report::DIM;
use crate::terminal::printable::Style;

/// What says that a cell has no value.
const NONE: &str = "-";

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
                0 => writeln!(f, "{DIM}{line}{DIM:#}")?,
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
        if let Some(columns) = columns {
            layout.set_width(u16::try_from(columns).unwrap_or(u16::MAX));
            layout.set_content_arrangement(ContentArrangement::Dynamic);
        }
        for (at, column) in layout.column_iter_mut().enumerate() {
            column.set_padding((0, if at == 0 { 1 } else { 2 }));
            let Some(shown) = at.checked_sub(1).map(|at| shown[at]) else { continue };
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
                self.longest_word(shown),
            )));
            if self.numbers[shown] {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        layout
    }

    /// The columns of the longest word, which is never broken, with the two behind it.
    fn longest_word(&self, at: usize) -> u16 {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(at));
        let cells = cells.map(String::as_str).chain([self.headings[at]]);
        let longest = cells.flat_map(str::split_whitespace).map(|word| word.chars().count()).max();
        u16::try_from(longest.unwrap_or_default() + 2).unwrap_or(u16::MAX)
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
