//! Columns of text for people: as wide as their widest cell, two blanks apart, without blanks at line ends.

use crate::failure::visible;

/// Lines of cells; a line without cells is a heading or an empty line between tables of the same widths.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Text(String),
    Cells(Vec<String>),
}

impl Table {
    /// A line across all columns.
    pub(crate) fn text(&mut self, text: impl Into<String>) {
        self.lines.push(Line::Text(text.into()));
    }

    /// A line of cells.
    pub(crate) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.lines.push(Line::Cells(cells.into()));
    }

    /// The finished text.
    pub(crate) fn finish(&self) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for line in &self.lines {
            let Line::Cells(cells) = line else { continue };
            widths.resize(widths.len().max(cells.len()), 0);
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::with_capacity(self.lines.len() * 80);
        for line in &self.lines {
            match line {
                Line::Text(line) => text.extend(line.chars().map(visible)),
                Line::Cells(cells) => self::line(&mut text, cells, &widths),
            }
            text.push('\n');
        }
        text
    }
}

fn line(text: &mut String, cells: &[String], widths: &[usize]) {
    let mut owed = 0;
    for (cell, width) in cells.iter().zip(widths) {
        if !cell.is_empty() {
            text.extend(std::iter::repeat_n(' ', owed));
            text.extend(cell.chars().map(visible));
            owed = 0;
        }
        owed += width + 2 - cell.chars().count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(cells: [&str; 3]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn columns_stand_below_each_other_and_lines_end_with_their_text() {
        let mut table = Table::default();
        table.text("A long heading");
        table.row(cells(["a", "bücher", "c"]));
        table.row(cells(["aaa", "", "cc"]));
        table.row(cells(["a", "b", ""]));
        assert_eq!(table.finish(), "A long heading\na    bücher  c\naaa          cc\na    b\n");
    }

    #[test]
    fn a_terminal_gets_no_commands() {
        let mut table = Table::default();
        table.row(vec!["\u{1b}[2J".to_owned()]);
        assert_eq!(table.finish(), "\u{fffd}[2J\n");
    }
}
