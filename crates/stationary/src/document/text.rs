//! A document as a terminal shows it, in at most [`WIDTH`] columns: long cells of words are cut in the middle, and a
//! table that is still too wide goes on below, its first column repeated.

use super::{Block, Column, Document, Table};
use crate::report::{VERSION, draw_columns, fit, plain, wrapped};

/// Columns of a terminal.
const WIDTH: usize = 120;

/// The least that a cell of words is cut to.
const NARROWEST: usize = 12;

/// The width that a heading may have though its cells are narrower.
const HEAD: usize = 10;

impl Document {
    /// The document for a terminal.
    pub fn text(&self) -> String {
        let mut out = wrapped(&plain(&format!("stationary {VERSION}: {}", self.title)));
        for paragraph in &self.lead {
            out += &format!("\n{}", wrapped(&plain(paragraph)));
        }
        // A heading waits for something below it that a terminal shows.
        let mut waiting = None;
        for block in &self.blocks {
            let shown = match block {
                Block::Heading(heading) => {
                    waiting = Some(plain(heading));
                    continue;
                }
                Block::Text(text) => wrapped(&plain(text)),
                Block::Table(table) if table.screen => table.text(),
                Block::Table(_) | Block::Figure(_) | Block::Nest { .. } => continue,
            };
            if let Some(heading) = waiting.take() {
                out += &format!("\n{heading}\n{}\n", "═".repeat(heading.chars().count().min(WIDTH)));
            }
            out += &format!("\n{shown}");
        }
        out + &format!("\ninputs sha256 {}\n", plain(&self.inputs))
    }
}

impl Table {
    /// The table with its title.
    fn text(&self) -> String {
        let mut out = wrapped(&plain(&self.title));
        let columns: Vec<Vec<String>> = (0..self.columns.len()).map(|column| self.column(column)).collect();
        let heads: Vec<String> = self.columns.iter().zip(&columns).map(|(column, cells)| head(column, cells)).collect();
        let width = |column: usize| {
            let lines = heads[column].lines().chain(columns[column].iter().map(String::as_str));
            lines.map(|line| line.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..columns.len()).map(width).collect();
        // The widest words give way first.
        while widths.iter().map(|width| width + 1).sum::<usize>() > WIDTH + 1 {
            let long = |&column: &usize| self.is_text(column) && widths[column] > NARROWEST;
            match (0..widths.len()).filter(long).max_by_key(|&column| widths[column]) {
                Some(column) => widths[column] -= 1,
                None => break,
            }
        }
        let names = (0..self.columns.len()).take_while(|&column| self.is_text(column)).count();
        for (index, part) in parts(&widths, names).into_iter().enumerate() {
            let rows = (0..self.rows.len())
                .map(|row| part.iter().map(|&column| fit(&columns[column][row], widths[column])).collect());
            let heads: Vec<&str> = part.iter().map(|&column| heads[column].as_str()).collect();
            let left: Vec<bool> = part.iter().map(|&column| self.is_text(column)).collect();
            out += if index > 0 { "\n" } else { "" };
            out += &draw_columns(&heads, &left, rows);
        }
        out
    }

    fn column(&self, column: usize) -> Vec<String> {
        let show =
            |row: &Vec<super::Cell>| row.get(column).map_or(String::new(), |cell| cell.show(&self.columns[column]));
        self.rows.iter().map(show).collect()
    }
}

/// A heading over its unit, not wider than the cells, or [`HEAD`], as far as its words allow.
fn head(column: &Column, cells: &[String]) -> String {
    let widest = cells.iter().map(|cell| cell.chars().count()).fold(HEAD, usize::max);
    let mut head = String::new();
    let mut used = 0;
    for word in column.name.split(' ') {
        let wide = word.chars().count();
        if !head.is_empty() {
            let fits = used + 1 + wide <= widest;
            head.push(if fits { ' ' } else { '\n' });
            used = if fits { used + 1 } else { 0 };
        }
        head += word;
        used += wide;
    }
    if column.unit.is_empty() { head } else { format!("{head}\n{}", column.unit) }
}

/// The columns in parts that are not too wide, each with the first columns, of names, as far as they leave room.
fn parts(widths: &[usize], names: usize) -> Vec<Vec<usize>> {
    let wide = |columns: &[usize]| columns.iter().map(|&column| widths[column] + 1).sum::<usize>();
    let names: Vec<usize> = (0..names.max(1))
        .scan(0, |used, column| {
            *used += widths.get(column)? + 1;
            (column == 0 || *used < WIDTH / 2).then_some(column)
        })
        .collect();
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    for (column, width) in widths.iter().enumerate() {
        let part = parts.last().map_or(&[][..], Vec::as_slice);
        if wide(part) + width > WIDTH && part.len() > names.len() {
            parts.push(names.clone());
        }
        parts.last_mut().expect("one at least").push(column);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, example};
    use super::*;

    #[test]
    fn a_terminal_shows_paragraphs_and_tables() {
        insta::assert_snapshot!(example::document().text());
    }

    #[test]
    fn nothing_is_wider_than_a_terminal() {
        let columns = vec![Column::plain("name", "name"); 30];
        let row = |length: usize| vec![Cell::from("x".repeat(length)); 30];
        let table = Table::new("wide", "word ".repeat(60), columns).with([row(3), row(500)]);
        let text = Document { blocks: vec![Block::Table(table)], ..example::document() }.text();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest.is_some_and(|widest| widest > 100 && widest <= WIDTH), "{widest:?} in\n{text}");
    }
}
