//! What people and programs read: tables of at most 120 columns, and JSON documents. The types here are those of the
//! boundary; core types are not serialisable.

pub mod accuracy;
pub mod archs;
pub mod catalogue;
pub mod catalogue_documents;
pub mod check;
pub mod document;
mod evaluation;
mod evaluation_document;
mod figures;
mod layers;
pub mod map;
pub mod map_documents;
mod row_stationary;
pub mod run;
mod search;
mod table;
pub mod timeloop;
pub mod validation;
pub mod validation_document;

pub(crate) use figures::grouped;
pub(crate) use search::short as certificate;
use serde::Serialize;
pub(crate) use table::draw_columns;

/// Columns of prose.
const WIDTH: usize = 112;

/// What a document carries to be known again: the program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is said where an architecture does something about zeros that the counts above leave out.
pub const DENSE: &str =
    "What the architecture does about zeros is left out: every word counts. `stationary model` tells of one mapping.\n";

/// "1 image", "2 images".
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A JSON document as it is printed.
pub(crate) fn print(document: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}

/// Text from a file as a line of a report may hold it: without control characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `text` in at most `width` characters, cut in the middle, where names differ least.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let characters: Vec<char> = plain(text).chars().collect();
    if characters.len() <= width || width < 3 {
        return characters.into_iter().collect();
    }
    let tail = (width - 1) / 2;
    let head = width - 1 - tail;
    let (first, last) = (&characters[..head], &characters[characters.len() - tail..]);
    first.iter().chain(&['…']).chain(last).collect()
}

/// Prose in lines of at most [`WIDTH`] columns.
pub(crate) fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column + 1 + width > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out += word;
        column += width;
    }
    out.push('\n');
    out
}
