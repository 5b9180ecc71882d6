//! Descriptions of architectures, problems, mappings and constraints, in YAML (or JSON, which is a part of it).
//!
//! Every reader finds all that is wrong at once and gives it as [`Errors`], each with file, line, column, what was
//! found, what was expected, and the nearest valid name. Modules in reading order.

pub mod cursor;
mod errors;
pub mod node;
mod parse;

pub use errors::Errors;
pub use parse::{parse, read};
