//! The one value that every study yields: paragraphs, tables, figures and loop nests, in reading order.
//!
//! A study says what it found once, as a [`Document`]; what people and programs read of it is rendered from there: text
//! for a terminal, a page, JSON and CSV for programs. Numbers stay numbers until they are shown, so that programs get all of
//! their digits and people only those that mean something.

mod cell;
mod csv;
mod figures;
mod html;
mod json;
mod markdown;
mod text;

pub use crate::figure::Figure;
pub use cell::{Cell, significant};

/// What a study found.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it is of, in a line.
    pub title: String,
    /// What has to be known to read it: short paragraphs, words of a program in backticks.
    pub lead: Vec<String>,
    /// A hash of everything that went in.
    pub inputs: String,
    /// What was found.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// What the blocks up to the next heading are of.
    Heading(String),
    /// A paragraph, words of a program in backticks.
    Text(String),
    /// A table.
    Table(Table),
    /// A figure; a terminal shows none.
    Figure(Figure),
    /// Preformatted lines, such as a loop nest; a page folds them, a terminal leaves them out.
    Nest {
        /// What the lines are of.
        title: String,
        /// The lines.
        text: String,
    },
}

/// A table: each row has a cell for each column.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in JSON and in the names of files, in `snake_case`. Tables of equal keys have equal columns, and are one
    /// table for programs.
    pub key: &'static str,
    /// What it shows.
    pub title: String,
    /// What its cells are.
    pub columns: Vec<Column>,
    /// Its cells.
    pub rows: Vec<Vec<Cell>>,
    /// Whether a terminal shows it. Long ones, with a row for each number, are for programs and pages.
    pub screen: bool,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in JSON and CSV, in `snake_case`.
    pub key: &'static str,
    /// Its heading.
    pub name: &'static str,
    /// The unit of its numbers; empty where they have none.
    pub unit: &'static str,
    /// The significant digits that people see of its numbers. JSON and CSV have them all.
    pub digits: u32,
}

impl Column {
    /// A column of words or of whole numbers.
    pub const fn plain(key: &'static str, name: &'static str) -> Column {
        Column { key, name, unit: "", digits: 3 }
    }

    /// A column of numbers with a unit, of which three digits are shown.
    pub const fn number(key: &'static str, name: &'static str, unit: &'static str) -> Column {
        Column { key, name, unit, digits: 3 }
    }
}

impl Table {
    /// A table without rows yet, which a terminal shows.
    pub fn new(key: &'static str, title: impl Into<String>, columns: Vec<Column>) -> Table {
        Table { key, title: title.into(), columns, rows: Vec::new(), screen: true }
    }

    /// The same, with rows.
    pub fn with(self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Table {
        Table { rows: rows.into_iter().collect(), ..self }
    }

    /// The same, for programs and pages only.
    pub fn off_screen(self) -> Table {
        Table { screen: false, ..self }
    }

    /// Whether a column holds words: they go to the left, numbers to the right.
    fn is_text(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| matches!(cell, Cell::Text(_)))
    }
}

impl Document {
    /// Its tables, in reading order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }
}

#[cfg(test)]
mod example;
