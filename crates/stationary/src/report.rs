//! What people and programs read: tables of at most 120 columns, and JSON documents. The types here are those of the
//! boundary; core types are not serialisable.

pub mod catalogue;
pub mod document;
mod figures;
mod layers;
pub mod run;
mod table;

/// What a document carries to be known again: the program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Text from a file as a line of a report may hold it: without control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `text` in at most `width` characters, cut in the middle, where names differ least.
fn fit(text: &str, width: usize) -> String {
    let characters: Vec<char> = plain(text).chars().collect();
    if characters.len() <= width || width < 3 {
        return characters.into_iter().collect();
    }
    let tail = (width - 1) / 2;
    let head = width - 1 - tail;
    let (first, last) = (&characters[..head], &characters[characters.len() - tail..]);
    first.iter().chain(&['…']).chain(last).collect()
}
